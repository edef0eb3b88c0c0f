//! Listing 100 000 alerts in pages of 10 000: this client, a bare loop with the same types, and the Python SDK.
//!
//! `cargo bench -p prisma-cloud-tests --bench listing`. The Python SDK takes part if `PRISMA_CLOUD_BENCH_PYTHON` names an
//! interpreter that has it; `tests/benches/run` installs one.

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use prisma_cloud::paging::PagedExt;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::FilterModel;
use prisma_cloud_tests::bench::answers::{PAGE, PAGES};
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, median, row};

const ROUNDS: usize = 11;
const ALERTS: usize = PAGE * PAGES;

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
    let [mut loops, mut undecoded, mut plain, mut ahead] = [const { Times::new() }; 4];
    let (mut ratios, mut ratios_plain) = (Vec::new(), Vec::new());
    runtime.block_on(async {
        // The pages are rendered when they are first asked for.
        assert_eq!(by_loop(&bare).await, ALERTS);
        for _ in 0..rounds(ROUNDS) {
            let begin = Instant::now();
            assert_eq!(by_loop(&bare).await, ALERTS);
            let of_loop = begin.elapsed();
            loops.push(of_loop);
            let begin = Instant::now();
            assert_eq!(by_undecoded_loop(&bare).await, PAGES);
            undecoded.push(begin.elapsed());
            for (prefetch, times, ratios) in [
                (false, &mut plain, &mut ratios_plain),
                (true, &mut ahead, &mut ratios),
            ] {
                let begin = Instant::now();
                assert_eq!(by_client(&full, prefetch).await, ALERTS);
                let took = begin.elapsed();
                times.push(took);
                ratios.push(of_loop.as_secs_f64() / took.as_secs_f64());
            }
        }
    });
    let rate = |times: &Times| ALERTS as f64 / times.median().as_secs_f64();
    row("listing, bare loop", rate(&loops), "alerts/s", "");
    row(
        "listing, bare loop that decodes nothing",
        rate(&undecoded),
        "alerts/s",
        "",
    );
    row(
        "listing, full client without prefetch",
        rate(&plain),
        "alerts/s",
        "",
    );
    row("listing, full client", rate(&ahead), "alerts/s", "");
    row(
        "listing without prefetch over bare loop",
        median(ratios_plain),
        "×",
        "",
    );
    row("listing over bare loop", median(ratios), "×", "≥ 0.95");
    match std::env::var_os("PRISMA_CLOUD_BENCH_PYTHON") {
        None => {
            println!("SKIPPED: PRISMA_CLOUD_BENCH_PYTHON names no interpreter with prismacloud-api")
        }
        Some(python) => against_python(&python, &server, rate(&ahead), rate(&undecoded)),
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

/// As fast as any client can be: it only looks for the next page. Returns the number of pages.
async fn by_undecoded_loop(bare: &Bare) -> usize {
    let (mut count, mut next) = (0, None);
    loop {
        let page = black_box(bare.undecoded_alerts(next).await);
        count += 1;
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

async fn by_client(client: &prisma_cloud::PrismaCloud, prefetch: bool) -> usize {
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

/// The script prints two figures: alerts per second of a listing, and microseconds for a small call.
fn against_python(python: &std::ffi::OsStr, server: &Server, ours: f64, undecoded: f64) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/python_sdk.py");
    let output = Command::new(python)
        .arg(script)
        .arg(server.url())
        .output()
        .expect("the interpreter starts");
    let text = String::from_utf8_lossy(&output.stdout);
    let figures: Vec<f64> = text
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [rate, call] = figures[..] else {
        panic!(
            "the Python SDK failed: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    row("listing, Python SDK", rate, "alerts/s", "");
    row("listing over the Python SDK", ours / rate, "×", "≥ 20");
    row(
        "decoding nothing over the Python SDK",
        undecoded / rate,
        "×",
        "",
    );
    row("call, Python SDK: median", call, "µs", "");
}
