//! Places in a request: reading what the caller set there, and setting them.

use std::fmt::Write;

use heck::ToSnakeCase;
use serde_json::Value;

use super::super::model::Kind;
use super::context::{Context, Operation, Result};
use super::emit::variable;
use super::table::{Counted, Pages};

const PLACE: &str = "a place in a request begins with `query.` or `body.`";

/// What is to be sent.
#[derive(Clone, Copy)]
enum Given {
    Token,
    Number,
}

impl<'a> Context<'a> {
    /// An expression for the number at `place` of the request.
    pub fn number(&self, operation: &Operation<'_>, place: &str) -> Result<String> {
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
    pub fn set(&self, operation: &Operation<'a>, pages: &Pages) -> Result<String> {
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
    pub fn carry(
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
                variable(&one.to_snake_case())
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
                    variable(&name.to_snake_case())
                )
            }
            (None, Some(member)) => {
                let source = first.request.as_ref().ok_or("it has no body")?;
                let field = self.field(source, member)?;
                format!(
                    "given_body.as_ref().ok().and_then(|v| Into::<Option<_>>::into(v.{}.clone()))",
                    field.name
                )
            }
            _ => return Err(PLACE.to_owned()),
        };
        Ok(format!(
            "if let Ok(v) = call.body.as_mut() {{\nv.{target} = {value};\n}}\n"
        ))
    }
}
