//! Renewing a token: bounded, and nobody pays for the refusal of another's call.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use common::{repositories, settle, settle_until, simulated};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Error, Event, Method, PrismaCloud, Product};
use tokio::task::JoinSet;

const SECOND: Duration = Duration::from_secs(1);
const REFUSAL: &str = r#"{"message":"not yours"}"#;

/// A call that the tenants of these tests refuse whatever the token is.
async fn forbidden(client: &PrismaCloud, product: Product, number: usize) -> Result<(), Error> {
    let path = match product {
        Product::Code => format!("/code/api/v1/forbidden/{number}"),
        _ => format!("/forbidden/{number}"),
    };
    let call = client.raw(product, Method::GET, path);
    call.send().await.map(drop)
}

fn forbid(tenant: &Tenant, status: u16) {
    tenant.rule(move |record| {
        let refused = record.path.contains("/forbidden/");
        refused.then(|| Fault::answer(status, "application/json", REFUSAL))
    });
}

fn good_calls(client: &PrismaCloud, count: usize) -> JoinSet<Result<(), Error>> {
    let mut tasks = JoinSet::new();
    for index in 0..count {
        let client = client.clone();
        tasks.spawn(async move {
            if index % 2 == 0 {
                return repositories(&client).await.map(drop);
            }
            let call = client.raw(Product::Cspm, Method::GET, "/cloud");
            call.send().await.map(drop)
        });
    }
    tasks
}

#[tokio::test]
async fn good_calls_survive_a_revocation_beside_a_forbidden_call() {
    for (product, status) in [
        (Product::Code, 403),
        (Product::Code, 401),
        (Product::Cspm, 401),
    ] {
        let (_, tenant, client) = simulated().await;
        forbid(&tenant, status);
        for result in good_calls(&client, 50).join_all().await {
            result.unwrap();
        }
        forbidden(&client, product, 1).await.unwrap_err();
        let mut tasks = good_calls(&client, 175);
        settle_until(|| tenant.recorded().len() > 100).await;
        tenant.revoke_tokens();
        while let Some(result) = tasks.join_next().await {
            result.unwrap().unwrap();
        }
        let again = client.clone();
        let last = tokio::spawn(async move { forbidden(&again, product, 1).await });
        for result in good_calls(&client, 175).join_all().await {
            result.unwrap();
        }
        last.await.unwrap().unwrap_err();
        assert!(
            tenant.logins() <= 3,
            "{product:?} {status}: {}",
            tenant.logins()
        );
    }
}

#[tokio::test]
async fn good_calls_survive_a_revocation_before_any_call_has_succeeded() {
    for (product, status) in [
        (Product::Code, 403),
        (Product::Code, 401),
        (Product::Cspm, 401),
    ] {
        let (clock, tenant, client) = simulated().await;
        forbid(&tenant, status);
        forbidden(&client, product, 1).await.unwrap_err();
        clock.advance(10 * SECOND);
        tenant.revoke_tokens();
        for result in good_calls(&client, 400).join_all().await {
            result.unwrap();
        }
        assert!(
            tenant.logins() <= 3,
            "{product:?} {status}: {}",
            tenant.logins()
        );
    }
}

#[tokio::test]
async fn many_forbidden_calls_cost_one_login_a_minute() {
    for (product, status) in [(Product::Code, 403), (Product::Cspm, 401)] {
        let (clock, tenant, client) = simulated().await;
        forbid(&tenant, status);
        repositories(&client).await.unwrap();
        for minute in 1..=3 {
            for number in 0..40 {
                forbidden(&client, product, number).await.unwrap_err();
                repositories(&client).await.unwrap();
            }
            assert_eq!(tenant.logins(), 1 + minute, "{product:?}");
            clock.advance(61 * SECOND);
        }
    }
}

#[tokio::test]
async fn the_message_says_whether_a_fresh_token_was_tried() {
    let (_, tenant, client) = simulated().await;
    forbid(&tenant, 401);
    let first = forbidden(&client, Product::Cspm, 1).await.unwrap_err();
    assert!(
        first.to_string().contains("a fresh token was refused too"),
        "{first}"
    );
    let logins = tenant.logins();
    let second = forbidden(&client, Product::Cspm, 1).await.unwrap_err();
    assert!(
        second.to_string().contains("no fresh token was requested"),
        "{second}"
    );
    assert_eq!(tenant.logins(), logins);
}

