//! The `x-redlock-status` header.

use serde_json::Value;

use super::body::words;

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

/// What such headers say.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) entries: Vec<StatusEntry>,
    /// The words of a header that has no entry; one line of bounded length.
    pub(crate) words: Option<String>,
}

/// More entries than this say nothing more.
const MAX_ENTRIES: usize = 64;
/// Longer texts are cut.
const MAX_TEXT: usize = 1024;
/// How many places of a header are tried that turn out to begin no JSON.
const MAX_FAILURES: usize = 64;

/// Reads all headers of that name. Each usually has an array of objects, sometimes one bare object, several of them
/// joined by commas on the way, or neither.
/// What cannot be read yields no entries; a broken header must not hide the failure that it tells of, nor the others.
pub(crate) fn read<'a>(headers: impl IntoIterator<Item = &'a str>) -> Said {
    let mut said = Said::default();
    for header in headers {
        let mut entries = values(header).into_iter().flat_map(|value| match value {
            Value::Array(values) => values,
            value => vec![value],
        });
        let room = MAX_ENTRIES - said.entries.len();
        let before = said.entries.len();
        said.entries.extend(
            entries
                .by_ref()
                .filter_map(|value| entry(&value))
                .take(room),
        );
        if said.entries.len() == before && said.words.is_none() {
            // Brackets around nothing are no words.
            said.words = words(header).filter(|text| text.contains(char::is_alphabetic));
        }
    }
    if !said.entries.is_empty() {
        said.words = None;
    }
    said
}

/// The JSON values in `text`, whatever stands between them.
fn values(text: &str) -> Vec<Value> {
    let mut values = Vec::new();
    let mut failures = 0;
    // A text is one only where a value may begin: elsewhere a quotation mark may be the end of something.
    let mut begins = true;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_value = matches!(first, '[' | '{') || begins && first == '"';
        if is_value && failures < MAX_FAILURES {
            let mut read = serde_json::Deserializer::from_str(rest).into_iter();
            match read.next() {
                Some(Ok(value)) => {
                    values.push(value);
                    rest = &rest[read.byte_offset()..];
                    begins = false;
                    continue;
                }
                _ => failures += 1,
            }
        }
        begins = first == ',' || begins && first.is_whitespace();
        rest = &rest[first.len_utf8()..];
    }
    values
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

    fn of(headers: &[&str]) -> Said {
        read(headers.iter().copied())
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
            (
                r#""internal_error""#,
                vec![entry("internal_error", None, None)],
            ),
            (r#"[{"severity":"error"}]"#, vec![]),
            (r#"[null, 1, []]"#, vec![]),
            ("internal error", vec![]),
            ("<html>", vec![]),
            ("[{", vec![]),
            ("", vec![]),
            ("\u{fffd}\u{fffd}", vec![]),
        ] {
            assert_eq!(of(&[header]).entries, expected, "{header}");
        }
    }

    #[test]
    fn joined_ones_several_and_good_ones_beside_garbage() {
        let (a, b) = (r#"[{"i18nKey":"a"}]"#, r#"{"i18nKey":"b"}"#);
        let both = [entry("a", None, None), entry("b", None, None)];
        for headers in [
            &[a, b][..],
            &[&format!("{a}, {b}")],
            &[&format!("{a},{b}")],
            &[&format!("{a} {b}")],
            &[&format!("internal error, {a}, [broken, {b}")],
            &[&format!("{a}, \"half"), "garbage", b],
            &["garbage", "[{", a, &format!("x{b}")],
        ] {
            let said = of(headers);
            assert_eq!(said.entries, both, "{headers:?}");
            assert_eq!(said.words, None);
        }
    }

    #[test]
    fn words_are_kept_where_there_are_no_entries() {
        for (headers, expected) in [
            (&["internal error"][..], Some("internal error")),
            (
                &["", "two\u{1b}[31m \r\n words", "more"],
                Some("two [31m words"),
            ),
            (
                &[r#"[{"message":"no key"}]"#],
                Some(r#"[{"message":"no key"}]"#),
            ),
            (&["[]"], None),
            (&["[{", ""], None),
        ] {
            let said = of(headers);
            assert_eq!(said.words.as_deref(), expected, "{headers:?}");
        }
        assert!(of(&[&"x".repeat(100_000)]).words.unwrap().len() <= 500);
    }

    #[test]
    fn the_size_is_bounded() {
        let header = format!("[{}\"x\"]", "\"x\",".repeat(1000));
        assert_eq!(of(&[&header]).entries.len(), MAX_ENTRIES);
        assert_eq!(of(&[&header, &header]).entries.len(), MAX_ENTRIES);
        let header = format!("[\"{}\"]", "x".repeat(100_000));
        assert_eq!(of(&[&header]).entries[0].key.len(), MAX_TEXT);
        // Nor is anything looked through again and again.
        assert_eq!(of(&[&"[\"".repeat(100_000)]).entries, []);
    }
}
