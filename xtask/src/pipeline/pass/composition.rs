//! `allOf`, `oneOf` and `anyOf`: merged where one object is meant, clean where a choice is.

use serde_json::{Map, Value};

use super::Pass;
use super::references::schema_name;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, COMPOSITION_KEYS};

/// Replaces `allOf` by the object it describes.
pub const ALL_OF: Pass = Pass {
    name: "all-of",
    repairs: "`allOf` of one schema is that schema; of several objects it is the object with the \
              properties of all, where a later one refines an earlier one.",
    run: all_of,
};

/// Removes what contradicts a choice between schemas.
pub const CHOICE_SIBLINGS: Pass = Pass {
    name: "choice-siblings",
    repairs: "`type: object` beside `oneOf` or `anyOf` says nothing, or contradicts a branch that is \
              a string, and is dropped; a choice with one branch is that branch; repeated branches \
              are dropped; a discriminator stays only on a choice between named schemas.",
    run: choice_siblings,
};

/// Deeper chains of `allOf` between named schemas are loops.
const MAX_DEPTH: usize = 32;

fn all_of(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let named = document.value["components"]["schemas"].clone();
    let name = document.name.clone();
    walk::schemas(&mut document.value, |at, schema| {
        if !schema.contains_key("allOf") {
            return Ok(());
        }
        match merged(&named, &Value::Object(schema.clone()), 0) {
            Ok(Value::Object(merged)) => {
                *schema = merged;
                log.fired(at);
                Ok(())
            }
            Ok(_) => Ok(()),
            Err(message) => Err(Failure::new(&name, at.child("allOf"), message)),
        }
    })
}

/// `schema` without `allOf`. A lone reference stays one, so that shared schemas stay shared.
fn merged(named: &Value, schema: &Value, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("includes itself; no pass breaks this kind of loop".to_owned());
    }
    let Some(members) = schema["allOf"].as_array() else {
        return Ok(schema.clone());
    };
    let mut own = schema.as_object().cloned().unwrap_or_default();
    own.remove("allOf");
    let meaningful: Vec<&Value> = members
        .iter()
        .filter(|member| member.as_object().is_some_and(|member| !member.is_empty()))
        .collect();
    if let [only] = meaningful.as_slice()
        && only.get("$ref").is_some()
        && !says_something(&own)
    {
        return Ok((*only).clone());
    }
    let mut result = Map::new();
    for member in meaningful {
        let member = match member["$ref"].as_str().and_then(schema_name) {
            Some(name) => merged(named, &named[&name], depth + 1)?,
            None => merged(named, member, depth + 1)?,
        };
        include(&mut result, member);
    }
    include(&mut result, Value::Object(own));
    Ok(Value::Object(result))
}

/// Whether keywords beside `allOf` add to the interface.
fn says_something(own: &Map<String, Value>) -> bool {
    own.iter().any(|(key, value)| match key.as_str() {
        "type" => value != "object",
        "readOnly" | "writeOnly" | "deprecated" | "nullable" => false,
        _ => true,
    })
}

/// Adds the keywords of `member` to `result`.
fn include(result: &mut Map<String, Value>, member: Value) {
    let Value::Object(member) = member else {
        return;
    };
    for (key, value) in member {
        match (key.as_str(), result.get_mut(&key)) {
            ("properties", Some(Value::Object(properties))) => {
                if let Value::Object(more) = value {
                    for (name, property) in more {
                        refine(properties, name, property);
                    }
                }
            }
            ("required", Some(Value::Array(names))) => {
                for name in value.as_array().into_iter().flatten() {
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
            }
            // A choice inside an inclusion: keep the one that came first, note the other nowhere.
            _ => {
                result.insert(key, value);
            }
        }
    }
}

/// A later property of the same name wins, unless it says less than the earlier one.
fn refine(properties: &mut Map<String, Value>, name: String, property: Value) {
    let says_less = property.as_object().is_some_and(Map::is_empty)
        || properties.get(&name).is_some_and(|earlier| {
            earlier.get("enum").is_some()
                && property.get("enum").is_none()
                && earlier["type"] == property["type"]
        });
    if !(says_less && properties.contains_key(&name)) {
        properties.insert(name, property);
    }
}

fn choice_siblings(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        for keyword in ["oneOf", "anyOf"] {
            repair_choice(at, keyword, schema, log);
        }
        drop_discriminator(at, schema, log);
        Ok(())
    })
}

