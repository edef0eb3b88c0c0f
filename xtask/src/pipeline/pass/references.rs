//! References: only those between named schemas stay; all others are replaced by what they name.

use serde_json::Value;

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, Node};

/// Inlines shared parameters, bodies, responses and headers.
pub const INLINE_REFERENCES: Pass = Pass {
    name: "inline-references",
    repairs: "A parameter, request body, response or header given by `$ref` is replaced by what it \
              names, and so is a schema given by a `$ref` to anything but a named schema.",
    run: inline_references,
};

/// Removes what stands beside a `$ref`.
pub const REFERENCE_SIBLINGS: Pass = Pass {
    name: "reference-siblings",
    repairs: "Keywords beside `$ref` have no meaning in OpenAPI 3.0 and are dropped.",
    run: reference_siblings,
};

/// Chains of references longer than this are loops.
const MAX_CHAIN: usize = 16;

/// No published document is half as deep, with all references inlined.
const MAX_DEPTH: usize = 128;

/// The prefix of references that stay.
pub const SCHEMA_PREFIX: &str = "#/components/schemas/";

/// The name in a reference to a named schema.
pub fn schema_name(reference: &str) -> Option<String> {
    let name = reference.strip_prefix(SCHEMA_PREFIX)?;
    (!name.contains('/')).then(|| name.replace("~1", "/").replace("~0", "~"))
}

fn inline_references(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let original = document.value.clone();
    let name = document.name.clone();
    // Outer parts first, so that what comes in is walked as well.
    walk::down(&mut document.value, &mut |node, at, value| {
        if node == Node::Root {
            return Ok(());
        }
        // What was inlined is walked too, so a part that holds a reference to itself grows for ever.
        if at.depth() > MAX_DEPTH {
            return Err(Failure::new(
                &name,
                at.clone(),
                "lies in a `$ref` that contains itself",
            ));
        }
        for _ in 0..MAX_CHAIN {
            let Some(reference) = value.get("$ref") else {
                return Ok(());
            };
            let here = at.child("$ref");
            let Some(reference) = reference.as_str() else {
                // A property may be called `$ref`, but then it is a schema and sits in `properties`.
                return Err(Failure::new(&name, here, "is a `$ref` that is no string"));
            };
            let target = resolve(&original, reference)
                .map_err(|message| Failure::new(&name, here.clone(), message))?;
            if node == Node::Schema && schema_name(reference).is_some() {
                return Ok(());
            }
            log.noted(at, reference);
            *value = target.clone();
        }
        Err(Failure::new(
            &name,
            at.child("$ref"),
            "is a `$ref` that leads back to itself, or through too many others",
        ))
    })?;
    if let Some(Value::Object(components)) = document.value.get_mut("components") {
        for section in ["parameters", "requestBodies", "responses", "headers"] {
            components.remove(section);
        }
    }
    Ok(())
}

fn resolve<'a>(document: &'a Value, reference: &str) -> Result<&'a Value, String> {
    let Some(pointer) = reference.strip_prefix('#') else {
        return Err(format!(
            "refers to another document (`{reference}`); put what it names into this one"
        ));
    };
    document
        .pointer(pointer)
        .ok_or_else(|| format!("refers to `{reference}`, which is not there"))
}

fn reference_siblings(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        if schema.contains_key("$ref") && schema.len() > 1 {
            let dropped: Vec<String> = schema
                .keys()
                .filter(|key| *key != "$ref")
                .cloned()
                .collect();
            schema.retain(|key, _| key == "$ref");
            log.noted(at, dropped.join(", "));
        }
        Ok(())
    })
}

/// The pointer to the schema called `name`.
pub fn schema_pointer(name: &str) -> Pointer {
    Pointer::root()
        .child("components")
        .child("schemas")
        .child(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::{fail, places, run};

    #[test]
    fn shared_parts_are_inlined_and_named_schemas_stay() {
        let (value, log) = run(
            &INLINE_REFERENCES,
            json!({
                "paths": {"/a": {"post": {
                    "parameters": [{"$ref": "#/components/parameters/P"}],
                    "requestBody": {"$ref": "#/components/requestBodies/B"},
                    "responses": {"200": {"$ref": "#/components/responses/R"}}
                }}},
                "components": {
                    "parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "string"}}},
                    "requestBodies": {"B": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}},
                    "responses": {"R": {"description": ""}},
                    "schemas": {"S": {"properties": {"a": {"type": "string"}}},
                                "T": {"$ref": "#/components/schemas/S/properties/a"}}
                }
            }),
        );
        let post = &value["paths"]["/a"]["post"];
        assert_eq!(post["parameters"][0]["name"], "p");
        assert_eq!(
            post["requestBody"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/S"
        );
        assert_eq!(post["responses"]["200"]["description"], "");
        assert_eq!(
            value["components"],
            json!({"schemas": {
            "S": {"properties": {"a": {"type": "string"}}}, "T": {"type": "string"}}})
        );
        assert_eq!(places(&log).len(), 4);
    }

    #[test]
    fn external_dangling_and_circular_references_are_errors() {
        for (reference, part) in [
            ("other.yaml#/A", "another document"),
            ("https://example.com/a.json", "another document"),
            ("../../etc/passwd", "another document"),
            ("#/components/schemas/Missing", "is not there"),
            (
                "#/paths/~1a/get/responses/200/content/application~1json/schema",
                "back to itself",
            ),
        ] {
            let failure = fail(
                &INLINE_REFERENCES,
                json!({"paths": {"/a": {"get": {"responses": {"200": {"content": {
                    "application/json": {"schema": {"$ref": reference}}}}}}}}}),
            );
            assert_eq!(
                failure.pointer.as_str(),
                "/paths/~1a/get/responses/200/content/application~1json/schema/$ref"
            );
            assert!(failure.message.contains(part), "{failure}");
        }
    }

    #[test]
    fn a_part_that_contains_itself_is_an_error() {
        let failure = fail(
            &INLINE_REFERENCES,
            json!({"paths": {}, "components": {"schemas": {"A": {"properties": {
                "a": {"properties": {"b": {"$ref": "#/components/schemas/A/properties/a"}}}}}}}}),
        );
        assert!(failure.message.contains("contains itself"), "{failure}");
    }

    #[test]
    fn siblings_of_a_reference_go() {
        let (value, log) = run(
            &REFERENCE_SIBLINGS,
            json!({"components": {"schemas": {"A": {"$ref": "#/components/schemas/B", "type": "object"}}}}),
        );
        assert_eq!(
            value["components"]["schemas"]["A"],
            json!({"$ref": "#/components/schemas/B"})
        );
        assert_eq!(places(&log), ["/components/schemas/A type"]);
    }
}
