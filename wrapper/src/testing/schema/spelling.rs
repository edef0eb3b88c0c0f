//! Values of enumerations as the documents write them, whatever the caller's case.

use serde_json::Value;

use super::resolve;
use super::validate::{Way, check, discriminated};

/// Rewrites what `value`, which `schema` allows in a request, spells in another case: answers that repeat it are read by
/// its schema, where only one case is known.
pub(crate) fn settle(schemas: &Value, schema: &Value, value: &mut Value) {
    let schema = resolve(schemas, schema);
    if let Some(known) = documented(schema, value) {
        *value = known.clone();
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                settle(schemas, &schema["items"], item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let own = schema["properties"].get(name);
                settle(
                    schemas,
                    own.unwrap_or(&schema["additionalProperties"]),
                    member,
                );
            }
        }
        _ => {}
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        settle(schemas, part, value);
    }
    if let Some(branch) = discriminated(schema, value) {
        settle(schemas, &branch, value);
        return;
    }
    for keyword in ["anyOf", "oneOf"] {
        let mut branches = schema[keyword].as_array().into_iter().flatten();
        let meant = branches.find(|branch| check(schemas, branch, value, Way::Request).is_ok());
        if let Some(branch) = meant {
            settle(schemas, branch, value);
        }
    }
}

/// The value of the enumeration in `schema` that `value` means, if it is another.
fn documented<'a>(schema: &'a Value, value: &Value) -> Option<&'a Value> {
    let (values, text) = (schema["enum"].as_array()?, value.as_str()?);
    if values.contains(value) {
        return None;
    }
    values.iter().find(|known| {
        known
            .as_str()
            .is_some_and(|known| known.eq_ignore_ascii_case(text))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn enumerations_are_written_as_documented_wherever_they_are() {
        let schemas = json!({
            "Unit": {"type": "string", "enum": ["day", "DAYS"]},
            "Cat": {"type": "object", "required": ["kind"], "properties": {
                "kind": {"enum": ["Cat"]}, "since": {"$ref": "#/components/schemas/Unit"}}},
            "Dog": {"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["DOG"]}}},
        });
        let (unit, cat, dog) = (
            json!({"$ref": "#/components/schemas/Unit"}),
            json!({"$ref": "#/components/schemas/Cat"}),
            json!({"$ref": "#/components/schemas/Dog"}),
        );
        for (schema, sent, expected) in [
            (&unit, json!("Day"), json!("day")),
            (&unit, json!("DAYS"), json!("DAYS")),
            (&unit, json!("hour"), json!("hour")),
            (&unit, json!(1), json!(1)),
            (
                &json!({"type": "array", "items": unit}),
                json!(["DAY", "days"]),
                json!(["day", "DAYS"]),
            ),
            (
                &json!({"type": "object", "properties": {"name": {}}, "additionalProperties": unit}),
                json!({"name": "DAY", "other": "DAY"}),
                json!({"name": "DAY", "other": "day"}),
            ),
            (
                &json!({"anyOf": [dog, cat]}),
                json!({"kind": "CAT", "since": "Day"}),
                json!({"kind": "Cat", "since": "day"}),
            ),
            (
                &json!({"allOf": [cat, {"properties": {"age": unit}}]}),
                json!({"kind": "cat", "age": "Days"}),
                json!({"kind": "Cat", "age": "DAYS"}),
            ),
            (
                &json!({"oneOf": [cat, dog], "discriminator": {
                    "propertyName": "type", "mapping": {"d": "#/components/schemas/Dog"}}}),
                json!({"type": "d", "kind": "dog"}),
                json!({"type": "d", "kind": "DOG"}),
            ),
        ] {
            let mut value = sent.clone();
            settle(&schemas, schema, &mut value);
            assert_eq!(value, expected, "{schema} {sent}");
        }
    }
}
