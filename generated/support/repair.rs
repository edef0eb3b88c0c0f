//! A second look at JSON that cannot be read because of single values in it.
//!
//! The service hands on texts of its customers' clouds: half of a surrogate pair, a raw control character, bytes that are no
//! UTF-8. And other implementations write numbers that no `f64` holds, `NaN`, or nest without end. One such value must not cost
//! the answer around it: it becomes null here, which the tolerant types read as `None`. Only what has failed to be read
//! comes this way, so it costs nothing otherwise.

use std::borrow::Cow;

/// How deep lists and objects may stand in each other: as deep as serde_json goes.
const DEPTH: usize = 127;

/// What stands before JSON that was written on Windows: a byte order mark in UTF-8.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// `json` without a byte order mark.
pub fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(BOM).unwrap_or(json)
}

/// `json` with null in place of each value that cannot be read. `None` if it is no JSON in another way: brackets, commas or
/// quotation marks are missing.
pub fn repaired(json: &[u8]) -> Option<Vec<u8>> {
    let mut repair = Repair {
        json,
        at: 0,
        out: Vec::with_capacity(json.len()),
        open: Vec::new(),
    };
    repair.values()?;
    Some(repair.out)
}

/// The place within `json`, and what was written up to there.
struct Repair<'a> {
    json: &'a [u8],
    at: usize,
    out: Vec<u8>,
    /// The brackets that close what is open.
    open: Vec<u8>,
}

impl Repair<'_> {
    /// Copies one value after the other up to the end of the outermost.
    fn values(&mut self) -> Option<()> {
        loop {
            self.space();
            // A value begins here.
            match *self.json.get(self.at)? {
                open @ (b'{' | b'[') if self.open.len() >= DEPTH => {
                    self.at = closed(self.json, self.at, open)?;
                    self.out.extend_from_slice(b"null");
                }
                open @ (b'{' | b'[') => {
                    self.take();
                    let close = if open == b'{' { b'}' } else { b']' };
                    self.open.push(close);
                    self.space();
                    if self.json.get(self.at) != Some(&close) {
                        self.key()?;
                        continue;
                    }
                }
                b'"' => self.text(b"null")?,
                _ => self.word()?,
            }
            // A value has ended here, and perhaps what it stands in, too.
            loop {
                self.space();
                let Some(close) = self.open.last() else {
                    return (self.at == self.json.len()).then_some(());
                };
                match *self.json.get(self.at)? {
                    b',' => {
                        self.take();
                        self.space();
                        self.key()?;
                        break;
                    }
                    byte if byte == *close => {
                        self.take();
                        self.open.pop();
                    }
                    _ => return None,
                }
            }
        }
    }

    /// Copies the key of a member, if one has to stand here. One that cannot be read becomes empty: nothing is called so.
    fn key(&mut self) -> Option<()> {
        if self.open.last() != Some(&b'}') {
            return Some(());
        }
        (self.json.get(self.at) == Some(&b'"')).then_some(())?;
        self.text(b"\"\"")?;
        self.space();
        (self.json.get(self.at) == Some(&b':')).then(|| self.take())
    }

    /// Copies a text, or `instead` of one that cannot be read.
    fn text(&mut self, instead: &[u8]) -> Option<()> {
        let end = text_end(self.json, self.at)?;
        let text = &self.json[self.at..end];
        let readable = serde_json::from_slice::<Cow<'_, str>>(text).is_ok();
        self.out
            .extend_from_slice(if readable { text } else { instead });
        self.at = end;
        Some(())
    }

    /// Copies a number, `true`, `false` or `null`. A number that cannot be read becomes null.
    fn word(&mut self) -> Option<()> {
        let rest = &self.json[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'-' | b'+' | b'.') && !byte.is_ascii_alphanumeric())
            .unwrap_or(rest.len());
        let word = &rest[..length];
        let copy = match word {
            b"true" | b"false" | b"null" => word,
            // Python writes them.
            b"NaN" | b"Infinity" | b"-Infinity" => b"null",
            [b'0'..=b'9' | b'-' | b'+' | b'.', ..] => {
                let readable = serde_json::from_slice::<f64>(word).is_ok();
                if readable { word } else { b"null" }
            }
            _ => return None,
        };
        self.out.extend_from_slice(copy);
        self.at += length;
        Some(())
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.json.get(self.at) {
            self.take();
        }
    }

    /// Copies a byte.
    fn take(&mut self) {
        self.out.push(self.json[self.at]);
        self.at += 1;
    }
}