#[tokio::test]
async fn a_call_that_succeeds_after_all_is_not_forbidden_any_more() {
    let (_, tenant, client) = simulated().await;
    forbid(&tenant, 401);
    repositories(&client).await.unwrap();
    forbidden(&client, Product::Cspm, 1).await.unwrap_err();
    tenant.no_more_faults();
    tenant.answer("GET /forbidden/1", 200, "application/json", "{}");
    forbidden(&client, Product::Cspm, 1).await.unwrap();
    tenant.revoke_tokens();
    forbidden(&client, Product::Cspm, 1).await.unwrap();
}

#[tokio::test]
async fn an_observer_that_panics_harms_neither_session_nor_calls() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let told = Arc::new(AtomicUsize::new(0));
    let count = told.clone();
    let client = tenant
        .client()
        .observer(move |event: &Event<'_>| {
            count.fetch_add(1, SeqCst);
            panic!("{event:?}");
        })
        .build()
        .unwrap();
    tenant.fail_next(Fault::status(503));
    for _ in 0..10 {
        repositories(&client).await.unwrap();
    }
    clock.advance(490 * SECOND);
    repositories(&client).await.unwrap();
    settle_until(|| tenant.extensions() == 1).await;
    assert_eq!(tenant.logins(), 1);
    assert!(told.load(SeqCst) > 20);
}

#[test]
fn a_runtime_without_timers_is_an_error_and_not_a_storm() {
    let outer = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let tenant = outer.block_on(Tenant::start());
    let client = tenant.client().build().unwrap();
    let timeless = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let error = timeless.block_on(repositories(&client)).unwrap_err();
    assert!(error.to_string().contains("enable_all"), "{error}");
    assert!(tenant.count("POST", "/login") <= 1);
    outer.block_on(repositories(&client)).unwrap();
}

