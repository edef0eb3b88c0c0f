//! Media types: JSON is called `application/json`, has a schema, and files are bytes.

use serde_json::{Map, Value, json};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, Node};

/// Writes JSON media types in one way.
pub const JSON_CHARSET: Pass = Pass {
    name: "json-charset",
    repairs: "A `charset` parameter on a JSON media type has no meaning (RFC 8259) and is left out, \
              so that one operation has one JSON type.",
    run: json_charset,
};

/// Gives `*/*` its real media type.
pub const WILDCARD_MEDIA_TYPE: Pass = Pass {
    name: "wildcard-media-type",
    repairs: "`*/*` with a schema that is no plain string of bytes is JSON; without one it is a file.",
    run: wildcard_media_type,
};

/// Gives JSON without a schema the schema of any JSON value.
pub const JSON_WITHOUT_SCHEMA: Pass = Pass {
    name: "json-without-schema",
    repairs: "JSON whose schema is missing may be any JSON value.",
    run: json_without_schema,
};

/// Declares files as bytes.
pub const FILE_SCHEMA: Pass = Pass {
    name: "file-schema",
    repairs: "The content of a media type that is neither JSON nor text is declared as a binary \
              string; published schemas of files describe the bean that wrote them. Text is a string.",
    run: file_schema,
};

/// Marks request bodies as required.
pub const REQUEST_BODY_REQUIRED: Pass = Pass {
    name: "request-body-required",
    repairs: "A documented JSON body of a POST, PUT or PATCH is required: the published flag is \
              missing rather than false.",
    run: request_body_required,
};

/// The media type that generated clients decode.
pub const JSON: &str = "application/json";

const BYTES: &str = "application/octet-stream";

/// Whether `media_type` is JSON, with or without parameters.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(JSON) || essence.to_ascii_lowercase().ends_with("+json")
}

fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
}

