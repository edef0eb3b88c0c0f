//! Whether a value is what a schema allows.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::Regex;
use serde_json::Value;

use super::resolve;

/// Which way a value travels: members may be read-only or write-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the client to the service.
    Request,
    /// From the service to the client.
    Response,
}

impl Way {
    /// Whether a member with this schema travels this way.
    pub(crate) fn takes(self, schemas: &Value, member: &Value) -> bool {
        let never = match self {
            Self::Request => "readOnly",
            Self::Response => "writeOnly",
        };
        let says = |schema: &Value| schema[never] == true;
        let all = member["allOf"].as_array();
        !(says(member)
            || says(resolve(schemas, member))
            || all.is_some_and(|all| all.iter().any(says)))
    }
}

/// Where a value is not what its schema allows, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The member, as in `filters[0].name`; empty for the value itself.
    pub place: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Violation {
    pub(crate) fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            place: String::new(),
            reason: reason.into().into_owned(),
        }
    }

    /// The place is only put together when something is wrong: most values are right.
    fn below(mut self, parent: &str) -> Self {
        let dot = !self.place.is_empty() && !self.place.starts_with('[');
        self.place = format!("{parent}{}{}", if dot { "." } else { "" }, self.place);
        self
    }
}

/// Judges `value` by `schema`, with the named `schemas` of its document.
///
/// # Errors
/// The first violation.
pub fn check(schemas: &Value, schema: &Value, value: &Value, way: Way) -> Result<(), Violation> {
    Judge { schemas, way }.check(schema, value)
}

struct Judge<'a> {
    schemas: &'a Value,
    way: Way,
}

