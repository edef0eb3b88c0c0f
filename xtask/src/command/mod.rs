//! The commands, one file each: they read, call the pure parts, and print.

pub mod regen;

use std::path::PathBuf;

/// What a command returns: its exit code, or why it could not do its work.
pub type Outcome = Result<std::process::ExitCode, Box<dyn std::error::Error>>;

/// The root of the workspace.
pub fn workspace() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}
