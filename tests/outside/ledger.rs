//! What is known of Prism and of the documents that it serves.

use std::collections::{BTreeMap, BTreeSet};

use prisma_cloud::testing::samples::{Extent, Operation, SampleRequest};
use prisma_cloud_tests::ledger::{Reasons, strangers};
use serde::Deserialize;

use crate::change::{Change, apply};

/// What is known about one set of documents: `tests/outside/prism.json`. Every entry is an operation with the defect of its
/// document, or of Prism; all but the hangs are checked in both directions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// Valid requests are refused, or cannot be answered.
    pub refused: Reasons,
    /// Valid requests with all parameters are refused, those with the required ones are not.
    pub refused_when_full: Reasons,
    /// The request is accepted, and no random answer can be made.
    pub no_random_answer: Reasons,
    /// Prism does not come back when asked for a random answer, so it is not asked.
    pub hangs: Reasons,
    /// Requests without a token are accepted.
    pub no_token_needed: Reasons,
    /// Bodies without a required member are accepted.
    pub missing_member_accepted: Reasons,
    /// Bodies with a member of another type are accepted.
    pub wrong_type_accepted: Reasons,
    /// The request is accepted, and the static answer is none that the vendored documents describe.
    pub other_answer: Reasons,
    /// The same of the random answer.
    pub other_random_answer: Reasons,
    /// What of the samples these documents do not allow.
    pub changes: Vec<Change>,
}

impl Ledger {
    /// What is known of the `published` or of the `vendored` documents.
    ///
    /// # Errors
    /// The file is not what it should be.
    pub fn read(name: &str) -> Result<Self, String> {
        let mut all: BTreeMap<String, Self> = serde_json::from_str(include_str!("prism.json"))
            .map_err(|error| format!("tests/outside/prism.json: {error}"))?;
        all.remove(name)
            .ok_or_else(|| format!("tests/outside/prism.json says nothing of {name} documents"))
    }

    /// A request that these documents allow.
    pub fn sample(&self, operation: &Operation, extent: Extent, seed: u64) -> SampleRequest {
        let mut sample = operation.sample_request(extent, seed);
        apply(&self.changes, operation, &mut sample);
        sample
    }

    /// Complaints about entries that are not among `operations`.
    pub fn strangers(&self, operations: &BTreeSet<String>) -> Vec<String> {
        let lists = [
            &self.refused,
            &self.refused_when_full,
            &self.no_random_answer,
            &self.hangs,
            &self.no_token_needed,
            &self.missing_member_accepted,
            &self.wrong_type_accepted,
            &self.other_answer,
            &self.other_random_answer,
        ];
        lists
            .into_iter()
            .flat_map(|list| strangers(list, operations))
            .collect()
    }
}