/// Visits each `content` map of bodies and responses.
fn contents(
    document: &mut Document,
    mut visit: impl FnMut(&Pointer, &mut Map<String, Value>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    walk::down(&mut document.value, &mut |node, at, value| {
        if let (Node::RequestBody | Node::Response, Some(Value::Object(content))) =
            (node, value.get_mut("content"))
        {
            visit(&at.child("content"), content)?;
        }
        Ok(())
    })
}

fn json_charset(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let name = document.name.clone();
    contents(document, |at, content| {
        let charsets: Vec<String> = content
            .keys()
            .filter(|key| key.contains(';') && is_json(key))
            .cloned()
            .collect();
        for key in charsets {
            let at = at.child(&key);
            let value = content.remove(&key).unwrap_or_default();
            let essence = key.split(';').next().unwrap_or(JSON).trim().to_owned();
            if content.get(&essence).is_some_and(|other| *other != value) {
                return Err(Failure::new(
                    &name,
                    at,
                    "differs from the same media type without charset; keep one of them",
                ));
            }
            content.insert(essence, value);
            log.fired(&at);
        }
        Ok(())
    })
}

fn wildcard_media_type(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    contents(document, |at, content| {
        let Some(value) = content.remove("*/*") else {
            return Ok(());
        };
        let schema = &value["schema"];
        let bytes = schema.is_null() || schema["format"] == "binary" || schema["format"] == "byte";
        let real = if bytes { BYTES } else { JSON };
        log.noted(&at.child("*/*"), real);
        content.entry(real).or_insert(value);
        Ok(())
    })
}

fn json_without_schema(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    contents(document, |at, content| {
        for (key, value) in content {
            if is_json(key) && !value["schema"].is_object() {
                log.fired(&at.child(key));
                *value = json!({"schema": {}});
            }
        }
        Ok(())
    })
}

fn file_schema(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    contents(document, |at, content| {
        for (key, value) in content {
            let schema = match key {
                key if is_json(key) || key.contains("form") => continue,
                key if is_text(key) => json!({"type": "string"}),
                _ => json!({"type": "string", "format": "binary"}),
            };
            if value["schema"] != schema {
                log.fired(&at.child(key));
                *value = json!({"schema": schema});
            }
        }
        Ok(())
    })
}

fn request_body_required(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for site in walk::operations(&mut document.value) {
        let Some(Value::Object(body)) = site.value.get_mut("requestBody") else {
            continue;
        };
        if ["post", "put", "patch"].contains(&site.method)
            && body.get("required") != Some(&Value::Bool(true))
        {
            body.insert("required".to_owned(), Value::Bool(true));
            log.fired(&site.at.child("requestBody"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{fail, places, run};

    fn response(content: Value) -> Value {
        json!({"paths": {"/a": {"get": {"responses": {"200": {"content": content}}}}}})
    }

    fn content(document: &Value) -> &Value {
        &document["paths"]["/a"]["get"]["responses"]["200"]["content"]
    }

    #[test]
    fn json_has_no_charset() {
        let schema = json!({"schema": {"type": "string"}});
        let (value, log) = run(
            &JSON_CHARSET,
            response(
                json!({"application/json; charset=UTF-8": schema, "text/csv; charset=UTF-8": {}}),
            ),
        );
        assert_eq!(
            *content(&value),
            json!({"application/json": schema, "text/csv; charset=UTF-8": {}})
        );
        assert_eq!(log.firings().len(), 1);
        let failure = fail(
            &JSON_CHARSET,
            response(
                json!({"application/json; charset=UTF-8": schema, "application/json": {"schema": {}}}),
            ),
        );
        assert!(failure.message.contains("keep one"), "{failure}");
    }

    #[test]
    fn a_wildcard_is_json_or_a_file() {
        for (schema, real) in [
            (
                json!({"schema": {"$ref": "#/components/schemas/A"}}),
                "application/json",
            ),
            (json!({"schema": {"type": "string"}}), "application/json"),
            (
                json!({"schema": {"type": "string", "format": "binary"}}),
                "application/octet-stream",
            ),
            (json!({}), "application/octet-stream"),
        ] {
            let (value, _) = run(&WILDCARD_MEDIA_TYPE, response(json!({"*/*": schema})));
            assert_eq!(*content(&value), json!({real: schema}));
        }
    }

    #[test]
    fn json_without_a_schema_is_any_json() {
        let (value, log) = run(
            &JSON_WITHOUT_SCHEMA,
            response(json!({"application/json": {}, "text/csv": {}})),
        );
        assert_eq!(
            *content(&value),
            json!({"application/json": {"schema": {}}, "text/csv": {}})
        );
        assert_eq!(log.firings().len(), 1);
    }

    #[test]
    fn files_are_bytes_and_text_is_text() {
        let (value, log) = run(
            &FILE_SCHEMA,
            response(json!({
                "application/json": {"schema": {"type": "array"}},
                "application/octet-stream": {"schema": {"type": "array", "items": {"type": "string"}}},
                "text/csv": {}
            })),
        );
        assert_eq!(
            *content(&value),
            json!({
                "application/json": {"schema": {"type": "array"}},
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
                "text/csv": {"schema": {"type": "string"}}
            })
        );
        assert_eq!(log.firings().len(), 2);
    }

    #[test]
    fn bodies_of_writing_methods_are_required() {
        let (value, log) = run(
            &REQUEST_BODY_REQUIRED,
            json!({"paths": {"/a": {
                "post": {"requestBody": {"content": {}}},
                "put": {"requestBody": {"required": true, "content": {}}},
                "delete": {"requestBody": {"content": {}}}
            }}}),
        );
        assert_eq!(
            value["paths"]["/a"]["post"]["requestBody"]["required"],
            true
        );
        assert!(
            value["paths"]["/a"]["delete"]["requestBody"]
                .get("required")
                .is_none()
        );
        assert_eq!(places(&log), ["/paths/~1a/post/requestBody"]);
    }
}
