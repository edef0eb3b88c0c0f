//! Writes the implementations.

use std::collections::BTreeMap;
use std::fmt::Write;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::super::emit;
use super::super::model::{Field, Item, Kind, Model};
use super::super::operations::{self, method_name};
use super::table::{Counted, Pages, Then};

type Result<T> = std::result::Result<T, String>;

/// What an implementation is written from.
pub struct Context<'a> {
    pub module: &'a str,
    pub document: &'a Value,
    pub model: &'a Model,
    /// The fields of the builders.
    pub structs: &'a BTreeMap<String, Vec<String>>,
}

/// An operation and the types it has.
struct Operation<'a> {
    value: &'a Value,
    builder: String,
    request: Option<Kind>,
    response: Kind,
}

const PLACE: &str = "a place in a request begins with `query.` or `body.`";

/// Sends `call`. Some answers may be empty, and are options therefore.
const SEND: &str = "crate::paging::IntoPage::into_page(call.send().await?.into_inner())";

/// For an operation that answers all pages itself.
pub fn pages(context: &Context<'_>, key: &str, pages: &Pages) -> Result<String> {
    let operation = context.operation(key)?;
    let fields = context.fields(&operation.builder)?;
    let builder = &operation.builder;
    let mut code = context.head(&operation, &operation.response, pages)?;
    let _ = writeln!(code, "#[allow(unused_mut)]\nlet mut call = self;");
    if !pages.defaults.is_empty() {
        code.push_str("if let Ok(v) = call.body.as_mut() {\n");
        for (member, value) in &pages.defaults {
            let body = operation.request.as_ref().ok_or("it has no body")?;
            let field = context.field(body, member)?;
            let _ = writeln!(
                code,
                "crate::paging::or_default(&mut v.{}, {:?});",
                field.name,
                value.to_string()
            );
        }
        code.push_str("}\n");
    }
    let counting = match &pages.count {
        None => "crate::paging::Counting::Nothing".to_owned(),
        Some(count) => {
            let start = context.number(&operation, &count.request)?;
            let (variant, first) = match count.by {
                Counted::Items => ("Items", 0),
                Counted::Pages => ("Pages", count.first),
            };
            format!("crate::paging::Counting::{variant}({start}.unwrap_or({first}))")
        }
    };
    let size = match &pages.size {
        None => "None".to_owned(),
        Some(size) => context.number(&operation, size)?,
    };
    let _ = writeln!(
        code,
        "let listing_counting = {counting};\nlet listing_size: Option<u64> = {size};\nlet client = call.client.clone();\n\
         let Self {{ client: _, {list} }} = call;\n\
         crate::paging::Listing::new(listing_counting, listing_size, move |place| {{\n\
         let (client, place) = (client.clone(), place.clone());\n{clones}\
         Box::pin(async move {{\n#[allow(unused_mut)]\n\
         let mut call = {builder} {{ client: &client, {list} }};\n{set}\
         Ok({answer})\n}})\n}})\n}}",
        list = fields.join(", "),
        clones = clones(&fields),
        set = context.set(&operation, pages)?,
        answer = SEND,
    );
    code.push_str(&context.tail(&operation.response, pages)?);
    Ok(code)
}

/// For an operation that answers the first page, and leaves the others to another one.
pub fn then(context: &Context<'_>, key: &str, then: &Then, pages: &Pages) -> Result<String> {
    let first = context.operation(key)?;
    let other = context.operation(&then.operation)?;
    let fields = context.fields(&first.builder)?;
    let (page, kind) = context.owned("answer", &first.response, &then.page)?;
    if kind != other.response {
        return Err(format!(
            "it does not answer what `{}` answers",
            then.operation
        ));
    }
    let mut code = context.head(&first, &other.response, pages)?;
    let body = other.request.as_ref().ok_or("the other has no body")?;
    let body_path = emit::path_with(body, &context.types());
    let mut carry = String::new();
    for (from, to) in &then.carry {
        carry.push_str(&context.carry(&first, from, &other, to)?);
    }
    let _ = writeln!(
        code,
        "let client = self.client.clone();\nlet Self {{ client: _, {list} }} = self;\n\
         crate::paging::Listing::new(crate::paging::Counting::Nothing, None, move |place| {{\n\
         let (client, place) = (client.clone(), place.clone());\n{clones}\
         Box::pin(async move {{\n\
         if place == crate::paging::Place::Start {{\n\
         let call = {builder} {{ client: &client, {list} }};\n\
         let answer: {first_page} = {first_answer};\n\
         return Ok({page}.next().unwrap_or_default());\n}}\n\
         let mut call = {other_builder}::new(&client).body({body_path}::new());\n{carry}{set}\
         Ok({answer})\n}})\n}})\n}}",
        list = fields.join(", "),
        clones = clones(&fields),
        builder = first.builder,
        first_page = emit::path_with(&first.response, &context.types()),
        first_answer = SEND,
        answer = SEND,
        other_builder = other.builder,
        set = context.set(&other, pages)?,
    );
    code.push_str(&context.tail(&other.response, pages)?);
    Ok(code)
}

