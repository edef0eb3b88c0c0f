//! Waiting before the server has to refuse, and not longer than that.

mod common;

use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use common::{create, page, repositories, settle, simulated};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Event, Method, PrismaCloud, Product};
use serde_json::json;

const TASKS: usize = 50;
const CALLS: usize = 500;
/// Five a second after a burst of ten.
const IDEAL: f64 = 98.0;

async fn call(client: &PrismaCloud, operation: &str) {
    let (method, path) = operation.split_once(' ').unwrap();
    client
        .raw(Product::Cspm, method.parse().unwrap(), path)
        .only_reads()
        .send()
        .await
        .unwrap();
}

/// Five hundred calls from fifty tasks. Gives the simulated time and the number of refusals.
async fn run(operation: &'static str, whole_seconds: bool) -> (f64, usize) {
    let (clock, tenant, client) = simulated().await;
    tenant.answer(operation, 200, "application/json", "{}");
    if whole_seconds {
        tenant.limit_in_whole_seconds(operation, 5.0, 10.0);
    } else {
        tenant.limit(operation, 5.0, 10.0);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..TASKS {
        let client = client.clone();
        tasks.spawn(async move {
            for _ in 0..CALLS / TASKS {
                call(&client, operation).await;
            }
        });
    }
    tasks.join_all().await;
    let refused = tenant.count_where(|record| record.status == Some(429));
    (clock.elapsed().as_secs_f64(), refused)
}

#[tokio::test]
async fn five_hundred_calls_take_the_ideal_time() {
    for operation in [
        // The limit is published.
        "GET /alert/P-1",
        // Another one is published: 2 a second.
        "POST /v2/alert",
        // None is.
        "GET /settings/enterprise",
    ] {
        let (seconds, refused) = run(operation, false).await;
        println!("{operation}: {seconds} s, {refused} refused");
        assert!(seconds <= IDEAL * 1.05, "{operation}: {seconds} s");
        assert!(seconds >= IDEAL - 0.5, "{operation}: {seconds} s");
        assert!(refused <= 1, "{operation}: {refused} refused");
    }
}

#[tokio::test]
async fn the_same_where_the_server_refills_once_a_second() {
    let (seconds, refused) = run("GET /alert/P-1", true).await;
    println!("{seconds} s, {refused} refused");
    assert!(seconds <= IDEAL * 1.05, "{seconds} s");
    assert!(refused <= 1, "{refused} refused");
}

#[tokio::test]
async fn what_another_program_spends_is_noticed_from_the_headers() {
    let (_, tenant, client) = simulated().await;
    tenant.answer("GET /alert/P-1", 200, "application/json", "{}");
    tenant.limit("GET /alert/P-1", 5.0, 10.0);
    for round in 0..20 {
        // Half the bucket at a time; the next answer tells.
        if round % 5 == 0 {
            call(&client, "GET /alert/P-1").await;
            tenant.drain("GET /alert/P-1", 5.0);
        }
        call(&client, "GET /alert/P-1").await;
    }
    assert!(tenant.count_where(|record| record.status == Some(429)) <= 1);
}

#[tokio::test]
async fn clones_and_both_products_share_the_buckets_in_order() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let throttled = Arc::new(Mutex::new(Duration::ZERO));
    let seen = throttled.clone();
    let client = tenant
        .client()
        .observer(move |event: &Event<'_>| {
            if let Event::Throttled { wait, .. } = event {
                *seen.lock().unwrap() += *wait;
            }
        })
        .build()
        .unwrap();
    tenant.limit("POST /v2/alert", 2.0, 10.0);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..30 {
        let (client, order) = (client.clone(), order.clone());
        tasks.spawn(async move {
            page(&client, &json!({ "limit": 1 })).await.unwrap();
            order.lock().unwrap().push(number);
        });
        settle().await;
    }
    // Another operation has a bucket of its own and does not queue.
    repositories(&client).await.unwrap();
    tasks.join_all().await;
    let order = order.lock().unwrap();
    assert!(
        order[10..].is_sorted(),
        "first come, first served: {order:?}"
    );
    assert!(
        *throttled.lock().unwrap() > Duration::from_secs(9),
        "waits are observable"
    );
}