fn repair_choice(at: &Pointer, keyword: &str, schema: &mut Map<String, Value>, log: &mut Log) {
    let Some(Value::Array(branches)) = schema.get(keyword).cloned() else {
        return;
    };
    let here = at.child(keyword);
    let mut distinct: Vec<Value> = Vec::new();
    for branch in branches.iter() {
        if !distinct.contains(branch) {
            distinct.push(branch.clone());
        }
    }
    if distinct.len() < branches.len() {
        log.noted(&here, "repeated branches");
    }
    match distinct.as_slice() {
        [] => {
            log.noted(&here, "no branch");
            schema.remove(keyword);
        }
        [only] => {
            log.noted(&here, "one branch");
            let only = only.clone();
            schema.remove(keyword);
            if only.get("$ref").is_some() {
                schema.clear();
            }
            if let Value::Object(only) = only {
                schema.extend(only);
            }
        }
        _ => {
            schema.insert(keyword.to_owned(), Value::Array(distinct));
            let plain_type = schema.contains_key("type") && !schema.contains_key("properties");
            if plain_type {
                log.noted(&at.child("type"), "beside a choice");
                schema.remove("type");
            }
        }
    }
}

fn drop_discriminator(at: &Pointer, schema: &mut Map<String, Value>, log: &mut Log) {
    if !schema.contains_key("discriminator") {
        return;
    }
    let named = COMPOSITION_KEYS.iter().any(|key| {
        schema
            .get(*key)
            .and_then(Value::as_array)
            .is_some_and(|branches| branches.iter().all(|branch| branch.get("$ref").is_some()))
    });
    if !named {
        log.noted(&at.child("discriminator"), "dropped");
        schema.remove("discriminator");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::{fail, run, run_schema};

    #[test]
    fn one_member_is_that_schema() {
        let reference = json!({"$ref": "#/components/schemas/Test"});
        for published in [
            json!({"allOf": [reference]}),
            json!({"allOf": [reference, {}], "type": "object", "readOnly": true}),
        ] {
            let (value, _) = run(
                &ALL_OF,
                json!({"components": {"schemas": {"Test": {"type": "string"}, "A": {"properties": {"b": published}}}}}),
            );
            assert_eq!(
                value["components"]["schemas"]["A"]["properties"]["b"],
                reference
            );
        }
    }

    #[test]
    fn several_objects_are_one() {
        let (value, _) = run(
            &ALL_OF,
            json!({"components": {"schemas": {
                "Base": {"type": "object", "properties": {"a": {"type": "string"}, "kind": {"type": "string", "enum": ["x"]}}, "required": ["a"]},
                "Test": {"allOf": [{"$ref": "#/components/schemas/Base"},
                    {"type": "object", "properties": {"b": {"type": "integer"}, "kind": {"type": "string"}}, "required": ["b"]}]}
            }}}),
        );
        assert_eq!(
            value["components"]["schemas"]["Test"],
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"},
                "kind": {"type": "string", "enum": ["x"]}}, "required": ["a", "b"]})
        );
    }

    #[test]
    fn a_loop_is_an_error() {
        let failure = fail(
            &ALL_OF,
            json!({"components": {"schemas": {
                "A": {"allOf": [{"$ref": "#/components/schemas/B"}, {"type": "object"}]},
                "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object"}]}
            }}}),
        );
        assert_eq!(failure.pointer.as_str(), "/components/schemas/A/allOf");
    }

    #[test]
    fn a_choice_stands_alone() {
        let two = json!([{"$ref": "#/components/schemas/A"}, {"type": "string"}]);
        let (value, log) = run_schema(
            &CHOICE_SIBLINGS,
            json!({"type": "object", "oneOf": two, "discriminator": {"propertyName": "t"}}),
        );
        assert_eq!(value, json!({"oneOf": two}));
        assert_eq!(log.firings().len(), 2);
        let (value, _) = run_schema(
            &CHOICE_SIBLINGS,
            json!({"anyOf": [{"type": "string"}, {"type": "string"}]}),
        );
        assert_eq!(value, json!({"type": "string"}));
    }
}
