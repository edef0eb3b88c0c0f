//! `cargo xtask diff OLD NEW`: what an edition changes for users.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;

use super::{Outcome, workspace};
use crate::diff;

/// The arguments of `diff`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The old edition: a folder of published documents, or a vendored `spec` folder.
    old: PathBuf,
    /// The new edition, likewise.
    new: PathBuf,
    /// The form of the comparison.
    #[arg(long, default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

/// The exit code that tells of a breaking change.
pub const BREAKING: u8 = 3;

/// Runs the command. Exit code 0: no breaking change; 3: a breaking change; 1: an error.
///
/// # Errors
/// A side that cannot be read or repaired.
pub fn run(arguments: &Arguments) -> Outcome {
    let spec = workspace().join("spec");
    let old = diff::side::read(&arguments.old, &spec)?;
    let new = diff::side::read(&arguments.new, &spec)?;
    let comparison = diff::compare(&old, &new);
    let text = match arguments.format {
        Format::Text => diff::text(&comparison),
        Format::Markdown => diff::markdown(&comparison),
        Format::Json => diff::json(&comparison),
    };
    print!("{text}");
    Ok(if comparison.is_breaking() {
        ExitCode::from(BREAKING)
    } else {
        ExitCode::SUCCESS
    })
}
