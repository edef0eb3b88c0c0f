//! Writes the types of a model as Rust.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::model::{Field, Item, Kind, Model, Shape, shape_of};
use super::operations::OperationEntry;

/// The Rust code of the types called `names`.
pub fn types(model: &Model, names: &BTreeSet<String>) -> String {
    let mut code = String::from(
        "#[allow(unused_imports)]\nuse crate::support::{open_enum, received, sent, union_of};\n",
    );
    for name in names {
        match model.items.get(name) {
            Some(Item::Struct(fields, extra)) => {
                structure(&mut code, model, name, fields, extra.as_ref());
            }
            Some(Item::Enum(variants)) => enumeration(&mut code, name, variants),
            Some(Item::Union(variants)) => union(&mut code, model, name, variants),
            Some(Item::Answer(_)) | None => {}
        }
    }
    code
}

/// The type called `name` of the client in `module` as any module of the crate can write it.
pub fn absolute(model: &Model, module: &str, name: &str) -> String {
    match model.items.get(name) {
        Some(Item::Answer(kind)) => {
            let prefix = format!("crate::{module}::types::");
            path_with(kind, &prefix)
        }
        _ => format!("crate::{module}::types::{name}"),
    }
}

/// A function that reads and writes the bodies of operations by the names of their methods: what
/// tests and `cargo xtask examples` need to try every type.
pub fn inspection(model: &Model, operations: &[OperationEntry]) -> String {
    let mut code = String::from(
        "#[cfg(feature = \"inspect\")]\n#[doc(hidden)]\n\
         pub fn inspect(name: &str, part: crate::inspect::Part, json: &[u8]) \
         -> Option<crate::inspect::Outcome> {\nlet _ = json;\nmatch (name, part) {\n",
    );
    for entry in operations {
        let key = (entry.path.clone(), entry.method.to_ascii_lowercase());
        let bodies = model.bodies.get(&key).cloned().unwrap_or_default();
        for (part, kind) in [("Request", bodies.request), ("Response", bodies.response)] {
            if let Some(kind) = kind {
                let kind = match kind.named().and_then(|name| model.items.get(name)) {
                    Some(Item::Answer(whole)) => whole.clone(),
                    _ => kind,
                };
                let _ = writeln!(
                    code,
                    "({:?}, crate::inspect::Part::{part}) => \
                     Some(crate::inspect::round_trip::<{}>(json)),",
                    entry.name,
                    path(&kind)
                );
            }
        }
    }
    code.push_str("_ => None,\n}\n}\n");
    code
}

/// `kind` as Rust writes it inside the module of the types.
pub fn path(kind: &Kind) -> String {
    path_with(kind, "")
}

/// `kind` as Rust writes it where the types of the product stand below `prefix`.
pub fn path_with(kind: &Kind, prefix: &str) -> String {
    let path = |kind: &Kind| path_with(kind, prefix);
    match kind {
        Kind::Text => "String".to_owned(),
        Kind::Integer => "i64".to_owned(),
        Kind::Number => "f64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Any => "::serde_json::Value".to_owned(),
        Kind::List(inner) => format!("Vec<{}>", path(inner)),
        Kind::Map(inner) => format!("::std::collections::BTreeMap<String, {}>", path(inner)),
        Kind::Named(name) => format!("{prefix}{name}"),
        Kind::Native(name) => format!("crate::{name}"),
        Kind::Boxed(inner) => format!("Box<{}>", path(inner)),
        Kind::Whole(inner) => match &**inner {
            Kind::List(element) => format!("crate::List<{}>", path(element)),
            Kind::Map(member) => format!("crate::Members<{}>", path(member)),
            other => path(other),
        },
    }
}

fn structure(code: &mut String, model: &Model, name: &str, fields: &[Field], extra: Option<&Kind>) {
    let strict = model.is_strict(name);
    let (required, optional): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|field| strict && field.required);
    let word = if strict { "Sent" } else { "Received" };
    let word = if !strict && model.sent.contains(name) {
        "Sent and received"
    } else {
        word
    };
    let _ = writeln!(
        code,
        "{} {{\n/// {word}.",
        if strict { "sent!" } else { "received!" }
    );
    if strict && required.is_empty() {
        code.push_str("#[derive(Default)]\n");
    }
    let _ = writeln!(code, "pub struct {name} {{");
    if strict {
        code.push_str("required {\n");
        members(code, &required);
        code.push_str("}\noptional {\n");
        members(code, &optional);
        code.push_str("}\n");
    } else {
        members(code, &optional);
    }
    if let Some(extra) = extra {
        let _ = writeln!(code, "..{}: {}", extra_name(fields), path(extra));
    }
    code.push_str("}\n}\n");
    if model.sent.contains(name) {
        builder(
            code,
            name,
            &required,
            &optional,
            extra.map(|_| extra_name(fields)),
        );
    }
}

