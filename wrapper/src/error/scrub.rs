//! Taking secrets out of what others sent.
//!
//! Servers and proxies echo requests in their error pages. What ends up in an error is read by people and
//! written to logs, so every known secret is replaced there in whatever form it comes back: as it is, percent-encoded,
//! escaped for JSON or HTML (also one in the other), in base64, with letters outside ASCII read in another encoding.

use std::ops::Range;

use bytes::Bytes;
use memchr::memmem;
use secrecy::zeroize::Zeroizing;

use super::layers::{self, Layer};
use super::members;

pub(crate) const MARK: &str = "[redacted]";
/// A secret of fewer bytes than this is replaced only where it stands alone, with neither letter nor digit beside it: as part of
/// words it would hit by chance.
const ANYWHERE: usize = 6;
/// Fewer bytes are not looked for in base64: by chance they are in there.
const IN_BASE64: usize = 3;

/// A place to replace, and the text to put there.
type Hit = (Range<usize>, &'static str);

/// Secrets in the forms that decoding does not lead back to the secret itself.
#[derive(Default)]
pub(crate) struct Scrubber {
    needles: Vec<Needle>,
}

struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    /// Only where it stands alone.
    alone: bool,
}

impl Scrubber {
    /// Adds `secret`, of any length; blanks are none.
    pub(crate) fn add(&mut self, secret: &str) {
        let secret = secret.trim();
        let alone = secret.len() < ANYWHERE;
        for bytes in forms(secret) {
            if !bytes.is_empty() && !self.needles.iter().any(|known| *known.bytes == bytes) {
                let bytes = Zeroizing::new(bytes);
                self.needles.push(Needle { bytes, alone });
            }
        }
    }

    /// `text` without the secrets, if there is one.
    pub(crate) fn option(&self, text: Option<String>) -> Option<String> {
        text.map(|text| self.text(&text))
    }

    /// `text` without the secrets, and without the values of members and parameters that are called as secrets are.
    pub(crate) fn text(&self, text: &str) -> String {
        match self.replaced(text.as_bytes(), false) {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => text.to_owned(),
        }
    }

    /// The same for `bytes`.
    pub(crate) fn bytes(&self, bytes: Bytes) -> Bytes {
        match self.replaced(&bytes, false) {
            Some(replaced) => replaced.into(),
            None => bytes,
        }
    }

    /// The same where only the beginning was kept: a secret may have been cut in two.
    pub(crate) fn beginning(&self, bytes: Bytes) -> Bytes {
        match self.replaced(&bytes, true) {
            Some(replaced) => replaced.into(),
            None => bytes,
        }
    }

    /// `bytes` with all hits replaced at once, so that none hides another; nothing if there are none.
    fn replaced(&self, bytes: &[u8], cut: bool) -> Option<Vec<u8>> {
        let mut hits = self.hits(bytes, cut, true);
        let marks: Vec<usize> = memmem::find_iter(bytes, MARK).collect();
        // What was replaced before stays as it is.
        hits.retain(|(at, _)| {
            !marks
                .iter()
                .any(|mark| *mark <= at.start && at.end <= mark + MARK.len())
        });
        // The longer one of two that begin together counts.
        hits.sort_by_key(|(at, _)| (at.start, std::cmp::Reverse(at.end)));
        let mut kept = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for (at, mark) in &hits {
            if at.start >= done {
                kept.extend_from_slice(&bytes[done..at.start]);
                kept.extend_from_slice(mark.as_bytes());
            }
            done = done.max(at.end);
        }
        kept.extend_from_slice(&bytes[done..]);
        (!hits.is_empty()).then_some(kept)
    }

    /// Where in `bytes` there is something to replace.
    fn hits(&self, bytes: &[u8], cut: bool, outermost: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        for layer in layers::of(bytes) {
            let mut hit = |at: Range<usize>| hits.push((layer.origin(at), MARK));
            for needle in &self.needles {
                needle.places(layer.bytes(), &mut hit);
            }
            if cut && let Some(begin) = self.cut_in_two(&layer) {
                hits.push((layer.origin(begin..layer.bytes().len()), ""));
            }
            if outermost {
                self.in_base64(&layer, cut, &mut hits);
                for (at, is_text) in members::secret_values(layer.bytes()) {
                    // Elsewhere than in a text a bare mark would be no JSON.
                    let mark = match is_text || layer.is_decoded() {
                        true => MARK,
                        false => "\"[redacted]\"",
                    };
                    hits.push((layer.origin(at), mark));
                }
            }
        }
        hits
    }

