//! Texts that are escaped: taking off one layer of escapes after another, and knowing where each byte came from.

use std::borrow::Cow;
use std::ops::Range;

/// More layers than this do not occur.
const MOST: usize = 5;

/// A text after some layers of escapes were taken off.
pub(super) struct Layer<'a> {
    bytes: Cow<'a, [u8]>,
    /// For each byte, the part of the original that it stands for; nothing for the original itself.
    origins: Option<Vec<(usize, usize)>>,
}

impl Layer<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_decoded(&self) -> bool {
        self.origins.is_some()
    }

    /// The part of the original that `at` stands for.
    pub(super) fn origin(&self, at: Range<usize>) -> Range<usize> {
        let Some(origins) = &self.origins else {
            return at;
        };
        let end = at.end.checked_sub(1).and_then(|last| origins.get(last));
        let end = end.map_or(0, |(_, end)| *end);
        let start = origins.get(at.start).map_or(end, |(start, _)| *start);
        start..end.max(start)
    }

    /// The text with all of its escapes decoded once; nothing if it has none.
    fn decoded(&self) -> Option<Layer<'static>> {
        let text = &*self.bytes;
        let mut at = memchr::memchr3(b'%', b'\\', b'&', text)?;
        let mut bytes = text[..at].to_vec();
        let mut origins: Vec<_> = (0..at).map(|index| self.pair(index..index + 1)).collect();
        let mut any = false;
        while at < text.len() {
            let (decoded, length) = match escape(&text[at..]) {
                Some(found) => {
                    any = true;
                    found
                }
                None => (Decoded::Byte(text[at]), 1),
            };
            let origin = self.pair(at..at + length);
            match decoded {
                Decoded::Byte(byte) => bytes.push(byte),
                Decoded::Letter(letter) => {
                    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            origins.resize(bytes.len(), origin);
            at += length;
        }
        any.then_some(Layer {
            bytes: bytes.into(),
            origins: Some(origins),
        })
    }

    fn pair(&self, at: Range<usize>) -> (usize, usize) {
        let origin = self.origin(at);
        (origin.start, origin.end)
    }
}

/// `text`, and what it becomes as its escapes are taken off.
pub(super) fn of(text: &[u8]) -> Vec<Layer<'_>> {
    let mut layers = vec![Layer {
        bytes: text.into(),
        origins: None,
    }];
    while layers.len() < MOST
        && let Some(next) = layers.last().and_then(Layer::decoded)
    {
        layers.push(next);
    }
    layers
}

enum Decoded {
    Byte(u8),
    Letter(char),
}

/// The escape that `text` begins with, and how long it is.
fn escape(text: &[u8]) -> Option<(Decoded, usize)> {
    match text {
        [b'%', rest @ ..] => {
            let value = hex(rest.get(..2)?)?;
            Some((Decoded::Byte(u8::try_from(value).ok()?), 3))
        }
        [b'\\', b'u', rest @ ..] => {
            let unit = hex(rest.get(..4)?)?;
            if let Some(letter) = char::from_u32(unit) {
                return Some((Decoded::Letter(letter), 6));
            }
            // Half of a surrogate pair; the other half has to follow.
            let low = rest.get(4..)?.strip_prefix(b"\\u")?.get(..4)?;
            let pair = [unit, hex(low)?].map(|unit| unit as u16);
            let letter = char::decode_utf16(pair).next()?.ok()?;
            Some((Decoded::Letter(letter), 12))
        }
        [b'\\', b'x', rest @ ..] => {
            let value = hex(rest.get(..2)?)?;
            Some((Decoded::Byte(u8::try_from(value).ok()?), 4))
        }
        [b'\\', escaped, ..] => {
            let byte = match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'"' | b'\'' | b'\\' | b'/' => *escaped,
                _ => return None,
            };
            Some((Decoded::Byte(byte), 2))
        }
        [b'&', b'#', rest @ ..] => {
            let (digits, radix) = match rest {
                [b'x' | b'X', digits @ ..] => (digits, 16),
                digits => (digits, 10),
            };
            let is_digit = |byte: &&u8| char::from(**byte).is_digit(radix);
            let length = digits.iter().take(10).take_while(is_digit).count();
            let number = std::str::from_utf8(&digits[..length]).ok()?;
            let letter = char::from_u32(u32::from_str_radix(number, radix).ok()?)?;
            let end = usize::from(digits.get(length) == Some(&b';'));
            let begin = text.len() - digits.len();
            Some((Decoded::Letter(letter), begin + length + end))
        }
        [b'&', rest @ ..] => NAMED.iter().find_map(|(name, byte)| {
            rest.strip_prefix(name.as_bytes())?.strip_prefix(b";")?;
            Some((Decoded::Byte(*byte), name.len() + 2))
        }),
        _ => None,
    }
}

