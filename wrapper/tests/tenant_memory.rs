//! The memory that the tenant in a box takes for a large listing. A process of its own, since others would be measured too.

mod common;

use common::visitor::Visitor;
use prisma_cloud::testing::Tenant;
use serde_json::json;

/// A listing of a million alerts leaves nothing behind.
#[tokio::test]
async fn a_million_alerts_need_no_memory() {
    let tenant = Tenant::builder().alerts(1_000_000).start().await;
    let visitor = Visitor::new(&tenant);
    let mut body = json!({ "limit": 10_000, "filters": [{ "name": "policy.severity", "operator": "=", "value": "high" }] });
    let mut count = 0;
    let mut before = 0;
    for round in 0..6 {
        let page = visitor.post("/v2/alert", &body).await.json();
        count += page["items"].as_array().expect("items").len();
        assert_eq!(page["totalRows"], 350_000);
        body = json!({ "pageToken": page["nextPageToken"] });
        drop(page);
        match (round, resident()) {
            // The first pages fill the buffers.
            (2, Some(now)) => before = now,
            (5, Some(now)) => assert!(now < before + 32 * 1024, "{before} kB became {now} kB"),
            _ => {}
        }
    }
    assert_eq!(count, 60_000);
}

/// The resident memory of this process in kB, where the system tells it.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
