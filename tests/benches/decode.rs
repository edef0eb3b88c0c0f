//! Decoding a page of 10 000 alerts, as the client does it: the tolerant types against strict ones made by a derive, and
//! against walking through the page and keeping nothing of it, which is what any decoding costs at least.
//!
//! `cargo bench -p prisma-cloud-tests --bench decode`. The three are measured in turn; the table shows medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud_api::cspm::types::{PagedResultsAlertModel, strict};
use prisma_cloud_tests::bench::answers::{self, PAGE};
use prisma_cloud_tests::bench::times::{Times, median, row};
use prisma_cloud_tests::bench::{decoded, rounds};
use serde::de::{DeserializeOwned, IgnoredAny};

const ROUNDS: usize = 31;

fn main() {
    let page = answers::alerts(None);
    let megabytes = page.len() as f64 / 1e6;
    row(&format!("a page of {PAGE} alerts"), megabytes, "MB", "");
    let [mut tolerant, mut strict, mut walked] = [const { Times::new() }; 3];
    let mut ratios = Vec::new();
    for _ in 0..rounds(ROUNDS) {
        let ours = decoding::<PagedResultsAlertModel>(&page);
        let theirs = decoding::<strict::PagedResultsAlertModel>(&page);
        tolerant.push(ours);
        strict.push(theirs);
        walked.push(decoding::<IgnoredAny>(&page));
        ratios.push(ours.as_secs_f64() / theirs.as_secs_f64());
    }
    for (name, times) in [
        ("decoding, tolerant types", tolerant),
        ("decoding, strict types", strict),
        ("walking through, nothing kept", walked),
    ] {
        row(name, megabytes / times.median().as_secs_f64(), "MB/s", "");
    }
    row("tolerant over strict", median(ratios), "× the time", "");
}

fn decoding<T: DeserializeOwned>(page: &[u8]) -> Duration {
    let start = Instant::now();
    let result = black_box(decoded::<T>(page));
    let took = start.elapsed();
    drop(result);
    took
}
