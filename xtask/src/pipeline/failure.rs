//! What stops a regeneration: one message with the place it is about.

use std::fmt;

/// A position in a document, as a JSON pointer (RFC 6901).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pointer(String);

impl Pointer {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// The pointer to the member or element `key` of what this one points to.
    #[must_use]
    pub fn child(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string();
        let mut text = String::with_capacity(self.0.len() + key.len() + 1);
        text.push_str(&self.0);
        text.push('/');
        for c in key.chars() {
            match c {
                '~' => text.push_str("~0"),
                '/' => text.push_str("~1"),
                c => text.push(c),
            }
        }
        Self(text)
    }

    /// How many levels below the document's root.
    pub fn depth(&self) -> usize {
        self.0.bytes().filter(|&byte| byte == b'/').count()
    }

    /// The text form, empty for the whole document.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "/" } else { &self.0 })
    }
}

impl From<&str> for Pointer {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Why a regeneration cannot go on: document, place, reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The document, as `cspm/Alerts.json`.
    pub document: String,
    /// The place in the document.
    pub pointer: Pointer,
    /// What is wrong there, and what to do about it.
    pub message: String,
}

impl Failure {
    /// A failure at `pointer` of `document`.
    pub fn new(document: impl Into<String>, pointer: Pointer, message: impl Into<String>) -> Self {
        Self {
            document: document.into(),
            pointer,
            message: message.into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}: {}", self.document, self.pointer, self.message)
    }
}

impl std::error::Error for Failure {}
