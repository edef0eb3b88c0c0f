//! Leaves out what is no interface: prose, examples, vendor extensions.

use serde_json::{Map, Value, json};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, Node};

/// Removes prose and vendor extensions.
pub const PROSE: Pass = Pass {
    name: "prose",
    repairs: "Descriptions, summaries, titles, examples, links and vendor extensions are not part \
              of the interface and are not carried over; one entry a document, with their number.",
    run: prose,
};

/// Keys that are prose wherever the walker finds them as keywords.
const PROSE_KEYS: [&str; 8] = [
    "description",
    "summary",
    "title",
    "example",
    "examples",
    "externalDocs",
    "xml",
    "termsOfService",
];

fn prose(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let mut removed = 0_usize;
    walk::down(&mut document.value, &mut |node, _, value| {
        let Value::Object(members) = value else {
            return Ok(());
        };
        let before = members.len();
        members.retain(|key, _| !PROSE_KEYS.contains(&key.as_str()) && !is_extension(key));
        removed += before - members.len();
        match node {
            Node::Root => {
                removed += usize::from(members.remove("tags").is_some());
                // The pipeline writes its own: see `merge`.
                members.insert("info".to_owned(), json!({"title": "", "version": ""}));
            }
            Node::Operation => {
                members.remove("callbacks");
                if let Some(Value::Object(responses)) = members.get_mut("responses") {
                    responses.retain(|status, _| !is_extension(status));
                }
            }
            Node::Response => {
                removed += usize::from(members.remove("links").is_some());
                // Required by the specification, so empty rather than absent. A reference has none.
                if !members.contains_key("$ref") {
                    members.insert("description".to_owned(), Value::from(""));
                }
            }
            Node::Components => remove_unused_sections(members),
            _ => {}
        }
        Ok(())
    })?;
    if removed > 0 {
        log.noted(&Pointer::root(), format!("{removed} removed"));
    }
    Ok(())
}

/// A vendor extension. One published document ends the prefix with a typographic quote.
fn is_extension(key: &str) -> bool {
    key.starts_with("x-")
}

fn remove_unused_sections(components: &mut Map<String, Value>) {
    for section in ["examples", "links", "callbacks"] {
        components.remove(section);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    #[test]
    fn prose_goes_and_properties_named_like_prose_stay() {
        let (value, log) = run(
            &PROSE,
            json!({
                "openapi": "3.0.0", "info": {"title": "T", "version": "1"}, "tags": [{"name": "a"}],
                "paths": {"/a": {"get": {
                    "summary": "S", "x-public": true, "operationId": "a",
                    "responses": {"200": {"description": "D", "content": {"application/json": {
                        "example": {"title": 1},
                        "schema": {"title": "T", "properties": {"title": {"type": "string", "example": "x"},
                            "description": {"type": "string", "description": "d"}}}
                    }}}}
                }}}
            }),
        );
        assert_eq!(
            value,
            json!({
                "openapi": "3.0.0", "info": {"title": "", "version": ""},
                "paths": {"/a": {"get": {
                    "operationId": "a",
                    "responses": {"200": {"description": "", "content": {"application/json": {
                        "schema": {"properties": {"title": {"type": "string"}, "description": {"type": "string"}}}
                    }}}}
                }}}
            })
        );
        assert_eq!(places(&log), ["/ 8 removed"]);
    }
}
