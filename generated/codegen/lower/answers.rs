//! One successful answer for each operation, whatever success status it comes with.

use serde_json::{Map, Value, json};

use super::{OPTIONAL, operations_mut};
use crate::codegen::operations::{Answer, answer};

/// The media type that is decoded.
const JSON: &str = "application/json";

/// Replaces the responses of each operation by one for all of `2XX`. Errors are not declared: the
/// transport turns them into typed failures before generated code sees them.
pub fn keep_one(document: &mut Value) {
    for (_, operation) in operations_mut(document) {
        let kind = answer(&Value::Object(operation.clone()));
        let responses = match operation.remove("responses") {
            Some(Value::Object(responses)) => responses,
            _ => Map::new(),
        };
        let mut content = Map::new();
        for (_, mut response) in responses
            .into_iter()
            .filter(|(status, _)| status.starts_with('2'))
        {
            if let Value::Object(more) = response["content"].take() {
                for (media_type, media) in more {
                    content.entry(media_type).or_insert(media);
                }
            }
        }
        let chosen = match kind {
            Answer::Json => json!({JSON: content.remove(JSON)}),
            Answer::JsonOrEmpty => json!({JSON: optional(content.remove(JSON))}),
            Answer::Bytes => {
                json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}})
            }
            Answer::Empty => json!({}),
        };
        operation.insert(
            "responses".to_owned(),
            json!({"2XX": {"description": "", "content": chosen}}),
        );
    }
}

/// The transport gives `null` for an answer without a body, so the type must take it.
fn optional(media: Option<Value>) -> Value {
    let mut media = media.unwrap_or_else(|| json!({"schema": {}}));
    media[OPTIONAL] = Value::Bool(true);
    media
}
