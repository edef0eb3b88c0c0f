//! Reads schemas through their references: enumerations, unions, native types.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::codegen::prune::reference;

/// Longer chains of references are loops.
const MAX_CHAIN: usize = 16;

type Schemas = Map<String, Value>;

/// What `schema` refers to, or `schema` itself.
pub fn followed<'a>(schemas: &'a Schemas, schema: &'a Value) -> &'a Value {
    let mut current = schema;
    for _ in 0..MAX_CHAIN {
        match current
            .as_object()
            .and_then(reference)
            .and_then(|name| schemas.get(&name))
        {
            Some(next) => current = next,
            None => break,
        }
    }
    current
}

/// The texts that a string can be, if `schema` enumerates them. A choice between enumerations, or
/// between one and any string, enumerates them all: enumerations are open.
pub fn text_values(schemas: &Schemas, schema: &Value) -> Option<Vec<String>> {
    let schema = followed(schemas, schema);
    if let Some(branches) = choice(schema) {
        let mut values = Vec::new();
        for branch in branches {
            let branch = followed(schemas, branch);
            if branch["type"] != "string" || branch["format"] == "binary" {
                return None;
            }
            values.extend(text_values(schemas, branch).unwrap_or_default());
        }
        return (!values.is_empty()).then_some(values);
    }
    if schema["type"] != "string" {
        return None;
    }
    let values: Vec<String> = schema["enum"]
        .as_array()?
        .iter()
        .filter_map(|value| value.as_str().map(ToOwned::to_owned))
        .collect();
    (!values.is_empty()).then_some(values)
}

fn choice(schema: &Value) -> Option<&Vec<Value>> {
    schema["oneOf"]
        .as_array()
        .or_else(|| schema["anyOf"].as_array())
}

/// Whether the union has properties of its own, or branches that nothing tells apart: then the
/// type is one object with the properties of all.
pub fn is_widened(schema: &Value) -> bool {
    choice(schema).is_some() && schema["properties"].is_object()
}

/// The branches of a union, as far as they can be told apart: lists are one list, objects that
/// overlap are one object, text with listed values is text.
pub fn branches(schemas: &Schemas, schema: &Value) -> Option<Vec<Value>> {
    if is_widened(schema) {
        return None;
    }
    let published = choice(schema)?;
    let is = |branch: &Value, kind: &str| followed(schemas, branch)["type"] == kind;
    if published
        .iter()
        .any(|branch| is_any(followed(schemas, branch)))
    {
        return Some(Vec::new());
    }
    let (lists, rest): (Vec<&Value>, Vec<&Value>) =
        published.iter().partition(|branch| is(branch, "array"));
    let (texts, rest): (Vec<&Value>, Vec<&Value>) =
        rest.into_iter().partition(|branch| is(branch, "string"));
    let (objects, rest): (Vec<&Value>, Vec<&Value>) = rest
        .into_iter()
        .partition(|branch| properties(schemas, branch).is_some());
    let mut branches: Vec<Value> = Vec::new();
    for cluster in clusters(schemas, &objects) {
        branches.push(match cluster.as_slice() {
            [only] => (*only).clone(),
            several => superset(schemas, several),
        });
    }
    branches.extend(match lists.as_slice() {
        [] | [_] => lists.into_iter().cloned().collect(),
        several => {
            let items: Vec<Value> = several
                .iter()
                .map(|list| followed(schemas, list)["items"].clone())
                .collect();
            vec![json!({"type": "array", "items": {"oneOf": items}})]
        }
    });
    branches.extend(rest.into_iter().cloned());
    branches.extend(match texts.as_slice() {
        [] | [_] => texts.into_iter().cloned().collect(),
        several => vec![json!({"oneOf": several})],
    });
    Some(branches)
}

fn is_any(schema: &Value) -> bool {
    let bare = schema["properties"].is_null()
        && schema["additionalProperties"].is_null()
        && choice(schema).is_none();
    bare && matches!(schema["type"].as_str(), None | Some("object"))
}

fn properties<'a>(schemas: &'a Schemas, schema: &'a Value) -> Option<&'a Map<String, Value>> {
    followed(schemas, schema)["properties"].as_object()
}

