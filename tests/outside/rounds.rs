//! Every operation against Prism: minimal and full requests, the documents' answers and random ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use prisma_cloud::testing::samples::{Extent, Operation, operations};
use prisma_cloud_tests::ledger::compare;

use crate::documents::served;
use crate::exchange::{Outcome, exchange};
use crate::ledger::Ledger;
use crate::negative;
use crate::prism::Prism;

/// What a part of the test found.
pub struct Report {
    /// For the line that is printed.
    pub figures: String,
    /// What makes the test fail.
    pub complaints: Vec<String>,
}

/// Calls every operation.
///
/// # Errors
/// Prism does not start.
pub async fn run(modules: &Path, seed: u64) -> Result<Report, String> {
    let served = served()?;
    let ledger = Ledger::read(served.name)?;
    let mut rounds = Rounds {
        prism: Prism::start(modules, &served.files).await?,
        modules,
        files: &served.files,
        ledger: &ledger,
        complaints: Vec::new(),
    };
    let all = operations().len();
    let served_operations = rounds.prism.operations;
    if served_operations != all {
        rounds.complaints.push(format!(
            "Prism serves {served_operations} operations of {all}"
        ));
    }
    let keys: BTreeSet<String> = operations().iter().map(Operation::key).collect();
    rounds.complaints.extend(ledger.strangers(&keys));

    let mut fixed = 0;
    let mut random = 0;
    let mut accepted = Vec::new();
    for (extent, refusals) in [
        (Extent::Minimal, &ledger.refused),
        (Extent::Full, &ledger.refused_when_full),
    ] {
        let round = rounds.go(extent, seed, false, &|_| false).await;
        let known = refusals
            .iter()
            .chain(&ledger.refused)
            .map(|(key, why)| (key.clone(), why.clone()))
            .collect();
        rounds.complaints.extend(compare(&known, &round.refused));
        accepted.push(all - round.refused.len());
        rounds
            .complaints
            .extend(compare(&ledger.other_answer, &round.undecodable));
        fixed += round.decoded;
        let refused: BTreeSet<String> = round.refused.into_keys().collect();

        let skipped = |key: &str| refused.contains(key) || ledger.hangs.contains_key(key);
        let round = rounds.go(extent, seed, true, &skipped).await;
        let known = ledger
            .no_random_answer
            .iter()
            .filter(|(key, _)| !refused.contains(*key));
        let known = known.map(|(key, why)| (key.clone(), why.clone())).collect();
        rounds.complaints.extend(compare(&known, &round.refused));
        rounds
            .complaints
            .extend(compare(&ledger.other_random_answer, &round.undecodable));
        random += round.decoded;
    }
    let invalid = negative::run(&rounds.prism, &ledger, seed, &mut rounds.complaints).await;
    let complaints = rounds.complaints;
    Ok(Report {
        figures: format!(
            "accepted {}/{all} over the {} documents ({} with all parameters), answers decoded: static {fixed}, dynamic {random}; {invalid}",
            accepted[0], served.name, accepted[1],
        ),
        complaints,
    })
}

/// Rounds over all operations with one Prism at a time.
struct Rounds<'a> {
    prism: Prism,
    modules: &'a Path,
    files: &'a [PathBuf],
    ledger: &'a Ledger,
    complaints: Vec<String>,
}

/// What came of one round.
#[derive(Default)]
struct Round {
    refused: BTreeMap<String, String>,
    undecodable: BTreeMap<String, String>,
    decoded: usize,
}

impl Rounds<'_> {
    /// Calls all operations but the skipped ones. What does not decode, and what makes Prism fall silent, is a complaint.
    async fn go(
        &mut self,
        extent: Extent,
        seed: u64,
        dynamic: bool,
        skipped: &dyn Fn(&str) -> bool,
    ) -> Round {
        let mut round = Round::default();
        let mut client = self.prism.client();
        for operation in operations() {
            let key = operation.key();
            if skipped(&key) {
                continue;
            }
            let sample = self.ledger.sample(operation, extent, seed);
            let random = dynamic.then_some(seed);
            let message = match exchange(&client, operation, &sample, random).await {
                Outcome::Decoded { .. } => {
                    round.decoded += 1;
                    continue;
                }
                Outcome::Refused(message) => {
                    round.refused.insert(key, message);
                    continue;
                }
                Outcome::Silent(message) => {
                    match Prism::start(self.modules, self.files).await {
                        Ok(prism) => self.prism = prism,
                        Err(error) => self.complaints.push(error),
                    }
                    client = self.prism.client();
                    message
                }
                Outcome::Undecodable(message) => {
                    round.undecodable.insert(key, message);
                    continue;
                }
                Outcome::Distorted(message) => message,
            };
            self.complaints.push(format!(
                "prism: {key}, {extent:?}, dynamic {dynamic}: {message}"
            ));
        }
        round
    }
}
