//! `cargo xtask regen`: published documents in, vendored documents out.
//!
//! It shows what it does before it does it: what the edition changes for users, and what is left
//! for whoever maintains the library to decide.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use super::{Outcome, workspace};
use crate::codegen::{self, Summaries};
use crate::diff::side::{self, Side};
use crate::diff::{self, version};
use crate::pipeline::document::Product;
use crate::pipeline::edition::{EditionInfo, Given};
use crate::pipeline::names::{Names, Pin, key};
use crate::pipeline::vendored::{self, Overlays, Refused, Vendored};
use crate::pipeline::{report, source, walk};
use crate::public_api;
use crate::trial;

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
    /// Only show what would change; write nothing.
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
///
/// # Errors
/// Whatever the pipeline refuses; nothing is written then.
pub fn run(arguments: &Arguments) -> Outcome {
    let root = workspace();
    let spec = root.join("spec");
    let given = Given {
        commit: arguments.commit.clone(),
        date: arguments.date.clone(),
    };
    let edition = source::read(&arguments.from)?;
    let mut built = match vendored::build(&edition, &spec, &given, Overlays::MustMatch) {
        Ok(built) => built,
        Err(refused) => {
            eprint!("{}", refusal(&refused));
            return Ok(ExitCode::FAILURE);
        }
    };
    let failed: Vec<String> = built
        .documents
        .iter()
        .filter_map(|(product, document)| trial::generate(*product, document).err())
        .flatten()
        .collect();
    if !failed.is_empty() {
        eprint!("{}", section("what cannot be generated", &failed));
        eprintln!("nothing was written");
        return Ok(ExitCode::FAILURE);
    }
    let names = Product::PUBLISHED
        .into_iter()
        .map(|product| Names::read(&spec, product))
        .collect::<Result<Vec<_>, _>>()?;
    print!("{}", changes(&root, &spec, &built, &given));
    print!("{}", work(&spec, &built, &names));
    if arguments.pin {
        for (product, names) in Product::PUBLISHED.into_iter().zip(names) {
            let file = PathBuf::from("names").join(format!("{product}.json"));
            let names = with_pins(&mut built, product, names);
            built.files.push((file, names.to_text()));
        }
    }
    built.files.extend(new_groups(&spec, &built));
    if arguments.dry_run {
        println!("nothing was written: --dry-run");
    } else {
        let out = arguments.out.as_ref().unwrap_or(&spec);
        vendored::write(&built.files, out)?;
    }
    println!("{}", report::count_line(&built.counts));
    Ok(ExitCode::SUCCESS)
}

/// A heading, and the first lines below it; nothing where there are no lines.
fn section(title: &str, lines: &[String]) -> String {
    const SHOWN: usize = 60;
    if lines.is_empty() {
        return String::new();
    }
    let mut text = format!("{title} ({}):\n", lines.len());
    for line in lines.iter().take(SHOWN) {
        text.push_str(&format!("  {line}\n"));
    }
    if lines.len() > SHOWN {
        text.push_str(&format!("  … and {} more\n", lines.len() - SHOWN));
    }
    text.push('\n');
    text
}

fn refusal(refused: &Refused) -> String {
    let lines = |failures: &[crate::pipeline::failure::Failure]| -> Vec<String> {
        let line = |failure: &crate::pipeline::failure::Failure| format!("error: {failure}");
        failures.iter().map(line).collect()
    };
    let mut text = section("what cannot be read or repaired", &lines(&refused.failures));
    text.push_str(&section(
        "defects that no pass repairs; write one, see xtask/src/pipeline/pass",
        &lines(&refused.defects),
    ));
    text.push_str(&section(
        "overlays that no longer match",
        &lines(&refused.overlays),
    ));
    text.push_str("nothing was written\n");
    text
}

