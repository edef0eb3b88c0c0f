//! Samples and judgement against a JSON schema library that nobody here wrote.

#[path = "common/seed.rs"]
mod seed;

use std::collections::HashSet;

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use prisma_cloud::testing::samples::{self, Extent, Operation, Way, check, document, operations};
use seed::seed;
use serde_json::{Map, Value, json};

/// OpenAPI 3.0 as JSON schema: `nullable` becomes a type, and what travels the other way is not required.
fn converted(schemas: &Value, schema: &Value, way: Way) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    if let Some(name) = members.get("$ref").and_then(Value::as_str) {
        return json!({ "$ref": name.replace("#/components/schemas", "#/$defs") });
    }
    let mut result = Map::new();
    for (keyword, value) in members {
        let value = match (keyword.as_str(), value) {
            ("nullable" | "readOnly" | "writeOnly" | "discriminator" | "default", _) => continue,
            ("properties", Value::Object(properties)) => properties
                .iter()
                .map(|(name, schema)| (name.clone(), converted(schemas, schema, way)))
                .collect(),
            ("oneOf" | "anyOf" | "allOf", Value::Array(branches)) => branches
                .iter()
                .map(|branch| converted(schemas, branch, way))
                .collect(),
            ("items" | "additionalProperties", schema) => converted(schemas, schema, way),
            ("required", Value::Array(names)) => names
                .iter()
                .filter(|name| {
                    let member = &members["properties"][name.as_str().unwrap_or_default()];
                    let never = if way == Way::Request {
                        "readOnly"
                    } else {
                        "writeOnly"
                    };
                    let target = member["$ref"]
                        .as_str()
                        .and_then(|name| name.rsplit('/').next());
                    member[never] != true && target.is_none_or(|name| schemas[name][never] != true)
                })
                .cloned()
                .collect(),
            ("type", kind) if members.get("nullable") == Some(&json!(true)) => {
                json!([kind, "null"])
            }
            (_, value) => value.clone(),
        };
        result.insert(keyword.clone(), value);
    }
    if let (Some(true), Some(Value::Array(values))) = (
        members.get("nullable").map(|nullable| nullable == true),
        result.get_mut("enum"),
    ) && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    result.into()
}

/// The library's judgement of values of `schema`.
struct Judge {
    definitions: [Value; 2],
}

impl Judge {
    fn new(operation: &Operation) -> Self {
        let schemas = &document(operation.product())["components"]["schemas"];
        let all = |way| {
            schemas
                .as_object()
                .expect("named schemas")
                .iter()
                .map(|(name, schema)| {
                    let schema = if schema == &json!({ "type": "object" }) {
                        // Enumerations that were published as objects without members.
                        json!({ "type": ["object", "string"] })
                    } else {
                        converted(schemas, schema, way)
                    };
                    (name.clone(), schema)
                })
                .collect()
        };
        Self {
            definitions: [all(Way::Request), all(Way::Response)],
        }
    }

    fn validator(&self, operation: &Operation, schema: &Value, way: Way) -> Validator {
        let schemas = &document(operation.product())["components"]["schemas"];
        let mut root = converted(schemas, schema, way);
        let definitions = &self.definitions[usize::from(way == Way::Response)];
        root["$defs"] = reachable(&root, definitions);
        jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&root)
            .unwrap_or_else(|error| panic!("{}: {error}", operation.id()))
    }
}

