//! The tenant in a box by itself: what it answers, and what it refuses.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::visitor::Visitor;
use prisma_cloud::testing::samples::{Extent, Way, check, document, operations};
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Method, Product};
use serde_json::{Value, json};

#[tokio::test]
async fn every_operation_is_answered_as_its_document_says() {
    // Samples about access keys are about this one.
    let key = "00000000-0000-4000-8004-000000000000";
    let tenant = Tenant::builder().access_key(key, "secret").start().await;
    let mut visitor = Visitor::new(&tenant);
    let mut changed = false;
    let (mut wrong, mut refused) = (Vec::new(), BTreeSet::new());
    for extent in [Extent::Minimal, Extent::Full] {
        for operation in operations() {
            // What is deleted by one call is missed by another.
            if std::mem::replace(&mut changed, operation.method() != Method::GET) {
                tenant.reset();
                visitor.renew(&tenant);
            }
            let sample = operation.sample_request(extent, 1);
            let answer = visitor.send(operation, &sample).await;
            if answer.status / 100 != 2 {
                refused.insert(operation.id());
                continue;
            }
            let schemas = &document(operation.product())["components"]["schemas"];
            let judged = match operation.response_schema() {
                Some(schema) => check(schemas, schema, &answer.json(), Way::Response),
                None => Ok(()),
            };
            if let Err(violation) = judged {
                wrong.push(format!("{} {extent:?}: {violation:?}", operation.id()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(
        refused,
        BTreeSet::from(["app-login"]),
        "a sample is no secret"
    );
}

#[tokio::test]
async fn the_same_seed_gives_the_same_answers() {
    let answer = async |seed| {
        let tenant = Tenant::builder().seed(seed).start().await;
        let visitor = Visitor::new(&tenant);
        visitor.get("/user/role").await.json()
    };
    assert_eq!(answer(3).await, answer(3).await);
    assert_ne!(answer(3).await, answer(4).await);
}

#[tokio::test]
async fn what_the_documents_forbid_is_refused_and_the_field_is_named() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    for (method, path, body, status, field) in [
        ("GET", "/alert/count/open?x=1", None, 200, ""),
        (
            "GET",
            "/v2/alert/rule?enabled=perhaps",
            None,
            400,
            "enabled",
        ),
        (
            "POST",
            "/cloud/group",
            Some(json!({"name": "a"})),
            400,
            "accountIds",
        ),
        (
            "POST",
            "/cloud/group",
            Some(json!({"name": 1, "accountIds": []})),
            400,
            "name",
        ),
        ("POST", "/cloud/group", None, 400, "body"),
        (
            "POST",
            "/v2/alert",
            Some(json!({"limit": 10_001})),
            400,
            "limit",
        ),
        (
            "POST",
            "/v2/alert",
            Some(json!({"filters": [{"name": "a.b", "value": "c"}]})),
            400,
            "a.b",
        ),
        (
            "POST",
            "/v2/alert",
            Some(json!({"pageToken": "x"})),
            400,
            "pageToken",
        ),
        ("PUT", "/v2/alert", None, 405, ""),
        ("GET", "/no/such/path", None, 404, ""),
        ("GET", "/policy/none", None, 404, "none"),
    ] {
        let answer = visitor.ask(method, path, body.as_ref()).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.said());
        let entries: Vec<Value> = answer
            .header("x-redlock-status")
            .map_or_else(Vec::new, |text| {
                serde_json::from_str(&text).expect("entries")
            });
        let subject = entries
            .first()
            .map_or(Value::Null, |entry| entry["subject"].clone());
        assert_eq!(
            subject.as_str().unwrap_or_default(),
            field,
            "{method} {path}"
        );
    }
    let answer = visitor.ask("PUT", "/v2/alert", None).await;
    assert_eq!(answer.header("allow").as_deref(), Some("GET, POST"));
}

#[tokio::test]
async fn code_security_says_why_in_the_body() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let answer = visitor
        .get("/code/api/v1/repositories/search?limit=1000")
        .await;
    assert_eq!(
        (answer.status, answer.header("x-redlock-status")),
        (422, None)
    );
    let message = answer.json()["message"].clone();
    assert_eq!(message, "limit must be at most 100");
    let nobody = Visitor::with(&tenant, "wrong");
    let answer = nobody.get("/code/api/v1/repositories").await;
    assert_eq!(
        (answer.status, answer.json()),
        (403, json!({"message": "Forbidden"}))
    );
    assert_eq!(
        nobody.get("/code/api/v1/checkovVersion").await.status,
        200,
        "it needs no token"
    );
    assert_eq!(nobody.get("/policy").await.status, 401);
}

#[tokio::test]
async fn a_request_line_has_an_end() {
    let tenant = Tenant::builder().page_token_bytes(43_000).start().await;
    let visitor = Visitor::new(&tenant);
    let first = visitor.post("/v2/alert", &json!({"limit": 1})).await.json();
    let token = first["nextPageToken"].as_str().expect("a token");
    assert!(token.len() >= 43_000);
    let next = visitor
        .get(&format!("/v2/alert?detailed=true&pageToken={token}"))
        .await;
    assert_eq!(next.status, 414);
    let next = visitor
        .post("/v2/alert", &json!({"pageToken": token}))
        .await;
    assert_eq!(next.json()["items"][0]["id"], "P-1");
}

#[tokio::test]
async fn published_limits_are_kept_when_asked_for() {
    let tenant = Tenant::builder().published_limits().start().await;
    let visitor = Visitor::new(&tenant);
    let mut statuses = BTreeMap::new();
    for _ in 0..100 {
        let answer = visitor.get("/v1/resource_list/types").await;
        *statuses.entry(answer.status).or_insert(0) += 1;
    }
    assert!(statuses[&200] >= 4 && statuses[&429] > 50, "{statuses:?}");
    let answer = visitor.get("/alert/P-1").await;
    assert_eq!(
        answer.header("x-ratelimit-burst-capacity").as_deref(),
        Some("10")
    );
    assert_eq!(answer.header("x-ratelimit-remaining").as_deref(), Some("9"));
    assert_eq!(
        visitor
            .get("/user/role")
            .await
            .header("x-ratelimit-remaining"),
        None
    );
}

#[tokio::test]
async fn requests_are_recorded_by_operation_and_only_the_last_ones() {
    let tenant = Tenant::builder().record(2).start().await;
    let visitor = Visitor::new(&tenant);
    tenant.fail_next(Fault::reset());
    visitor.try_get("/alert/P-0").await.expect_err("closed");
    visitor.get("/alert/P-1").await;
    visitor.get("/nowhere").await;
    let seen: Vec<_> = tenant
        .recorded()
        .into_iter()
        .map(|record| (record.operation, record.path, record.status))
        .collect();
    let expected = [
        (Some("get-alert"), "/alert/P-1".to_owned(), Some(200)),
        (None, "/nowhere".to_owned(), Some(404)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(tenant.count_of("get-alert"), 1);
}

#[tokio::test]
async fn both_products_are_told_apart_by_the_documents() {
    // The path does not say that it belongs to Code Security.
    let operation = operations()
        .iter()
        .find(|operation| operation.id() == "getVCSRepository");
    let operation = operation.expect("an operation");
    assert_eq!(operation.product(), Product::Code);
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let sample = operation.sample_request(Extent::Minimal, 1);
    assert_eq!(visitor.send(operation, &sample).await.status, 200);
}

#[tokio::test]
async fn it_ends_in_a_task_that_has_used_up_its_share() {
    let mut tenant = Some(Tenant::start().await);
    let semaphore = tokio::sync::Semaphore::new(1_000_000);
    std::future::poll_fn(|context| {
        // Nothing of tokio's is ready any more in this poll.
        while std::pin::pin!(semaphore.acquire()).poll(context).is_ready() {}
        drop(tenant.take());
        std::task::Poll::Ready(())
    })
    .await;
    assert!(tenant.is_none());
}
