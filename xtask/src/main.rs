//! Maintenance of the workspace: regenerate the vendored documents, check them, list what they hold.
//!
//! `cargo xtask help` tells the commands.

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
}

fn main() -> ExitCode {
    let result = match Command::parse() {
        Command::Regen(arguments) => command::regen::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
