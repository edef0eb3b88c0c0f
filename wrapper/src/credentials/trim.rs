//! Removal of the blanks and invisible characters that copying and pasting puts around credentials.

use secrecy::{ExposeSecret, SecretString};

/// `text` without blanks, line breaks, byte order marks and characters of no width around it.
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| {
        letter.is_whitespace()
            || letter.is_control()
            || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
    })
}

/// The same for a secret.
pub(crate) fn trimmed_secret(secret: SecretString) -> SecretString {
    let text = secret.expose_secret();
    match trimmed(text) {
        same if same.len() == text.len() => secret,
        shorter => shorter.into(),
    }
}
