//! What the body of a failed exchange says, in the shapes that occur.

use serde_json::{Map, Value};

/// What was found in a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BodyFacts {
    /// What the server says in words.
    pub(crate) message: Option<String>,
    /// The machine-readable code beside it.
    pub(crate) code: Option<String>,
    /// The id by which support finds the request.
    pub(crate) request_id: Option<String>,
}

/// Longer messages are cut.
const MAX_TEXT: usize = 500;
/// How many elements of a list are told of.
const MAX_LISTED: usize = 10;

/// Reads a body: `{"error": {…}}`, the gateway's flat object, `{"message"}`, `{"Message"}`, HTML, text or nothing.
pub(crate) fn parse(body: &[u8], content_type: Option<&str>) -> BodyFacts {
    if is_html(body, content_type) {
        return BodyFacts {
            message: html_title(body),
            ..BodyFacts::default()
        };
    }
    match prisma_cloud_api::read_json::<Value>(body) {
        Ok(Value::Object(fields)) => of_object(&fields),
        Ok(Value::Array(items)) => match items.first() {
            Some(Value::Object(fields)) => of_object(fields),
            Some(Value::String(_)) => {
                let texts = items.iter().take(MAX_LISTED).filter_map(sentence);
                said(&texts.collect::<Vec<_>>().join("; "))
            }
            _ => BodyFacts::default(),
        },
        Ok(Value::String(text)) => said(&text),
        Ok(_) => BodyFacts::default(),
        Err(_) => match std::str::from_utf8(body) {
            Ok(text) => said(text),
            Err(_) => BodyFacts::default(),
        },
    }
}

fn said(text: &str) -> BodyFacts {
    BodyFacts {
        message: words(text),
        ..BodyFacts::default()
    }
}

fn of_object(fields: &Map<String, Value>) -> BodyFacts {
    let get = |names: &[&str]| {
        names
            .iter()
            .find_map(|name| fields.get(*name).and_then(Value::as_str).and_then(words))
    };
    let message = get(&[
        "message",
        "Message",
        "error_description",
        "detail",
        "details",
    ]);
    let own = BodyFacts {
        message: match (message, listed(fields)) {
            (Some(message), Some(listed)) => words(&format!("{message}: {listed}")),
            (message, listed) => message.or(listed),
        },
        code: get(&["code", "i18nKey", "errorCode"]),
        request_id: get(&["requestId", "request_id"]),
    };
    match fields.get("error") {
        Some(Value::Object(inner)) => {
            let inner = of_object(inner);
            BodyFacts {
                message: inner.message.or(own.message),
                code: inner.code.or(own.code),
                request_id: inner.request_id.or(own.request_id),
            }
        }
        // The gateway's flat shape: `error` repeats the reason phrase of the status.
        Some(Value::String(error)) => BodyFacts {
            message: own.message.or_else(|| words(error)),
            ..own
        },
        _ => own,
    }
}

/// What a refusal lists in its own member: mostly one sentence for each field of the request that is wrong.
fn listed(fields: &Map<String, Value>) -> Option<String> {
    const LISTS: [&str; 5] = ["errors", "detail", "details", "violations", "messages"];
    let sentences: Vec<String> = match LISTS.iter().find_map(|name| {
        let value = fields.get(*name)?;
        (value.is_array() || value.is_object()).then_some(value)
    })? {
        Value::Array(list) => list.iter().take(MAX_LISTED).filter_map(sentence).collect(),
        Value::Object(named) => named
            .iter()
            .take(MAX_LISTED)
            .filter_map(|(name, value)| Some(format!("{name}: {}", sentence(value)?)))
            .collect(),
        _ => Vec::new(),
    };
    words(&sentences.join("; "))
}

/// What one element of such a list says, with the name of the field in front if it has one.
fn sentence(value: &Value) -> Option<String> {
    let fields = match value {
        Value::String(text) => return words(text),
        Value::Array(list) => {
            let texts: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            return words(&texts.join(", "));
        }
        Value::Object(fields) => fields,
        _ => return None,
    };
    let get = |names: &[&str]| {
        names.iter().find_map(|name| match fields.get(*name)? {
            Value::String(text) => words(text),
            // A path, element by element.
            Value::Array(path) => {
                let path: Vec<String> = path
                    .iter()
                    .map(|part| {
                        part.as_str()
                            .map_or_else(|| part.to_string(), str::to_owned)
                    })
                    .collect();
                words(&path.join("."))
            }
            _ => None,
        })
    };
    let said = get(&[
        "message",
        "msg",
        "defaultMessage",
        "detail",
        "description",
        "reason",
        "code",
    ])?;
    Some(
        match get(&[
            "field", "loc", "path", "property", "param", "pointer", "name", "target",
        ]) {
            Some(place) => format!("{place}: {said}"),
            None => said,
        },
    )
}

/// One line of bounded length, or nothing where there is nothing to say.
pub(crate) fn words(text: &str) -> Option<String> {
    let line = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let short: String = line.chars().take(MAX_TEXT).collect();
    (!short.is_empty()).then_some(short)
}