fn required(schemas: &Schemas, schema: &Value) -> BTreeSet<String> {
    followed(schemas, schema)["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(ToOwned::to_owned))
        .collect()
}

/// `objects` in groups that nothing inside a group tells apart, in the order of their firsts.
fn clusters<'a>(schemas: &Schemas, objects: &[&'a Value]) -> Vec<Vec<&'a Value>> {
    let mut clusters: Vec<Vec<&Value>> = Vec::new();
    for object in objects {
        let (alike, others): (Vec<Vec<&Value>>, Vec<Vec<&Value>>) =
            clusters.into_iter().partition(|cluster| {
                cluster
                    .iter()
                    .any(|member| !differ(schemas, member, object))
            });
        // Alike with two groups makes one group of them, at the place of the first.
        let mut joined: Vec<&Value> = alike.into_iter().flatten().collect();
        joined.push(object);
        clusters = others;
        clusters.push(joined);
    }
    clusters
}

/// Two objects differ if a constant does, or if one requires what the other does not have.
fn differ(schemas: &Schemas, one: &Value, other: &Value) -> bool {
    let (Some(own), Some(others)) = (properties(schemas, one), properties(schemas, other)) else {
        return true;
    };
    let missing = |required: BTreeSet<String>, declared: &Map<String, Value>| {
        required.iter().any(|name| !declared.contains_key(name))
    };
    let constants = own.iter().any(|(name, property)| {
        let values = text_values(schemas, property);
        let theirs = others
            .get(name)
            .and_then(|other| text_values(schemas, other));
        matches!((values, theirs), (Some(one), Some(other))
            if one.len() == 1 && other.len() == 1 && one != other)
    });
    constants || missing(required(schemas, one), others) || missing(required(schemas, other), own)
}

/// One object with the properties of all, required where all require them. A property on which
/// they disagree can be anything.
fn superset(schemas: &Schemas, objects: &[&Value]) -> Value {
    let mut all = Map::new();
    let mut common: Option<BTreeSet<String>> = None;
    for object in objects {
        for (name, property) in properties(schemas, object).into_iter().flatten() {
            match all.get(name) {
                None => {
                    all.insert(name.clone(), property.clone());
                }
                Some(earlier) if earlier == property => {}
                Some(earlier) => {
                    let merged = both(schemas, earlier, property);
                    all.insert(name.clone(), merged);
                }
            }
        }
        let own = required(schemas, object);
        common = Some(match common {
            Some(common) => common.intersection(&own).cloned().collect(),
            None => own,
        });
    }
    json!({"type": "object", "properties": all, "required": common.unwrap_or_default()})
}

fn both(schemas: &Schemas, one: &Value, other: &Value) -> Value {
    let texts = [one, other].map(|schema| followed(schemas, schema)["type"] == "string");
    if texts == [true, true] {
        json!({"oneOf": [one, other]})
    } else {
        json!({})
    }
}

/// `schema`, or for a union with properties of its own the object with those of all branches.
pub fn resolved(schemas: &Schemas, schema: &Value) -> Value {
    if !is_widened(schema) {
        return schema.clone();
    }
    let own = json!({"type": "object", "properties": schema["properties"], "required": schema["required"]});
    let mut objects: Vec<&Value> = choice(schema).into_iter().flatten().collect();
    objects.push(&own);
    let mut all = superset(schemas, &objects);
    all["required"] = schema["required"].clone();
    all
}

/// The hand-written type for the member called `wire`, if there is one.
pub fn native(schemas: &Schemas, wire: &str, schema: &Value) -> Option<&'static str> {
    let name: String = wire.chars().filter(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    if !name.ends_with("timerange") || !is_time_range(schemas, schema) {
        return None;
    }
    let target = schema.as_object().and_then(reference).unwrap_or_default();
    Some(if target.starts_with("Inventory") {
        "InventoryTimeRange"
    } else if name.contains("dismissal") || name.contains("snooze") {
        "DismissalTimeRange"
    } else {
        "TimeRange"
    })
}

/// An object with a `type`, or a choice between such objects.
fn is_time_range(schemas: &Schemas, schema: &Value) -> bool {
    let schema = followed(schemas, schema);
    if let Some(branches) = choice(schema) {
        return branches.iter().all(|branch| is_time_range(schemas, branch));
    }
    schema["properties"]["type"].is_object()
}
