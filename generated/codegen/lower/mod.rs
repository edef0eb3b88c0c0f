//! Lowers a vendored document, which says what the service does, to one from which the generator
//! makes the Rust that users want. The order of the steps matters.

mod answers;
mod constraints;
mod docs;
mod unions;

use serde_json::{Map, Value};

use super::Summaries;

/// Lowers `document` of `product`.
pub fn lower(product: &str, document: &mut Value, summaries: &Summaries) {
    docs::attach(product, document, summaries);
    answers::keep_one(document);
    constraints::drop_all(document);
    unions::any_of_to_one_of(document);
}

/// The operations of a document, to be changed.
fn operations_mut(document: &mut Value) -> impl Iterator<Item = (String, &mut Map<String, Value>)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let item = item.as_object_mut().into_iter().flatten();
        item.filter_map(move |(method, operation)| {
            let key = format!("{} {path}", method.to_ascii_uppercase());
            Some((key, operation.as_object_mut()?))
        })
    })
}

/// Visits every schema below `value`, innermost first. Vendored documents hold no examples and no
/// prose, so any object under a schema keyword is a schema.
fn schemas_mut(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            for (key, value) in members.iter_mut() {
                match key.as_str() {
                    "schema" | "items" | "additionalProperties" | "not" => schema_mut(value, visit),
                    "schemas" | "properties" => {
                        let named = value.as_object_mut().into_iter().flatten();
                        named.for_each(|(_, schema)| schema_mut(schema, visit));
                    }
                    "oneOf" | "anyOf" | "allOf" => {
                        let branches = value.as_array_mut().into_iter().flatten();
                        branches.for_each(|schema| schema_mut(schema, visit));
                    }
                    _ => schemas_mut(value, visit),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| schemas_mut(item, visit)),
        _ => {}
    }
}

/// Visits one schema and all in it, innermost first.
fn schema_mut(schema: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    if let Value::Object(members) = schema {
        for (key, value) in members.iter_mut() {
            match key.as_str() {
                "items" | "additionalProperties" | "not" => schema_mut(value, visit),
                "properties" => {
                    let named = value.as_object_mut().into_iter().flatten();
                    named.for_each(|(_, schema)| schema_mut(schema, visit));
                }
                "oneOf" | "anyOf" | "allOf" => {
                    let branches = value.as_array_mut().into_iter().flatten();
                    branches.for_each(|schema| schema_mut(schema, visit));
                }
                _ => {}
            }
        }
        visit(members);
    }
}