impl Judge<'_> {
    fn check(&self, reference: &Value, value: &Value) -> Result<(), Violation> {
        let schema = resolve(self.schemas, reference);
        if value.is_null() {
            return self.null(schema);
        }
        if value.is_string() && is_lost_enumeration(reference, schema) {
            return Ok(());
        }
        if let Some(expected) = schema["type"].as_str()
            && !has_type(value, expected)
        {
            return Err(Violation::new(format!("must be {}", a_or_an(expected))));
        }
        if let Some(values) = schema["enum"].as_array()
            && !values.iter().any(|known| self.is_meant(known, value))
        {
            let listed: Vec<String> = values.iter().map(Value::to_string).collect();
            return Err(Violation::new(format!(
                "must be one of {}",
                listed.join(", ")
            )));
        }
        match value {
            Value::String(text) => self.text(schema, text)?,
            Value::Number(_) => number(schema, value)?,
            Value::Array(items) => self.list(schema, items)?,
            Value::Object(_) => self.object(schema, value)?,
            _ => {}
        }
        self.combination(schema, value)
    }

    /// A schema that says nothing about types allows null, unless what it is made of does not.
    fn null(&self, schema: &Value) -> Result<(), Violation> {
        let unlisted = |values: &Vec<Value>| !values.contains(&Value::Null);
        if schema["nullable"] == true {
            Ok(())
        } else if schema["type"].is_string() || schema["enum"].as_array().is_some_and(unlisted) {
            Err(Violation::new("must not be null"))
        } else {
            self.combination(schema, &Value::Null)
        }
    }

    /// Whether `value` is the `known` value of an enumeration. Callers write `epoch` where a document says `EPOCH`, and
    /// the service takes it; answers are as documented.
    fn is_meant(&self, known: &Value, value: &Value) -> bool {
        match (known.as_str(), value.as_str()) {
            (Some(known), Some(value)) if self.way == Way::Request => {
                known.eq_ignore_ascii_case(value)
            }
            _ => known == value,
        }
    }

    fn text(&self, schema: &Value, text: &str) -> Result<(), Violation> {
        let (least, most) = (&schema["minLength"], &schema["maxLength"]);
        if !(least.is_null() && most.is_null()) {
            let length = text.chars().count() as u64;
            if least.as_u64().is_some_and(|least| length < least) {
                return Err(Violation::new(format!(
                    "must have at least {least} characters"
                )));
            }
            if most.as_u64().is_some_and(|most| length > most) {
                return Err(Violation::new(format!(
                    "must have at most {most} characters"
                )));
            }
        }
        if let Some(pattern) = schema["pattern"].as_str()
            && !compiled(pattern).is_match(text)
        {
            return Err(Violation::new(format!("must match {pattern}")));
        }
        match schema["format"].as_str() {
            Some("uuid") if !is_uuid(text) => Err(Violation::new("must be a UUID")),
            Some("date-time") if !compiled(DATE_TIME).is_match(text) => {
                Err(Violation::new("must be a date and time as in RFC 3339"))
            }
            _ => Ok(()),
        }
    }

    fn list(&self, schema: &Value, items: &[Value]) -> Result<(), Violation> {
        let length = items.len() as u64;
        if let Some(least) = schema["minItems"].as_u64()
            && length < least
        {
            return Err(Violation::new(format!(
                "must have at least {least} elements"
            )));
        }
        if let Some(most) = schema["maxItems"].as_u64()
            && length > most
        {
            return Err(Violation::new(format!("must have at most {most} elements")));
        }
        if schema["uniqueItems"] == true {
            let mut seen = std::collections::HashSet::new();
            if !items.iter().all(|item| seen.insert(item.to_string())) {
                return Err(Violation::new("must not have an element twice"));
            }
        }
        for (index, item) in items.iter().enumerate() {
            self.check(&schema["items"], item)
                .map_err(|violation| violation.below(&format!("[{index}]")))?;
        }
        Ok(())
    }

    fn object(&self, schema: &Value, value: &Value) -> Result<(), Violation> {
        let properties = &schema["properties"];
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if value.get(name).is_none() && self.way.takes(self.schemas, &properties[name]) {
                return Err(Violation::new("is required").below(name));
            }
        }
        let others = &schema["additionalProperties"];
        for (name, member) in value.as_object().into_iter().flatten() {
            let schema = match properties.get(name) {
                Some(schema) => schema,
                None if others == &Value::Bool(false) => {
                    return Err(Violation::new("is not a known member").below(name));
                }
                None => others,
            };
            if schema.is_object() {
                self.check(schema, member)
                    .map_err(|violation| violation.below(name))?;
            }
        }
        Ok(())
    }

    fn combination(&self, schema: &Value, value: &Value) -> Result<(), Violation> {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.check(part, value)?;
        }
        if let Some(branches) = schema["anyOf"].as_array() {
            self.any_of(branches, value)?;
        }
        // Some published alternatives overlap (time ranges with an open `type`). Who refused a value that fits several
        // could not be called at all, so one is enough.
        if let Some(branches) = schema["oneOf"].as_array() {
            match discriminated(schema, value) {
                Some(branch) => self.check(&branch, value)?,
                None => self.any_of(branches, value)?,
            }
        }
        Ok(())
    }

    /// Of several violations the one deepest in the value says most: its branch was probably meant.
    fn any_of(&self, branches: &[Value], value: &Value) -> Result<(), Violation> {
        let mut closest: Option<Violation> = None;
        for branch in branches {
            match self.check(branch, value) {
                Ok(()) => return Ok(()),
                Err(violation) => {
                    let depth = |violation: &Violation| violation.place.split('.').count();
                    if closest.as_ref().is_none_or(|best| {
                        !violation.place.is_empty()
                            && (best.place.is_empty() || depth(&violation) > depth(best))
                    }) {
                        closest = Some(violation);
                    }
                }
            }
        }
        closest.map_or(Ok(()), Err)
    }
}

/// A reference to the branch that a value names in its discriminator: what is wrong with it is wrong by that one.
pub(super) fn discriminated(schema: &Value, value: &Value) -> Option<Value> {
    let discriminator = &schema["discriminator"];
    let named = value
        .get(discriminator["propertyName"].as_str()?)?
        .as_str()?;
    let target = discriminator["mapping"].get(named)?;
    Some(serde_json::json!({ "$ref": target }))
}

