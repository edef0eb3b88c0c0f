//! What a tenant can be made to do wrong, in Rust and through its control endpoints.

mod common;

use common::visitor::Visitor;
use common::{page, simulated};
use prisma_cloud::testing::{Fault, FaultRule, Tenant};
use serde_json::{Value, json};

#[tokio::test]
async fn an_answer_breaks_off_at_the_byte_that_was_named() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let whole = visitor.get("/alert/P-1").await;
    for bytes in [0, 1, 100] {
        tenant.fail_next(Fault::cut_after(bytes));
        let (head, body) = visitor.raw("GET", "/alert/P-1").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let length = format!("content-length: {}", whole.body.len());
        assert!(head.to_ascii_lowercase().contains(&length), "{head}");
        assert!(!head.contains("tenant-cut"), "{head}");
        assert_eq!(body, whole.body[..bytes]);
    }
    let again = visitor.get("/alert/P-1").await;
    assert_eq!(again.body, whole.body, "only once");
}

#[tokio::test]
async fn the_client_survives_an_answer_that_breaks_off() {
    let (_, tenant, client) = simulated().await;
    tenant.add_fault(
        FaultRule::new(Fault::cut_after(50))
            .on("post-alerts-v2")
            .once(),
    );
    let answer = page(&client, &json!({ "limit": 3 })).await.expect("a page");
    assert_eq!(answer["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(tenant.count_of("post-alerts-v2"), 2);
}

#[tokio::test]
async fn rules_are_about_operations_and_calls() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    tenant.add_fault(
        FaultRule::new(Fault::status(503))
            .on("GET /alert/{id}")
            .from(2)
            .every(2),
    );
    tenant.add_fault(FaultRule::new(Fault::html(200)).on("get-alert").at(3));
    let mut seen = Vec::new();
    for _ in 0..5 {
        let answer = visitor.get("/alert/P-1").await;
        seen.push((answer.status, answer.json().is_object()));
        assert_eq!(visitor.get("/alert/count/open").await.status, 200);
    }
    let (good, bad, html) = ((200, true), (503, false), (200, false));
    assert_eq!(seen, [good, bad, html, bad, good]);
    tenant.no_more_faults();
    assert_eq!(visitor.get("/alert/P-1").await.status, 200);
}

#[tokio::test]
async fn damage_is_in_the_answer_and_comes_from_the_seed() {
    let answers = async |seed| {
        let tenant = Tenant::start().await;
        let visitor = Visitor::new(&tenant);
        tenant.add_fault(FaultRule::new(Fault::damage(seed)).on("get-policy"));
        let path = "/policy/00000000-0000-4000-8000-000000000001";
        let (one, other) = (
            visitor.get(path).await.json(),
            visitor.get(path).await.json(),
        );
        tenant.no_more_faults();
        let whole = visitor.get(path).await.json();
        assert!(
            one != whole && other != whole && one != other,
            "both are damaged, in other places"
        );
        (one, other)
    };
    assert_eq!(answers(5).await, answers(5).await);
    assert_ne!(answers(5).await, answers(6).await);
}

#[tokio::test]
async fn limits_are_told_with_and_without_headers() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    tenant.fail_next(Fault::too_many_requests());
    tenant.fail_next(Fault::limited(2.0, 10.0));
    let (bare, told) = (visitor.get("/policy").await, visitor.get("/policy").await);
    let headers = |name: &str| (bare.header(name), told.header(name));
    assert_eq!((bare.status, told.status), (429, 429));
    assert_eq!(headers("x-ratelimit-remaining"), (None, Some("0".into())));
    assert_eq!(
        headers("x-ratelimit-replenish-rate"),
        (None, Some("2".into()))
    );
    assert_eq!(
        headers("x-ratelimit-burst-capacity"),
        (None, Some("10".into()))
    );
}

#[tokio::test]
async fn a_lost_session_is_taken_up_again() {
    let (_, tenant, client) = simulated().await;
    tenant.add_fault(FaultRule::new(Fault::expire()).on("post-alerts-v2").at(2));
    for _ in 0..3 {
        page(&client, &json!({})).await.expect("a page");
    }
    assert_eq!(tenant.logins(), 2);
}

