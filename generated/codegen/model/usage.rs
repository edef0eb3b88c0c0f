//! Which types are sent, and which are received: what is received is tolerant.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Item, Kind, Model};
use crate::codegen::operations;
use crate::codegen::prune::reference;

/// Marks the types that the operations of `document` send and receive.
pub fn mark(model: &mut Model, document: &Value) {
    let mut sent = Vec::new();
    let mut received = Vec::new();
    for (_, _, operation) in operations::each(document) {
        collect(&operation["parameters"], &mut sent);
        collect(&operation["requestBody"], &mut sent);
        collect(&operation["responses"], &mut received);
    }
    model.sent = closure(model, sent);
    model.received = closure(model, received);
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

/// The types called `names`, and all that they hold.
pub fn closure(model: &Model, names: Vec<String>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = names;
    while let Some(name) = open.pop() {
        if !reached.insert(name.clone()) {
            continue;
        }
        match model.items.get(&name) {
            Some(Item::Struct(fields, extra)) => {
                let kinds = fields.iter().map(|field| &field.kind).chain(extra);
                open.extend(kinds.filter_map(Kind::named).map(ToOwned::to_owned));
            }
            Some(Item::Union(variants)) => {
                let kinds = variants.iter().map(|(_, kind)| kind);
                open.extend(kinds.filter_map(Kind::named).map(ToOwned::to_owned));
            }
            Some(Item::Answer(kind)) => open.extend(kind.named().map(ToOwned::to_owned)),
            Some(Item::Enum(_)) | None => {}
        }
    }
    reached
}