/// What encoders of HTML write for signs that secrets have.
const NAMED: [(&str, u8); 14] = [
    ("amp", b'&'),
    ("apos", b'\''),
    ("colon", b':'),
    ("commat", b'@'),
    ("dollar", b'$'),
    ("equals", b'='),
    ("excl", b'!'),
    ("gt", b'>'),
    ("lt", b'<'),
    ("num", b'#'),
    ("percnt", b'%'),
    ("plus", b'+'),
    ("quot", b'"'),
    ("sol", b'/'),
];

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| {
        Some(value << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// Where the escape begins that `text` ends in the middle of, or else its end.
pub(super) fn without_cut_escape(text: &[u8]) -> usize {
    const LONGEST: usize = 11;
    let tail = text.len().saturating_sub(LONGEST);
    let begins = text[tail..]
        .iter()
        .rposition(|byte| matches!(byte, b'%' | b'\\' | b'&'));
    match begins {
        // A number in HTML may go on until its semicolon.
        Some(at) if escape(&text[tail + at..]).is_none() || is_open(&text[tail + at..]) => {
            tail + at
        }
        _ => text.len(),
    }
}

fn is_open(escape: &[u8]) -> bool {
    escape.starts_with(b"&#") && !escape.contains(&b';')
}

/// Shorter runs of base64 digits hold nothing.
const SHORTEST_RUN: usize = 6;

/// The runs of base64 digits of either alphabet in `text`, with the padding that follows them.
pub(super) fn base64_runs(text: &[u8]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let begin = at;
        while text
            .get(at)
            .copied()
            .is_some_and(|byte| digit(byte).is_some())
        {
            at += 1;
        }
        let length = at - begin;
        while length > 0 && text.get(at) == Some(&b'=') {
            at += 1;
        }
        if length >= SHORTEST_RUN {
            runs.push(begin..at);
        }
        at += usize::from(at == begin);
    }
    runs
}

/// What the `runs` of `text` say when `skip` digits of each are passed over, one after another with a zero after each, and where
/// each begins.
pub(super) fn base64_decoded(
    text: &[u8],
    runs: &[Range<usize>],
    skip: usize,
) -> (Vec<u8>, Vec<usize>) {
    let (mut decoded, mut begins) = (Vec::new(), Vec::new());
    for run in runs {
        begins.push(decoded.len());
        let (mut held, mut bits) = (0u32, 0);
        for value in text[run.clone()]
            .iter()
            .skip(skip)
            .map_while(|byte| digit(*byte))
        {
            held = held << 6 | u32::from(value);
            bits += 6;
            if bits >= 8 {
                bits -= 8;
                decoded.push((held >> bits) as u8);
                held &= (1 << bits) - 1;
            }
        }
        decoded.push(0);
    }
    // Nothing follows the last one, which may have been cut.
    decoded.pop();
    (decoded, begins)
}

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> String {
        let layers = of(text.as_bytes());
        String::from_utf8_lossy(layers.last().unwrap().bytes()).into_owned()
    }

    #[test]
    fn escapes_are_taken_off_to_the_last() {
        for (text, plain) in [
            ("plain", "plain"),
            ("%3D%3d%253D", "==="),
            (r"\u003d\u00e9\ud83d\ude00\/\x3d", "=é😀/="),
            ("&#61;&#x3D;&#0061&equals;&amp;amp;", "====&"),
            (r#"\\\"x\\\""#, r#""x""#),
            (r"\ud83d \q %zz &#; &none; %", r"\ud83d \q %zz &#; &none; %"),
            (r"%", "%"),
            (r"\", r"\"),
            (r"\u", r"\u"),
        ] {
            assert_eq!(last(text), plain, "{text}");
        }
    }

    #[test]
    fn each_byte_knows_where_it_came_from() {
        let layers = of(b"a%253Db");
        assert_eq!(layers.len(), 3);
        let deepest = &layers[2];
        assert_eq!(deepest.bytes(), b"a=b");
        assert_eq!(deepest.origin(0..1), 0..1);
        assert_eq!(deepest.origin(1..2), 1..6);
        assert_eq!(deepest.origin(1..3), 1..7);
        assert_eq!(deepest.origin(3..3), 7..7);
    }
}
