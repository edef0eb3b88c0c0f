//! Responses: what an error looks like is decided once, and a file is never thrown away.

use serde_json::{Map, Value, json};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Removes the bodies of error responses.
pub const ERROR_BODIES: Pass = Pass {
    name: "error-bodies",
    repairs: "The statuses of errors stay, their bodies go: two dozen shapes are published, the \
              service has one, and the wrapper decodes it. A `default` response is an error.",
    run: error_bodies,
};

/// Declares the body of downloads.
pub const MISSING_BODY: Pass = Pass {
    name: "missing-body",
    repairs: "A GET, or a POST whose path or id says that it hands out a file, answers with a body \
              even if none is declared: bytes, so that nothing is thrown away.",
    run: missing_body,
};

/// Gives every operation a success.
pub const MISSING_SUCCESS: Pass = Pass {
    name: "missing-success",
    repairs: "An operation without a successful response gets `200`, with the body of its \
              `default` response where there is one.",
    run: missing_success,
};

/// Words in a path or an id that announce a file.
const FILE_WORDS: [&str; 7] = [
    "download",
    "csv",
    "export",
    "template",
    "terraform",
    "cft",
    "script",
];

fn responses(operation: &mut Map<String, Value>) -> &mut Map<String, Value> {
    let responses = operation
        .entry("responses")
        .or_insert_with(|| Value::Object(Map::new()));
    if !responses.is_object() {
        *responses = Value::Object(Map::new());
    }
    responses.as_object_mut().expect("just made one")
}

fn missing_success(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for site in walk::operations(&mut document.value) {
        let responses = responses(site.value);
        if responses.keys().any(|status| walk::is_success(status)) {
            continue;
        }
        log.fired(&site.at.child("responses"));
        let success = responses
            .remove("default")
            .unwrap_or_else(|| json!({"description": ""}));
        responses.insert("200".to_owned(), success);
    }
    Ok(())
}

fn error_bodies(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for site in walk::operations(&mut document.value) {
        let responses = responses(site.value);
        for (status, response) in responses.iter_mut() {
            if walk::is_success(status) {
                continue;
            }
            if let Value::Object(response) = response
                && response.remove("content").is_some()
            {
                log.fired(&site.at.child("responses").child(status));
            }
        }
    }
    Ok(())
}

fn missing_body(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for site in walk::operations(&mut document.value) {
        let id = site.value.get("operationId").and_then(Value::as_str);
        let text = format!("{} {}", site.path, id.unwrap_or_default()).to_ascii_lowercase();
        let hands_out = match site.method {
            "get" => true,
            "post" => FILE_WORDS.iter().any(|word| text.contains(word)),
            _ => false,
        };
        let at = site.at.child("responses");
        let responses = responses(site.value);
        let declared = responses.iter().any(|(status, response)| {
            walk::is_success(status)
                && response["content"]
                    .as_object()
                    .is_some_and(|content| !content.is_empty())
        });
        if declared || !hands_out {
            continue;
        }
        if let Some(Value::Object(response)) = responses.get_mut("200") {
            log.fired(&at.child("200"));
            response.insert(
                "content".to_owned(),
                json!({"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    #[test]
    fn errors_keep_their_status_and_lose_their_body() {
        let body = json!({"description": "", "content": {"application/json": {"schema": {}}}});
        let (value, log) = run(
            &ERROR_BODIES,
            json!({"paths": {"/a": {"get": {"responses": {"200": body, "4XX": body, "default": body}}}}}),
        );
        assert_eq!(
            value["paths"]["/a"]["get"]["responses"],
            json!({"200": body, "4XX": {"description": ""}, "default": {"description": ""}})
        );
        assert_eq!(log.firings().len(), 2);
    }

    #[test]
    fn downloads_have_a_body() {
        let empty = json!({"responses": {"200": {"description": ""}}});
        let (value, log) = run(
            &MISSING_BODY,
            json!({"paths": {
                "/a/{id}/download": {"get": empty},
                "/cas/v1/aws_template": {"post": empty},
                "/v2/user": {"post": empty},
                "/b/csv": {"delete": empty},
                "/c": {"get": {"responses": {"200": {"content": {"application/json": {}}}, "204": {}}}}
            }}),
        );
        assert_eq!(
            places(&log),
            [
                "/paths/~1a~1{id}~1download/get/responses/200",
                "/paths/~1cas~1v1~1aws_template/post/responses/200"
            ]
        );
        let content = &value["paths"]["/a/{id}/download"]["get"]["responses"]["200"]["content"];
        assert_eq!(
            content["application/octet-stream"]["schema"]["format"],
            "binary"
        );
    }

    #[test]
    fn every_operation_can_succeed() {
        let (value, log) = run(
            &MISSING_SUCCESS,
            json!({"paths": {"/a": {
                "get": {"responses": {"default": {"description": "", "content": {}}}},
                "put": {"responses": {"400": {"description": ""}}},
                "post": {"responses": {"204": {"description": ""}}}
            }}}),
        );
        let item = &value["paths"]["/a"];
        assert_eq!(
            item["get"]["responses"],
            json!({"200": {"description": "", "content": {}}})
        );
        assert_eq!(item["put"]["responses"]["200"], json!({"description": ""}));
        assert_eq!(log.firings().len(), 2);
    }
}
