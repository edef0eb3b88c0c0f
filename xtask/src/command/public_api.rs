//! `cargo xtask public-api`: the public API of the crates, one line an item.

use std::fs;
use std::process::ExitCode;

use super::{Outcome, workspace};
use crate::public_api::{self, Review};

/// The arguments of `public-api`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Write the listings to `spec/public-api`, as reviewed for the version in `Cargo.toml`.
    #[arg(long)]
    write: bool,
    /// With `--write`: the version in `Cargo.toml` is not released yet, so it need not change.
    #[arg(long, requires = "write")]
    unreleased: bool,
}

/// Runs the command.
///
/// # Errors
/// A source that cannot be read, and a change that needs another version.
pub fn run(arguments: &Arguments) -> Outcome {
    let root = workspace();
    let version = public_api::version(&root)?;
    let listings = public_api::current(&root)?;
    for listing in &listings.crates {
        let path = root.join(public_api::file(listing.name));
        let text = listing.text(version);
        if !arguments.write {
            print!("{text}");
            continue;
        }
        let reviewed = fs::read_to_string(&path).unwrap_or_default();
        if let Review::Changed { next } = public_api::review(&reviewed, listing, version)
            && next > version
            && !arguments.unreleased
        {
            return Err(format!(
                "the public API of {} changed since version {version}: set `version = \"{next}\"` \
                 in Cargo.toml first, or pass --unreleased if {version} was never released",
                listing.name
            )
            .into());
        }
        fs::create_dir_all(path.parent().unwrap_or(&root))?;
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}: {} items", path.display(), listing.items.len());
    }
    Ok(ExitCode::SUCCESS)
}
