//! Constraints that Rust types would enforce and the service does not keep.

use serde_json::{Map, Value};

use super::schemas_mut;

/// Keywords that narrow values. As types of answers they would reject real data; as types of
/// requests they would send defaults nobody asked for, or need a crate each.
const NARROWING: [&str; 14] = [
    "default",
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

/// Keywords without a counterpart in Rust.
const MEANINGLESS: [&str; 5] = [
    "readOnly",
    "writeOnly",
    "deprecated",
    "discriminator",
    "not",
];

/// Drops constraints from all schemas.
pub fn drop_all(document: &mut Value) {
    schemas_mut(document, &mut |schema| {
        schema.retain(|key, _| {
            !NARROWING.contains(&key.as_str()) && !MEANINGLESS.contains(&key.as_str())
        });
        if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
            schema.remove("additionalProperties");
        }
        plain_format(schema);
        if schema.get("type").is_some_and(|kind| kind != "string") {
            schema.remove("enum");
        }
    });
}

/// Text stays text: an id that is no UUID, or a date in another form, is no reason to fail.
fn plain_format(schema: &mut Map<String, Value>) {
    let Some(format) = schema.get("format").and_then(Value::as_str) else {
        return;
    };
    let kind = schema
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let keep = match kind {
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        "string" => format == "binary",
        _ => false,
    };
    if !keep {
        schema.remove("format");
    }
}
