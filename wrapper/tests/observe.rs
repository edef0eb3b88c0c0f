//! What a client tells an observer about its work.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{page, repositories, settle_until};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Event, Method, Product};
use serde_json::json;

#[tokio::test]
async fn an_observer_sees_every_step() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let client = tenant
        .client()
        .observer(move |event: &Event<'_>| {
            let line = match event {
                Event::Attempt {
                    operation,
                    number,
                    status,
                    ..
                } => format!("attempt {operation} {number} {status:?}"),
                Event::Finished {
                    failure, attempts, ..
                } => format!("finished {attempts} {failure:?}"),
                Event::Retry { number, .. } => format!("retry {number}"),
                Event::Throttled { .. } => "throttled".to_owned(),
                Event::Login { failure, .. } => format!("login {failure:?}"),
                Event::Extension { failure, .. } => format!("extension {failure:?}"),
                _ => "something new".to_owned(),
            };
            log.lock().unwrap().push(line);
        })
        .build()
        .unwrap();
    let take = || std::mem::take(&mut *seen.lock().unwrap());

    repositories(&client).await.unwrap();
    assert_eq!(
        take(),
        [
            "attempt app-login 1 Some(200)",
            "login None",
            "attempt undocumented 1 Some(200)",
            "finished 1 None"
        ]
    );
    tenant.fail_next(Fault::status(503));
    repositories(&client).await.unwrap();
    assert_eq!(
        take(),
        [
            "attempt undocumented 1 Some(503)",
            "retry 1",
            "attempt undocumented 2 Some(200)",
            "finished 2 None"
        ]
    );
    for _ in 0..11 {
        page(&client, &json!({})).await.unwrap();
    }
    assert!(take().contains(&"throttled".to_owned()));
    clock.advance(Duration::from_secs(8 * 60));
    tenant.rule(|record| (record.path == "/auth_token/extend").then(|| Fault::status(500)));
    repositories(&client).await.unwrap();
    settle_until(|| {
        seen.lock()
            .unwrap()
            .iter()
            .any(|line| line == "extension Some(Server)")
    })
    .await;
    take();
    tenant.no_more_faults();
    client
        .raw(Product::Cspm, Method::GET, "/nothing")
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        take(),
        [
            "attempt undocumented 1 Some(404)",
            "finished 1 Some(NotFound)"
        ]
    );
}