#[tokio::test]
async fn who_is_cancelled_in_the_queue_holds_nobody_up() {
    let (clock, tenant, client) = simulated().await;
    tenant.answer("GET /alert/P-1", 200, "application/json", "{}");
    tenant.limit("GET /alert/P-1", 5.0, 10.0);
    for _ in 0..10 {
        call(&client, "GET /alert/P-1").await;
    }
    let mut tasks: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client, "GET /alert/P-1").await })
        })
        .collect();
    tokio::task::yield_now().await;
    for task in tasks.drain(..10) {
        task.abort();
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(
        clock.elapsed() <= Duration::from_secs(3),
        "{:?}",
        clock.elapsed()
    );
}

#[tokio::test]
async fn ten_thousand_creations_against_429_are_done_exactly_once() {
    many_creations(
        |random| (random.u8(0..5) == 0).then(Fault::too_many_requests),
        |created, failed| {
            assert_eq!(failed, 0);
            assert_eq!(created.len(), 10_000);
        },
    )
    .await;
}

#[tokio::test]
async fn ten_thousand_creations_against_failures_after_acting_make_no_duplicate() {
    many_creations(
        |random| {
            (random.u8(0..5) == 0).then(|| {
                match random.u8(0..6) {
                    0 => Fault::status(500),
                    1 => Fault::status(502),
                    2 => Fault::status(503).header("retry-after", "1"),
                    3 => Fault::status(504),
                    4 => Fault::html(200),
                    _ => Fault::reset(),
                }
                .after_acting()
            })
        },
        |created, failed| {
            assert!((1_500..2_500).contains(&failed), "{failed}");
            // Every one was carried out, whether its answer arrived or not.
            assert_eq!(created.len(), 10_000);
        },
    )
    .await;
}

async fn many_creations(
    mut fault: impl FnMut(&mut fastrand::Rng) -> Option<Fault> + Send + 'static,
    judge: impl Fn(&[String], usize),
) {
    let seed = common::seed();
    let mut random = fastrand::Rng::with_seed(seed);
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let client = tenant.client().jitter_seed(seed).build().unwrap();
    tenant.rule(move |record| {
        if record.path == "/policy" {
            fault(&mut random)
        } else {
            None
        }
    });
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..50 {
        let client = client.clone();
        tasks.spawn(async move {
            let mut failed = 0;
            for number in 0..200 {
                match create(&client, &format!("policy {task}-{number}")).await {
                    Ok(_) => {}
                    Err(error) => {
                        failed += 1;
                        let text = error.to_string();
                        assert!(text.contains("may have been carried out"), "{text}");
                    }
                }
            }
            failed
        });
    }
    let failed = tasks.join_all().await.into_iter().sum();
    let mut created = tenant.policies();
    let all = created.len();
    created.sort();
    created.dedup();
    assert_eq!(created.len(), all, "duplicates");
    judge(&created, failed);
}

#[tokio::test]
async fn the_method_of_a_call_makes_no_difference_to_a_429() {
    let (_, tenant, client) = simulated().await;
    for method in [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ] {
        let operation = format!("{method} /thing");
        tenant.answer(&operation, 200, "application/json", "{}");
        let mut left = 3;
        tenant.rule(move |record| {
            (record.path == "/thing" && left > 0).then(|| {
                left -= 1;
                Fault::html(429)
            })
        });
        client
            .raw(Product::Cspm, method.clone(), "/thing")
            .send()
            .await
            .unwrap();
        assert_eq!(tenant.count(method.as_str(), "/thing"), 4);
    }
}
