//! Values that are secret because of what they are called: `"token": "…"` in JSON, `token=…` in queries and forms.

use std::ops::Range;

use prisma_cloud_api::is_secret_name;

/// The secret values in `text`, which may be anything, with JSON in it or not, and whether each stands in quotes.
pub(super) fn secret_values(text: &[u8]) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    for at in memchr::memchr2_iter(b':', b'=', text) {
        match text[at] {
            b':' if is_secret(json_name(&text[..at])) => json_value(text, at + 1, &mut found),
            b'=' if is_secret(parameter_name(&text[..at])) => found.extend(parameter(text, at + 1)),
            _ => {}
        }
    }
    found
}

fn is_secret(name: Option<&[u8]>) -> bool {
    name.and_then(|name| std::str::from_utf8(name).ok())
        .is_some_and(is_secret_name)
}

/// The name in quotes that `before` ends with.
fn json_name(before: &[u8]) -> Option<&[u8]> {
    let inner = before.trim_ascii_end().strip_suffix(b"\"")?;
    let begin = memchr::memrchr(b'"', inner)?;
    Some(&inner[begin + 1..])
}

/// The name that `before` ends with.
fn parameter_name(before: &[u8]) -> Option<&[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let begin = before.iter().rposition(|byte| !is_part(byte));
    let name = &before[begin.map_or(0, |begin| begin + 1)..];
    (!name.is_empty()).then_some(name)
}

/// The value of a parameter, up to whatever ends one.
fn parameter(text: &[u8], from: usize) -> Option<(Range<usize>, bool)> {
    let quoted = usize::from(matches!(text.get(from), Some(b'"' | b'\'')));
    let from = from + quoted;
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'&' | b';' | b',' | b'"' | b'\'' | b'<' | b'>')
    };
    let length = text[from..].iter().position(ends);
    let end = length.map_or(text.len(), |length| from + length);
    (end > from).then_some((from..end, true))
}

/// All texts and numbers of the JSON value that begins at `from`: it may be a list or an object.
fn json_value(text: &[u8], from: usize, found: &mut Vec<(Range<usize>, bool)>) {
    let (mut at, mut depth) = (from, 0u32);
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => {
                let end = end_of_text(text, at + 1);
                let is_name = text[end..]
                    .strip_prefix(b"\"")
                    .is_some_and(|rest| rest.trim_ascii_start().starts_with(b":"));
                if !is_name && end > at + 1 {
                    found.push((at + 1..end, true));
                }
                at = end + 1;
            }
            b'[' | b'{' => {
                depth += 1;
                at += 1;
            }
            b']' | b'}' => {
                depth = depth.saturating_sub(1);
                at += 1;
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| {
                    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
                };
                let length = text[at..].iter().position(|byte| !is_part(byte));
                let end = length.map_or(text.len(), |length| at + length);
                found.push((at..end, false));
                at = end;
            }
            b'n' | b't' | b'f' => {
                let letters = text[at..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_lowercase());
                at += letters.count();
            }
            byte if byte.is_ascii_whitespace() || (depth > 0 && matches!(byte, b',' | b':')) => {
                at += 1;
                continue;
            }
            // No JSON.
            _ => return,
        }
        if depth == 0 {
            return;
        }
    }
}

/// Where the text ends whose beginning quote stands before `from`.
fn end_of_text(text: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_names() {
        for (text, expected) in [
            (r#"{"token":"abc","name":"x"}"#, &["abc"][..]),
            (r#"odd " quote {"token" : "a\"bc""#, &[r#"a\"bc"#]),
            (
                r#"{"password":12345678,"passwordPolicy":"long"}"#,
                &["12345678"],
            ),
            (
                r#"{"secretKey":["a",{"name":"b","n":3}],"id":"c"}"#,
                &["a", "b", "3"],
            ),
            (r#"{"clientSecret":"cut in tw"#, &["cut in tw"]),
            (r#"{"token":null,"secret":true,"apiKey":""}"#, &[]),
            (r#"{"nextPageToken":"abc","key":"token"}"#, &[]),
            ("x?access_token=abc&password=d%20e rest", &["abc", "d%20e"]),
            ("token='abc' passwordPolicy=x =y", &["abc"]),
            ("token: abc, token", &[]),
            ("", &[]),
            (r#"{"token":"#, &[]),
        ] {
            let found: Vec<&str> = secret_values(text.as_bytes())
                .into_iter()
                .map(|(at, _)| &text[at])
                .collect();
            assert_eq!(found, expected, "{text}");
        }
    }
}