/// The definitions that `root` needs: compiling all of them for each operation takes minutes.
fn reachable(root: &Value, definitions: &Value) -> Value {
    let mut found = Map::new();
    let mut left = vec![root];
    while let Some(value) = left.pop() {
        match value {
            Value::Object(members) => {
                if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                    let name = name.trim_start_matches("#/$defs/");
                    if !found.contains_key(name) {
                        found.insert(name.to_owned(), definitions[name].clone());
                        left.push(&definitions[name]);
                    }
                }
                left.extend(members.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    found.into()
}

/// The first thing that the library finds wrong. Alternatives that overlap are a defect of the document, not of the value.
fn wrong(validator: &Validator, value: &Value) -> Option<String> {
    validator
        .iter_errors(value)
        .find(|error| !matches!(error.kind(), ValidationErrorKind::OneOfMultipleValid { .. }))
        .map(|error| format!("{}: {error}", error.instance_path()))
}

/// Calls `each` with every operation, and a judge of its product.
fn each_operation(mut each: impl FnMut(&'static Operation, &Judge)) {
    let mut judge = None;
    for operation in operations() {
        let fits = |known: &(_, Judge)| known.0 == operation.product();
        let judge = match judge.take().filter(fits) {
            Some(known) => judge.insert(known),
            None => judge.insert((operation.product(), Judge::new(operation))),
        };
        each(operation, &judge.1);
    }
}

const EXTENTS: [Extent; 3] = [Extent::Minimal, Extent::Full, Extent::Random];

#[test]
fn every_answer_is_valid() {
    let first = seed();
    let mut judged = 0;
    let mut found = Vec::new();
    each_operation(|operation, judge| {
        let Some(schema) = operation.response_schema() else {
            return;
        };
        let validator = judge.validator(operation, schema, Way::Response);
        for extent in EXTENTS {
            for further in 0..3 {
                let sample = operation.sample_answer(extent, first + further).body;
                judged += 1;
                if let Some(error) = wrong(&validator, &sample) {
                    found.push(format!("{} {extent:?} {error}", operation.id()));
                }
            }
        }
    });
    assert_eq!(found, Vec::<String>::new());
    assert!(judged > 9 * 500, "only {judged} answers have a schema");
}

#[test]
fn every_request_is_valid() {
    let first = seed();
    let mut bodies = HashSet::new();
    let mut found = Vec::new();
    each_operation(|operation, judge| {
        let schema = operation.request_schema();
        let validator = schema.map(|schema| judge.validator(operation, schema, Way::Request));
        for extent in EXTENTS {
            for further in 0..3 {
                let sample = operation.sample_request(extent, first + further);
                if let (Some(validator), Some(body)) = (&validator, &sample.body) {
                    bodies.insert(operation.id());
                    if let Some(error) = wrong(validator, body) {
                        found.push(format!("{} {extent:?} {error}", operation.id()));
                    }
                }
                if extent != Extent::Random {
                    assert!(
                        !sample.path().contains(['{', ' ']) && !sample.path().contains("//"),
                        "{}",
                        sample.path()
                    );
                }
            }
        }
    });
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(bodies.len(), 326);
}

/// Members left out and values of another kind, one at a time.
fn damaged(value: &Value) -> Vec<Value> {
    let other = |value: &Value| match value {
        Value::String(_) => json!(7),
        Value::Null => json!([[]]),
        _ => json!("another kind"),
    };
    let mut all = vec![other(value)];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let mut without = members.clone();
                without.remove(name);
                all.push(without.into());
                let mut more = members.clone();
                more.insert(format!("{name}ThatNobodyKnows"), json!(1));
                all.push(more.into());
                for member in damaged(member) {
                    let mut with = members.clone();
                    with.insert(name.clone(), member);
                    all.push(with.into());
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                for item in damaged(item) {
                    let mut with = items.clone();
                    with[index] = item;
                    all.push(with.into());
                }
            }
        }
        _ => {}
    }
    all
}

#[test]
fn both_judge_damaged_requests_alike() {
    let (mut refused, mut taken) = (0, 0);
    each_operation(|operation, judge| {
        let Some(schema) = operation.request_schema() else {
            return;
        };
        let validator = judge.validator(operation, schema, Way::Request);
        let schemas = &document(operation.product())["components"]["schemas"];
        let body = operation
            .sample_request(Extent::Full, seed())
            .body
            .expect("a body");
        for value in damaged(&body).into_iter().take(400) {
            let ours = check(schemas, schema, &value, Way::Request);
            assert_eq!(
                ours.is_ok(),
                wrong(&validator, &value).is_none(),
                "{}: {ours:?}\n{value}",
                operation.id()
            );
            *if ours.is_ok() {
                &mut taken
            } else {
                &mut refused
            } += 1;
        }
    });
    println!("{refused} refused, {taken} taken");
    assert!(
        refused > 3_000 && taken > 1_000,
        "{refused} refused, {taken} taken"
    );
}

#[test]
fn the_same_seed_gives_the_same_sample() {
    let operation = samples::operation("post-alerts-v2").expect("an operation");
    let sample = |seed| operation.sample_answer(Extent::Full, seed);
    assert_eq!(sample(1), sample(1));
    assert_ne!(sample(1), sample(2));
}

#[test]
fn full_samples_are_rich_and_of_a_reasonable_size() {
    let mut sizes: Vec<(usize, &str)> = operations()
        .iter()
        .map(|operation| {
            (
                operation.sample_answer(Extent::Full, seed()).bytes().len(),
                operation.id(),
            )
        })
        .collect();
    sizes.sort_unstable();
    let largest = sizes[sizes.len() - 1];
    assert!(largest.0 < 200_000, "{largest:?}");
    let alert = samples::operation("get-alert")
        .expect("an operation")
        .sample_answer(Extent::Full, seed())
        .body;
    for member in ["id", "status", "firstSeen", "policy", "resource"] {
        assert!(!alert[member].is_null(), "{member}: {alert}");
    }
}

#[test]
fn full_samples_of_listings_are_their_last_pages() {
    let table: Value =
        serde_json::from_str(include_str!("../../spec/pagination.json")).expect("JSON");
    let mut ended = 0;
    for product in ["cspm", "code"] {
        let listings = table[product]["listings"].as_object().expect("an object");
        for (key, rules) in listings {
            let operation = operations()
                .iter()
                .find(|operation| operation.key() == *key)
                .expect("an operation");
            let answer = operation.sample_answer(Extent::Full, seed()).body;
            for next in rules["next"].as_array().into_iter().flatten() {
                let place = next["answer"].as_str().expect("a place");
                let token = answer.pointer(&format!("/{}", place.replace('.', "/")));
                assert!(
                    token.is_none_or(|token| token.is_null() || token == ""),
                    "{key}: {token:?}"
                );
                ended += 1;
            }
        }
    }
    assert!(ended > 20, "only {ended}");
}
