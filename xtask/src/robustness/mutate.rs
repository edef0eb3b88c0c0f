//! Structural mutations of a document.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Changes `document` at `times` random places.
pub fn mutate(document: &mut Value, times: usize, random: &mut Rng) {
    for _ in 0..times {
        let mut pointers = Vec::new();
        collect(document, String::new(), &mut pointers);
        let at = pick(&pointers, random).clone();
        let other = pick(&pointers, random).clone();
        let donor = document.pointer(&other).cloned().unwrap_or_default();
        let Some(value) = document.pointer_mut(&at) else {
            continue;
        };
        change(value, &other, donor, random);
        // What grows without end says nothing more about the pipeline.
        if document.to_string().len() > 200_000 {
            return;
        }
    }
}

fn pick<'a, T>(list: &'a [T], random: &mut Rng) -> &'a T {
    &list[random.usize(..list.len())]
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                collect(value, format!("{pointer}/{key}"), pointers);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{index}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}

/// Words that mean something somewhere in a document, or are bad names.
const WORDS: [&str; 44] = [
    "type",
    "items",
    "properties",
    "required",
    "enum",
    "allOf",
    "oneOf",
    "anyOf",
    "not",
    "$ref",
    "additionalProperties",
    "nullable",
    "format",
    "default",
    "discriminator",
    "parameters",
    "requestBody",
    "responses",
    "content",
    "schema",
    "application/json",
    "*/*",
    "200",
    "default",
    "in",
    "name",
    "get",
    "post",
    "operationId",
    "tags",
    "security",
    "paths",
    "components",
    "schemas",
    "description",
    "example",
    "headers",
    "x-prisma",
    "match",
    "größe",
    "",
    "a/b~c",
    "/v2/thing",
    "/{id}/{id}",
];

fn plain(random: &mut Rng) -> Value {
    match random.u8(..14) {
        0 => Value::Null,
        1 => json!({}),
        2 => json!([]),
        3 => json!(""),
        4 => json!(-1),
        5 => json!(1e300),
        6 => json!(true),
        7 => json!("array"),
        8 => json!("object"),
        9 => json!("String"),
        10 => json!("\u{0}\u{202e}\u{1f980}"),
        11 => json!([["a"], {"a": null}]),
        12 => json!("x".repeat(2_000)),
        _ => json!(*pick(&WORDS, random)),
    }
}

fn change(value: &mut Value, other: &str, donor: Value, random: &mut Rng) {
    match random.u8(..9) {
        // Another value, or a part of the document from elsewhere.
        0 => *value = plain(random),
        1 => *value = donor,
        // A reference to anywhere, to what it stands in as well.
        2 => *value = json!({"$ref": format!("#{other}")}),
        3 => *value = json!({"$ref": "#/components/schemas/Gone"}),
        4 => {
            let inner = value.take();
            *value = match random.u8(..6) {
                0 => json!([inner]),
                1 => json!({"allOf": [inner, donor]}),
                2 => json!({"oneOf": [inner, donor]}),
                3 => json!({"type": "array", "items": inner}),
                4 => json!({"properties": {"a": inner}, "required": ["a", "b"]}),
                _ => json!({"additionalProperties": inner}),
            };
        }
        _ => within(value, donor, random),
    }
}

/// Changes one member or element.
fn within(value: &mut Value, donor: Value, random: &mut Rng) {
    match value {
        Value::Object(members) => member(members, donor, random),
        Value::Array(items) if items.is_empty() => items.push(donor),
        Value::Array(items) => {
            let index = random.usize(..items.len());
            match random.u8(..4) {
                0 => drop(items.remove(index)),
                1 => items.push(items[index].clone()),
                2 => items.reverse(),
                _ => items.insert(index, donor),
            }
        }
        plain_value => *plain_value = plain(random),
    }
}

fn member(members: &mut Map<String, Value>, donor: Value, random: &mut Rng) {
    let keys: Vec<String> = members.keys().cloned().collect();
    let word = (*pick(&WORDS, random)).to_owned();
    if keys.is_empty() || random.u8(..4) == 0 {
        members.insert(word, donor);
        return;
    }
    let key = pick(&keys, random).clone();
    let value = members.remove(&key).unwrap_or_default();
    match random.u8(..3) {
        0 => {}
        1 => drop(members.insert(word, value)),
        _ => {
            members.insert(key, donor);
            members.insert(word, value);
        }
    }
}
