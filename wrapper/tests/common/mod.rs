//! What the tests share.

#![allow(dead_code, reason = "each test uses a part of it")]

pub mod exchange;
mod seed;
pub mod visitor;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Error, Event, Method, PrismaCloud, Product};
use serde_json::{Value, json};

/// One page of alerts, by offset or by token.
pub async fn page(client: &PrismaCloud, body: &Value) -> Result<Value, Error> {
    client
        .raw(Product::Cspm, Method::POST, "/v2/alert")
        .only_reads()
        .json(body)
        .send()
        .await?
        .json()
}

/// All alerts, page by page, with a call of the other product every few pages. Gives the number of alerts.
pub async fn listing(client: &PrismaCloud, limit: u64) -> Result<u64, Error> {
    let mut count = 0;
    let mut body = json!({ "limit": limit });
    for number in 0u64.. {
        let answer = page(client, &body).await?;
        let items = answer["items"].as_array().expect("items").len() as u64;
        if items == 0 {
            break;
        }
        count += items;
        body = json!({ "pageToken": answer["nextPageToken"] });
        if number % 7 == 0 {
            repositories(client).await?;
        }
    }
    Ok(count)
}

/// A call of Code Security.
pub async fn repositories(client: &PrismaCloud) -> Result<usize, Error> {
    let list: Vec<Value> = client
        .raw(Product::Code, Method::GET, "/code/api/v1/repositories")
        .send()
        .await?
        .json()?;
    Ok(list.len())
}

/// A policy with what is required.
pub fn policy(name: &str) -> Value {
    json!({
        "name": name, "policyType": "config", "severity": "low",
        "rule": { "name": name, "type": "Config", "criteria": "config from cloud.resource", "parameters": {} },
    })
}

/// A call that creates something.
pub async fn create(client: &PrismaCloud, name: &str) -> Result<Value, Error> {
    client
        .raw(Product::Cspm, Method::POST, "/policy")
        .json(&policy(name))
        .send()
        .await?
        .json()
}

/// A tenant and its client on one simulated clock.
pub async fn simulated() -> (SimulatedClock, Tenant, PrismaCloud) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let client = tenant.client().build().expect("a client");
    (clock, tenant, client)
}

/// The same, with the number of extensions that are over, however they ended.
pub async fn watched() -> (SimulatedClock, Tenant, PrismaCloud, Arc<AtomicUsize>) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let over = Arc::new(AtomicUsize::new(0));
    let count = over.clone();
    let client = tenant
        .client()
        .observer(move |event: &Event<'_>| {
            if let Event::Extension { .. } = event {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build()
        .expect("a client");
    (clock, tenant, client, over)
}

/// Waits, without letting simulated time pass, until something has come about.
pub async fn settle_until(done: impl Fn() -> bool) {
    let begin = std::time::Instant::now();
    while !done() {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "it does not come about"
        );
        tokio::task::yield_now().await;
    }
    settle().await;
}

/// See [`seed::seed`].
pub fn seed() -> u64 {
    seed::seed()
}

/// Lets everything that can run do so.
pub async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}
