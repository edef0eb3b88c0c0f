//! Closed objects in combination with a choice.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Pass;
use super::references::schema_name;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Opens objects that forbid the members which the same value must have elsewhere in its schema.
pub const CLOSED_CHOICE: Pass = Pass {
    name: "closed-choice",
    repairs: "`additionalProperties: false` of an object with properties and a choice beside them, and \
              of the branches of that choice, is dropped: each forbids the members of the other, so \
              that nothing fits.",
    run: closed_choice,
};

fn closed_choice(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let mut branches = BTreeSet::new();
    walk::schemas(&mut document.value, |at, schema| {
        if !schema.contains_key("properties") {
            return Ok(());
        }
        let mut choice = false;
        for keyword in ["oneOf", "anyOf"] {
            let Some(Value::Array(members)) = schema.get_mut(keyword) else {
                continue;
            };
            choice = true;
            let here = at.child(keyword);
            for (index, member) in members.iter_mut().enumerate() {
                match member["$ref"].as_str().and_then(schema_name) {
                    Some(name) => {
                        branches.insert(name);
                    }
                    None => open(&here.child(index), member.as_object_mut(), log),
                }
            }
        }
        if choice {
            open(at, Some(schema), log);
        }
        Ok(())
    })?;
    for name in branches {
        let at = Pointer::root()
            .child("components")
            .child("schemas")
            .child(&name);
        if let Some(schema) = document.value.pointer_mut(at.as_str()) {
            open(&at, schema.as_object_mut(), log);
        }
    }
    Ok(())
}

fn open(at: &Pointer, schema: Option<&mut Map<String, Value>>, log: &mut Log) {
    if let Some(schema) = schema
        && schema.get("additionalProperties") == Some(&Value::Bool(false))
    {
        schema.remove("additionalProperties");
        log.fired(&at.child("additionalProperties"));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::{places, run, run_schema};

    #[test]
    fn an_object_and_the_choice_beside_it_are_open() {
        let closed = json!({"type": "object", "properties": {"b": {"type": "string"}}, "additionalProperties": false});
        let reference = json!({"$ref": "#/components/schemas/Branch"});
        let (value, log) = run(
            &CLOSED_CHOICE,
            json!({"paths": {}, "components": {"schemas": {
                "Branch": closed,
                "Other": closed,
                "Test": {"type": "object", "properties": {"a": {"type": "string"}},
                    "additionalProperties": false, "anyOf": [reference, closed]}
            }}}),
        );
        let open = json!({"type": "object", "properties": {"b": {"type": "string"}}});
        let schemas = &value["components"]["schemas"];
        assert_eq!(schemas["Branch"], open);
        assert_eq!(schemas["Other"], closed);
        assert_eq!(
            schemas["Test"],
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "anyOf": [reference, open]})
        );
        assert_eq!(
            places(&log),
            [
                "/components/schemas/Test/anyOf/1/additionalProperties",
                "/components/schemas/Test/additionalProperties",
                "/components/schemas/Branch/additionalProperties",
            ]
        );
    }

    #[test]
    fn a_choice_alone_may_be_between_closed_objects() {
        let schema = json!({"oneOf": [
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false},
            {"type": "string"},
        ]});
        let (value, log) = run_schema(&CLOSED_CHOICE, schema.clone());
        assert_eq!(value, schema);
        assert!(log.firings().is_empty());
    }

    #[test]
    fn additional_properties_of_a_type_stay() {
        let schema = json!({"properties": {"a": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
            "additionalProperties": {"type": "string"}});
        let (value, _) = run_schema(&CLOSED_CHOICE, schema.clone());
        assert_eq!(value, schema);
    }
}
