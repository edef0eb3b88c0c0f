//! The commands, one file each: they read, call the pure parts, and print.

pub mod check;
pub mod diff;
pub mod examples;
pub mod features;
pub mod operations;
pub mod public_api;
pub mod regen;
pub mod size;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::pipeline::document::Product;

/// What a command returns: its exit code, or why it could not do its work.
pub type Outcome = Result<std::process::ExitCode, Box<dyn std::error::Error>>;

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}

/// Reads the vendored document of `product` below `root`.
///
/// # Errors
/// A document that cannot be read.
pub fn vendored(root: &Path, product: Product) -> Result<Value, Box<dyn std::error::Error>> {
    let path = root.join("spec").join(format!("{product}.json"));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; run `cargo xtask regen`", path.display()))?;
    let document = serde_json::from_str(&text)
        .map_err(|error| format!("{}: {error}; run `cargo xtask regen`", path.display()))?;
    Ok(document)
}
