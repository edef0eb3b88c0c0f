//! Where a JSON value ends, found without reading it: 64 bytes are looked at together, each byte a bit of a mask.
//!
//! Only strings and brackets count. Whether what stands between them is JSON shows when it is read.

/// Bytes that are looked at together: as many as a mask has bits.
const BLOCK: usize = 64;

/// The end of the value that begins at `start`; `None` if it begins in no way that JSON knows, or does not end.
pub(super) fn value_end(json: &[u8], start: usize) -> Option<usize> {
    match *json.get(start)? {
        b'"' => string_end(json, start),
        b'{' | b'[' => container_end(json, start),
        // `NaN` and `Infinity` are no JSON, but begin and end like its words.
        b'-' | b'0'..=b'9' | b'a'..=b'z' | b'N' | b'I' => {
            let length = json[start..].iter().position(
                |byte| !matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'E' | b'N' | b'I'),
            );
            Some(length.map_or(json.len(), |length| start + length))
        }
        _ => None,
    }
}

/// The first place from `at` on that is no white space, which may be the end of all.
pub(super) fn after_space(json: &[u8], at: usize) -> usize {
    let rest = json.get(at..).unwrap_or_default();
    let space = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    at + space.unwrap_or(rest.len())
}

fn string_end(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *json.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn container_end(json: &[u8], start: usize) -> Option<usize> {
    let mut strings = Strings::default();
    let mut depth = 0;
    let mut at = start;
    while at < json.len() {
        let block = block(json, at);
        let brackets = !strings.within(&block);
        let opening = mask(&block, |byte| byte | 0x20 == b'{') & brackets;
        let closing = mask(&block, |byte| byte | 0x20 == b'}') & brackets;
        if closing.count_ones() < depth {
            // However they stand, these do not close the outermost.
            depth = depth + opening.count_ones() - closing.count_ones();
        } else {
            let mut left = opening | closing;
            while left != 0 {
                let bit = left.trailing_zeros();
                if opening >> bit & 1 == 1 {
                    depth += 1;
                } else {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + bit as usize + 1);
                    }
                }
                left &= left - 1;
            }
        }
        at += BLOCK;
    }
    None
}

/// The block at `at`, filled up with spaces at the end of the text.
fn block(json: &[u8], at: usize) -> [u8; BLOCK] {
    let rest = &json[at..];
    match rest.first_chunk() {
        Some(block) => *block,
        None => {
            let mut block = [b' '; BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            block
        }
    }
}

/// A bit for each byte that `is`, the first byte's the lowest.
///
/// Compilers turn the comparison into one of many bytes at once. The factor moves the lowest bits of eight bytes beside
/// each other into the uppermost byte.
fn mask(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut flags = [0; BLOCK];
    for (flag, byte) in flags.iter_mut().zip(block) {
        *flag = u8::from(is(*byte));
    }
    let (eights, _) = flags.as_chunks::<8>();
    eights.iter().rev().fold(0, |mask, eight| {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask << 8 | bits
    })
}

/// What of a block belongs to strings, from one block to the next.
#[derive(Default)]
struct Strings {
    /// All bits if the block before ended within a string.
    open: u64,
    /// The lowest bit if the last byte of the block before was a backslash that takes the meaning from this one's first.
    escaped: u64,
}

impl Strings {
    /// A bit for each byte within a string, its first quotation mark included.
    fn within(&mut self, block: &[u8; BLOCK]) -> u64 {
        let mut escaped = self.escaped;
        let mut left = mask(block, |byte| byte == b'\\') & !escaped;
        self.escaped = 0;
        while left != 0 {
            let backslash = left & left.wrapping_neg();
            escaped |= backslash << 1;
            self.escaped = backslash >> (BLOCK - 1);
            left &= !(backslash | backslash << 1);
        }
        // From each quotation mark to the next one: every bit becomes the sum of those up to it.
        let mut within = mask(block, |byte| byte == b'"') & !escaped;
        for distance in [1, 2, 4, 8, 16, 32] {
            within ^= within << distance;
        }
        within ^= self.open;
        self.open = 0_u64.wrapping_sub(within >> (BLOCK - 1));
        within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_have_the_bits_of_their_bytes() {
        let mut block = [b'a'; BLOCK];
        for at in [0, 1, 7, 8, 31, 62, 63] {
            block[at] = b'x';
            let expected =
                (0..BLOCK).fold(0, |mask, bit| mask | u64::from(block[bit] == b'x') << bit);
            assert_eq!(mask(&block, |byte| byte == b'x'), expected);
        }
    }

    #[test]
    fn values_end_where_they_end() {
        for value in [
            r#""""#,
            r#""a\"b""#,
            r#""\\""#,
            "0",
            "-1.5e+3",
            "1E5",
            "true",
            "null",
            "NaN",
            "-Infinity",
            "[]",
            "{}",
            "[1,[2],{}]",
            r#"{"a":"}","b":"\"}","c":"\\","d":[{}]}"#,
        ] {
            for after in ["", ",", "]", "}", " ", "\n", r#","x":1}"#] {
                let text = format!("{value}{after}");
                assert_eq!(value_end(text.as_bytes(), 0), Some(value.len()), "{text}");
            }
        }
    }

    /// Strings, escapes and brackets at every place of a block, and across its border.
    #[test]
    fn blocks_have_no_borders() {
        let value = r#"{"a\\":"\"}]","b":["\\\\\"",{"c":"{[\\"}]}"#;
        for room in 0..2 * BLOCK {
            for text in [
                format!(r#"["{}",{value}]"#, "x".repeat(room)),
                format!(r#"["{}",{value}]"#, r"\\".repeat(room)),
                format!(r#"["{}",{value}]"#, r#"\""#.repeat(room)),
                format!(r#"[{}{value}]"#, "[],".repeat(room)),
                // Deeper than that the reader that decides here does not go.
                format!(
                    "{}{value}{}",
                    "[".repeat(room.min(100)),
                    "]".repeat(room.min(100))
                ),
            ] {
                assert!(
                    serde_json::from_str::<serde_json::Value>(&text).is_ok(),
                    "{text}"
                );
                let longer = format!("{text}]}}");
                assert_eq!(value_end(longer.as_bytes(), 0), Some(text.len()), "{text}");
            }
        }
    }

    #[test]
    fn what_does_not_end_has_no_end() {
        for text in [
            "",
            "\"",
            r#""\""#,
            "[",
            "{",
            r#"{"a":"}"#,
            "[1,2",
            ",",
            "]",
            "\u{e4}",
        ] {
            assert_eq!(value_end(text.as_bytes(), 0), None, "{text}");
        }
    }
}
