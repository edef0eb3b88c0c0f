//! One hiccup of a server fails no read, and an outage is not made worse by retries.

mod common;

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use common::exchange::{JSON, exchange};
use common::{create, repositories, simulated};
use h2::server::SendResponse;
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product, RetryPolicy};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);

/// So many reads at once, of different things.
async fn reads(client: &PrismaCloud, count: usize) -> Vec<Result<(), Error>> {
    let mut tasks = JoinSet::new();
    for number in 0..count {
        let client = client.clone();
        tasks.spawn(async move {
            let path = format!("/thing/{number}");
            let call = client.raw(Product::Cspm, Method::GET, path);
            call.send().await.map(drop)
        });
    }
    tasks.join_all().await
}

fn answer(mut respond: SendResponse<Bytes>) {
    let body = json!({ "token": "t", "message": "login_successful" }).to_string();
    let head = http::Response::new(());
    let mut stream = respond.send_response(head, false).unwrap();
    stream.send_data(body.into(), true).unwrap();
}

/// A server of HTTP/2 whose first connection ends when hundreds of requests are under way.
async fn server_of_one_hiccup(requests: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for first in std::iter::once(true).chain(std::iter::repeat(false)) {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut builder = h2::server::Builder::new();
                builder.max_concurrent_streams(2000);
                let mut connection = builder.handshake(stream).await.unwrap();
                let mut held = Vec::new();
                while let Some(Ok((request, respond))) = connection.accept().await {
                    // The client sends a few ahead until it knows how the operation is limited.
                    let early = held.is_empty() && !request.uri().path().ends_with("/50");
                    if !first || request.uri().path() == "/login" || early {
                        answer(respond);
                        held.extend((!early).then_some(()).map(|()| None));
                        if early && request.uri().path() != "/login" {
                            held.push(None);
                        }
                        continue;
                    }
                    held.push(Some(respond));
                    if held.len() >= requests {
                        connection.abrupt_shutdown(h2::Reason::INTERNAL_ERROR);
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn a_thousand_reads_survive_the_end_of_their_connection() {
    let url = server_of_one_hiccup(900).await;
    prisma_cloud::install_crypto_provider();
    let client = PrismaCloud::builder()
        .custom_url(url)
        .access_key("id", "a-secret")
        .clock(SimulatedClock::new())
        .http_client_builder(|| reqwest::Client::builder().http2_prior_knowledge())
        .build()
        .unwrap();
    let results = reads(&client, 1000).await;
    let failed: Vec<_> = results.into_iter().filter_map(Result::err).collect();
    assert!(failed.len() <= 10, "{}: {}", failed.len(), failed[0]);
}

#[tokio::test]
async fn a_thousand_reads_survive_one_503_each() {
    let (_, tenant, client) = simulated().await;
    let mut seen = HashSet::new();
    tenant.rule(move |record| {
        let known = record.path.starts_with("/thing/");
        known.then(|| match seen.insert(record.path.clone()) {
            true => Fault::status(503),
            false => Fault::answer(200, "application/json", "{}"),
        })
    });
    for result in reads(&client, 1000).await {
        result.unwrap();
    }
}

#[tokio::test]
async fn an_outage_of_a_minute_is_not_made_worse() {
    let (clock, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    tenant.rule(move |_| {
        count.fetch_add(1, SeqCst);
        Some(Fault::status(503))
    });
    let mut workers = JoinSet::new();
    for _ in 0..10 {
        let (client, clock) = (client.clone(), clock.clone());
        workers.spawn(async move {
            let mut calls = 0;
            while clock.elapsed() < 60 * SECOND {
                repositories(&client).await.unwrap_err();
                calls += 1;
                prisma_cloud::Clock::sleep(&clock, SECOND / 2).await;
            }
            calls
        });
    }
    let calls: usize = workers.join_all().await.into_iter().sum();
    let sent = sent.load(SeqCst);
    assert!(calls > 800, "{calls}");
    assert!(sent as f64 <= 1.2 * calls as f64, "{sent} for {calls}");
}

#[tokio::test]
async fn writes_succeed_against_a_limit_that_asks_for_no_pause() {
    let (clock, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let (count, now) = (sent.clone(), clock.clone());
    let (mut level, mut at) = (20.0f64, Duration::ZERO);
    tenant.rule(move |record| {
        if record.path != "/policy" {
            return None;
        }
        count.fetch_add(1, SeqCst);
        let passed = now.elapsed().saturating_sub(at).as_secs_f64();
        (level, at) = ((level + 20.0 * passed).min(20.0), now.elapsed());
        if level >= 1.0 {
            level -= 1.0;
            return None;
        }
        Some(Fault::status(429).header("retry-after", "0"))
    });
    let mut tasks = JoinSet::new();
    for number in 0..200 {
        let client = client.clone();
        tasks.spawn(async move { create(&client, &format!("policy {number}")).await });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.policies().len(), 200);
    let sent = sent.load(SeqCst);
    println!("{sent} sends");
    assert!(sent <= 700, "{sent}");
}

async fn with_budget(budget: u32) -> (SimulatedClock, Tenant, PrismaCloud) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let policy = RetryPolicy::default().with_budget(budget);
    let client = tenant.client().retry(policy).build().unwrap();
    repositories(&client).await.unwrap();
    (clock, tenant, client)
}

#[tokio::test]
async fn an_error_says_when_the_budget_was_the_reason() {
    let (_, tenant, client) = with_budget(0).await;
    tenant.fail_next(Fault::status(503));
    let error = repositories(&client).await.unwrap_err();
    assert_eq!(error.attempts(), 1);
    assert!(
        error.to_string().contains("the budget for retries"),
        "{error}"
    );
    // It costs nothing to wait for a limit.
    tenant.fail_next(Fault::too_many_requests());
    repositories(&client).await.unwrap();
}

#[tokio::test]
async fn the_budget_is_not_charged_for_a_retry_that_cannot_be_made() {
    let (clock, tenant, client) = with_budget(1).await;
    // After a hiccup that is over, every retry is charged for a while.
    tenant.fail_next(Fault::status(503));
    repositories(&client).await.unwrap();
    clock.advance(2 * SECOND);
    for _ in 0..3 {
        tenant.fail_next(Fault::status(503));
        let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]);
        let body = Some(reqwest::Body::wrap_stream(pieces));
        let error = exchange(&client, &JSON, body).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BodyNotReplayable, "{error}");
    }
    tenant.fail_next(Fault::status(503));
    repositories(&client).await.unwrap();
}