#[tokio::test]
async fn a_token_that_is_over_on_arrival_is_tried_once() {
    for accepted in [true, false] {
        let clock = SimulatedClock::new();
        let tenant = Tenant::builder()
            .clock(&clock)
            .token_life(SECOND)
            .start()
            .await;
        let client = tenant.client().build().unwrap();
        let late = clock.clone();
        tenant.rule(move |record| {
            if record.path == "/login" {
                late.advance(Duration::from_millis(1100));
                return None;
            }
            (!accepted).then(|| Fault::status(401))
        });
        let result = repositories(&client).await;
        assert_eq!(tenant.logins(), 1);
        if accepted {
            result.unwrap();
            continue;
        }
        let error = result.unwrap_err().to_string();
        assert!(
            error.contains("lives 1 s, and getting it took 1.1 s"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_wait_for_a_login_is_part_of_the_time_of_a_call() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let client = tenant.client().overall_timeout(7 * SECOND).build().unwrap();
    tenant.rule(|record| (record.path == "/login").then(|| Fault::delay(3600 * SECOND)));
    let first = tokio::spawn({
        let client = client.clone();
        async move { repositories(&client).await }
    });
    settle_until(|| tenant.count("POST", "/login") == 1).await;
    clock.advance(4 * SECOND);
    // It joins the login, and gives up seven seconds after its own beginning.
    let second = tokio::spawn({
        let client = client.clone();
        async move { client.identity().await.map(drop) }
    });
    settle().await;
    clock.advance(3 * SECOND);
    let error = first.await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains(" 7 s"), "{error}");
    clock.advance(4 * SECOND);
    let error = second.await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(clock.elapsed() <= 11 * SECOND);
}

#[test]
fn a_login_on_a_runtime_that_nobody_drives_is_begun_anew() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let clock = SimulatedClock::new();
    let outer = runtime();
    let tenant = outer.block_on(Tenant::builder().clock(&clock).start());
    let client = tenant.client().build().unwrap();
    tenant.fail_next(Fault::delay(3600 * SECOND));
    let first = runtime();
    first.block_on(async {
        let call = client.clone();
        tokio::spawn(async move { repositories(&call).await });
        settle_until(|| tenant.count("POST", "/login") == 1).await;
    });
    // It is still there, and stands still.
    runtime().block_on(async {
        let call = client.clone();
        let call = tokio::spawn(async move { repositories(&call).await });
        settle().await;
        clock.advance(2 * SECOND);
        assert_eq!(call.await.unwrap().unwrap(), 6);
    });
    drop(first);
}

#[test]
fn a_login_that_takes_its_time_on_another_runtime_is_waited_for() {
    let clock = SimulatedClock::new();
    let outer = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let tenant = outer.block_on(Tenant::builder().clock(&clock).start());
    let client = tenant.client().build().unwrap();
    tenant.fail_next(Fault::delay(3 * SECOND));
    let call = client.clone();
    let first = outer.spawn(async move { repositories(&call).await });
    let inner = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    inner.block_on(async {
        settle_until(|| tenant.count("POST", "/login") == 1).await;
        let call = client.clone();
        let second = tokio::spawn(async move { repositories(&call).await });
        settle().await;
        // Tasks of a runtime begin in the order in which they were handed to it.
        outer.spawn(async {}).await.unwrap();
        for _ in 0..3 {
            clock.advance(SECOND);
            settle().await;
        }
        assert_eq!(second.await.unwrap().unwrap(), 6);
    });
    assert_eq!(outer.block_on(first).unwrap().unwrap(), 6);
    assert_eq!(tenant.count("POST", "/login"), 1);
}

#[tokio::test]
async fn a_login_that_is_due_does_not_wait_for_an_extension() {
    let (clock, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    clock.advance(490 * SECOND);
    tenant
        .rule(|record| (record.path == "/auth_token/extend").then(|| Fault::delay(3600 * SECOND)));
    repositories(&client).await.unwrap();
    settle_until(|| tenant.count("GET", "/auth_token/extend") == 1).await;
    clock.advance(109 * SECOND);
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 2);
    assert_eq!(clock.elapsed(), 599 * SECOND, "nobody has waited");
}

#[tokio::test]
async fn a_login_that_is_refused_is_not_repeated_by_every_call() {
    let (clock, tenant, client) = simulated().await;
    tenant.set_access_key("other", "key");
    for _ in 0..200 {
        let error = repositories(&client).await.unwrap_err();
        assert!(error.is_unauthorized() && error.has_key("invalid_credentials"));
    }
    assert_eq!(tenant.count("POST", "/login"), 1);
    let error = repositories(&client).await.unwrap_err();
    assert!(
        error.to_string().contains("not for another 30 s"),
        "{error}"
    );
    // Again after 30 s, then after 60 s.
    for (seconds, logins) in [(29, 1), (1, 2), (59, 2), (1, 3)] {
        clock.advance(seconds * SECOND);
        repositories(&client).await.unwrap_err();
        assert_eq!(tenant.count("POST", "/login"), logins);
    }
}

#[tokio::test]
async fn a_login_that_failed_for_another_reason_is_repeated_by_the_next_call() {
    for fault in [Fault::status(400), Fault::html(401), Fault::status(403)] {
        let (_, tenant, client) = simulated().await;
        tenant.fail_next(fault);
        repositories(&client).await.unwrap_err();
        repositories(&client).await.unwrap();
        assert_eq!(tenant.logins(), 1);
    }
}

#[tokio::test]
async fn roles_are_told_also_while_a_login_is_under_way() {
    let (_, tenant, client) = simulated().await;
    tenant.fail_next(Fault::delay(Duration::from_millis(50)));
    let (call, identity) = tokio::join!(repositories(&client), client.identity());
    call.unwrap();
    assert!(identity.unwrap().roles.is_some());
}

#[tokio::test]
async fn a_token_that_is_not_known_everywhere_at_once_fails_no_call() {
    let (clock, tenant, client) = simulated().await;
    let issued = Arc::new(std::sync::Mutex::new(Duration::ZERO));
    let now = clock.clone();
    tenant.rule(move |record| {
        let mut issued = issued.lock().unwrap();
        if record.path == "/login" {
            *issued = now.elapsed();
            return None;
        }
        (now.elapsed() < *issued + Duration::from_millis(50)).then(|| Fault::status(401))
    });
    for result in good_calls(&client, 20).join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.logins(), 1);
    tenant.revoke_tokens();
    for result in good_calls(&client, 20).join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.logins(), 2);
}

#[tokio::test]
async fn a_token_that_only_some_servers_know_at_once_fails_no_call() {
    let (clock, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    clock.advance(60 * SECOND);
    let issued = Arc::new(std::sync::Mutex::new(clock.elapsed()));
    let now = clock.clone();
    tenant.rule(move |record| {
        let mut issued = issued.lock().unwrap();
        if record.path == "/login" {
            *issued = now.elapsed();
            return None;
        }
        let behind = record.path == "/cloud" && now.elapsed() < *issued + SECOND / 20;
        behind.then(|| Fault::status(401))
    });
    tenant.revoke_tokens();
    for result in good_calls(&client, 20).join_all().await {
        result.unwrap();
    }
}

#[tokio::test]
async fn a_page_with_status_401_counts_as_a_stale_token() {
    let (_, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    tenant.fail_next(Fault::html(401));
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 2);
}
