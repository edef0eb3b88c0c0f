//! Maintenance of the workspace: regenerate the vendored documents, check them, list what they hold.
//!
//! `cargo xtask help` tells the commands.

mod check;
// The build script uses more of it.
#[allow(dead_code)]
#[path = "../../generated/codegen/mod.rs"]
mod codegen;
mod command;
mod diff;
#[cfg(test)]
mod generation;
mod pipeline;
mod public_api;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod testing;
mod trial;

use std::process::ExitCode;

use clap::Parser;

/// Maintenance commands of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Makes the vendored documents from published ones.
    Regen(command::regen::Arguments),
    /// Checks everything that can be told offline: the gate that CI runs.
    Check(command::check::Arguments),
    /// Lists the public API of the crates, or records it as reviewed.
    PublicApi(command::public_api::Arguments),
    /// Compares two editions: exit code 3 if the second one breaks users of the first.
    Diff(command::diff::Arguments),
    /// Lists every operation: method, path, id, feature, Rust path.
    Operations(command::operations::Arguments),
    /// Tells how much code each feature generates.
    Size(command::size::Arguments),
    /// Tries the types on the examples that the published documents hold.
    Examples(command::examples::Arguments),
    /// Makes the cargo features those of the vendored documents' API groups.
    Features(command::features::Arguments),
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Regen(arguments) => command::regen::run(&arguments),
        Command::Check(arguments) => command::check::run(&arguments),
        Command::PublicApi(arguments) => command::public_api::run(&arguments),
        Command::Diff(arguments) => command::diff::run(&arguments),
        Command::Operations(arguments) => command::operations::run(&arguments),
        Command::Size(arguments) => command::size::run(&arguments),
        Command::Examples(arguments) => command::examples::run(&arguments),
        Command::Features(arguments) => command::features::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