    /// Adds the runs of base64 digits that hold a secret, wherever in them it begins.
    fn in_base64(&self, layer: &Layer<'_>, cut: bool, hits: &mut Vec<Hit>) {
        let text = layer.bytes();
        let runs = layers::base64_runs(text);
        for skip in 0..4 {
            // All at once: most of the time would go into beginning to search.
            let (decoded, begins) = layers::base64_decoded(text, &runs, skip);
            let long = |at: &Range<usize>| at.len() >= IN_BASE64;
            for (at, _) in self.hits(&decoded, cut, false) {
                if !long(&at) && at.end < decoded.len() {
                    continue;
                }
                let run = begins.partition_point(|begin| *begin <= at.start);
                if let Some(run) = run.checked_sub(1).and_then(|run| runs.get(run)) {
                    hits.push((layer.origin(run.clone()), MARK));
                }
            }
        }
    }

    /// Where the beginning of a secret stands at the end of `layer`. An escape that was cut in two is not counted.
    fn cut_in_two(&self, layer: &Layer<'_>) -> Option<usize> {
        let whole = layer.bytes();
        let ends = [whole.len(), layers::without_cut_escape(whole)];
        let prefixes = self.needles.iter().flat_map(|needle| {
            ends.into_iter().filter_map(|end| {
                (1..needle.bytes.len())
                    .rev()
                    .find(|length| whole[..end].ends_with(&needle.bytes[..*length]))
                    .map(|length| end - length)
            })
        });
        prefixes.min()
    }
}

impl Needle {
    /// Calls `hit` for each place in `text`, overlapping ones included.
    fn places(&self, text: &[u8], hit: &mut impl FnMut(Range<usize>)) {
        let finder = memmem::Finder::new(&*self.bytes);
        let is_word = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
        };
        let mut from = 0;
        while let Some(found) = text.get(from..).and_then(|rest| finder.find(rest)) {
            let at = from + found..from + found + self.bytes.len();
            let before = at.start.checked_sub(1).and_then(|index| text.get(index));
            if !self.alone || !(is_word(before) || is_word(text.get(at.end))) {
                hit(at.clone());
            }
            from = at.start + 1;
        }
    }
}

