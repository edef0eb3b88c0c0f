//! Decoding a page of 10 000 alerts, as the client does it: the tolerant types against strict ones made by a derive, and
//! against the two things that any decoding does besides: walking through the page, here with nothing of it kept, and making
//! and dropping the values, here as copies of values that are there, one alert after the other.
//!
//! `cargo bench -p prisma-cloud-tests --bench decode`. The four are measured in turn; the table shows medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud_api::cspm::types::{PagedResultsAlertModel, strict};
use prisma_cloud_tests::bench::answers::{self, PAGE};
use prisma_cloud_tests::bench::times::{Times, row};
use prisma_cloud_tests::bench::{decoded, rounds};
use serde::de::{DeserializeOwned, IgnoredAny};

const ROUNDS: usize = 31;

fn main() {
    let page = answers::alerts(None);
    let megabytes = page.len() as f64 / 1e6;
    row(&format!("a page of {PAGE} alerts"), megabytes, "MB", "");
    let decoded_page = decoded::<PagedResultsAlertModel>(&page);
    let [mut tolerant, mut strict, mut walked, mut copied] = [const { Times::new() }; 4];
    for _ in 0..rounds(ROUNDS) {
        tolerant.push(decoding::<PagedResultsAlertModel>(&page));
        strict.push(decoding::<strict::PagedResultsAlertModel>(&page));
        walked.push(decoding::<IgnoredAny>(&page));
        copied.push(copying(&decoded_page));
    }
    let over_strict = tolerant.median_over(&strict);
    for (name, times) in [
        ("decoding, tolerant types", tolerant),
        ("decoding, strict types", strict),
        ("walking through, nothing kept", walked),
        ("copying what was decoded, and dropping it", copied),
    ] {
        row(name, megabytes / times.median().as_secs_f64(), "MB/s", "");
    }
    row("tolerant over strict", over_strict, "× the time", "");
}

fn decoding<T: DeserializeOwned>(page: &[u8]) -> Duration {
    let start = Instant::now();
    let result = black_box(decoded::<T>(page));
    let took = start.elapsed();
    drop(result);
    took
}

fn copying(page: &PagedResultsAlertModel) -> Duration {
    let start = Instant::now();
    for alert in page.items.iter().flatten() {
        drop(black_box(alert.clone()));
    }
    start.elapsed()
}
