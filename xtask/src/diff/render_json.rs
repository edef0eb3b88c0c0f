//! A comparison as JSON, for programs.

use serde_json::{Map, Value, json};

use super::model::{ADDED, Change, Changed, Class, Comparison, Entry, MOVED, REMOVED};
use crate::pipeline::canonical;

/// An object for each product with the arrays `added`, `removed` and `changed`.
pub fn render(comparison: &Comparison) -> String {
    let products: Map<String, Value> = comparison
        .products
        .iter()
        .map(|product| {
            let added: Vec<Value> = product.added.iter().map(added).collect();
            let removed: Vec<Value> = product.removed.iter().map(removed).collect();
            let changed: Vec<Value> = product.changed.iter().map(changed).collect();
            let object = json!({"added": added, "removed": removed, "changed": changed});
            (product.product.name().to_owned(), object)
        })
        .collect();
    canonical::pretty(&Value::Object(products))
}

fn entry(entry: &Entry, class: Class, reason: &str) -> Value {
    json!({
        "method": entry.method,
        "path": entry.path,
        "id": entry.id,
        "direction": "both",
        "class": class.name(),
        "reason": reason,
    })
}

fn added(added: &Entry) -> Value {
    let mut object = entry(added, Class::Compatible, ADDED);
    if let Some(from) = &added.moved {
        object["moved_from"] = Value::from(from.as_str());
    }
    object
}

fn removed(removed: &Entry) -> Value {
    let reason = if removed.moved.is_some() {
        MOVED
    } else {
        REMOVED
    };
    let mut object = entry(removed, Class::Breaking, reason);
    if let Some(to) = &removed.moved {
        object["moved_to"] = Value::from(to.as_str());
    }
    object
}

fn changed(entry: &Changed) -> Value {
    let changes: Vec<Value> = entry.changes.iter().map(change).collect();
    json!({"method": entry.method, "path": entry.path, "id": entry.id, "changes": changes})
}

fn change(change: &Change) -> Value {
    let mut object = json!({
        "where": change.place,
        "what": change.what,
        "direction": change.direction.name(),
        "class": change.class.name(),
        "reason": change.reason,
    });
    if !change.values.is_empty() {
        object["values"] = json!(change.values);
    }
    if let Some(shared) = &change.shared {
        object["schema"] = Value::from(shared.schema.as_str());
    }
    object
}