/// `secret` and what decoding makes of it, and how it looks after other readings of its letters.
fn forms(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.as_bytes().to_vec()];
    // A secret that itself looks escaped is decoded along with the text around it.
    forms.extend(
        layers::of(secret.as_bytes())
            .last()
            .map(|layer| layer.bytes().to_vec()),
    );
    if secret.contains(' ') {
        forms.push(secret.replace(' ', "+").into_bytes());
    }
    if !secret.is_ascii() {
        // Its bytes, each taken for a letter of Latin-1, as servers read headers.
        let misread: String = secret.bytes().map(char::from).collect();
        forms.push(misread.into_bytes());
        let latin: Option<Vec<u8>> = secret
            .chars()
            .map(|letter| u8::try_from(u32::from(letter)).ok())
            .collect();
        forms.extend(latin);
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubber(secrets: &[&str]) -> Scrubber {
        let mut scrubber = Scrubber::default();
        for secret in secrets {
            scrubber.add(secret);
        }
        scrubber
    }

    #[test]
    fn every_form_is_found() {
        let secret = "s3cr+t/k=y &v\"alue";
        let scrubber = scrubber(&[secret]);
        for text in [
            secret,
            "s3cr%2Bt%2Fk%3Dy%20%26v%22alue",
            "s3cr%2bt%2fk%3dy%20%26v%22alue",
            // As a form, and encoded twice.
            "s3cr%2Bt%2Fk%3Dy+%26v%22alue",
            "s3cr%252Bt%252Fk%253Dy%2520%2526v%2522alue",
            // "s3cr+t/k=y &v\"alue", "id:…", "a…", "ab…": each alignment of base64, and once percent-encoded.
            "czNjcit0L2s9eSAmdiJhbHVl",
            "aWQ6czNjcit0L2s9eSAmdiJhbHVl",
            "YXMzY3IrdC9rPXkgJnYiYWx1ZQ==",
            "YWJzM2NyK3Qvaz15ICZ2ImFsdWU=",
            "YXMzY3IrdC9rPXkgJnYiYWx1ZQ%3D%3D",
            // JSON, and JSON quoted in JSON.
            r#"s3cr+t/k=y &v\"alue"#,
            r#"s3cr+t\/k=y &v\"alue"#,
            r#"s3cr\u002bt\u002fk\u003dy\u0020\u0026v\u0022alue"#,
            r#"s3cr\u002Bt\/k\u003Dy \u0026v\"alue"#,
            r#"s3cr+t\\/k\\u003dy \\u0026v\\\"alue"#,
            // HTML, by name and by number, and HTML in JSON.
            "s3cr+t/k=y &amp;v&quot;alue",
            "s3cr&#43;t&#47;k&#61;y &#38;v&#34;alue",
            "s3cr&#x2b;t&#x2F;k&#x3d;y&#32;&#x26;v&#x22;alue",
            "s3cr&plus;t&sol;k&equals;y &amp;v&quot;alue",
            r#"s3cr+t\/k=y \u0026amp;v\u0026quot;alue"#,
        ] {
            let scrubbed = scrubber.text(&format!("before {text} after"));
            assert_eq!(scrubbed, "before [redacted] after", "{text}");
            let bytes = scrubber.bytes(Bytes::from(format!("\u{0}{text}\u{0}")));
            assert_eq!(bytes, "\u{0}[redacted]\u{0}", "{text}");
        }
    }

    #[test]
    fn secrets_that_look_escaped_are_found() {
        for secret in [
            "a%41b%2fc-long",
            r"back\slash\u0041-long",
            "ampers&amp;and-long",
            r#"both%41and"quote"#,
        ] {
            let scrubber = scrubber(&[secret]);
            let json = serde_json::to_string(secret).unwrap();
            for text in [
                secret.to_owned(),
                percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
                    .to_string(),
                json[1..json.len() - 1].to_owned(),
            ] {
                let scrubbed = scrubber.text(&format!("({text})"));
                assert_eq!(scrubbed, "([redacted])", "{text}");
            }
        }
    }

    #[test]
    fn letters_outside_ascii_are_found_in_every_encoding() {
        let scrubber = scrubber(&["schlüssel-é"]);
        for text in [
            "schlüssel-é".as_bytes(),
            b"schl\xfcssel-\xe9",
            "schlÃ¼ssel-Ã©".as_bytes(),
            b"schl%C3%BCssel-%c3%a9",
            b"schl\\u00fcssel-\\u00E9",
            b"schl&#252;ssel-&#xe9;",
        ] {
            let bytes = scrubber.bytes([b"<", text, b">"].concat().into());
            assert_eq!(bytes, "<[redacted]>", "{}", text.escape_ascii());
        }
    }

    #[test]
    fn a_short_secret_is_replaced_where_it_stands_alone() {
        let scrubber = scrubber(&["ab1", "x"]);
        for (text, expected) in [
            ("password=ab1&x=2", "password=[redacted]&[redacted]=2"),
            ("(ab1)", "([redacted])"),
            ("\"%61b1\"", "\"[redacted]\""),
            // "u:ab1"
            ("Basic dTphYjE= sent", "Basic [redacted] sent"),
            ("cab1 ab12 ab1_ éab1", "cab1 ab12 ab1_ éab1"),
            ("exit 0x1", "exit 0x1"),
        ] {
            assert_eq!(scrubber.text(text), expected);
        }
    }

    #[test]
    fn a_secret_cut_in_two_is_cut_off() {
        let scrubber = scrubber(&["a-long=secret"]);
        let kept = |text: &'static str| scrubber.beginning(text.into());
        for (text, expected) in [
            ("before a-long=sec", "before "),
            ("before a-long=secret", "before [redacted]"),
            ("before a-long%3dsec", "before "),
            ("before a-long%3", "before "),
            (r"before a-long\u003dse", "before "),
            (r"before a-long\u00", "before "),
            ("before a-long&#6", "before "),
            ("before", "before"),
            ("", ""),
        ] {
            assert_eq!(kept(text), expected, "{text}");
        }
        // "id:a-long=secret" in base64
        assert_eq!(kept("Basic aWQ6YS1sb25nPXNl"), "Basic [redacted]");
    }

    #[test]
    fn one_secret_within_another_hides_nothing_of_it() {
        for secrets in [
            ["secret", "my-secret-key"],
            ["my-secret-key", "secret"],
            ["my-secret", "secret-key"],
            ["secret-key", "my-secret"],
        ] {
            let scrubbed = scrubber(&secrets).text("a my-secret-key b");
            assert_eq!(scrubbed, "a [redacted] b", "{secrets:?}");
        }
        assert_eq!(scrubber(&["ababab"]).text("abababab"), MARK);
    }

    #[test]
    fn a_secret_that_the_mark_holds_is_replaced_once() {
        let scrubber = scrubber(&["redacted"]);
        let scrubbed = scrubber.bytes("x redacted y redacted".into());
        assert_eq!(scrubbed, "x [redacted] y [redacted]");
        assert_eq!(scrubber.bytes(scrubbed.clone()), scrubbed);
    }

    #[test]
    fn other_text_is_left_alone() {
        let scrubber = scrubber(&["abc", "a-long-secret", " ", ""]);
        for text in [
            "abcd a-long-secre",
            "100% \\o/ & so on: &; %zz \\u12 &#x; \u{1b}",
            "",
        ] {
            assert_eq!(scrubber.text(text), text);
        }
    }
}
