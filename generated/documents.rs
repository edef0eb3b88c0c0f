//! The vendored documents as they stand in `spec/`: OpenAPI 3.0.3, as strict as published.
//!
//! They hold all operations, whatever features are enabled.

/// The CSPM API.
pub const CSPM: &str = include_str!("../spec/cspm.json");

/// The Code Security API.
pub const CODE: &str = include_str!("../spec/code.json");
