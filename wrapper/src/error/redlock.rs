//! The `x-redlock-status` header.

use serde_json::Value;

/// One entry of the `x-redlock-status` header, by which the API says what went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusEntry {
    /// The key to branch on, such as `invalid_id` or `token_expired`.
    pub key: String,
    /// `error`, `warning` or whatever the server calls it.
    pub severity: Option<String>,
    /// What the key is about: often the name of a field or the id of an object.
    pub subject: Option<String>,
}

/// More entries than this say nothing more.
const MAX_ENTRIES: usize = 64;
/// Longer texts are cut.
const MAX_TEXT: usize = 1024;

/// Reads the header: usually an array of objects, sometimes one bare object, sometimes neither.
/// What cannot be read yields no entries; a broken header must not hide the failure that it tells of.
pub(crate) fn parse(header: &[u8]) -> Vec<StatusEntry> {
    match serde_json::from_slice::<Value>(header) {
        Ok(Value::Array(entries)) => entries.iter().take(MAX_ENTRIES).filter_map(entry).collect(),
        Ok(value) => entry(&value).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

fn entry(value: &Value) -> Option<StatusEntry> {
    match value {
        Value::Object(fields) => {
            let key = fields.get("i18nKey").and_then(text)?;
            Some(StatusEntry {
                key,
                severity: fields.get("severity").and_then(text),
                subject: fields.get("subject").and_then(text),
            })
        }
        Value::String(key) if !key.is_empty() => Some(StatusEntry {
            key: cut(key),
            ..StatusEntry::default()
        }),
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(cut(text)),
        other => Some(cut(&other.to_string())),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TEXT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, severity: Option<&str>, subject: Option<&str>) -> StatusEntry {
        StatusEntry {
            key: key.into(),
            severity: severity.map(Into::into),
            subject: subject.map(Into::into),
        }
    }

    #[test]
    fn array_object_garbage_and_nothing() {
        for (header, expected) in [
            (
                r#"[{"i18nKey":"invalid_id","severity":"error","subject":"id"}]"#,
                vec![entry("invalid_id", Some("error"), Some("id"))],
            ),
            (
                r#"[{"i18nKey":"a","severity":"error","subject":null},{"i18nKey":"b"}]"#,
                vec![entry("a", Some("error"), None), entry("b", None, None)],
            ),
            (
                r#"{"i18nKey":"service_unavailable","severity":"error","subject":""}"#,
                vec![entry("service_unavailable", Some("error"), None)],
            ),
            (
                r#"[{"i18nKey":"a","subject":{"x":1}}]"#,
                vec![entry("a", None, Some(r#"{"x":1}"#))],
            ),
            (
                r#"["internal_error"]"#,
                vec![entry("internal_error", None, None)],
            ),
            (r#"[{"severity":"error"}]"#, vec![]),
            (r#"[null, 1, []]"#, vec![]),
            ("internal error", vec![]),
            ("<html>", vec![]),
            ("[{", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(parse(header.as_bytes()), expected, "{header}");
        }
        assert_eq!(parse(b"\xff\xfe"), vec![]);
    }

    #[test]
    fn the_size_is_bounded() {
        let header = format!("[{}\"x\"]", "\"x\",".repeat(1000));
        assert_eq!(parse(header.as_bytes()).len(), MAX_ENTRIES);
        let header = format!("[\"{}\"]", "x".repeat(100_000));
        assert_eq!(parse(header.as_bytes())[0].key.len(), MAX_TEXT);
    }
}
