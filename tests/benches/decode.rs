//! Decoding a page of 10 000 alerts: the tolerant types against strict ones made by a derive, on the same bytes.
//!
//! `cargo bench -p prisma-cloud-tests --bench decode`. The two are measured in turn; the table shows medians.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud::testing::samples::{self, Extent, Sampler, Way};
use prisma_cloud_api::Product;
use prisma_cloud_api::cspm::types::{PagedResultsAlertModel, strict};
use serde_json::{Value, json};

const ALERTS: usize = 10_000;
const ROUNDS: usize = 31;

fn main() {
    let page = page();
    println!("{} alerts, {:.1} MB", ALERTS, page.len() as f64 / 1e6);
    let (mut tolerant, mut strict) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        tolerant.push(time(|| {
            serde_json::from_slice::<PagedResultsAlertModel>(&page).expect("decodes")
        }));
        strict.push(time(|| {
            serde_json::from_slice::<strict::PagedResultsAlertModel>(&page).expect("decodes")
        }));
    }
    let (tolerant, strict) = (median(tolerant), median(strict));
    for (name, time) in [("tolerant", tolerant), ("strict", strict)] {
        let rate = page.len() as f64 / 1e6 / time.as_secs_f64();
        println!(
            "{name:<9} {:>8.1} ms {rate:>7.0} MB/s",
            time.as_secs_f64() * 1e3
        );
    }
    println!(
        "ratio     {:>8.2}",
        tolerant.as_secs_f64() / strict.as_secs_f64()
    );
}

/// Alerts as the document describes them, with every required member.
fn page() -> Vec<u8> {
    let schemas = &samples::document(Product::Cspm)["components"]["schemas"];
    let alerts = samples::operation("post-alerts-v2").expect("a documented operation");
    let schema = alerts.response_schema().expect("alerts have a schema");
    let mut sampler = Sampler::new(schemas, Extent::Random, Way::Response, 1);
    let mut alerts: Vec<Value> = Vec::new();
    while alerts.len() < ALERTS {
        if let Value::Array(items) = sampler.value(schema, "")["items"].take() {
            alerts.extend(items);
        }
    }
    alerts.truncate(ALERTS);
    json!({"items": alerts, "totalRows": ALERTS})
        .to_string()
        .into_bytes()
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let result = black_box(work());
    let took = start.elapsed();
    drop(result);
    took
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