/// Whether the body is a page for people: it begins like one, or is called one and is no JSON.
pub(crate) fn is_html(body: &[u8], content_type: Option<&str>) -> bool {
    let body = without_mark(body).trim_ascii_start();
    let begins = |with: &&[u8]| {
        body.get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    PAGES.iter().any(begins) || is_called_html(content_type) && !is_data(body)
}

/// How pages begin.
const PAGES: [&[u8]; 4] = [b"<!doctype html", b"<html", b"<head", b"<!--"];

/// Whether `body`, the beginning of something, may be that of a page once more of it has come.
pub(crate) fn may_become_html(body: &[u8]) -> bool {
    if b"\xef\xbb\xbf".starts_with(body) {
        return true;
    }
    let body = without_mark(body).trim_ascii_start();
    PAGES.iter().any(|with| {
        with.get(..body.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(body))
    })
}

/// Whether `content_type` is that of a page for people.
pub(crate) fn is_called_html(content_type: Option<&str>) -> bool {
    let media = content_type.and_then(|value| value.split(';').next());
    let media = media.unwrap_or_default().trim();
    ["text/html", "application/xhtml+xml"]
        .iter()
        .any(|html| media.eq_ignore_ascii_case(html))
}

/// Whether the body looks like JSON, some of whose values may be unreadable.
fn is_data(body: &[u8]) -> bool {
    match body.trim_ascii() {
        [b'{', .., b'}'] | [b'[', .., b']'] => true,
        body => serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(),
    }
}

/// `body` without a byte order mark.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// The title of a page, which usually names the proxy or the reason.
fn html_title(body: &[u8]) -> Option<String> {
    let start = &body[..body.len().min(16 * 1024)];
    let text = String::from_utf8_lossy(start);
    let lower = text.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let from = open + lower[open..].find('>')? + 1;
    let to = from + lower[from..].find("</title")?;
    words(&text[from..to])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(message: &str, code: &str, request_id: &str) -> BodyFacts {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        BodyFacts {
            message: some(message),
            code: some(code),
            request_id: some(request_id),
        }
    }

    #[test]
    fn every_known_shape() {
        for (body, expected) in [
            ("", facts("", "", "")),
            (
                r#"{"error":{"code":"bad","message":"No such id","target":"id","details":[]}}"#,
                facts("No such id", "bad", ""),
            ),
            (
                r#"{"timestamp":1,"path":"/x","status":503,"error":"Service Unavailable","message":"","requestId":"r-1"}"#,
                facts("Service Unavailable", "", "r-1"),
            ),
            (r#"{"message":"Forbidden"}"#, facts("Forbidden", "", "")),
            (
                r#"{"Message":"User is not authorized"}"#,
                facts("User is not authorized", "", ""),
            ),
            (r#"{"message":null,"error":null}"#, facts("", "", "")),
            (r#"{"message":{"nested":1}}"#, facts("", "", "")),
            (r#"[{"message":"first"}]"#, facts("first", "", "")),
            (r#""just words""#, facts("just words", "", "")),
            (
                "upstream\r\n  timed out\n",
                facts("upstream timed out", "", ""),
            ),
            ("[1,2]", facts("", "", "")),
            (
                r#"{"errors":[{"field":"name","message":"must not be blank"},{"field":"limit","message":"too large"}]}"#,
                facts("name: must not be blank; limit: too large", "", ""),
            ),
            (
                r#"{"message":"Validation failed","code":"v","errors":["a","b",3,null,{"x":1}]}"#,
                facts("Validation failed: a; b", "v", ""),
            ),
            (
                r#"{"detail":[{"loc":["body","items",0,"id"],"msg":"field required"}]}"#,
                facts("body.items.0.id: field required", "", ""),
            ),
            (
                r#"{"errors":{"name":["is short","is odd"],"id":"is missing"}}"#,
                facts("id: is missing; name: is short, is odd", "", ""),
            ),
            (
                r#"{"error":{"message":"Bad","details":[{"target":"id","message":"unknown"}]}}"#,
                facts("Bad: id: unknown", "", ""),
            ),
            (r#"{"errors":[],"message":"m"}"#, facts("m", "", "")),
            (r#"["a","b"]"#, facts("a; b", "", "")),
            ("true", facts("", "", "")),
            (
                "<!DOCTYPE html><html><head><TITLE lang=en> Access\n denied </TITLE></head></html>",
                facts("Access denied", "", ""),
            ),
            ("<html><title>never closed", facts("", "", "")),
        ] {
            assert_eq!(parse(body.as_bytes(), None), expected, "{body}");
        }
        assert_eq!(parse(b"\xff\xff", None), BodyFacts::default());
    }

    #[test]
    fn pages_are_told_from_data() {
        for (body, content_type, html) in [
            ("{}", Some("application/json"), false),
            ("{}", Some("TEXT/HTML; charset=utf-8"), false),
            ("\u{feff} [{\"a\":1}]\n", Some("text/html"), false),
            ("null", Some("text/html"), false),
            ("\"text\"", Some("text/html"), false),
            ("out of order", Some("text/html"), true),
            (
                "<div>out of order</div>",
                Some("application/xhtml+xml"),
                true,
            ),
            ("", Some("text/html"), true),
            ("\u{feff}  <!doctype HTML>", None, true),
            ("<HTML>", Some("application/json"), true),
            ("<?xml version='1.0'?>", None, false),
            ("\"<html>\"", None, false),
        ] {
            assert_eq!(
                is_html(body.as_bytes(), content_type),
                html,
                "{body:?} {content_type:?}"
            );
        }
    }

    #[test]
    fn titles_with_letters_that_change_their_length_in_lower_case_do_no_harm() {
        let page = "<html>İİİ<title>ok</title>";
        assert_eq!(parse(page.as_bytes(), None).message.as_deref(), Some("ok"));
    }
}
