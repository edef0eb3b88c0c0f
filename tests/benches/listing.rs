//! Listing 100 000 alerts in pages of 10 000: this client, a bare loop with the same types, and the Python SDK, in turn.
//!
//! `cargo bench -p prisma-cloud-tests --bench listing`. The Python SDK takes part if `PRISMA_CLOUD_BENCH_PYTHON` names an
//! interpreter that has it; `tests/benches/run` installs one.

use std::borrow::Cow;
use std::hint::black_box;
use std::time::Instant;

use prisma_cloud::PrismaCloud;
use prisma_cloud::paging::PagedExt;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::FilterModel;
use prisma_cloud_tests::bench::answers::{PAGE, PAGES, next_page};
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::python::Python;
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, row};
use serde::Deserialize;

const ROUNDS: usize = 11;
/// Of the SDK, one of whose listings takes longer than all others together.
const ROUNDS_OF_PYTHON: usize = 5;
const CALLS_OF_PYTHON: usize = 300;
const ALERTS: usize = PAGE * PAGES;

/// What takes part beside the SDK.
#[derive(Clone, Copy)]
enum Way {
    Loop,
    UndecodedLoop,
    ThreeByLoop,
    WithoutPrefetch,
    Full,
    Raw,
    Three,
}

impl Way {
    const ALL: [Self; 7] = [
        Self::Loop,
        Self::UndecodedLoop,
        Self::ThreeByLoop,
        Self::WithoutPrefetch,
        Self::Full,
        Self::Raw,
        Self::Three,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Loop => "bare loop",
            Self::UndecodedLoop => "bare loop that decodes nothing",
            Self::ThreeByLoop => "bare loop, three members",
            Self::WithoutPrefetch => "full client without prefetch",
            Self::Full => "full client",
            Self::Raw => "full client, raw items",
            Self::Three => "full client, three members of raw items",
        }
    }

    /// Lists all alerts, and tells how many there were.
    async fn list(self, bare: &Bare, full: &PrismaCloud) -> usize {
        match self {
            Self::Loop => by_loop(bare).await,
            Self::UndecodedLoop => by_undecoded_loop(bare).await,
            Self::ThreeByLoop => three_members_by_loop(bare).await,
            Self::WithoutPrefetch => by_client(full, false).await,
            Self::Full => by_client(full, true).await,
            Self::Raw => raw(full).await,
            Self::Three => three_members(full).await,
        }
    }
}

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
    for way in [Way::Loop, Way::Full] {
        runtime.block_on(way.list(&bare, &full));
    }
    python.as_mut().map(Python::listing);
    let mut times = [const { Times::new() }; Way::ALL.len()];
    let mut of_python = Times::new();
    for round in 0..rounds(ROUNDS) {
        for way in Way::ALL {
            let begin = Instant::now();
            let alerts = runtime.block_on(way.list(&bare, &full));
            assert_eq!(alerts, ALERTS, "{}", way.name());
            times[way as usize].push(begin.elapsed());
        }
        if let Some(python) = python.as_mut().filter(|_| round < ROUNDS_OF_PYTHON) {
            of_python.push(python.listing());
        }
    }
    let rate = |times: &Times| ALERTS as f64 / times.median().as_secs_f64();
    for way in Way::ALL {
        let what = format!("listing, {}", way.name());
        row(&what, rate(&times[way as usize]), "alerts/s", "");
    }
    let compare = |what: &str, with: &Times, way: Way, bound: &str| {
        row(what, with.median_over(&times[way as usize]), "×", bound);
    };
    let by_loop = &times[Way::Loop as usize];
    let what = "listing without prefetch over bare loop";
    compare(what, by_loop, Way::WithoutPrefetch, "");
    compare("listing over bare loop", by_loop, Way::Full, "≥ 0.95");
    let three_by_loop = &times[Way::ThreeByLoop as usize];
    let what = "listing over bare loop: three members read";
    compare(what, three_by_loop, Way::Three, "≥ 0.95");
    if let Some(mut python) = python {
        row("listing, Python SDK", rate(&of_python), "alerts/s", "");
        for (way, what) in [
            (Way::Full, "every member read into a type"),
            (Way::Three, "three members read"),
            (Way::Raw, "raw items"),
        ] {
            let what = format!("listing over the Python SDK: {what}");
            compare(&what, &of_python, way, "≥ 20");
        }
        let mut calls = Times::new();
        (0..rounds(CALLS_OF_PYTHON)).for_each(|_| calls.push(python.call()));
        row("call, Python SDK: median", calls.micros(), "µs", "");
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

/// A report by a loop: pages are decoded into a type with three members.
async fn three_members_by_loop(bare: &Bare) -> usize {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Page<'a> {
        #[serde(borrow)]
        items: Vec<Few<'a>>,
        next_page_token: Option<String>,
    }
    let (mut count, mut next) = (0, None);
    loop {
        let body = bare.undecoded_alerts(next).await;
        let text = std::str::from_utf8(body.as_ref()).expect("a text");
        let page: Page<'_> = serde_json::from_str(text).expect("a page");
        for alert in page.items {
            count += 1;
            black_box((alert.id, alert.alert_time, alert.reason));
        }
        next = page.next_page_token;
        if next.is_none() {
            return count;
        }
    }
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

/// What a report wants of an alert.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Few<'a> {
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    alert_time: Option<i64>,
    #[serde(borrow)]
    reason: Option<Cow<'a, str>>,
}

/// A report: of each alert three members are read.
async fn three_members(client: &PrismaCloud) -> usize {
    let filter = FilterModel::new().limit(PAGE as i64);
    let mut alerts = client.cspm().post_alerts_v2().body(filter).items().raw();
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        count += 1;
        let alert = alert.expect("an alert");
        let alert: Few<'_> = alert.read().expect("its members");
        black_box((alert.id, alert.alert_time, alert.reason));
    }
    count
}