/// Some enumerations were published as named objects without any member, as the type of a policy: who refused their
/// values would refuse what every caller sends.
fn is_lost_enumeration(reference: &Value, schema: &Value) -> bool {
    reference["$ref"].is_string()
        && schema["type"] == "object"
        && schema.as_object().is_some_and(|members| members.len() == 1)
}

const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;

fn number(schema: &Value, value: &Value) -> Result<(), Violation> {
    let number = value.as_f64().unwrap_or_default();
    if let Some(least) = schema["minimum"].as_f64()
        && number < least
    {
        return Err(Violation::new(format!("must be at least {least}")));
    }
    if let Some(most) = schema["maximum"].as_f64()
        && number > most
    {
        return Err(Violation::new(format!("must be at most {most}")));
    }
    if schema["format"] == "int32" && !(-2_147_483_648.0..=2_147_483_647.0).contains(&number) {
        return Err(Violation::new("must be an integer of 32 bits"));
    }
    // What is just too small has been rounded to the limit when it was parsed.
    if schema["format"] == "int64" && !value.is_i64() && number.abs() >= TWO_POW_63 {
        return Err(Violation::new("must be an integer of 64 bits"));
    }
    Ok(())
}

fn has_type(value: &Value, expected: &str) -> bool {
    match expected {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.is_number(),
        // 1.0 is an integer to JSON schema, too.
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|value| value.fract() == 0.0)
        }
        _ => true,
    }
}

fn a_or_an(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'i', 'o']) {
        "an"
    } else {
        "a"
    };
    format!("{article} {kind}")
}

pub(super) fn is_uuid(text: &str) -> bool {
    compiled(UUID).is_match(text)
}

const UUID: &str = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$";
const DATE_TIME: &str = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$";

