//! Taking secrets out of what others sent.
//!
//! Servers and proxies echo requests in their error pages. What ends up in an error is read by people and
//! written to logs, so every known secret is replaced there in the forms in which it may come back.

use secrecy::{ExposeSecret, SecretString};

const MARK: &str = "[redacted]";
/// Shorter strings would hit by chance; no key or token is that short.
const SHORTEST: usize = 6;

/// Secrets in all the forms that are looked for.
#[derive(Default)]
pub(crate) struct Scrubber {
    needles: Vec<SecretString>,
}

impl Scrubber {
    /// Adds `secret`: as it is, percent-encoded, escaped for JSON, and in base64 at each of the three alignments.
    pub(crate) fn add(&mut self, secret: &str) {
        if secret.len() < SHORTEST {
            return;
        }
        let mut push = |form: String| {
            if form.len() >= SHORTEST && !self.needles.iter().any(|n| n.expose_secret() == form) {
                self.needles.push(form.into());
            }
        };
        push(secret.to_owned());
        push(percent(secret, true));
        push(percent(secret, false));
        // In a JSON body, and in a JSON body that is quoted in another one.
        let once = escaped(secret);
        push(escaped(&once));
        push(once);
        for skip in 0..3 {
            for alphabet in [STANDARD, URL_SAFE] {
                push(base64_inner(secret.as_bytes(), skip, alphabet));
            }
        }
        // Longer forms first: the raw secret may be part of another one.
        self.needles
            .sort_by_key(|needle| std::cmp::Reverse(needle.expose_secret().len()));
    }

    /// `text` without the secrets, if there is one.
    pub(crate) fn option(&self, text: Option<String>) -> Option<String> {
        text.map(|text| self.text(&text))
    }

    /// `text` without the secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for needle in &self.needles {
            if text.contains(needle.expose_secret()) {
                text = text.replace(needle.expose_secret(), MARK);
            }
        }
        text
    }

    /// The same for a text of which only the beginning was kept: a secret may have been cut in two.
    pub(crate) fn beginning(&self, bytes: bytes::Bytes) -> bytes::Bytes {
        let bytes = self.bytes(bytes);
        let partial = self
            .needles
            .iter()
            .filter_map(|needle| {
                let needle = needle.expose_secret().as_bytes();
                (1..needle.len())
                    .rev()
                    .find(|length| bytes.ends_with(&needle[..*length]))
            })
            .max()
            .unwrap_or_default();
        bytes.slice(..bytes.len() - partial)
    }

    /// `bytes` without the secrets.
    pub(crate) fn bytes(&self, bytes: bytes::Bytes) -> bytes::Bytes {
        let mut bytes = bytes;
        for needle in &self.needles {
            if let Some(replaced) = replaced(&bytes, needle.expose_secret().as_bytes()) {
                bytes = replaced.into();
            }
        }
        bytes
    }
}

/// `bytes` with each `needle` replaced, in one pass: the mark itself may hold the needle. Nothing if there is none.
fn replaced(bytes: &[u8], needle: &[u8]) -> Option<Vec<u8>> {
    let find = |bytes: &[u8]| {
        bytes
            .windows(needle.len())
            .position(|window| window == needle)
    };
    let mut at = find(bytes)?;
    let mut kept = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    loop {
        kept.extend_from_slice(&rest[..at]);
        kept.extend_from_slice(MARK.as_bytes());
        rest = &rest[at + needle.len()..];
        match find(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    kept.extend_from_slice(rest);
    Some(kept)
}

/// As it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    match serde_json::to_string(text) {
        Ok(quoted) => quoted[1..quoted.len() - 1].to_owned(),
        Err(_) => text.to_owned(),
    }
}

fn percent(text: &str, upper: bool) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ if upper => format!("%{byte:02X}"),
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The base64 digits that `secret` alone decides when `skip` bytes of something else stand before it.
fn base64_inner(secret: &[u8], skip: usize, alphabet: &[u8; 64]) -> String {
    let first = (3 - skip) % 3;
    let whole = secret.len().saturating_sub(first) / 3 * 3;
    secret
        .get(first..first + whole)
        .unwrap_or_default()
        .chunks_exact(3)
        .flat_map(|three| {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            [18, 12, 6, 0].map(|shift| char::from(alphabet[(bits >> shift & 63) as usize]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        let secret = "s3cr+t/k=y &v\"alue";
        let mut scrubber = Scrubber::default();
        scrubber.add(secret);
        for text in [
            secret.to_owned(),
            "s3cr%2Bt%2Fk%3Dy%20%26v%22alue".to_owned(),
            "s3cr%2bt%2fk%3dy%20%26v%22alue".to_owned(),
            // "s3cr+t/k=y &v\"alue", "id:…", "ab…": three alignments of base64.
            "czNjcit0L2s9eSAmdiJhbHVl".to_owned(),
            "aWQ6czNjcit0L2s9eSAmdiJhbHVl".to_owned(),
            "YXMzY3IrdC9rPXkgJnYiYWx1ZQ==".to_owned(),
            "YWJzM2NyK3Qvaz15ICZ2ImFsdWU=".to_owned(),
            serde_json::to_string(secret).unwrap(),
            serde_json::to_string(&serde_json::to_string(secret).unwrap()).unwrap(),
        ] {
            let scrubbed = scrubber.text(&format!("before {text} after"));
            assert!(scrubbed.contains(MARK), "{text}");
            assert!(scrubbed.starts_with("before ") && scrubbed.ends_with(" after"));
            let bytes = scrubber.bytes(bytes::Bytes::from(format!("\u{0}{text}\u{0}")));
            assert!(
                bytes.windows(MARK.len()).any(|w| w == MARK.as_bytes()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_secret_cut_in_two_is_cut_off() {
        let mut scrubber = Scrubber::default();
        scrubber.add("a-long-secret");
        let kept = |text: &'static str| scrubber.beginning(text.into());
        assert_eq!(kept("before a-long-sec"), "before ");
        assert_eq!(kept("before a-long-secret"), "before [redacted]");
        assert_eq!(kept("before"), "before");
        assert_eq!(kept(""), "");
    }

    #[test]
    fn a_secret_that_the_mark_holds_is_replaced_once() {
        let mut scrubber = Scrubber::default();
        scrubber.add("redacted");
        let scrubbed = scrubber.bytes("x redacted y redacted".into());
        assert_eq!(scrubbed, "x [redacted] y [redacted]");
    }

    #[test]
    fn other_text_is_left_alone() {
        let mut scrubber = Scrubber::default();
        scrubber.add("abc");
        scrubber.add("a-long-secret");
        assert_eq!(scrubber.text("abc a-long-secre"), "abc a-long-secre");
    }
}
