//! `cargo xtask check`: the gate that CI runs.

use std::process::ExitCode;

use super::{Outcome, workspace};
use crate::check::{self, Workspace};

/// The arguments of `check`.
#[derive(clap::Args)]
pub struct Arguments {}

/// Runs the command: prints every problem, and exits with 1 if there is one.
///
/// # Errors
/// None of its own: what cannot be read is a problem.
pub fn run(_: &Arguments) -> Outcome {
    let problems = check::run(&Workspace::read(&workspace()));
    for problem in &problems {
        eprintln!("{problem}\n");
    }
    if problems.is_empty() {
        println!("check: everything is in order");
        return Ok(ExitCode::SUCCESS);
    }
    eprintln!("check: {} problems", problems.len());
    Ok(ExitCode::FAILURE)
}
