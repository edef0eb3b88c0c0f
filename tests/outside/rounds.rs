//! Every operation against Prism: minimal and full requests, the documents' answers and random ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use prisma_cloud::testing::samples::{Extent, Operation, operations};
use prisma_cloud_tests::ledger::{Ledger, compare, strangers};

use crate::documents::served;
use crate::exchange::{Outcome, exchange};
use crate::negative;
use crate::prism::Prism;

/// What a part of the test found.
pub struct Report {
    /// For the line that is printed.
    pub figures: String,
    /// What makes the test fail.
    pub complaints: Vec<String>,
}

/// One round over all operations.
#[derive(Default)]
struct Round {
    refused: BTreeMap<String, String>,
    undecodable: BTreeMap<String, String>,
    decoded: usize,
    lost: usize,
}

/// Calls every operation.
///
/// # Errors
/// Prism does not start.
pub async fn run(modules: &Path, seed: u64) -> Result<Report, String> {
    let served = served()?;
    let mut ledgers: BTreeMap<String, Ledger> = serde_json::from_str(include_str!("prism.json"))
        .map_err(|error| format!("tests/outside/prism.json: {error}"))?;
    let ledger = ledgers.remove(served.name).unwrap_or_default();
    let mut prism = Prism::start(modules, &served.files).await?;
    let all = operations().len();
    let mut complaints = Vec::new();
    if prism.operations != all {
        complaints.push(format!("Prism serves {} operations of {all}", prism.operations));
    }
    let keys: BTreeSet<String> = operations().iter().map(Operation::key).collect();
    complaints.extend(strangers(&ledger.refused, &keys));
    complaints.extend(strangers(&ledger.no_random_answer, &keys));

    let mut rounds = [Round::default(), Round::default()];
    for (round, dynamic) in rounds.iter_mut().zip([false, true]) {
        for operation in operations() {
            let key = operation.key();
            if dynamic && ledger.no_random_answer.contains_key(&key) {
                continue;
            }
            let silent = round.call(&prism, operation, seed, dynamic).await;
            if let Some(message) = silent {
                complaints.push(format!("{key}, dynamic {dynamic}: {message}"));
                prism = Prism::start(modules, &served.files).await?;
            }
        }
    }
    let [fixed, random] = rounds;
    complaints.extend(compare(&ledger.refused, &fixed.refused));
    let also_refused = random.refused.iter().filter(|(key, _)| !ledger.refused.contains_key(*key));
    complaints.extend(also_refused.map(|(key, message)| format!("{key}, dynamic: {message}")));
    for round in [&fixed, &random] {
        let undecodable = round.undecodable.iter();
        complaints.extend(undecodable.map(|(key, message)| format!("{key}: {message}")));
    }
    let refused = negative::run(&prism, &ledger, seed, &mut complaints).await;
    Ok(Report {
        figures: format!(
            "accepted {}/{all} over the {} documents, decoded static {}, dynamic {} ({} not asked), invalid requests refused {refused}",
            all - fixed.refused.len(),
            served.name,
            fixed.decoded,
            random.decoded,
            ledger.no_random_answer.len(),
        ),
        complaints,
    })
}

impl Round {
    /// Calls `operation` with minimal and full parameters. A message if Prism fell silent.
    async fn call(&mut self, prism: &Prism, operation: &Operation, seed: u64, dynamic: bool) -> Option<String> {
        let client = prism.client();
        let key = operation.key();
        let mut decoded = true;
        for extent in [Extent::Minimal, Extent::Full] {
            let sample = operation.sample_request(extent, seed);
            match exchange(&client, operation, &sample, dynamic).await {
                Outcome::Decoded { lost } => {
                    if let Some(lost) = lost { self.lost += 1; if std::env::var("LOST").is_ok() { println!("LOST {key} {dynamic} {}", lost.chars().take(200).collect::<String>()); } }
                    continue },
                Outcome::Refused(message) | Outcome::Distorted(message) => {
                    self.refused.insert(key.clone(), format!("{extent:?}: {message}"));
                }
                Outcome::Undecodable(message) => {
                    self.undecodable.insert(key.clone(), format!("{extent:?}: {message}"));
                }
                Outcome::Silent(message) => return Some(message),
            }
            decoded = false;
        }
        self.decoded += usize::from(decoded);
        None
    }
}
