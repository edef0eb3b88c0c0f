//! Memory does not grow with a listing. The resident memory of this process, the server's part included, is read from the
//! system, which tells it on Linux.
#![cfg(target_os = "linux")]

use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::FilterModel;
use prisma_cloud::paging::PagedExt;
use prisma_cloud::testing::{SimulatedClock, Tenant};

const ALERTS: u64 = 1_000_000;
const PAGE: i64 = 2_000;
const MOST_GROWTH: u64 = 64 << 20;

/// Resident memory in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status of this process");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("the resident memory");
    let kibibytes: u64 = line
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .expect("a number");
    kibibytes << 10
}

#[tokio::test]
async fn a_million_alerts_take_the_memory_of_two_pages() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).alerts(ALERTS).start().await;
    let client = tenant.client().build().expect("a client");
    let begin = resident();
    let mut most = begin;
    let mut count = 0;
    let filter = FilterModel::new().limit(PAGE);
    let mut alerts = client.cspm().post_alerts_v2().body(filter).items();
    while let Some(alert) = alerts.next().await {
        alert.expect("an alert");
        count += 1;
        if count % 1_000 == 0 {
            most = most.max(resident());
        }
    }
    assert_eq!(count, ALERTS);
    let growth = most - begin;
    println!(
        "listing {count} alerts: resident memory grew by {:.1} MB",
        growth as f64 / 1e6
    );
    assert!(growth < MOST_GROWTH, "{growth} bytes");
}
