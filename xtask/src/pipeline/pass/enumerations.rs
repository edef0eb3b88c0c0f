//! Enumerations: plain values of the schema's type, each once, on the schema that they describe.

use serde_json::{Map, Value, json};

use super::Pass;
use super::schema_types::fits;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Moves an enumeration to the schema it describes.
pub const ENUM_PLACEMENT: Pass = Pass {
    name: "enum-placement",
    repairs: "An enumeration on an array describes its items; one of strings on an object or on an \
              untyped schema makes that a string; an empty one is dropped.",
    run: enum_placement,
};

/// Repairs the values of an enumeration.
pub const ENUM_VALUES: Pass = Pass {
    name: "enum-values",
    repairs: "Several values joined by commas are split; a YAML tag before a value and white space \
              around it are removed; values of another type, `null` and repetitions are dropped.",
    run: enum_values,
};

fn enum_placement(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        let Some(values) = schema.get("enum").cloned() else {
            return Ok(());
        };
        let here = at.child("enum");
        let Value::Array(list) = &values else {
            log.noted(&here, "no list");
            schema.remove("enum");
            return Ok(());
        };
        if list.is_empty() {
            log.noted(&here, "empty");
            schema.remove("enum");
            return Ok(());
        }
        let all_strings = list
            .iter()
            .all(|value| value.is_string() || value.is_null());
        match schema.get("type").and_then(Value::as_str) {
            Some("array") => {
                log.noted(&here, "moved to items");
                schema.remove("enum");
                let items = schema.entry("items").or_insert_with(|| json!({}));
                if let Value::Object(items) = items
                    && !items.contains_key("$ref")
                {
                    items.entry("enum").or_insert(values);
                    items.entry("type").or_insert_with(|| Value::from("string"));
                }
            }
            Some("object") | None if all_strings && !schema.contains_key("properties") => {
                log.noted(&here, "a string");
                schema.insert("type".to_owned(), Value::from("string"));
            }
            Some("object") => {
                log.noted(&here, "dropped");
                schema.remove("enum");
            }
            _ => {}
        }
        Ok(())
    })
}

fn enum_values(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        let Some(Value::Array(published)) = schema.get("enum") else {
            return Ok(());
        };
        let repaired = repaired(schema, published);
        if repaired == *published {
            return Ok(());
        }
        let here = at.child("enum");
        note_difference(&here, published, &repaired, log);
        if published.contains(&Value::Null) {
            schema.insert("nullable".to_owned(), Value::Bool(true));
        }
        if repaired.is_empty() {
            schema.remove("enum");
        } else {
            schema.insert("enum".to_owned(), Value::Array(repaired));
        }
        Ok(())
    })
}

fn repaired(schema: &Map<String, Value>, published: &[Value]) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    let joined = is_joined_list(published);
    for value in published {
        let parts: Vec<Value> = match value {
            Value::String(text) if joined || repeats_others(text, published) => text
                .split(',')
                .map(|part| Value::from(clean(part)))
                .collect(),
            Value::String(text) => vec![Value::from(clean(text))],
            Value::Null => continue,
            other => vec![other.clone()],
        };
        for part in parts {
            if fits(schema.get("type"), &part) && part != "" && !values.contains(&part) {
                values.push(part);
            }
        }
    }
    values
}

/// A list with one entry, which is itself a list of words.
fn is_joined_list(published: &[Value]) -> bool {
    match published {
        [Value::String(only)] => {
            only.contains(',')
                && only
                    .split(',')
                    .all(|part| !part.trim().is_empty() && !part.trim().contains(' '))
        }
        _ => false,
    }
}

/// An entry that repeats at least two of the others, joined by commas.
fn repeats_others(text: &str, published: &[Value]) -> bool {
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    parts.len() > 2
        && parts
            .iter()
            .all(|part| published.iter().any(|other| other == part))
}

/// Without white space, and without the tag that a YAML reader left before `=`.
fn clean(text: &str) -> &str {
    let text = text.trim();
    match text.strip_prefix("tag:yaml.org,2002:") {
        Some(tagged) => tagged.split_once(' ').map_or(tagged, |(_, value)| value),
        None => text,
    }
}

fn note_difference(at: &Pointer, published: &[Value], repaired: &[Value], log: &mut Log) {
    let gone: Vec<String> = published
        .iter()
        .filter(|value| !repaired.contains(value))
        .map(Value::to_string)
        .collect();
    let note = if gone.is_empty() {
        "repetitions".to_owned()
    } else {
        gone.join(", ")
    };
    log.noted(at, note);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::run_schema;

    #[test]
    fn an_enumeration_stands_where_its_values_are() {
        for (published, repaired) in [
            (
                json!({"type": "array", "enum": ["a"], "items": {"type": "string"}}),
                json!({"type": "array", "items": {"type": "string", "enum": ["a"]}}),
            ),
            (
                json!({"type": "array", "enum": ["a"], "items": {"type": "string", "enum": ["b"]}}),
                json!({"type": "array", "items": {"type": "string", "enum": ["b"]}}),
            ),
            (
                json!({"type": "object", "enum": ["epoch"]}),
                json!({"type": "string", "enum": ["epoch"]}),
            ),
            (
                json!({"enum": ["a"]}),
                json!({"type": "string", "enum": ["a"]}),
            ),
            (
                json!({"type": "string", "enum": []}),
                json!({"type": "string"}),
            ),
        ] {
            let (value, log) = run_schema(&ENUM_PLACEMENT, published);
            assert_eq!(value, repaired);
            assert_eq!(log.firings().len(), 1);
        }
    }

    #[test]
    fn values_are_plain_and_single() {
        for (published, repaired) in [
            (
                json!(["ip, resource, tag"]),
                json!(["ip", "resource", "tag"]),
            ),
            (
                json!(["a", "b", "INVALID", "a, b, INVALID"]),
                json!(["a", "b", "INVALID"]),
            ),
            (json!(["tag:yaml.org,2002:value ="]), json!(["="])),
            (json!(["a", "b", "a"]), json!(["a", "b"])),
            (json!([" a "]), json!(["a"])),
            (json!(["a", 1, ""]), json!(["a"])),
        ] {
            let (value, log) =
                run_schema(&ENUM_VALUES, json!({"type": "string", "enum": published}));
            assert_eq!(value, json!({"type": "string", "enum": repaired}));
            assert_eq!(log.firings().len(), 1);
        }
    }

    #[test]
    fn a_sentence_with_commas_and_letter_case_stay() {
        for values in [
            json!(["read, write and delete", "none"]),
            json!(["OPEN", "open"]),
        ] {
            let schema = json!({"type": "string", "enum": values});
            let (value, log) = run_schema(&ENUM_VALUES, schema.clone());
            assert_eq!(value, schema);
            assert!(log.firings().is_empty());
        }
    }

    #[test]
    fn null_means_nullable() {
        let (value, _) = run_schema(&ENUM_VALUES, json!({"type": "string", "enum": ["a", null]}));
        assert_eq!(
            value,
            json!({"type": "string", "enum": ["a"], "nullable": true})
        );
    }
}
