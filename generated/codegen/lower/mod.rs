//! Lowers a vendored document, which says what the service does, to one from which the generator
//! makes the Rust that users want.

mod answers;
mod docs;

use serde_json::{Map, Value};

use super::Summaries;

/// Marks the media type of an answer that may have no body.
pub const OPTIONAL: &str = "x-optional";

/// Lowers `document` of `product`.
pub fn lower(product: &str, document: &mut Value, summaries: &Summaries) {
    docs::attach(product, document, summaries);
    answers::keep_one(document);
    for (_, operation) in operations_mut(document) {
        // The generator knows nothing of deprecation, and authentication is the transport's.
        operation.remove("deprecated");
        operation.remove("security");
    }
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