#[tokio::test]
async fn other_languages_have_control_endpoints() {
    let tenant = Tenant::start().await;
    let mut visitor = Visitor::new(&tenant);
    let rules = json!([
        { "on": "get-alert", "every": 2, "fault": { "status": 503, "headers": { "retry-after": "1" } } },
        { "on": "GET /policy", "once": true, "fault": "reset" },
    ]);
    let added = visitor.post("/__tenant/faults", &rules).await;
    assert_eq!((added.status, added.json()), (201, json!({ "faults": 2 })));
    assert_eq!(visitor.get("/alert/P-1").await.status, 200);
    let failed = visitor.get("/alert/P-1").await;
    assert_eq!(
        (failed.status, failed.header("retry-after").as_deref()),
        (503, Some("1"))
    );
    visitor.try_get("/policy").await.expect_err("closed");

    for (rule, words) in [
        (
            json!([{ "fault": "reset" }, { "fault": "explode" }]),
            "no fault rule",
        ),
        (json!({ "fault": "reset", "on": "get-alrt" }), "get-alrt"),
    ] {
        let refused = visitor.post("/__tenant/faults", &rule).await;
        assert_eq!(
            (refused.status, refused.said().contains(words)),
            (400, true),
            "{}",
            refused.said()
        );
    }
    assert_eq!(
        visitor.get("/policy").await.status,
        200,
        "nothing of a refused list is kept"
    );
    assert_eq!(
        visitor.ask("DELETE", "/__tenant/faults", None).await.status,
        204
    );
    assert_eq!(visitor.get("/alert/P-1").await.status, 200);

    let limit = json!({ "on": "get-alert", "rate": 0.001, "burst": 1 });
    assert_eq!(visitor.post("/__tenant/limits", &limit).await.status, 204);
    let statuses = [
        visitor.get("/alert/P-1").await.status,
        visitor.get("/alert/P-2").await.status,
    ];
    assert_eq!(statuses, [200, 429]);

    let seconds = json!({ "advance_seconds": 600 });
    assert_eq!(visitor.post("/__tenant/clock", &seconds).await.status, 204);
    assert_eq!(
        visitor.get("/policy").await.status,
        401,
        "the token has expired"
    );
    assert_eq!(
        visitor
            .post("/__tenant/clock", &json!({ "advance_seconds": -1 }))
            .await
            .status,
        400
    );

    assert_eq!(
        visitor.ask("POST", "/__tenant/reset", None).await.status,
        204
    );
    visitor.renew(&tenant);
    assert_eq!(visitor.get("/alert/P-1").await.status, 200);
    assert_eq!(
        visitor
            .get("/__tenant/requests")
            .await
            .json()
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    let help = visitor.get("/__tenant/").await;
    assert_eq!(
        (help.status, help.said().contains("/__tenant/faults")),
        (404, true)
    );
}

#[tokio::test]
async fn recorded_requests_hide_what_logs_in() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let key = json!({ "username": "example-access-key", "password": "example-secret-key" });
    let token = visitor.post("/login", &key).await.json()["token"].clone();
    visitor.get("/alert/P-1?detailed=true").await;
    let seen = visitor.get("/__tenant/requests").await;
    let text = String::from_utf8(seen.body.clone()).expect("text");
    for secret in [
        "example-secret-key",
        token.as_str().expect("a token"),
        &tenant.tokens()[0],
    ] {
        assert!(!text.contains(secret), "{text}");
    }
    let seen = seen.json();
    let facts = |at: usize| {
        [
            &seen[at]["operation"],
            &seen[at]["method"],
            &seen[at]["query"],
            &seen[at]["status"],
        ]
        .map(Value::clone)
    };
    assert_eq!(
        facts(0),
        [json!("app-login"), json!("POST"), json!(null), json!(200)]
    );
    assert_eq!(
        facts(1),
        [
            json!("get-alert"),
            json!("GET"),
            json!("detailed=true"),
            json!(200)
        ]
    );
    let logins = visitor
        .get("/__tenant/requests?operation=app-login")
        .await
        .json();
    assert_eq!(logins.as_array().map(Vec::len), Some(1));
    assert_eq!(
        visitor
            .ask("DELETE", "/__tenant/requests", None)
            .await
            .status,
        204
    );
    assert!(tenant.recorded().is_empty());
}