/// The end of the text whose quotation mark is at `at`.
fn text_end(json: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += 1;
        match *json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 1,
            _ => {}
        }
    }
}

/// The end of the list or object that `open` begins at `at`. Only brackets of its own kind count.
fn closed(json: &[u8], mut at: usize, open: u8) -> Option<usize> {
    // `[` and `]`, `{` and `}` are two apart.
    let close = open + 2;
    let mut depth = 0_usize;
    loop {
        match *json.get(at)? {
            b'"' => at = text_end(json, at)?,
            byte => {
                if byte == open {
                    depth += 1;
                } else if byte == close {
                    depth -= 1;
                }
                at += 1;
                if depth == 0 {
                    return Some(at);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(json: &[u8], expected: Option<&str>) {
        let repaired = repaired(json).map(|json| String::from_utf8(json).unwrap());
        assert_eq!(
            repaired.as_deref(),
            expected,
            "{}",
            String::from_utf8_lossy(json)
        );
        if let Some(json) = repaired {
            serde_json::from_str::<serde_json::Value>(&json).unwrap();
        }
    }

    #[test]
    fn what_can_be_read_stays_as_it_is() {
        for json in [
            "null",
            "[]",
            " { } ",
            r#"{"a":[1,-2.5e3,"x\"\\\u00fc\ud83d\ude00",true,false,null],"b":{"c":[[],{}]}}"#,
            "[ 1 ,\n{ \"a\" : \"\u{e4}\" } ]",
            "\"text\"",
            "12345678901234567890123",
        ] {
            is(json.as_bytes(), Some(json));
        }
    }

    #[test]
    fn what_cannot_be_read_becomes_null() {
        for (json, expected) in [
            (&br#"{"a":"x\ud800","b":1}"#[..], r#"{"a":null,"b":1}"#),
            (br#"["\udc00\ud800"]"#, "[null]"),
            (b"[\"a\nb\",\"\x00\"]", "[null,null]"),
            (b"[\"\xff\"]", "[null]"),
            (br#"["\x","\u12"]"#, "[null,null]"),
            (br#"[1e400,-1e400,1e-400]"#, "[null,null,1e-400]"),
            (
                br#"[NaN,Infinity,-Infinity,01,+1,.5,1.,-,1e]"#,
                "[null,null,null,null,null,null,null,null,null]",
            ),
            (br#"{"a\ud800":1,"b":2}"#, r#"{"":1,"b":2}"#),
        ] {
            is(json, Some(expected));
        }
    }

    #[test]
    fn what_nests_too_deep_is_cut() {
        let nested = |open: &str, close: &str, depth| {
            format!("{}{}", open.repeat(depth), close.repeat(depth))
        };
        is(
            nested("[", "]", 127).as_bytes(),
            Some(&nested("[", "]", 127)),
        );
        let cut = format!("{}null{}", "[".repeat(127), "]".repeat(127));
        for inner in [
            nested("[", "]", 1),
            nested("[", "]", 100_000),
            r#"{"a":"}","b":[{}]}"#.to_owned(),
        ] {
            let json = format!("{}{inner}{}", "[".repeat(127), "]".repeat(127));
            is(json.as_bytes(), Some(&cut));
        }
    }

    #[test]
    fn what_is_no_json_stays_that() {
        for json in [
            "",
            "{",
            "[1",
            "[1}",
            "[1 2]",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "tru",
            "[None]",
            "[\"x]",
            "[\"\\",
            "[] []",
            "<html>",
            "\u{e4}",
        ] {
            is(json.as_bytes(), None);
        }
        is(format!("{}{{", "[".repeat(127)).as_bytes(), None);
    }
}
