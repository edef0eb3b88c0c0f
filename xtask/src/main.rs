//! Maintenance of the workspace: regenerate the vendored documents, check them, list what they hold.
//!
//! `cargo xtask help` tells the commands.

#[path = "../../generated/codegen/mod.rs"]
mod codegen;
mod command;
mod pipeline;

use std::process::ExitCode;

use clap::Parser;

/// Maintenance commands of the workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Command {
    /// Makes the vendored documents from published ones.
    Regen(command::regen::Arguments),
    /// Lists every operation: method, path, id, feature, Rust path.
    Operations(command::operations::Arguments),
    /// Makes the cargo features those of the vendored documents' API groups.
    Features(command::features::Arguments),
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Regen(arguments) => command::regen::run(&arguments),
        Command::Operations(arguments) => command::operations::run(&arguments),
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