fn clones(fields: &[String]) -> String {
    fields
        .iter()
        .map(|field| format!("let {field} = {field}.clone();\n"))
        .collect()
}

impl<'a> Context<'a> {
    fn types(&self) -> String {
        format!("crate::{}::types::", self.module)
    }

    fn operation(&self, key: &str) -> Result<Operation<'a>> {
        let (path, method, value) = operations::each(self.document)
            .find(|(path, method, _)| super::key(method, path) == key)
            .ok_or_else(|| format!("`{key}` is no operation of the enabled groups"))?;
        let bodies = self
            .model
            .bodies
            .get(&(path.to_owned(), method.to_owned()))
            .cloned()
            .unwrap_or_default();
        let id = value["operationId"].as_str().unwrap_or_default();
        let whole = |kind: Kind| match kind.named().and_then(|name| self.model.items.get(name)) {
            Some(Item::Answer(whole)) => whole.clone(),
            _ => kind,
        };
        Ok(Operation {
            value,
            builder: method_name(id).to_pascal_case(),
            request: bodies.request,
            response: bodies
                .response
                .map(whole)
                .ok_or("its answer is no JSON that a document describes")?,
        })
    }

    /// The fields of a builder, without the client.
    fn fields(&self, builder: &str) -> Result<Vec<String>> {
        let fields = self
            .structs
            .get(builder)
            .ok_or_else(|| format!("there is no builder {builder}"))?;
        Ok(fields
            .iter()
            .filter(|field| *field != "client")
            .cloned()
            .collect())
    }

    fn field(&self, kind: &Kind, wire: &str) -> Result<&'a Field> {
        let fields = match kind.named().and_then(|name| self.model.items.get(name)) {
            Some(Item::Struct(fields, _)) => fields,
            _ => {
                return Err(format!(
                    "`{wire}` is looked for in something that is no object"
                ));
            }
        };
        fields
            .iter()
            .find(|field| field.wire == wire)
            .ok_or_else(|| format!("there is no member `{wire}`"))
    }

    /// If `kind` is a union: its first variant that has a member `wire`.
    fn variant(&self, kind: &Kind, wire: &str) -> Option<(String, Kind)> {
        let Some(Item::Union(variants)) = kind.named().and_then(|name| self.model.items.get(name))
        else {
            return None;
        };
        variants
            .iter()
            .find(|(_, inner)| self.field(inner, wire).is_ok())
            .cloned()
    }

    /// Whether `field` of `kind` is an `Option`.
    fn is_optional(&self, kind: Option<&Kind>, field: &Field) -> bool {
        let strict = kind
            .and_then(Kind::named)
            .is_some_and(|name| self.model.is_strict(name));
        !(strict && field.required)
    }

    /// An iterator over what stands at `path` in the expression `start` of type `kind`, borrowed.
    fn borrowed(&self, start: &str, kind: &Kind, path: &str) -> Result<(String, Kind)> {
        self.walk(start, kind, path, true)
    }

    /// The same, owned.
    fn owned(&self, start: &str, kind: &Kind, path: &str) -> Result<(String, Kind)> {
        self.walk(start, kind, path, false)
    }

    fn walk(&self, start: &str, kind: &Kind, path: &str, borrow: bool) -> Result<(String, Kind)> {
        let mut code = format!("::std::iter::once({start})");
        let mut kind = kind.clone();
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            if segment == "[]" {
                let (Kind::List(inner), whole) = unwrap_whole(&kind) else {
                    return Err(format!("`{path}`: `[]` stands for no list"));
                };
                code.push_str(match (borrow, whole) {
                    (true, _) => ".flat_map(|v| v.iter())",
                    (false, _) => ".flat_map(|v| v.into_iter())",
                });
                kind = *inner;
                continue;
            }
            if let Some((variant, inner)) = self.variant(&kind, segment) {
                let _ = write!(
                    code,
                    ".filter_map(|v| match v {{ {}::{variant}(v) => Some(v), _ => None }})",
                    emit::path_with(&kind, &self.types())
                );
                kind = inner;
            }
            let field = self.field(&kind, segment)?;
            let name = &field.name;
            let optional = self.is_optional(Some(&kind), field);
            code.push_str(&match (optional, borrow) {
                (true, true) => format!(".filter_map(|v| v.{name}.as_ref())"),
                (true, false) => format!(".filter_map(|v| v.{name})"),
                (false, true) => format!(".map(|v| &v.{name})"),
                (false, false) => format!(".map(|v| v.{name})"),
            });
            kind = field.kind.clone();
        }
        Ok((code, kind))
    }

    /// An expression for the number at `place` of the request.
    fn number(&self, operation: &Operation<'_>, place: &str) -> Result<String> {
        if let Some(name) = place.strip_prefix("query.") {
            self.parameter(operation, name)?;
            return Ok(format!(
                "crate::paging::Number::number(&call.{})",
                name.to_snake_case()
            ));
        }
        let path = place.strip_prefix("body.").ok_or(PLACE)?;
        let body = operation.request.as_ref().ok_or("it has no body")?;
        let (code, _) = self.borrowed("v", body, path)?;
        Ok(format!(
            "call.body.as_ref().ok().and_then(|v| {code}.next().and_then(crate::paging::Number::number))"
        ))
    }

    /// The schema of a query parameter.
    fn parameter(&self, operation: &Operation<'a>, name: &str) -> Result<&'a Value> {
        operation.value["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|parameter| parameter["in"] == "query" && parameter["name"] == name)
            .map(|parameter| &parameter["schema"])
            .ok_or_else(|| format!("it has no query parameter `{name}`"))
    }

    /// Statements that take `call` to `place`.
    fn set(&self, operation: &Operation<'a>, pages: &Pages) -> Result<String> {
        let mut code = String::new();
        for (index, next) in pages.next.iter().enumerate() {
            let _ = write!(
                code,
                "if let Some(token) = place.token({index}) {{\n{}}}",
                { self.assign(operation, &next.request, Given::Token)? }
            );
            if let Some(silence) = &next.silence {
                let _ = write!(
                    code,
                    " else if matches!(place, crate::paging::Place::Tokens(_)) {{\nlet number = 0_u64;\n{}}}",
                    self.assign(operation, silence, Given::Number)?
                );
            }
            code.push('\n');
        }
        if let Some(count) = &pages.count {
            let variant = match count.by {
                Counted::Items => "Offset",
                Counted::Pages => "Page",
            };
            let _ = writeln!(
                code,
                "if let crate::paging::Place::{variant}(number) = place {{\n{}}}",
                self.assign(operation, &count.request, Given::Number)?
            );
        }
        Ok(code)
    }

    /// A statement that gives the place in the request what is in the variable `token` or `number`.
    fn assign(&self, operation: &Operation<'a>, place: &str, given: Given) -> Result<String> {
        if let Some(name) = place.strip_prefix("query.") {
            let value = match (given, self.parameter(operation, name)?["type"].as_str()) {
                (Given::Token, _) => "token.to_owned()",
                (Given::Number, Some("integer")) => "number as i64",
                (Given::Number, Some("number")) => "number as f64",
                (Given::Number, _) => "number.to_string()",
            };
            return Ok(format!("call = call.{}({value});\n", name.to_snake_case()));
        }
        let path = place.strip_prefix("body.").ok_or(PLACE)?;
        let mut kind = operation.request.clone().ok_or("it has no body")?;
        let (mut open, mut close) = (
            "if let Ok(v) = call.body.as_mut() {\n".to_owned(),
            "}\n".to_owned(),
        );
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        for segment in parents.split('.').filter(|segment| !segment.is_empty()) {
            let field = self.field(&kind, segment)?;
            if self.is_optional(Some(&kind), field) {
                let _ = writeln!(open, "if let Some(v) = v.{}.as_mut() {{", field.name);
                close.push_str("}\n");
            } else {
                let _ = writeln!(open, "let v = &mut v.{};", field.name);
            }
            kind = field.kind.clone();
        }
        let field = self.field(&kind, last)?;
        let value = match (given, &field.kind) {
            (Given::Number, Kind::Integer) => "number as i64",
            (Given::Number, Kind::Number) => "number as f64",
            (Given::Token, Kind::Text | Kind::List(_)) => {
                "crate::paging::FromToken::from_token(token)"
            }
            _ => return Err(format!("`{place}` cannot carry a place in a listing")),
        };
        let value = if self.is_optional(Some(&kind), field) {
            format!("Some({value})")
        } else {
            value.to_owned()
        };
        Ok(format!("{open}v.{} = {value};\n{close}", field.name))
    }

    /// A statement that gives `call` at `to` what the variables of the first call hold at `from`.
    fn carry(
        &self,
        first: &Operation<'a>,
        from: &str,
        other: &Operation<'a>,
        to: &str,
    ) -> Result<String> {
        if let (Some(one), Some(two)) = (from.strip_prefix("query."), to.strip_prefix("query.")) {
            self.parameter(first, one)?;
            self.parameter(other, two)?;
            return Ok(format!(
                "call.{} = {}.map(Into::into);\n",
                two.to_snake_case(),
                one.to_snake_case()
            ));
        }
        let to = to
            .strip_prefix("body.")
            .ok_or_else(|| format!("`{from}` cannot be carried to `{to}`"))?;
        let body = other.request.as_ref().ok_or("the other has no body")?;
        let target = &self.field(body, to)?.name;
        let value = match (from.strip_prefix("query."), from.strip_prefix("body.")) {
            (Some(name), _) => {
                self.parameter(first, name)?;
                format!(
                    "crate::paging::Number::number(&{}).map(|number| number as i64)",
                    name.to_snake_case()
                )
            }
            (None, Some(member)) => {
                let source = first.request.as_ref().ok_or("it has no body")?;
                let field = self.field(source, member)?;
                format!(
                    "body.as_ref().ok().and_then(|v| Into::<Option<_>>::into(v.{}.clone()))",
                    field.name
                )
            }
            _ => return Err(PLACE.to_owned()),
        };
        Ok(format!(
            "if let Ok(v) = call.body.as_mut() {{\nv.{target} = {value};\n}}\n"
        ))
    }

    /// The beginning of an implementation, up to the body of `into_listing`.
    fn head(&self, operation: &Operation<'_>, page: &Kind, pages: &Pages) -> Result<String> {
        let (_, items) = self.borrowed("page", page, &pages.items)?;
        let (Kind::List(item), _) = unwrap_whole(&items) else {
            return Err(format!("`{}` is no list", pages.items));
        };
        let types = self.types();
        Ok(format!(
            "impl<'a> crate::paging::Paged for {builder}<'a> {{\ntype Page = {page};\ntype Item = {item};\ntype Owned = {builder}<'static>;\n\
             const OPERATION: &'static str = {name:?};\n\
             fn into_listing(self) -> crate::paging::Listing<Self::Page> {{\n",
            builder = operation.builder,
            page = emit::path_with(page, &types),
            item = emit::path_with(&item, &types),
            name = method_name(operation.value["operationId"].as_str().unwrap_or_default()),
        ))
    }

    /// The rest of an implementation, after `into_listing`.
    fn tail(&self, page: &Kind, pages: &Pages) -> Result<String> {
        let number = |path: &Option<String>| -> Result<String> {
            let Some(path) = path else {
                return Ok("None".to_owned());
            };
            let (code, _) = self.borrowed("page", page, path)?;
            Ok(format!(
                "{code}.next().and_then(crate::paging::Number::number)"
            ))
        };
        let mut tokens = String::new();
        for next in &pages.next {
            let (code, _) = self.borrowed("page", page, &next.answer)?;
            let _ = match &next.parameter {
                None => writeln!(
                    tokens,
                    "{code}.filter_map(crate::paging::Token::token).last(),"
                ),
                Some(name) => writeln!(
                    tokens,
                    "{code}.filter_map(|v| crate::paging::query_of(v, {name:?})).last(),"
                ),
            };
        }
        let more = match &pages.more {
            None => "None".to_owned(),
            Some(path) => format!("{}.next().copied()", self.borrowed("page", page, path)?.0),
        };
        let (borrowed, _) = self.borrowed("page", page, &pages.items)?;
        let (owned, _) = self.owned("page", page, &pages.items)?;
        Ok(format!(
            "fn facts(page: &Self::Page) -> crate::paging::PageFacts {{\n\
             crate::paging::PageFacts {{\n\
             items: {borrowed}.map(|v| v.len()).sum(),\ntokens: vec![{tokens}],\nmore: {more},\n\
             total: {total},\npages: {pages},\n}}\n}}\n\
             fn into_items(page: Self::Page) -> Vec<Self::Item> {{\n\
             {owned}.flat_map(|v| v.into_iter()).collect()\n}}\n}}\n",
            total = number(&pages.total)?,
            pages = number(&pages.pages)?,
        ))
    }
}

/// What is to be sent.
#[derive(Clone, Copy)]
enum Given {
    Token,
    Number,
}

/// The list in a whole answer, and whether it is one.
fn unwrap_whole(kind: &Kind) -> (Kind, bool) {
    match kind {
        Kind::Whole(inner) => ((**inner).clone(), true),
        kind => (kind.clone(), false),
    }
}
