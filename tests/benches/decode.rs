//! Decoding a page of 10 000 alerts: the tolerant types against strict ones made by a derive, on the same bytes.
//!
//! `cargo bench -p prisma-cloud-tests --bench decode`. The two are measured in turn; the table shows medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud_api::cspm::types::{PagedResultsAlertModel, strict};
use prisma_cloud_tests::bench::answers::{self, PAGE};
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::times::{Times, median, row};

const ROUNDS: usize = 31;

fn main() {
    let page = answers::alerts(None);
    let megabytes = page.len() as f64 / 1e6;
    row(&format!("a page of {PAGE} alerts"), megabytes, "MB", "");
    let [mut tolerant, mut strict] = [const { Times::new() }; 2];
    let mut ratios = Vec::new();
    for _ in 0..rounds(ROUNDS) {
        let ours =
            time(|| serde_json::from_slice::<PagedResultsAlertModel>(&page).expect("decodes"));
        let theirs = time(|| {
            serde_json::from_slice::<strict::PagedResultsAlertModel>(&page).expect("decodes")
        });
        tolerant.push(ours);
        strict.push(theirs);
        ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
    }
    for (name, times) in [("tolerant", tolerant), ("strict", strict)] {
        let rate = megabytes / times.median().as_secs_f64();
        row(&format!("decoding, {name} types"), rate, "MB/s", "");
    }
    row("tolerant over strict", median(ratios), "× the time", "");
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = black_box(work());
    let took = start.elapsed();
    drop(result);
    took
}
