//! API groups: a tag of a document, and the cargo feature that enables its operations.

use serde_json::Value;

use super::product::Product;

/// Words of lower-case letters and digits, joined by `-`; what is neither separates words.
/// A non-ASCII letter is kept as its code point, so that two different texts stay different.
pub fn kebab(text: &str) -> String {
    let mut words: Vec<String> = vec![String::new()];
    let mut last_lower = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            if c.is_ascii_uppercase() && last_lower {
                words.push(String::new());
            }
            last_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            let c = c.to_ascii_lowercase();
            if let Some(word) = words.last_mut() {
                word.push(c);
            }
        } else {
            words.push(String::new());
            if c.is_alphabetic() {
                words.push(format!("u{:x}", u32::from(c)));
                words.push(String::new());
            }
            last_lower = false;
        }
    }
    words.retain(|word| !word.is_empty());
    words.join("-")
}

/// The group of an operation: its one tag, in kebab case.
pub fn group(operation: &Value) -> String {
    kebab(operation["tags"][0].as_str().unwrap_or_default())
}

/// The cargo feature of a group: `cspm-alerts`.
pub fn feature(product: &str, group: &str) -> String {
    Product::named(product).feature(group)
}
