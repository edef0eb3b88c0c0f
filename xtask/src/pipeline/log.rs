//! What the passes did, place by place: the raw material of `spec/REPORT.md`.

use super::failure::Pointer;

/// One place at which a pass fired.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Firing {
    /// The name of the pass.
    pub pass: &'static str,
    /// The document, as `cspm/Alerts.json`.
    pub document: String,
    /// The place in the document as it was when the pass ran.
    pub pointer: Pointer,
    /// What was found or done, where the pass alone does not say it.
    pub note: String,
}

/// Collects firings.
#[derive(Debug, Default)]
pub struct Log {
    pass: &'static str,
    document: String,
    firings: Vec<Firing>,
}

impl Log {
    /// From here on firings belong to `pass` on `document`.
    pub fn enter(&mut self, pass: &'static str, document: &str) {
        self.pass = pass;
        document.clone_into(&mut self.document);
    }

    /// The current pass fired at `pointer`.
    pub fn fired(&mut self, pointer: &Pointer) {
        self.noted(pointer, "");
    }

    /// The current pass fired at `pointer`; `note` says what it found.
    pub fn noted(&mut self, pointer: &Pointer, note: impl Into<String>) {
        self.firings.push(Firing {
            pass: self.pass,
            document: self.document.clone(),
            pointer: pointer.clone(),
            note: note.into(),
        });
    }

    /// All firings so far.
    pub fn firings(&self) -> &[Firing] {
        &self.firings
    }
}