/// What the edition changes for users of what is vendored: the comparison, the next version, an
/// entry for the changelog.
fn changes(root: &Path, spec: &Path, built: &Vendored, given: &Given) -> String {
    const SHOWN: usize = 200;
    let old = match side::read_vendored(spec) {
        Ok(old) => old,
        Err(failure) => return format!("no comparison with what is vendored: {failure}\n\n"),
    };
    let new = Side {
        documents: built.documents.clone(),
    };
    let comparison = diff::compare(&old, &new);
    if comparison.is_empty() {
        return "no change for users of what is vendored\n\n".to_owned();
    }
    let whole = diff::text(&comparison);
    let mut text = String::new();
    for line in whole.lines().take(SHOWN) {
        text.push_str(&format!("{line}\n"));
    }
    let more = whole.lines().count().saturating_sub(SHOWN);
    if more > 0 {
        text.push_str(&format!(
            "… and {more} more lines: `cargo xtask diff` shows them all\n"
        ));
        text.push_str(&diff::summary(&comparison));
    }
    match public_api::version(root) {
        Ok(now) => {
            let next = now.after(&comparison);
            let what = edition_name(given, spec);
            let entry = version::changelog(next, &what, &comparison);
            text.push_str(&format!(
                "\nnext version: {next}, after {now}\n\nfor CHANGELOG.md:\n\n{entry}\n"
            ));
        }
        Err(message) => text.push_str(&format!("\nnext version: unknown, {message}\n\n")),
    }
    text
}

/// The edition in words.
fn edition_name(given: &Given, spec: &Path) -> String {
    let recorded = EditionInfo::read(spec).ok().flatten().unwrap_or_default();
    match (&given.date, &given.commit) {
        (Some(date), Some(commit)) => format!("{date} (commit {commit})"),
        (Some(date), None) => date.clone(),
        (None, Some(commit)) => format!("commit {commit}"),
        (None, None) => match recorded.date {
            Some(date) => format!("a later edition than {date}"),
            None => "an edition without a date".to_owned(),
        },
    }
}

/// What is left to do by hand.
fn work(spec: &Path, built: &Vendored, names: &[Names]) -> String {
    let mut unnamed = Vec::new();
    let mut unsummarised = Vec::new();
    for ((product, document), names) in built.documents.iter().zip(names) {
        for (path, method, operation) in codegen::each(document) {
            let key = key(method, path);
            let id = operation["operationId"].as_str().unwrap_or_default();
            if names.get(&key).is_none() {
                unnamed.push(format!("{product}: {key} ({id})"));
            }
            let file = summaries_file(*product, operation);
            if !has_summary(&spec.join(&file), &key) {
                unsummarised.push(format!("{}: {key} ({id})", file.display()));
            }
        }
    }
    let absent: Vec<String> = built
        .overlays
        .iter()
        .filter(|overlay| !overlay.matched)
        .map(|overlay| format!("{}: optional, {}", overlay.file, overlay.reason))
        .collect();
    let before = std::fs::read_to_string(spec.join("REPORT.md")).unwrap_or_default();
    let now: BTreeSet<&str> = built
        .log
        .firings()
        .iter()
        .map(|firing| firing.pass)
        .collect();
    let silent: Vec<String> = report::fired(&before)
        .into_iter()
        .filter(|pass| !now.contains(pass.as_str()))
        .collect();
    [
        (
            "operations without a summary; write one in spec/summaries",
            unsummarised,
        ),
        (
            "names that are not pinned; look at them, then pass --pin",
            unnamed,
        ),
        ("overlays that do not match this edition", absent),
        (
            "passes that no longer fire; drop them if no edition needs them",
            silent,
        ),
    ]
    .iter()
    .map(|(title, lines)| section(title, lines))
    .collect()
}

fn summaries_file(product: Product, operation: &Value) -> PathBuf {
    let group = codegen::group(operation);
    PathBuf::from("summaries")
        .join(product.name())
        .join(format!("{group}.json"))
}

fn has_summary(file: &Path, key: &str) -> bool {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let summaries: Summaries = serde_json::from_str(&text).unwrap_or_default();
    summaries.contains_key(key)
}

/// A file without summaries for each API group that is new: the build reads one for each.
fn new_groups(spec: &Path, built: &Vendored) -> Vec<(PathBuf, String)> {
    let mut files = BTreeSet::new();
    for (product, document) in &built.documents {
        for (_, _, operation) in codegen::each(document) {
            files.insert(summaries_file(*product, operation));
        }
    }
    files.retain(|file| !spec.join(file).exists());
    let empty = files.into_iter().map(|file| (file, "{}\n".to_owned()));
    empty.collect()
}

/// The pins of `product` with those added that are missing.
fn with_pins(built: &mut Vendored, product: Product, mut names: Names) -> Names {
    let documents = built.documents.iter_mut();
    for (_, document) in documents.filter(|(other, _)| *other == product) {
        for site in walk::operations(document) {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let pin = Pin {
                id: text(&site.value["operationId"]),
                tag: text(&site.value["tags"][0]),
            };
            names.add(key(site.method, site.path), pin);
        }
    }
    names
}
