//! Every operation against the tenant in a box.

use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{Extent, operations};

use crate::change::{Change, apply};
use crate::exchange::{Outcome, exchange};
use crate::rounds::Report;

/// The access key that samples are about.
const KEY: &str = "00000000-0000-4000-8004-000000000000";

/// Calls every operation with minimal and with full parameters. Each must be accepted, and its answer must arrive whole.
pub async fn run(seed: u64) -> Report {
    let mut complaints = Vec::new();
    let mut good = 0;
    let changes: Vec<Change> = serde_json::from_str(include_str!("tenant.json"))
        .expect("tests/outside/tenant.json is a list of changes");
    for operation in operations() {
        let before = complaints.len();
        for extent in [Extent::Minimal, Extent::Full] {
            // One of its own, so that nobody has removed what is asked for.
            let tenant = Tenant::builder()
                .access_key(KEY, "example-secret-key")
                .start()
                .await;
            let client = tenant.client().build().expect("the tenant has an address");
            let mut sample = operation.sample_request(extent, seed);
            apply(&changes, operation, &mut sample);
            let problem = match exchange(&client, operation, &sample, None).await {
                Outcome::Decoded { lost: None } => continue,
                Outcome::Decoded { lost: Some(place) } => format!("the answer lost {place}"),
                outcome => format!("{outcome:?}"),
            };
            complaints.push(format!("tenant: {} {extent:?}: {problem}", operation.key()));
        }
        good += usize::from(complaints.len() == before);
    }
    Report {
        figures: format!("{good}/{}", operations().len()),
        complaints,
    }
}
