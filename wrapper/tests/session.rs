//! One token, shared by everybody, renewed by one. What holds for every source of tokens is in `sources.rs`.

mod common;

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use common::{create, page, repositories, settle, settle_until, simulated, watched};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Event, Method, PrismaCloud, Product};
use serde_json::json;
use tokio::task::JoinSet;

const MINUTE: Duration = Duration::from_secs(60);

fn many(client: &PrismaCloud, count: usize) -> JoinSet<Result<usize, prisma_cloud::Error>> {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let client = client.clone();
        tasks.spawn(async move { repositories(&client).await });
    }
    tasks
}

#[tokio::test]
async fn building_sends_nothing() {
    let (_, tenant, client) = simulated().await;
    settle().await;
    assert_eq!(client.base_url(), tenant.url());
    assert!(tenant.recorded().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_first_calls_on_several_threads_cause_one_login() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    for result in many(&client, 1000).join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.count("POST", "/login"), 1);
}

#[tokio::test]
async fn a_token_that_cannot_be_extended_leads_to_a_login() {
    let (clock, tenant, client, over) = watched().await;
    repositories(&client).await.unwrap();
    clock.advance(8 * MINUTE);
    tenant.rule(|record| (record.path == "/auth_token/extend").then(|| Fault::status(401)));
    repositories(&client).await.unwrap();
    settle_until(|| over.load(SeqCst) == 1).await;
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 2);
}

#[tokio::test]
async fn a_refused_login_is_reported_to_all_and_tried_again_after_a_pause() {
    let (clock, tenant, client) = simulated().await;
    tenant.set_access_key("other", "key");
    for result in many(&client, 100).join_all().await {
        let error = result.unwrap_err();
        assert!(error.is_unauthorized(), "{error}");
        assert!(error.has_key("invalid_credentials"));
        assert!(error.to_string().contains("access key"), "{error}");
    }
    assert_eq!(tenant.count("POST", "/login"), 1);
    assert_eq!(tenant.logins(), 0);
    assert_eq!(tenant.count("GET", "/code/api/v1/repositories"), 0);
    tenant.set_access_key("example-access-key", "example-secret-key");
    clock.advance(Duration::from_secs(30));
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 1);
}

#[tokio::test]
async fn cancelling_the_one_who_refreshes_strands_nobody() {
    let (_, tenant, client) = simulated().await;
    tenant.fail_next(Fault::delay(Duration::from_millis(50)));
    let first = tokio::spawn({
        let client = client.clone();
        async move { repositories(&client).await }
    });
    settle_until(|| tenant.count("POST", "/login") == 1).await;
    let others = many(&client, 10);
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    for result in others.join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.count("POST", "/login"), 1);
}

#[test]
fn a_client_survives_the_runtime_in_which_it_refreshed() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let clock = SimulatedClock::new();
    // The tenant is served by a thread of its own.
    let outer = runtime();
    let tenant = outer.block_on(Tenant::builder().clock(&clock).start());
    let client = tenant.client().build().unwrap();
    tenant.fail_next(Fault::delay(Duration::from_secs(3600)));
    {
        let first = runtime();
        first.block_on(async {
            let call = client.clone();
            tokio::spawn(async move { repositories(&call).await });
            settle_until(|| tenant.count("POST", "/login") == 1).await;
        });
    }
    assert_eq!(runtime().block_on(repositories(&client)).unwrap(), 6);
}

#[tokio::test]
async fn dropping_the_client_leaves_nothing_behind() {
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let (clock, tenant, client) = simulated().await;
    let before = alive();
    repositories(&client).await.unwrap();
    clock.advance(8 * MINUTE);
    tenant.rule(|record| {
        (record.path == "/auth_token/extend").then(|| Fault::delay(Duration::from_secs(3600)))
    });
    repositories(&client).await.unwrap();
    settle_until(|| tenant.count("GET", "/auth_token/extend") == 1).await;
    assert!(alive() > before, "the extension is under way");
    drop(client);
    settle_until(|| alive() == before).await;
}

#[tokio::test]
async fn a_session_starts_from_a_token() {
    let (clock, tenant, _, _) = watched().await;
    let over = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let build = |token: String| {
        let over = over.clone();
        PrismaCloud::builder()
            .observer(move |event: &Event<'_>| {
                if let Event::Extension { .. } = event {
                    over.fetch_add(1, SeqCst);
                }
            })
            .url(tenant.url())
            .token(token)
            .clock(clock.clone())
            .build()
            .unwrap()
    };
    let client = build(tenant.issue_token());
    for round in 1..=8 {
        repositories(&client).await.unwrap();
        settle_until(|| over.load(SeqCst) == round).await;
        // Its age is unknown, so the first one is extended at once, the others when they are due.
        clock.advance(8 * MINUTE);
    }
    assert_eq!(tenant.count("POST", "/login"), 0);
    // Too long a pause is the end of it, and the error says so.
    clock.advance(20 * MINUTE);
    let error = repositories(&client).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(error.to_string().contains("token"), "{error}");
    // With a key, the key takes over.
    let client = tenant.client().token("no-longer-good").build().unwrap();
    repositories(&client).await.unwrap();
    assert_eq!(tenant.logins(), 1);
}

#[tokio::test]
async fn a_genuine_403_is_reported_after_one_login_and_without_a_storm() {
    let (clock, tenant, client) = simulated().await;
    tenant.answer("GET", 403, "application/json", "");
    tenant.answer(
        "GET /code/api/v1/repositories",
        403,
        "application/json",
        r#"{"message":"User is not authorized"}"#,
    );
    for result in many(&client, 100).join_all().await {
        let error = result.unwrap_err();
        assert!(error.is_forbidden(), "{error}");
        assert!(
            error.to_string().contains("User is not authorized"),
            "{error}"
        );
        assert!(error.to_string().contains("permission"), "{error}");
    }
    assert_eq!(tenant.logins(), 2, "the first one, and one to make sure");
    for _ in 0..50 {
        repositories(&client).await.unwrap_err();
    }
    assert_eq!(tenant.logins(), 2);
    // The other product is not affected, and a minute later it is worth another try.
    page(&client, &json!({})).await.unwrap();
    clock.advance(2 * MINUTE);
    repositories(&client).await.unwrap_err();
    assert_eq!(tenant.logins(), 3);
}

#[tokio::test]
async fn a_revoked_token_costs_one_login_however_many_see_it() {
    let (_, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    tenant.revoke_tokens();
    let mut tasks = many(&client, 200);
    for index in 0..200 {
        let client = client.clone();
        tasks.spawn(async move { create(&client, &format!("policy {index}")).await.map(|_| 0) });
    }
    for result in tasks.join_all().await {
        result.unwrap();
    }
    assert_eq!(tenant.logins(), 2);
    assert_eq!(tenant.policies().len(), 200);
}

#[tokio::test]
async fn a_403_of_cspm_is_genuine() {
    let (_, tenant, client) = simulated().await;
    tenant.answer("GET /policy", 403, "text/plain", "");
    let error = client
        .raw(Product::Cspm, Method::GET, "/policy")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!((tenant.logins(), error.attempts()), (1, 1));
}

#[tokio::test]
async fn the_documented_login_call_carries_no_token() {
    let (_, tenant, client) = simulated().await;
    client
        .raw(Product::Cspm, Method::POST, "/login")
        .json(&json!({ "username": "example-access-key", "password": "example-secret-key" }))
        .send()
        .await
        .unwrap();
    let records = tenant.recorded();
    assert_eq!(records.len(), 1);
    assert!(!records[0].headers.contains_key("x-redlock-auth"));
}
