//! Base64, as headers and tokens write it.

#[cfg(feature = "ibm-iam")]
const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
#[cfg(feature = "testing")]
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// With padding, as `Authorization: Basic` has it. `into` has to be large enough at once, if what it holds is to be wiped.
#[cfg(feature = "ibm-iam")]
pub(crate) fn standard(bytes: &[u8], into: &mut Vec<u8>) {
    let begin = into.len();
    encode(bytes, STANDARD, into);
    while !(into.len() - begin).is_multiple_of(4) {
        into.push(b'=');
    }
}

/// Without padding, as tokens have it.
#[cfg(feature = "testing")]
pub(crate) fn url_safe(bytes: &[u8]) -> String {
    let mut text = Vec::new();
    encode(bytes, URL_SAFE, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

fn encode(bytes: &[u8], digits: &[u8; 64], into: &mut Vec<u8>) {
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().enumerate().fold(0u32, |bits, (index, byte)| {
            bits | u32::from(*byte) << (16 - 8 * index)
        });
        for digit in 0..=chunk.len() {
            into.push(digits[(bits >> (18 - 6 * digit) & 63) as usize]);
        }
    }
}

#[cfg(all(test, feature = "ibm-iam"))]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_the_standard() {
        for (text, encoded) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("bx:bx", "Yng6Yng="),
        ] {
            let mut into = Vec::new();
            standard(text.as_bytes(), &mut into);
            assert_eq!(String::from_utf8(into).unwrap(), encoded);
        }
    }
}
