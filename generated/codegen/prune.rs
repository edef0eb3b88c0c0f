//! Leaves out operations that are not enabled, and the schemas that only they reach.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::groups::group;

/// The prefix of references to named schemas.
const PREFIX: &str = "#/components/schemas/";

/// Keeps the operations whose group is `enabled`, the schemas they reach, and the tags they have.
pub fn prune(document: &mut Value, enabled: impl Fn(&str) -> bool) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else {
        return;
    };
    let mut tags = BTreeSet::new();
    for item in paths.values_mut().filter_map(Value::as_object_mut) {
        item.retain(|_, operation| {
            let keep = enabled(&group(operation));
            if keep {
                tags.insert(operation["tags"][0].as_str().unwrap_or_default().to_owned());
            }
            keep
        });
    }
    paths.retain(|_, item| item.as_object().is_some_and(|item| !item.is_empty()));
    if let Some(Value::Array(list)) = document.get_mut("tags") {
        list.retain(|tag| tag["name"].as_str().is_some_and(|name| tags.contains(name)));
    }
    let reached = reachable(&document["paths"], &document["components"]["schemas"]);
    if let Some(schemas) = document
        .pointer_mut("/components/schemas")
        .and_then(Value::as_object_mut)
    {
        schemas.retain(|name, _| reached.contains(name));
    }
}

/// The names of the schemas that `root` reaches by references.
pub fn reachable(root: &Value, schemas: &Value) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = Vec::new();
    collect(root, &mut open);
    while let Some(name) = open.pop() {
        collect(&schemas[&name], &mut open);
        reached.insert(name);
        open.retain(|name| !reached.contains(name));
    }
    reached
}

fn collect(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            names.extend(reference(members));
            members.values().for_each(|value| collect(value, names));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        _ => {}
    }
}

/// The name in the `$ref` of a schema.
pub fn reference(schema: &Map<String, Value>) -> Option<String> {
    let name = schema.get("$ref")?.as_str()?.strip_prefix(PREFIX)?;
    Some(name.to_owned())
}
