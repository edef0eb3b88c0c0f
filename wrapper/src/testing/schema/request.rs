//! Whether a request is what its operation takes.

use serde_json::Value;

use super::documents::{JSON, Operation};
use super::known;
use super::spelling::settle;
use super::validate::{Violation, Way, check};

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// A parameter or the body is not what the document asks for.
    Value(Violation),
    /// The body is not JSON by its content type.
    MediaType,
    /// The caller takes nothing that the operation can answer with.
    NotAcceptable,
}

/// The parts of a request that are judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parts<'a> {
    /// Decoded, as the template names them.
    pub(crate) path: &'a [(&'static str, String)],
    /// Decoded.
    pub(crate) query: &'a [(String, String)],
    pub(crate) headers: &'a http::HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Judges a request and reads its body, which is null if there is none.
pub(crate) fn read(operation: &'static Operation, parts: Parts<'_>) -> Result<Value, Wrong> {
    acceptable(operation, parts.headers)?;
    for parameter in operation.parameters() {
        judge(operation, parameter, parts).map_err(Wrong::Value)?;
    }
    let body = body(operation, parts)?;
    match known::refused(operation.product(), parts.query, &body) {
        Some(violation) => Err(Wrong::Value(violation)),
        None => Ok(body),
    }
}

fn acceptable(operation: &Operation, headers: &http::HeaderMap) -> Result<(), Wrong> {
    let offered = operation.media_types();
    let wanted: Vec<&str> = headers
        .get_all(http::header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(essence)
        .collect();
    let fits = |wanted: &str| offered.iter().any(|offered| covers(wanted, offered));
    if wanted.is_empty() || offered.is_empty() || wanted.iter().any(|wanted| fits(wanted)) {
        Ok(())
    } else {
        Err(Wrong::NotAcceptable)
    }
}

/// Whether a media range like `application/*` means a media type.
pub(crate) fn covers(range: &str, media_type: &str) -> bool {
    match range.strip_suffix('*') {
        Some("*/") => true,
        Some(start) => media_type.starts_with(start),
        None => range.eq_ignore_ascii_case(media_type),
    }
}

/// A media type without its parameters.
pub(crate) fn essence(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

fn judge(operation: &Operation, parameter: &Value, parts: Parts<'_>) -> Result<(), Violation> {
    let name = parameter["name"].as_str().unwrap_or_default();
    let texts: Vec<&str> = match parameter["in"].as_str() {
        Some("path") => parts
            .path
            .iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
            .collect(),
        Some("header") => parts
            .headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect(),
        _ => parts
            .query
            .iter()
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect(),
    };
    let named = |mut violation: Violation| {
        violation.place = format!("{name}{}", violation.place);
        violation
    };
    if texts.is_empty() {
        return match parameter["required"] == true {
            true => Err(named(Violation::new("is required"))),
            false => Ok(()),
        };
    }
    let schemas = operation.schemas();
    let schema = super::resolve(schemas, &parameter["schema"]);
    let value = if schema["type"] == "array" {
        let items = super::resolve(schemas, &schema["items"]);
        texts.iter().map(|text| typed(items, text)).collect()
    } else if texts.len() > 1 {
        return Err(named(Violation::new("must be given once")));
    } else {
        typed(schema, texts[0])
    };
    // The id of an access key is whatever its tenant was built with.
    if operation.path().starts_with("/access_keys/") && schema["format"] == "uuid" {
        return Ok(());
    }
    check(schemas, schema, &value, Way::Request).map_err(named)
}

/// A parameter's text as the value that its schema means; text that is none stays text, and is refused as such.
fn typed(schema: &Value, text: &str) -> Value {
    let value = match schema["type"].as_str() {
        Some("integer") => text.parse::<i64>().ok().map(Value::from),
        Some("number") => text.parse::<f64>().ok().map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    value.unwrap_or_else(|| text.into())
}

fn body(operation: &Operation, parts: Parts<'_>) -> Result<Value, Wrong> {
    let Some(schema) = operation.request_schema() else {
        return Ok(Value::Null);
    };
    let content_type = parts.headers.get(http::header::CONTENT_TYPE);
    if let Some(content_type) = content_type
        && !covers(essence(content_type.to_str().unwrap_or_default()), JSON)
    {
        return Err(Wrong::MediaType);
    }
    let body = |reason| Violation {
        place: "body".to_owned(),
        reason,
    };
    if parts.body.is_empty() {
        return Err(Wrong::Value(body("is required".to_owned())));
    }
    let mut value: Value = serde_json::from_slice(parts.body)
        .map_err(|error| Wrong::Value(body(format!("is no JSON: {error}"))))?;
    match check(operation.schemas(), schema, &value, Way::Request) {
        Ok(()) => {
            settle(operation.schemas(), schema, &mut value);
            Ok(value)
        }
        Err(violation) if violation.place.is_empty() => Err(Wrong::Value(body(violation.reason))),
        Err(violation) => Err(Wrong::Value(violation)),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::super::documents::operation;
    use super::*;

    fn judged(
        id: &str,
        path: &[(&'static str, &str)],
        query: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> String {
        let path: Vec<_> = path
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect();
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let parts = Parts {
            path: &path,
            query: &query,
            headers: &map,
            body: body.as_bytes(),
        };
        match read(operation(id).unwrap(), parts) {
            Ok(value) => value.to_string(),
            Err(Wrong::Value(violation)) => format!("{} {}", violation.place, violation.reason),
            Err(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn each_part_is_judged_and_the_field_is_named() {
        let json = ("content-type", "application/json; charset=UTF-8");
        for (id, path, query, headers, body, expected) in [
            (
                "post-alerts-v2",
                &[][..],
                "",
                &[json][..],
                r#"{"limit":1}"#,
                r#"{"limit":1}"#,
            ),
            (
                "post-alerts-v2",
                &[],
                "detailed=yes",
                &[json],
                "{}",
                "detailed must be a boolean",
            ),
            ("post-alerts-v2", &[], "", &[json], "", "body is required"),
            (
                "post-alerts-v2",
                &[],
                "",
                &[json],
                "[]",
                "body must be an object",
            ),
            (
                "post-alerts-v2",
                &[],
                "",
                &[json],
                "{",
                "body is no JSON: EOF while parsing an object at line 1 column 1",
            ),
            (
                "post-alerts-v2",
                &[],
                "",
                &[("content-type", "text/plain")],
                "{}",
                "MediaType",
            ),
            (
                "post-alerts-v2",
                &[],
                "",
                &[json, ("accept", "text/html")],
                "{}",
                "NotAcceptable",
            ),
            (
                "post-alerts-v2",
                &[],
                "",
                &[json, ("accept", "text/html, application/*;q=0.5")],
                "{}",
                "{}",
            ),
            (
                "post-alerts-v2",
                &[],
                "",
                &[json],
                r#"{"filters":[{"name":"alert.status","operator":"~"}]}"#,
                "filters[0].operator must be one of \"=\"",
            ),
            (
                "app-login",
                &[],
                "",
                &[json],
                r#"{"username":"u"}"#,
                "password is required",
            ),
            (
                "createSuppression",
                &[("policyId", "p")],
                "",
                &[json],
                r#"{"suppressionType":"policy","origin":"Platform","comment":"policy"}"#,
                r#"{"comment":"policy","origin":"Platform","suppressionType":"Policy"}"#,
            ),
            (
                "clonePolicy",
                &[("policyId", "p")],
                "",
                &[json],
                r#"{"conditions":null}"#,
                "conditions must not be null",
            ),
            ("get-alerts", &[], "", &[], "", "timeType is required"),
            (
                "get-alerts",
                &[],
                "timeType=relative&timeAmount=1&timeUnit=day&detailed=true&limit=many",
                &[],
                "",
                "limit must be an integer",
            ),
            (
                "get-alerts",
                &[],
                "timeType=relative&timeType=x",
                &[],
                "",
                "timeType must be given once",
            ),
        ] {
            assert_eq!(
                judged(id, path, query, headers, body),
                expected,
                "{id} {query} {body}"
            );
        }
    }
}