fn members(code: &mut String, fields: &[&Field]) {
    for field in fields {
        let _ = writeln!(
            code,
            "{:?} {}: {},",
            field.wire,
            field.name,
            path(&field.kind)
        );
    }
}

fn extra_name(fields: &[Field]) -> &'static str {
    if fields.iter().any(|field| field.name == "extra") {
        "extra_members"
    } else {
        "extra"
    }
}

/// `new` with what is required, and a method for each optional field.
fn builder(
    code: &mut String,
    name: &str,
    required: &[&Field],
    optional: &[&Field],
    extra: Option<&str>,
) {
    let arguments: Vec<String> = required
        .iter()
        .map(|field| format!("{}: {}", field.name, argument(&field.kind)))
        .collect();
    let _ = writeln!(
        code,
        "impl {name} {{\n/// With what is required, and nothing else.\n\
         #[allow(clippy::too_many_arguments)]\n\
         pub fn new({}) -> Self {{\nSelf {{",
        arguments.join(", ")
    );
    for field in required {
        let _ = writeln!(
            code,
            "{}: {},",
            field.name,
            conversion(&field.kind, &field.name)
        );
    }
    for field in optional {
        let _ = writeln!(code, "{}: None,", field.name);
    }
    if let Some(extra) = extra {
        let _ = writeln!(code, "{extra}: Default::default(),");
    }
    code.push_str("}\n}\n");
    for field in optional {
        let _ = writeln!(
            code,
            "#[doc = {:?}]\n#[must_use]\npub fn {}(mut self, value: {}) -> Self {{\n\
             self.{} = Some({});\nself\n}}",
            format!("Sets `{}`.", field.wire),
            method_name(&field.name),
            argument(&field.kind),
            field.name,
            conversion(&field.kind, "value"),
        );
    }
    code.push_str("}\n");
}

/// A method must not hide one of the traits that every type has.
fn method_name(field: &str) -> String {
    const TAKEN: [&str; 12] = [
        "new",
        "default",
        "clone",
        "fmt",
        "eq",
        "ne",
        "from",
        "into",
        "try_from",
        "try_into",
        "serialize",
        "deserialize",
    ];
    if TAKEN.contains(&field) {
        format!("{field}_value")
    } else {
        field.to_owned()
    }
}

fn argument(kind: &Kind) -> String {
    match kind {
        Kind::Boolean | Kind::Integer | Kind::Number => path(kind),
        Kind::List(inner) => format!("impl IntoIterator<Item = impl Into<{}>>", path(inner)),
        Kind::Boxed(inner) => format!("impl Into<{}>", path(inner)),
        _ => format!("impl Into<{}>", path(kind)),
    }
}

fn conversion(kind: &Kind, value: &str) -> String {
    match kind {
        Kind::Boolean | Kind::Integer | Kind::Number => value.to_owned(),
        Kind::List(_) => format!("{value}.into_iter().map(Into::into).collect()"),
        Kind::Boxed(_) => format!("Box::new({value}.into())"),
        _ => format!("{value}.into()"),
    }
}

fn enumeration(code: &mut String, name: &str, variants: &[(String, String)]) {
    let _ = writeln!(
        code,
        "open_enum! {{\n/// An open enumeration.\npub enum {name} {{"
    );
    for (variant, wire) in variants {
        let _ = writeln!(code, "{variant} = {wire:?},");
    }
    code.push_str("}\n}\n");
}

fn union(code: &mut String, model: &Model, name: &str, variants: &[(String, Kind)]) {
    let _ = writeln!(
        code,
        "union_of! {{\n/// One of several shapes.\npub enum {name} {{"
    );
    for (variant, kind) in variants {
        let _ = writeln!(
            code,
            "{variant}({}) = {},",
            path(kind),
            shape(&shape_of(model, kind))
        );
    }
    code.push_str("}\n}\n");
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::Plain(name) => format!("crate::support::Shape::{name}"),
        Shape::Object {
            required,
            declared,
            constants,
        } => {
            let constants: Vec<String> = constants
                .iter()
                .map(|(name, values)| format!("({name:?}, &{values:?})"))
                .collect();
            format!(
                "crate::support::Shape::Object {{ required: &{required:?}, declared: &{declared:?}, \
                 constants: &[{}] }}",
                constants.join(", ")
            )
        }
    }
}
