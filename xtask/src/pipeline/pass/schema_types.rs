//! The words of a schema: types that exist, constraints that can hold, keywords in their place.

use serde_json::{Map, Value, json};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, Node};

/// Turns invented type names into those of OpenAPI.
pub const TYPE_NAME: Pass = Pass {
    name: "type-name",
    repairs: "A `type` that OpenAPI does not know (`String`, `long`, `ref`) becomes the type it \
              means; one that means nothing is left out, which allows any value. A list of types \
              with `null` (OpenAPI 3.1) becomes `nullable`.",
    run: type_name,
};

/// Moves properties into `properties`.
pub const STRAY_PROPERTIES: Pass = Pass {
    name: "stray-properties",
    repairs: "A schema that stands beside `properties` instead of in it is moved there; any other \
              unknown keyword is dropped.",
    run: stray_properties,
};

/// Makes what has properties an object.
pub const OBJECT_TYPE: Pass = Pass {
    name: "object-type",
    repairs: "A schema with `properties` is an object, whatever its `type` says.",
    run: object_type,
};

/// Gives arrays their `items`.
pub const ARRAY_ITEMS: Pass = Pass {
    name: "array-items",
    repairs: "An array without `items` holds any values; `items` without a type makes an array.",
    run: array_items,
};

/// Drops `required` entries that name nothing.
pub const REQUIRED_UNDECLARED: Pass = Pass {
    name: "required-undeclared",
    repairs: "A `required` entry that names no declared property is dropped, and so is a `required` \
              that is no list of names (a property's own flag is understood by its parent).",
    run: required_undeclared,
};

/// Drops constraints that cannot hold.
pub const CONSTRAINT: Pass = Pass {
    name: "constraint",
    repairs: "A default of another type than the schema's, a bound that is no number or is the \
              largest 32-bit integer, and a format that is a type's name are dropped.",
    run: constraint,
};

/// All keywords of OpenAPI 3.0 schemas that carry meaning here.
pub const KEYWORDS: [&str; 31] = [
    "$ref",
    "type",
    "format",
    "enum",
    "default",
    "nullable",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "discriminator",
    "readOnly",
    "writeOnly",
    "deprecated",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

fn type_name(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        if let Some(value) = schema.remove("const") {
            log.noted(&at.child("const"), "one allowed value");
            schema.insert("enum".to_owned(), json!([value]));
        }
        let Some(kind) = schema.get("type").cloned() else {
            return Ok(());
        };
        let here = at.child("type");
        match &kind {
            Value::String(name) => {
                let Some((real, format)) = real_type(name) else {
                    log.noted(&here, format!("`{name}` means nothing"));
                    schema.remove("type");
                    return Ok(());
                };
                if real != name {
                    log.noted(&here, format!("`{name}` is `{real}`"));
                    schema.insert("type".to_owned(), Value::from(real));
                    if let Some(format) = format {
                        schema
                            .entry("format")
                            .or_insert_with(|| Value::from(format));
                    }
                }
            }
            Value::Array(names) => {
                log.noted(&here, "a list of types");
                let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                let all = names.len();
                names.retain(|name| *name != "null");
                if names.len() < all {
                    schema.insert("nullable".to_owned(), Value::Bool(true));
                }
                match names.as_slice() {
                    [name] => schema.insert("type".to_owned(), Value::from(*name)),
                    _ => schema.remove("type"),
                };
            }
            _ => {
                log.noted(&here, "no string");
                schema.remove("type");
            }
        }
        Ok(())
    })
}

/// The OpenAPI type and format that `name` means.
fn real_type(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    Some(match name.to_ascii_lowercase().as_str() {
        // `ref` is what a generator wrote for an enumeration it did not resolve.
        "string" | "str" | "char" | "ref" | "text" | "file" | "enum" => ("string", None),
        "uuid" => ("string", Some("uuid")),
        "date" => ("string", Some("date")),
        "datetime" | "date-time" | "timestamp" => ("string", Some("date-time")),
        "integer" | "int" | "short" | "byte" => ("integer", None),
        "int32" => ("integer", Some("int32")),
        "long" | "int64" | "bigint" | "biginteger" => ("integer", Some("int64")),
        "number" | "decimal" | "bigdecimal" => ("number", None),
        "double" => ("number", Some("double")),
        "float" => ("number", Some("float")),
        "boolean" | "bool" => ("boolean", None),
        "array" | "list" | "set" | "collection" => ("array", None),
        "object" | "map" | "dict" => ("object", None),
        _ => return None,
    })
}

