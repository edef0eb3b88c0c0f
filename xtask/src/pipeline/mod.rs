//! From published documents to vendored ones.
//!
//! `source` reads an edition, `pass` repairs each document, `conformance` makes sure that nothing
//! is left, `merge` makes one document a product, `overlay` applies corrections that are
//! judgement, and `vendored` writes the result with its report.

pub mod canonical;
pub mod conformance;
pub mod document;
pub mod edition;
pub mod failure;
pub mod log;
pub mod merge;
pub mod names;
pub mod overlay;
pub mod pass;
pub mod report;
pub mod source;
pub mod vendored;
pub mod walk;
