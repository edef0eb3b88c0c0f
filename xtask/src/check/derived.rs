//! Rules about what is derived from the documents and kept for review.

use std::collections::BTreeMap;

use super::{Problem, REGEN, Workspace, difference};
use crate::command::operations;
use crate::pipeline::document::Product;
use crate::pipeline::report::{self, Count};
use crate::pipeline::{merge, pass};
use crate::public_api::{self, Review};

/// `spec/operations.txt` is what `cargo xtask operations` prints.
pub fn operation_list(workspace: &Workspace) -> Vec<Problem> {
    const FILE: &str = "spec/operations.txt";
    let documents: Vec<_> = workspace
        .documents
        .iter()
        .map(|document| (document.product, document.value.clone()))
        .collect();
    let expected = operations::listing(&documents);
    let found = workspace.text(FILE).unwrap_or_default();
    if found == expected {
        return Vec::new();
    }
    let message = format!("{FILE} is not current:\n{}", difference(&found, &expected));
    let repair = format!("cargo xtask operations > {FILE}");
    vec![Problem::new("operations", message, repair)]
}

/// `spec/REPORT.md` is about these documents and these passes.
pub fn report(workspace: &Workspace) -> Vec<Problem> {
    const FILE: &str = "spec/REPORT.md";
    let found = workspace.text(FILE).unwrap_or_default();
    let counts: Vec<Count> = Product::PUBLISHED
        .into_iter()
        .map(|product| {
            let documents = workspace.documents.iter();
            let carried = documents
                .filter(|document| document.product == product)
                .flat_map(|document| document.operations())
                .count();
            Count {
                product,
                published: carried,
                carried,
            }
        })
        .collect();
    let mut problems = Vec::new();
    let expected = report::count_line(&counts);
    let line = found
        .lines()
        .find(|line| line.starts_with("operations: "))
        .unwrap_or_default();
    if line != expected {
        let message = format!("{FILE}:\n{}", difference(line, &expected));
        problems.push(Problem::new("report", message, REGEN));
    }
    let steps = pass::PASSES.iter().map(|pass| (pass.name, pass.repairs));
    for (name, repairs) in steps.chain(merge::STEPS) {
        if !found.contains(&format!("\n## {name}\n\n{repairs}\n")) {
            let message = format!("{FILE} has no section of the pass `{name}` as it is now");
            problems.push(Problem::new("report", message, REGEN));
        }
    }
    problems
}

/// Every rename of a type gives a type its name.
pub fn type_names(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for product in Product::ALL {
        let file = format!("spec/names/{product}.types.json");
        let repair = format!("edit {file}, then run `cargo xtask check` again");
        let renames: BTreeMap<String, String> = match workspace.text(&file) {
            Ok(text) if text.is_empty() => continue,
            Ok(text) => match serde_json::from_str(&text) {
                Ok(renames) => renames,
                Err(error) => {
                    let message = format!("{file}: {error}");
                    problems.push(Problem::new("names", message, repair));
                    continue;
                }
            },
            Err(message) => {
                problems.push(Problem::new("names", message, repair));
                continue;
            }
        };
        if renames.is_empty() {
            continue;
        }
        let types = match workspace.listings() {
            Ok(listings) => &listings.types[product.name()],
            Err(message) => {
                problems.push(Problem::new("names", message, REGEN));
                continue;
            }
        };
        for (from, to) in &renames {
            // `Type.member` renames a field of a type; anything else is renamed to a type.
            let name = from.split_once('.').map_or(to.as_str(), |(name, _)| name);
            if !types.contains(name) {
                let message = format!("{file}: `{from}`: there is no type `{name}`");
                problems.push(Problem::new("names", message, repair.clone()));
            }
        }
    }
    problems
}

/// The public API is the one that was reviewed.
pub fn public_api(workspace: &Workspace) -> Vec<Problem> {
    const REPAIR: &str = "cargo xtask public-api --write";
    let listings = match workspace.listings() {
        Ok(listings) => listings,
        Err(message) => return vec![Problem::new("public-api", message, REPAIR)],
    };
    let version = match public_api::version(&workspace.root) {
        Ok(version) => version,
        Err(message) => return vec![Problem::new("public-api", message, REPAIR)],
    };
    let mut problems = Vec::new();
    for listing in &listings.crates {
        let file = public_api::file(listing.name);
        let found = workspace.text(&file).unwrap_or_default();
        let review = public_api::review(&found, listing, version);
        let expected = listing.text(version);
        let (message, repair) = match review {
            Review::Same => continue,
            Review::VersionOnly => (
                format!("{file} was reviewed for another version than {version}"),
                REPAIR.to_owned(),
            ),
            Review::Changed { next } if next > version => (
                format!(
                    "the public API of {} changed, and the version is still {version}:\n{}",
                    listing.name,
                    difference(&found, &expected)
                ),
                format!("set `version = \"{next}\"` in Cargo.toml, then run `{REPAIR}`"),
            ),
            Review::Changed { .. } => (
                format!(
                    "the public API of {} is not the reviewed one:\n{}",
                    listing.name,
                    difference(&found, &expected)
                ),
                REPAIR.to_owned(),
            ),
        };
        problems.push(Problem::new("public-api", message, repair));
    }
    problems
}