/// Compiling a pattern takes longer than matching it.
fn compiled(pattern: &str) -> Arc<Regex> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(regex) = compiled.get(pattern) {
        return regex.clone();
    }
    // No document has a pattern that this library does not know; one that does is not judged.
    let regex = Regex::new(pattern).unwrap_or_else(|_| Regex::new("").expect("an empty pattern"));
    let regex = Arc::new(regex);
    compiled.insert(pattern.to_owned(), regex.clone());
    regex
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judge(schema: Value, value: Value) -> String {
        let schemas = json!({
            "Name": {"type": "string", "minLength": 2, "maxLength": 3},
            "Cat": {"type": "object", "required": ["lives"], "additionalProperties": false, "properties": {"lives": {"type": "integer"}}},
            "Colour": {"type": "object"},
            "Dog": {"type": "object", "required": ["barks"], "properties": {"barks": {"type": "boolean"}}},
        });
        match check(&schemas, &schema, &value, Way::Request) {
            Ok(()) => "fits".to_owned(),
            Err(violation) => format!("{} {}", violation.place, violation.reason),
        }
    }

    #[test]
    fn each_keyword_is_judged_and_the_place_is_named() {
        let name = json!({"$ref": "#/components/schemas/Name"});
        let object = json!({"type": "object", "required": ["a"], "properties": {
            "a": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": true, "items": name},
            "id": {"type": "string", "readOnly": true}}});
        let whole = json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 3_000_000_000_u64});
        let long = json!({"type": "integer", "format": "int64"});
        let pets = json!({"anyOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]});
        let one_of = json!({"oneOf": pets["anyOf"]});
        for (schema, value, expected) in [
            (&object, json!({"a": ["xy"]}), "fits"),
            (&object, json!([]), " must be an object"),
            (&object, json!({}), "a is required"),
            (&object, json!({"a": null}), "a must not be null"),
            (&object, json!({"a": []}), "a must have at least 1 elements"),
            (
                &object,
                json!({"a": ["xy", "xz", "xx"]}),
                "a must have at most 2 elements",
            ),
            (
                &object,
                json!({"a": ["xy", "xy"]}),
                "a must not have an element twice",
            ),
            (&object, json!({"a": ["xy", 1]}), "a[1] must be a string"),
            (
                &object,
                json!({"a": ["ü"]}),
                "a[0] must have at least 2 characters",
            ),
            (
                &object,
                json!({"a": ["wxyz"]}),
                "a[0] must have at most 3 characters",
            ),
            (&whole, json!(1.0), "fits"),
            (&whole, json!(1.5), " must be an integer"),
            (&whole, json!(0), " must be at least 1"),
            (
                &whole,
                json!(3_000_000_001_u64),
                " must be at most 3000000000",
            ),
            (
                &whole,
                json!(2_500_000_000_u64),
                " must be an integer of 32 bits",
            ),
            (&long, json!(i64::MIN), "fits"),
            (&long, json!(1e3), "fits"),
            (&long, json!(1_u64 << 63), " must be an integer of 64 bits"),
            (
                &long,
                serde_json::from_str("-9223372036854775809").expect("a number"),
                " must be an integer of 64 bits",
            ),
            (&long, json!(-1e20), " must be an integer of 64 bits"),
            (
                &json!({"enum": ["a", 1]}),
                json!("b"),
                " must be one of \"a\", 1",
            ),
            (
                &json!({"type": "string", "nullable": true}),
                json!(null),
                "fits",
            ),
            (&json!({}), json!(null), "fits"),
            (&json!({"enum": ["a"]}), json!(null), " must not be null"),
            (&json!({"enum": ["a", null]}), json!(null), "fits"),
            (&pets, json!(null), " must not be null"),
            (&one_of, json!(null), " must not be null"),
            (
                &json!({"allOf": [{"$ref": "#/components/schemas/Cat"}]}),
                json!(null),
                " must not be null",
            ),
            (
                &json!({"anyOf": pets["anyOf"], "nullable": true}),
                json!(null),
                "fits",
            ),
            (
                &json!({"anyOf": [name, {"type": "boolean", "nullable": true}]}),
                json!(null),
                "fits",
            ),
            (
                &json!({"type": "string", "pattern": "^x"}),
                json!("ax"),
                " must match ^x",
            ),
            (
                &json!({"type": "string", "format": "uuid"}),
                json!("7"),
                " must be a UUID",
            ),
            (
                &json!({"type": "string", "format": "date-time"}),
                json!("now"),
                " must be a date and time as in RFC 3339",
            ),
            (&pets, json!({"lives": 9}), "fits"),
            (&pets, json!({"lives": "many"}), "lives must be an integer"),
            (&pets, json!({"lives": 9, "barks": true}), "fits"),
            (&one_of, json!({"lives": 9, "barks": true}), "fits"),
            (&json!({"enum": ["EPOCH"]}), json!("epoch"), "fits"),
            (
                &json!({"oneOf": pets["anyOf"], "discriminator": {
                    "propertyName": "kind", "mapping": {"dog": "#/components/schemas/Dog"}}}),
                json!({"kind": "dog", "lives": 9}),
                "barks is required",
            ),
            (
                &json!({"oneOf": [{"type": "string"}, {}]}),
                json!("x"),
                "fits",
            ),
            (
                &json!({"allOf": [{"type": "string"}, {"minLength": 2}]}),
                json!("x"),
                " must have at least 2 characters",
            ),
            (
                &json!({"$ref": "#/components/schemas/Colour"}),
                json!("red"),
                "fits",
            ),
            (
                &json!({"type": "object"}),
                json!("red"),
                " must be an object",
            ),
            (
                &json!({"$ref": "#/components/schemas/Cat"}),
                json!({"lives": 9, "tail": 1}),
                "tail is not a known member",
            ),
        ] {
            assert_eq!(
                judge(schema.clone(), value.clone()),
                expected,
                "{schema} {value}"
            );
        }
    }

    #[test]
    fn what_only_travels_the_other_way_is_not_required() {
        let schema = json!({"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "readOnly": true}}});
        let judge = |way| check(&Value::Null, &schema, &json!({}), way).is_ok();
        assert_eq!((judge(Way::Request), judge(Way::Response)), (true, false));
    }
}
