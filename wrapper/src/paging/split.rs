//! Takes a page apart: the elements of its list, and what stands around them.

use std::ops::Range;

use super::scan::{after_space, value_end};

/// Where the items of a page stand in its body.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Each element of the list; those of several lists one after the other.
    pub(super) elements: Vec<Range<usize>>,
    /// Each list.
    pub(super) lists: Vec<Range<usize>>,
}

impl Split {
    /// Finds the lists at `path` in `json`: names of members, `[]` for each element of a list. An object instead of a list
    /// counts as a list of one.
    ///
    /// `None`: it is no JSON as far as one can see without reading it.
    pub(super) fn of(json: &[u8], path: &[&str]) -> Option<Self> {
        let mut split = Self::default();
        let end = split.walk(json, after_space(json, 0), path)?;
        (after_space(json, end) == json.len()).then_some(split)
    }

    /// `json` with empty lists.
    pub(super) fn envelope(&self, json: &[u8]) -> Vec<u8> {
        let mut envelope = Vec::new();
        let mut copied = 0;
        for list in &self.lists {
            envelope.extend_from_slice(&json[copied..list.start]);
            envelope.extend_from_slice(b"[]");
            copied = list.end;
        }
        envelope.extend_from_slice(&json[copied..]);
        envelope
    }

    /// Looks for lists in the value at `at`, and tells where that ends.
    fn walk(&mut self, json: &[u8], at: usize, path: &[&str]) -> Option<usize> {
        let Some((name, rest)) = path.split_first() else {
            return self.list(json, at);
        };
        match (*name, *json.get(at)?) {
            ("[]", b'[') => each(json, at, b']', |at| self.walk(json, at, rest)),
            ("[]", b'{') => self.walk(json, at, rest),
            (name, b'{') => each(json, at, b'}', |at| {
                let colon = value_end(json, at).filter(|_| json[at] == b'"')?;
                let value = after_space(json, colon);
                (*json.get(value)? == b':').then_some(())?;
                let value = after_space(json, value + 1);
                if is(&json[at..colon], name) {
                    self.walk(json, value, rest)
                } else {
                    value_end(json, value)
                }
            }),
            _ => value_end(json, at),
        }
    }

    fn list(&mut self, json: &[u8], at: usize) -> Option<usize> {
        let end = match *json.get(at)? {
            b'[' => each(json, at, b']', |at| {
                let end = value_end(json, at)?;
                self.elements.push(at..end);
                Some(end)
            })?,
            b'{' => {
                let end = value_end(json, at)?;
                self.elements.push(at..end);
                end
            }
            _ => return value_end(json, at),
        };
        self.lists.push(at..end);
        Some(end)
    }
}

/// Goes through what stands between the bracket at `at` and its counterpart `close`. `one` takes the place where an element
/// begins and tells where it ends. Returns the place behind `close`.
fn each(
    json: &[u8],
    at: usize,
    close: u8,
    mut one: impl FnMut(usize) -> Option<usize>,
) -> Option<usize> {
    let mut at = after_space(json, at + 1);
    if *json.get(at)? == close {
        return Some(at + 1);
    }
    loop {
        at = after_space(json, one(at)?);
        match *json.get(at)? {
            b',' => at = after_space(json, at + 1),
            end if end == close => return Some(at + 1),
            _ => return None,
        }
    }
}

/// Whether the string `quoted` says `name`. Names may be written with escapes, though nobody does it.
fn is(quoted: &[u8], name: &str) -> bool {
    let inner = &quoted[1..quoted.len() - 1];
    if inner.contains(&b'\\') {
        return serde_json::from_slice::<String>(quoted).is_ok_and(|key| key == name);
    }
    inner == name.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split<'a>(json: &'a str, path: &[&str]) -> Option<(Vec<&'a str>, String)> {
        let split = Split::of(json.as_bytes(), path)?;
        let elements = split.elements.iter().map(|range| &json[range.clone()]);
        let envelope = String::from_utf8(split.envelope(json.as_bytes())).unwrap();
        Some((elements.collect(), envelope))
    }

    #[test]
    fn the_list_is_found_and_taken_out() {
        for (json, path, elements, envelope) in [
            ("[1,{\"a\":2}]", &[][..], &["1", "{\"a\":2}"][..], "[]"),
            (" [ ] ", &[], &[], " [] "),
            (
                r#"{"next":"t","items":[{"id":1},null,"x"],"total":3}"#,
                &["items"],
                &[r#"{"id":1}"#, "null", "\"x\""],
                r#"{"next":"t","items":[],"total":3}"#,
            ),
            (
                "{ \"data\" : { \"items\" : [ 1 , 2 ] } , \"items\" : [3] }",
                &["data", "items"],
                &["1", "2"],
                "{ \"data\" : { \"items\" : [] } , \"items\" : [3] }",
            ),
            (
                r#"[{"value":[1]},{"next":"u"},{"value":[2,3]}]"#,
                &["[]", "value"],
                &["1", "2", "3"],
                r#"[{"value":[]},{"next":"u"},{"value":[]}]"#,
            ),
            (
                r#"{"it\u0065ms":[1]}"#,
                &["items"],
                &["1"],
                r#"{"it\u0065ms":[]}"#,
            ),
            // One element without its list.
            (
                r#"{"items":{"id":1}}"#,
                &["items"],
                &[r#"{"id":1}"#],
                r#"{"items":[]}"#,
            ),
            (
                r#"{"value":[1]}"#,
                &["[]", "value"],
                &["1"],
                r#"{"value":[]}"#,
            ),
            // None.
            (r#"{"items":null}"#, &["items"], &[], r#"{"items":null}"#),
            (r#"{"items":"a"}"#, &["items"], &[], r#"{"items":"a"}"#),
            (
                r#"{"a":{"items":[1]}}"#,
                &["items"],
                &[],
                r#"{"a":{"items":[1]}}"#,
            ),
            ("null", &[], &[], "null"),
            ("null", &["items"], &[], "null"),
            ("{}", &["items"], &[], "{}"),
        ] {
            let expected = (elements.to_vec(), envelope.to_owned());
            assert_eq!(split(json, path), Some(expected), "{json}");
        }
    }

    #[test]
    fn what_is_no_json_is_not_taken_apart() {
        for json in [
            "",
            "{",
            "{\"items\":[1}",
            "{\"items\":[1 2]}",
            "{\"items\":[1,]}",
            "{\"items\" [1]}",
            "{\"items\":}",
            "{items:[1]}",
            "{\"items\":[]}}",
            "{\"items\":[]} x",
            "<html></html>",
        ] {
            assert_eq!(split(json, &["items"]), None, "{json}");
        }
    }
}
