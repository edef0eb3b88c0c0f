//! The memory that the tenant in a box takes for a large listing. A process of its own, since others would be measured too.
//!
//! Bytes that are allocated and not freed are counted. What the system calls resident also has what the allocator keeps for
//! later, which goes up and down by tens of megabytes from page to page.

mod common;

use common::visitor::Visitor;
use common::{settle, settle_until};
use peak_alloc::PeakAlloc;
use prisma_cloud::testing::Tenant;
use serde_json::json;

const PAGE: usize = 10_000;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Lists as many pages as asked for. Returns the bytes of the smallest.
async fn list(tenant: &Tenant, pages: usize) -> usize {
    let visitor = Visitor::new(tenant);
    let mut body = json!({ "limit": PAGE, "filters": [{ "name": "policy.severity", "operator": "=", "value": "high" }] });
    let mut smallest = usize::MAX;
    for _ in 0..pages {
        let answer = visitor.post("/v2/alert", &body).await;
        let page = answer.json();
        assert_eq!(page["items"].as_array().expect("items").len(), PAGE);
        body = json!({ "pageToken": page["nextPageToken"] });
        smallest = smallest.min(answer.body.len());
    }
    smallest
}

/// Neither a million alerts nor the pages of their listing stay in memory.
#[tokio::test]
async fn a_million_alerts_need_no_memory() {
    // What is made once in a process, like the documents, is made here. A third of the alerts are listed: that is a page.
    let small = Tenant::builder().alerts(3 * PAGE as u64).start().await;
    list(&small, 1).await;
    settle().await;
    let before = HEAP.current_usage();
    let tenant = Tenant::builder().alerts(1_000_000).start().await;
    let page = list(&tenant, 6).await;
    let kept = || HEAP.current_usage().saturating_sub(before);
    println!("pages of {page} bytes and more; {} bytes are kept", kept());
    // The server may let go of the last page a moment after it has arrived.
    settle_until(|| kept() < page / 10).await;
}
