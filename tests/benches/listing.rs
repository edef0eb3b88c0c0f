//! Listing 100 000 alerts in pages of 10 000: this client, a bare loop with the same types, and the Python SDK, in turn.
//!
//! `cargo bench -p prisma-cloud-tests --bench listing`. The Python SDK takes part if `PRISMA_CLOUD_BENCH_PYTHON` names an
//! interpreter that has it; `tests/benches/run` installs one.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud::PrismaCloud;
use prisma_cloud::paging::PagedExt;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::FilterModel;
use prisma_cloud_tests::bench::answers::{PAGE, PAGES};
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::python::Python;
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, median, row};
use serde::Deserialize;

const ROUNDS: usize = 11;
/// Of the SDK, one of whose listings takes longer than all others together.
const ROUNDS_OF_PYTHON: usize = 5;
const CALLS_OF_PYTHON: usize = 300;
const ALERTS: usize = PAGE * PAGES;

/// What takes part beside the SDK; the first is what the others are compared with.
const WAYS: [&str; 6] = [
    "bare loop",
    "bare loop that decodes nothing",
    "full client without prefetch",
    "full client",
    "full client, raw items",
    "full client, three members of raw items",
];
const FULL: usize = 3;
const RAW: usize = 4;
const FEW: usize = 5;

fn main() {
    serve_if_asked();
    let server = Server::start();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let bare = Bare::new(&server);
    let full = clients::full(&server);
    let mut python = Python::start(&server);
    // The pages are rendered when they are first asked for; and each begins with a listing that does not count.
    runtime.block_on(list(0, &bare, &full));
    runtime.block_on(list(FULL, &bare, &full));
    python.as_mut().map(Python::listing);
    let mut times = [const { Times::new() }; WAYS.len()];
    let mut of_python = Times::new();
    let (mut over_loop, mut over_python) = ([const { Vec::new() }; 6], [const { Vec::new() }; 6]);
    for round in 0..rounds(ROUNDS) {
        let took: [Duration; 6] = std::array::from_fn(|way| {
            let begin = Instant::now();
            let alerts = runtime.block_on(list(way, &bare, &full));
            assert_eq!(alerts, ALERTS, "{}", WAYS[way]);
            begin.elapsed()
        });
        for (way, took_this) in took.iter().enumerate() {
            times[way].push(*took_this);
            over_loop[way].push(took[0].as_secs_f64() / took_this.as_secs_f64());
        }
        if let Some(python) = python.as_mut().filter(|_| round < ROUNDS_OF_PYTHON) {
            let took_python = python.listing();
            of_python.push(took_python);
            for (way, took_this) in took.iter().enumerate() {
                over_python[way].push(took_python.as_secs_f64() / took_this.as_secs_f64());
            }
        }
    }
    let rate = |times: &Times| ALERTS as f64 / times.median().as_secs_f64();
    for (way, times) in WAYS.iter().zip(&times) {
        row(&format!("listing, {way}"), rate(times), "alerts/s", "");
    }
    let [_, _, plain, full, ..] = over_loop;
    row(
        "listing without prefetch over bare loop",
        median(plain),
        "×",
        "",
    );
    row("listing over bare loop", median(full), "×", "≥ 0.95");
    if let Some(mut python) = python {
        row("listing, Python SDK", rate(&of_python), "alerts/s", "");
        for (way, what) in [
            (FULL, "every member read into a type"),
            (FEW, "three members read"),
            (RAW, "raw items"),
        ] {
            let what = format!("listing over the Python SDK: {what}");
            row(&what, median(over_python[way].clone()), "×", "≥ 20");
        }
        let mut calls = Times::new();
        (0..rounds(CALLS_OF_PYTHON)).for_each(|_| calls.push(python.call()));
        row("call, Python SDK: median", calls.micros(), "µs", "");
    }
}

/// Lists all alerts in one of the [`WAYS`], and tells how many there were.
async fn list(way: usize, bare: &Bare, full: &PrismaCloud) -> usize {
    match way {
        0 => by_loop(bare).await,
        1 => by_undecoded_loop(bare).await,
        2 => by_client(full, false).await,
        FULL => by_client(full, true).await,
        RAW => raw(full).await,
        _ => three_members(full).await,
    }
}

async fn by_loop(bare: &Bare) -> usize {
    let (mut count, mut next) = (0, None);
    loop {
        let page = bare.alerts(next).await;
        for alert in page.items.unwrap_or_default() {
            count += 1;
            drop(black_box(alert));
        }
        next = page.next_page_token;
        if next.is_none() {
            return count;
        }
    }
}

/// As fast as any client can be: it only looks for the next page, and takes each page for full.
async fn by_undecoded_loop(bare: &Bare) -> usize {
    let (mut count, mut next) = (0, None);
    loop {
        let page = black_box(bare.undecoded_alerts(next).await);
        count += PAGE;
        next = next_page(page.as_ref());
        if next.is_none() {
            return count;
        }
    }
}

/// The token of the next page, which stands behind the alerts.
fn next_page(page: &[u8]) -> Option<String> {
    let end = String::from_utf8_lossy(&page[page.len().saturating_sub(300)..]);
    let (_, token) = end.rsplit_once(r#""nextPageToken":""#)?;
    Some(token.split_once('"')?.0.to_owned())
}

async fn by_client(client: &PrismaCloud, prefetch: bool) -> usize {
    let filter = FilterModel::new().limit(PAGE as i64);
    let call = client.cspm().post_alerts_v2().body(filter);
    let mut alerts = call.items().prefetch(prefetch);
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        count += 1;
        drop(black_box(alert.expect("an alert")));
    }
    count
}

/// An export: each alert becomes a line in a buffer, which is emptied when a file would be written to.
async fn raw(client: &PrismaCloud) -> usize {
    let filter = FilterModel::new().limit(PAGE as i64);
    let mut alerts = client.cspm().post_alerts_v2().body(filter).items().raw();
    let mut lines = Vec::with_capacity(1 << 16);
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        count += 1;
        lines.extend_from_slice(&alert.expect("an alert").line());
        lines.push(b'\n');
        if lines.len() > 1 << 15 {
            black_box(&lines);
            lines.clear();
        }
    }
    count
}

/// A report: of each alert three members are read.
async fn three_members(client: &PrismaCloud) -> usize {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Alert<'a> {
        #[serde(borrow)]
        id: Option<Cow<'a, str>>,
        alert_time: Option<i64>,
        #[serde(borrow)]
        reason: Option<Cow<'a, str>>,
    }
    let filter = FilterModel::new().limit(PAGE as i64);
    let mut alerts = client.cspm().post_alerts_v2().body(filter).items().raw();
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        count += 1;
        let alert = alert.expect("an alert");
        let alert: Alert<'_> = alert.read().expect("its members");
        black_box((alert.id, alert.alert_time, alert.reason));
    }
    count
}