fn stray_properties(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        let stray: Vec<String> = schema
            .keys()
            .filter(|key| !KEYWORDS.contains(&key.as_str()))
            .cloned()
            .collect();
        for key in stray {
            let value = schema.remove(&key).unwrap_or_default();
            if is_schema(&value) && (schema.contains_key("properties") || is_object(schema)) {
                log.noted(&at.child(&key), "moved to properties");
                let properties = schema
                    .entry("properties")
                    .or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(properties) = properties {
                    properties.entry(key).or_insert(value);
                }
            } else {
                log.noted(&at.child(&key), "unknown keyword dropped");
            }
        }
        Ok(())
    })
}

fn is_object(schema: &Map<String, Value>) -> bool {
    schema.get("type").is_some_and(|kind| kind == "object")
}

/// Whether an unknown keyword's value reads as a schema.
fn is_schema(value: &Value) -> bool {
    value["type"].is_string() || value["$ref"].is_string() || value["properties"].is_object()
}

fn object_type(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        let has_properties = schema
            .get("properties")
            .and_then(Value::as_object)
            .is_some_and(|properties| !properties.is_empty());
        if has_properties && !is_object(schema) {
            let published = schema.insert("type".to_owned(), Value::from("object"));
            log.noted(
                &at.child("type"),
                match published {
                    Some(published) => published.to_string(),
                    None => "missing".to_owned(),
                },
            );
        }
        Ok(())
    })
}

fn array_items(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        let is_array = schema.get("type").is_some_and(|kind| kind == "array");
        let has_items = schema.get("items").is_some_and(Value::is_object);
        if is_array && !has_items {
            log.fired(at);
            schema.insert("items".to_owned(), json!({}));
        } else if has_items && !schema.contains_key("type") {
            log.noted(at, "items without a type");
            schema.insert("type".to_owned(), Value::from("array"));
        } else if has_items && !is_array {
            log.noted(&at.child("items"), "items of what is no array");
            schema.remove("items");
        }
        Ok(())
    })
}

fn required_undeclared(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    // Outer schemas first: a flag is read by the parent before the property itself is looked at.
    walk::down(&mut document.value, &mut |node, at, value| {
        let (Node::Schema, Value::Object(schema)) = (node, value) else {
            return Ok(());
        };
        lift_required_flags(at, schema, log);
        let Some(required) = schema.get("required") else {
            return Ok(());
        };
        // The names may be declared by another branch of the same composition.
        let composed = walk::COMPOSITION_KEYS
            .iter()
            .any(|key| schema.contains_key(*key));
        let here = at.child("required");
        let Value::Array(names) = required else {
            log.noted(&here, "no list");
            schema.remove("required");
            return Ok(());
        };
        let declared = |name: &Value| {
            composed
                || name.as_str().is_some_and(|name| {
                    schema
                        .get("properties")
                        .is_some_and(|properties| properties.get(name).is_some())
                })
        };
        let (mut kept, gone): (Vec<Value>, Vec<Value>) =
            names.iter().cloned().partition(|name| declared(name));
        for name in gone {
            log.noted(&here, name.as_str().unwrap_or_default());
        }
        kept.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
        kept.dedup();
        if kept.is_empty() {
            schema.remove("required");
        } else {
            schema.insert("required".to_owned(), Value::Array(kept));
        }
        Ok(())
    })
}

/// `required: true` inside a property is a flag of older dialects: its parent lists the property.
fn lift_required_flags(at: &Pointer, schema: &mut Map<String, Value>, log: &mut Log) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    let mut lifted = Vec::new();
    for (name, property) in properties {
        let Value::Object(property) = property else {
            continue;
        };
        if property.get("required").is_some_and(Value::is_boolean) {
            let flag = property.remove("required");
            log.noted(
                &at.child("properties").child(name).child("required"),
                "a flag",
            );
            if flag == Some(Value::Bool(true)) {
                lifted.push(Value::from(name.as_str()));
            }
        }
    }
    if !lifted.is_empty() {
        let list = schema.entry("required").or_insert_with(|| json!([]));
        if let Value::Array(list) = list {
            list.extend(lifted);
        }
    }
}

