//! `cargo xtask regen`: published documents in, vendored documents out.

use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;

use super::{Outcome, workspace};
use crate::pipeline::edition::Given;
use crate::pipeline::names::{Names, Pin, key};
use crate::pipeline::vendored::{self, Vendored};
use crate::pipeline::{report, source, walk};

/// The arguments of `regen`.
#[derive(clap::Args)]
pub struct Arguments {
    /// The folder with the published documents: `cspm/` and `code/`, each with JSON or YAML files.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Where to write; `spec` of this workspace by default.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The commit of the published repository that the documents are from.
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
    /// The date of that commit, as 2026-05-27.
    #[arg(long, value_name = "DATE")]
    date: Option<String>,
    /// Pin the names of operations that have no pin yet.
    #[arg(long)]
    pin: bool,
}

/// Runs the command.
///
/// # Errors
/// Whatever the pipeline refuses; nothing is written then.
pub fn run(arguments: &Arguments) -> Outcome {
    let spec = workspace().join("spec");
    let out = arguments.out.clone().unwrap_or_else(|| spec.clone());
    let given = Given {
        commit: arguments.commit.clone(),
        date: arguments.date.clone(),
    };
    let edition = source::read(&arguments.from)?;
    let mut vendored = vendored::build(&edition, &spec, &given)?;
    if arguments.pin {
        for product in crate::pipeline::document::Product::ALL {
            let names = pinned(&vendored, &spec, product)?;
            let file = PathBuf::from("names").join(format!("{product}.json"));
            vendored.files.push((file, names.to_text()));
        }
    }
    vendored::write(&vendored.files, &out)?;
    println!("{}", report::count_line(&vendored.counts));
    Ok(ExitCode::SUCCESS)
}

/// The pins of `product` with those added that are missing.
fn pinned(
    vendored: &Vendored,
    spec: &std::path::Path,
    product: crate::pipeline::document::Product,
) -> Result<Names, Box<dyn std::error::Error>> {
    let mut names = Names::read(spec, product)?;
    for (_, document) in vendored.documents.iter().filter(|(p, _)| *p == product) {
        let mut document = document.clone();
        for site in walk::operations(&mut document) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let pin = Pin {
                id: text(&site.value["operationId"]),
                tag: text(&site.value["tags"][0]),
            };
            names.add(key(site.method, site.path), pin);
        }
    }
    Ok(names)
}
