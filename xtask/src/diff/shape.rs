//! What Rust type a schema stands for, as far as a comparison needs to know.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::pipeline::pass::references::schema_name;

/// Chains of references longer than this are loops, which stand for anything.
const MAX_CHAIN: usize = 32;

/// The kinds of Rust types that schemas become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any JSON value.
    Any,
    /// Text.
    Text,
    /// One of several named values.
    Enumeration,
    /// Bytes.
    Bytes,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    Array,
    /// An object of any keys and equal values.
    Map,
    /// An object of known properties.
    Object,
    /// One of several schemas.
    Choice,
    /// Several schemas at once.
    Combination,
}

impl Kind {
    /// Whether schemas of this kind hold others.
    pub fn is_container(self) -> bool {
        matches!(
            self,
            Self::Array | Self::Map | Self::Object | Self::Choice | Self::Combination
        )
    }

    /// The words in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text => "string",
            Self::Enumeration => "enumeration",
            Self::Bytes => "bytes",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Map => "map",
            Self::Object => "object",
            Self::Choice => "choice",
            Self::Combination => "combination",
        }
    }
}

/// A schema with its references followed.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// The keywords.
    pub schema: &'a Map<String, Value>,
    /// The name of the schema, if it was reached by reference.
    pub name: Option<&'a str>,
    /// Whether null is allowed, here or on the way.
    pub nullable: bool,
}

static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);

/// Follows the references of `schema`, and what only wraps one (`allOf` of one schema).
pub fn resolve<'a>(document: &'a Value, schema: &'a Value) -> Shape<'a> {
    let mut current = schema;
    let mut name = None;
    let mut nullable = false;
    for _ in 0..MAX_CHAIN {
        let Value::Object(members) = current else {
            break;
        };
        nullable |= members.get("nullable") == Some(&Value::Bool(true));
        if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
            let Some(target) = schema_name(reference) else {
                break;
            };
            let Some((own, target)) = document["components"]["schemas"]
                .as_object()
                .and_then(|schemas| schemas.get_key_value(&target))
            else {
                break;
            };
            name = Some(own.as_str());
            current = target;
            continue;
        }
        let wrapped = match members.get("allOf").and_then(Value::as_array) {
            Some(parts) if parts.len() == 1 && !members.contains_key("properties") => &parts[0],
            _ => {
                return Shape {
                    schema: members,
                    name,
                    nullable: nullable || allows_null(members),
                };
            }
        };
        current = wrapped;
    }
    Shape {
        schema: &EMPTY,
        name,
        nullable,
    }
}

fn allows_null(schema: &Map<String, Value>) -> bool {
    schema
        .get("enum")
        .and_then(Value::as_array)
        .is_some_and(|values| values.contains(&Value::Null))
}

impl<'a> Shape<'a> {
    /// The kind of Rust type.
    pub fn kind(&self) -> Kind {
        let text = |key: &str| self.schema.get(key).and_then(Value::as_str);
        if self.schema.contains_key("oneOf") || self.schema.contains_key("anyOf") {
            return Kind::Choice;
        }
        if self.schema.contains_key("allOf") {
            return Kind::Combination;
        }
        match (text("type"), text("format")) {
            (Some("string"), Some("binary")) => Kind::Bytes,
            (Some("string"), _) if self.schema.contains_key("enum") => Kind::Enumeration,
            (Some("string"), _) => Kind::Text,
            (Some("integer"), _) => Kind::Integer,
            (Some("number"), _) => Kind::Number,
            (Some("boolean"), _) => Kind::Boolean,
            (Some("array"), _) => Kind::Array,
            _ if self.schema.contains_key("items") => Kind::Array,
            _ if self.schema.contains_key("enum") => Kind::Enumeration,
            _ => self.object_kind(),
        }
    }

    fn object_kind(&self) -> Kind {
        if self.properties().next().is_some() {
            Kind::Object
        } else if self.further().is_some_and(is_telling) {
            Kind::Map
        } else {
            Kind::Any
        }
    }

    /// The properties.
    pub fn properties(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        let properties = self.schema.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten()
    }

    /// The schema of properties that are not listed, if there may be any.
    pub fn further(&self) -> Option<&'a Value> {
        self.schema
            .get("additionalProperties")
            .filter(|further| **further != Value::Bool(false))
    }

    /// The names of the properties that must be there.
    pub fn required(&self) -> BTreeSet<&'a str> {
        let required = self.schema.get("required").and_then(Value::as_array);
        required
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The alternatives of a choice, or the parts of a combination.
    pub fn members(&self) -> Vec<&'a Value> {
        ["oneOf", "anyOf", "allOf"]
            .iter()
            .filter_map(|key| self.schema.get(*key).and_then(Value::as_array))
            .flatten()
            .collect()
    }

    /// The values of an enumeration as text; null is no value but makes the schema nullable.
    pub fn values(&self) -> BTreeSet<String> {
        let values = self.schema.get("enum").and_then(Value::as_array);
        values
            .into_iter()
            .flatten()
            .filter(|value| !value.is_null())
            .map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            })
            .collect()
    }
}

/// Whether `additionalProperties` says anything about the values.
fn is_telling(further: &Value) -> bool {
    further.as_object().is_some_and(|schema| !schema.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kind(schema: Value) -> Kind {
        resolve(&Value::Null, &schema).kind()
    }

    #[test]
    fn kinds_follow_the_rust_types() {
        for (schema, expected) in [
            (json!({}), Kind::Any),
            (json!({"type": "object"}), Kind::Any),
            (
                json!({"type": "object", "additionalProperties": true}),
                Kind::Any,
            ),
            (
                json!({"additionalProperties": {"type": "string"}}),
                Kind::Map,
            ),
            (json!({"properties": {"a": {}}}), Kind::Object),
            (json!({"type": "string", "format": "date-time"}), Kind::Text),
            (json!({"type": "string", "enum": ["a"]}), Kind::Enumeration),
            (json!({"type": "string", "format": "binary"}), Kind::Bytes),
            (json!({"type": "integer", "format": "int32"}), Kind::Integer),
            (json!({"type": "integer", "format": "int64"}), Kind::Integer),
            (json!({"type": "number"}), Kind::Number),
            (json!({"items": {}}), Kind::Array),
            (json!({"oneOf": []}), Kind::Choice),
        ] {
            assert_eq!(kind(schema.clone()), expected, "{schema}");
        }
    }

    #[test]
    fn references_and_wrappers_are_followed_and_loops_end() {
        let document = json!({"components": {"schemas": {
            "A": {"$ref": "#/components/schemas/B"},
            "B": {"type": "string", "nullable": true},
            "Loop": {"$ref": "#/components/schemas/Loop"}
        }}});
        let schema = json!({"allOf": [{"$ref": "#/components/schemas/A"}]});
        let shape = resolve(&document, &schema);
        assert_eq!((shape.kind(), shape.name), (Kind::Text, Some("B")));
        assert!(shape.nullable);
        let schema = json!({"$ref": "#/components/schemas/Loop"});
        assert_eq!(resolve(&document, &schema).kind(), Kind::Any);
    }
}
