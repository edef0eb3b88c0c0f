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

/// The requests of a round.
const EXTENTS: [Extent; 2] = [Extent::Minimal, Extent::Full];

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

    let (mut fixed, mut random) = (0, 0);
    let mut refused: Vec<BTreeSet<String>> = Vec::new();
    // Random answers last: having made some, Prism fails at the static answers of recursive schemas.
    for extent in EXTENTS {
        let round = rounds.go(extent, seed, false, &|_| false).await;
        let mut known = ledger.refused.clone();
        if extent == Extent::Full {
            known.extend(ledger.refused_when_full.clone());
        }
        rounds.complaints.extend(compare(&known, &round.refused));
        let answers = compare(&ledger.other_answer, &round.undecodable);
        rounds.complaints.extend(answers);
        fixed += round.decoded;
        refused.push(round.refused.into_keys().collect());
    }
    for (extent, refused) in EXTENTS.into_iter().zip(&refused) {
        let skipped = |key: &str| refused.contains(key) || ledger.hangs.contains_key(key);
        let round = rounds.go(extent, seed, true, &skipped).await;
        let mut known = ledger.no_random_answer.clone();
        known.retain(|key, _| !refused.contains(key));
        rounds.complaints.extend(compare(&known, &round.refused));
        let answers = compare(&ledger.other_random_answer, &round.undecodable);
        rounds.complaints.extend(answers);
        random += round.decoded;
    }
    let [accepted, accepted_full] = [0, 1].map(|index: usize| all - refused[index].len());
    let invalid = negative::run(&rounds.prism, &ledger, seed, &mut rounds.complaints).await;
    let complaints = rounds.complaints;
    Ok(Report {
        figures: format!(
            "accepted {accepted}/{all} over the {} documents ({accepted_full} with all parameters), answers decoded: static {fixed}, dynamic {random}; {invalid}",
            served.name,
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
