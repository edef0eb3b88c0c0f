//! What the documents say about values: parsed operations, samples, and judgement.

pub(super) mod damage;
pub(super) mod documents;
mod known;
pub(super) mod pagination;
mod plausible;
pub(super) mod request;
pub(super) mod router;
pub(super) mod sample;
mod spelling;
pub(super) mod validate;

use serde_json::Value;

/// The schema that `schema` refers to, or itself.
pub(super) fn resolve<'a>(schemas: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // A reference to a reference is fine, a circle of nothing else is not.
    for _ in 0..8 {
        match reference(schema) {
            Some(name) => schema = &schemas[name],
            None => break,
        }
    }
    schema
}

/// The name that `schema` refers to.
fn reference(schema: &Value) -> Option<&str> {
    schema["$ref"].as_str()?.rsplit('/').next()
}