fn constraint(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    const BOUNDS: [&str; 6] = [
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "minProperties",
        "maxProperties",
    ];
    const NUMBERS: [&str; 3] = ["minimum", "maximum", "multipleOf"];
    const UNBOUNDED: u64 = i32::MAX as u64;
    walk::schemas(&mut document.value, |at, schema| {
        let mut drop = Vec::new();
        for (key, value) in schema.iter() {
            let broken = match key.as_str() {
                key if BOUNDS.contains(&key) => value.as_u64().is_none_or(|n| n >= UNBOUNDED),
                key if NUMBERS.contains(&key) => !value.is_number(),
                "pattern" => !value.is_string(),
                "exclusiveMinimum" | "exclusiveMaximum" | "uniqueItems" | "nullable"
                | "readOnly" | "writeOnly" | "deprecated" => !value.is_boolean(),
                "format" => value
                    .as_str()
                    .is_none_or(|format| format.starts_with(|c: char| c.is_ascii_uppercase())),
                "default" => !fits(schema.get("type"), value),
                "additionalProperties" => !value.is_boolean() && !value.is_object(),
                _ => false,
            };
            if broken {
                log.noted(&at.child(key), "dropped");
                drop.push(key.clone());
            }
        }
        schema.retain(|key, _| !drop.contains(key));
        Ok(())
    })
}

/// Whether `value` can be a value of the type called `kind`.
pub fn fits(kind: Option<&Value>, value: &Value) -> bool {
    match kind.and_then(Value::as_str) {
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run_schema};

    #[test]
    fn invented_types_become_real_ones() {
        for (published, repaired) in [
            (json!({"type": "String"}), json!({"type": "string"})),
            (
                json!({"type": "long"}),
                json!({"type": "integer", "format": "int64"}),
            ),
            (json!({"type": "ref"}), json!({"type": "string"})),
            (json!({"type": "whatever"}), json!({})),
            (
                json!({"type": ["string", "null"]}),
                json!({"type": "string", "nullable": true}),
            ),
            (
                json!({"const": "a", "type": "string"}),
                json!({"enum": ["a"], "type": "string"}),
            ),
        ] {
            let (value, log) = run_schema(&TYPE_NAME, published);
            assert_eq!(value, repaired);
            assert_eq!(log.firings().len(), 1);
        }
        let (_, log) = run_schema(&TYPE_NAME, json!({"type": "object"}));
        assert!(log.firings().is_empty());
    }

    #[test]
    fn stray_properties_move_and_unknown_keywords_go() {
        let (value, log) = run_schema(
            &STRAY_PROPERTIES,
            json!({"type": "object", "properties": {"a": {}}, "b": {"type": "string"}, "optional": true}),
        );
        assert_eq!(
            value,
            json!({"type": "object", "properties": {"a": {}, "b": {"type": "string"}}})
        );
        assert_eq!(places(&log).len(), 2);
    }

    #[test]
    fn what_has_properties_is_an_object() {
        let properties = json!({"a": {"type": "string"}});
        for published in [
            json!({"type": "string", "properties": properties}),
            json!({"properties": properties}),
        ] {
            let (value, log) = run_schema(&OBJECT_TYPE, published);
            assert_eq!(value, json!({"type": "object", "properties": properties}));
            assert_eq!(log.firings().len(), 1);
        }
        let empty = json!({"type": "string", "properties": {}});
        assert_eq!(run_schema(&OBJECT_TYPE, empty.clone()).0, empty);
    }

    #[test]
    fn arrays_have_items() {
        for (published, repaired) in [
            (
                json!({"type": "array"}),
                json!({"type": "array", "items": {}}),
            ),
            (
                json!({"items": {"type": "string"}}),
                json!({"type": "array", "items": {"type": "string"}}),
            ),
            (
                json!({"type": "object", "items": {}}),
                json!({"type": "object"}),
            ),
        ] {
            assert_eq!(run_schema(&ARRAY_ITEMS, published).0, repaired);
        }
    }

    #[test]
    fn required_names_what_is_declared() {
        let (value, log) = run_schema(
            &REQUIRED_UNDECLARED,
            json!({"properties": {"b": {}, "a": {"required": true}}, "required": ["b", "gone"]}),
        );
        assert_eq!(
            value,
            json!({"properties": {"b": {}, "a": {}}, "required": ["a", "b"]})
        );
        assert_eq!(log.firings().len(), 2);
        let (value, _) = run_schema(
            &REQUIRED_UNDECLARED,
            json!({"oneOf": [{}], "required": ["elsewhere"]}),
        );
        assert_eq!(value["required"], json!(["elsewhere"]));
    }

    #[test]
    fn constraints_that_cannot_hold_go() {
        let (value, log) = run_schema(
            &CONSTRAINT,
            json!({"type": "integer", "default": "5", "minimum": 0, "maximum": "9", "format": "int32"}),
        );
        assert_eq!(
            value,
            json!({"type": "integer", "minimum": 0, "format": "int32"})
        );
        assert_eq!(log.firings().len(), 2);
        let (value, _) = run_schema(
            &CONSTRAINT,
            json!({"type": "array", "items": {}, "maxItems": 2_147_483_647_u32, "minItems": 1}),
        );
        assert_eq!(value, json!({"type": "array", "items": {}, "minItems": 1}));
    }
}
