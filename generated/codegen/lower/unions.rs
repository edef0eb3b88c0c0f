//! Unions: the generator makes an enum of `oneOf`, and a struct that nothing fits of `anyOf`.

use serde_json::Value;

use super::schemas_mut;

/// Turns `anyOf` into `oneOf`.
pub fn any_of_to_one_of(document: &mut Value) {
    schemas_mut(document, &mut |schema| {
        if let Some(branches) = schema.remove("anyOf") {
            schema.entry("oneOf").or_insert(branches);
        }
    });
}
