//! What an implementation is written from: operations, their types, and the way to a place in them.

use std::collections::BTreeMap;
use std::fmt::Write;

use heck::ToPascalCase;
use serde_json::Value;

use super::super::emit;
use super::super::model::{Field, Item, Kind, Model};
use super::super::operations::{self, method_name};

/// Why an implementation cannot be written.
pub type Result<T> = std::result::Result<T, String>;

/// What an implementation is written from.
pub struct Context<'a> {
    pub module: &'a str,
    pub document: &'a Value,
    pub model: &'a Model,
    /// The fields of the builders.
    pub structs: &'a BTreeMap<String, Vec<String>>,
}

/// An operation and the types it has.
pub struct Operation<'a> {
    pub value: &'a Value,
    pub builder: String,
    pub request: Option<Kind>,
    pub response: Kind,
}

impl<'a> Context<'a> {
    pub fn types(&self) -> String {
        format!("crate::{}::types::", self.module)
    }

    pub fn operation(&self, key: &str) -> Result<Operation<'a>> {
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
    pub fn fields(&self, builder: &str) -> Result<Vec<String>> {
        let fields = self
            .structs
            .get(builder)
            .ok_or_else(|| format!("there is no builder {builder}"))?;
        Ok(fields.iter().skip(1).cloned().collect())
    }

    /// The field of a builder that holds the client: the first. Its name has an underscore where a parameter is called so.
    pub fn client(&self, builder: &str) -> Result<String> {
        let fields = self.structs.get(builder).and_then(|fields| fields.first());
        fields
            .cloned()
            .ok_or_else(|| format!("there is no builder {builder}"))
    }

    pub fn field(&self, kind: &Kind, wire: &str) -> Result<&'a Field> {
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
    pub fn variant(&self, kind: &Kind, wire: &str) -> Option<(String, Kind)> {
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
    pub fn is_optional(&self, kind: Option<&Kind>, field: &Field) -> bool {
        let strict = kind
            .and_then(Kind::named)
            .is_some_and(|name| self.model.is_strict(name));
        !(strict && field.required)
    }

    /// An iterator over what stands at `path` in the expression `start` of type `kind`, borrowed.
    pub fn borrowed(&self, start: &str, kind: &Kind, path: &str) -> Result<(String, Kind)> {
        self.walk(start, kind, path, true)
    }

    /// The same, owned.
    pub fn owned(&self, start: &str, kind: &Kind, path: &str) -> Result<(String, Kind)> {
        self.walk(start, kind, path, false)
    }

    fn walk(&self, start: &str, kind: &Kind, path: &str, borrow: bool) -> Result<(String, Kind)> {
        let mut code = format!("::std::iter::once({start})");
        let mut kind = kind.clone();
        for segment in path.split('.').filter(|segment| !segment.is_empty()) {
            if segment == "[]" {
                let Kind::List(inner) = bare(&kind) else {
                    return Err(format!("`{path}`: `[]` stands for no list"));
                };
                code.push_str(if borrow {
                    ".flat_map(|v| v.iter())"
                } else {
                    ".flat_map(|v| v.into_iter())"
                });
                kind = (**inner).clone();
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
}

/// A list or a map as such, also where it is a whole answer.
pub fn bare(kind: &Kind) -> &Kind {
    match kind {
        Kind::Whole(inner) => inner,
        kind => kind,
    }
}
