//! The contract with generated calls: successes, failures that the server states, and what is sent again.

mod common;

use std::time::Duration;

use common::exchange::{BYTES, EMPTY, JSON, JSON_OR_EMPTY, POST, body, exchange, text};
use common::{create, page, repositories, settle_until, simulated};
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::PolicyModel2;
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product, RawAnswer, RetryPolicy};
use serde_json::json;

#[tokio::test]
async fn successes_arrive_as_they_are() {
    let (_, tenant, client) = simulated().await;
    tenant.answer("GET /thing", 200, "application/json", r#"{"a":1}"#);
    for operation in [&JSON, &JSON_OR_EMPTY, &BYTES] {
        let response = exchange(&client, operation, None).await.unwrap();
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.url().path(), "/thing");
        assert_eq!(body(response).await, r#"{"a":1}"#);
    }
    for status in [200, 202, 204] {
        tenant.answer("GET /thing", status, "application/json", "");
        assert_eq!(text(&client, &JSON_OR_EMPTY).await.unwrap(), "null");
        assert_eq!(text(&client, &JSON).await.unwrap(), "");
        assert_eq!(text(&client, &EMPTY).await.unwrap(), "");
    }
}

#[tokio::test]
async fn a_page_in_place_of_data_is_named_as_what_it_is() {
    let (_, tenant, client) = simulated().await;
    tenant.rule(|record| (record.path == "/thing").then(|| Fault::html(200)));
    for operation in [&JSON, &JSON_OR_EMPTY, &EMPTY] {
        let error = exchange(&client, operation, None).await.unwrap_err();
        assert!(error.is_unexpected_page(), "{error}");
        assert_eq!(error.status().unwrap().as_u16(), 200);
        assert_eq!(error.operation_id(), Some("example-operation"));
        let text = error.to_string();
        assert!(
            text.contains("web page titled \"Gateway\"") && text.contains("proxy"),
            "{text}"
        );
    }
    // A file may well be a page.
    assert!(text(&client, &BYTES).await.unwrap().contains("Gateway"));
    tenant.rule(|record| (record.path == "/thing").then(|| Fault::html(429)));
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(
        error.attempts(),
        RetryPolicy::default().max_throttled_attempts
    );
    let text = error.to_string();
    assert!(
        text.contains("web page") && text.contains("try again in a minute"),
        "{text}"
    );
}

#[tokio::test]
async fn every_shape_of_failure_keeps_what_it_says() {
    let (_, tenant, client) = simulated().await;
    let entry = r#"[{"i18nKey":"invalid_id","severity":"error","subject":"id"}]"#;
    let bare = r#"{"i18nKey":"service_unavailable","severity":"error","subject":null}"#;
    let json = "application/json";
    for (fault, kind, words) in [
        (
            Fault::status(400)
                .header("x-redlock-status", entry)
                .header("x-redlock-request-id", "r-1"),
            ErrorKind::InvalidRequest,
            &[
                "400 Bad Request",
                "[invalid_id: id]",
                "[request id r-1]",
                "example-operation (GET /thing)",
            ][..],
        ),
        (
            Fault::status(503)
                .header("x-redlock-status", bare)
                .header("retry-after", "30"),
            ErrorKind::Server,
            &[
                "503",
                "[service_unavailable]",
                "try again in 30 s",
                "sent 5 times",
            ],
        ),
        (
            Fault::status(404).header("x-redlock-status", "garbage"),
            ErrorKind::NotFound,
            &["404", "region"],
        ),
        (
            Fault::status(403),
            ErrorKind::Forbidden,
            &["permission", "\"example\""],
        ),
        (
            Fault::answer(
                500,
                json,
                r#"{"timestamp":1,"path":"/thing","status":500,"error":"Internal Server Error","message":"boom","requestId":"g-1"}"#,
            ),
            ErrorKind::Server,
            &["boom", "[request id g-1]"],
        ),
        (
            Fault::answer(403, json, r#"{"Message":"not you"}"#),
            ErrorKind::Forbidden,
            &["not you"],
        ),
        (
            Fault::answer(
                400,
                json,
                r#"{"error":{"code":"x_already_exists","message":"taken"}}"#,
            ),
            ErrorKind::Conflict,
            &["taken"],
        ),
        (Fault::status(409), ErrorKind::Conflict, &["409"]),
        (
            Fault::status(406),
            ErrorKind::InvalidRequest,
            &["media type"],
        ),
        (
            Fault::status(413),
            ErrorKind::InvalidRequest,
            &["smaller page"],
        ),
        (Fault::status(408), ErrorKind::Timeout, &["408"]),
        (
            Fault::html(502),
            ErrorKind::UnexpectedPage,
            &["web page", "502"],
        ),
        (Fault::status(304), ErrorKind::Redirect, &["304"]),
        (
            Fault::reset(),
            ErrorKind::Network,
            &["the connection broke", "127.0.0.1"],
        ),
    ] {
        let show = format!("{fault:?}");
        tenant.rule(move |record| (record.path == "/thing").then(|| fault.clone()));
        let error = exchange(&client, &JSON, None).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{show}: {error}");
        for word in words {
            assert!(
                error.to_string().contains(word),
                "{show}: {word:?} not in {error}"
            );
        }
        let again = error.clone();
        assert_eq!(again.to_string(), error.to_string());
    }
}

#[tokio::test]
async fn the_body_of_a_failure_is_bounded() {
    let (_, tenant, _) = simulated().await;
    let client = tenant
        .client()
        .max_error_body(100)
        .no_retries()
        .build()
        .unwrap();
    tenant.rule(|record| {
        (record.path == "/thing").then(|| Fault::answer(500, "text/plain", "x".repeat(1_000_000)))
    });
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert_eq!((error.body().len(), error.is_body_cut()), (100, true));
    tenant.rule(|record| {
        (record.path == "/thing").then(|| Fault::answer(500, "text/plain", "short"))
    });
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert_eq!(
        (&error.body()[..], error.is_body_cut()),
        (&b"short"[..], false)
    );
    // What was cut in the middle of a secret does not end with its beginning.
    let client = tenant.client().max_error_body(20).no_retries().build();
    tenant.rule(|record| {
        let echo = "0123456789example-secret-key";
        (record.path == "/thing").then(|| Fault::answer(500, "text/plain", echo))
    });
    let error = exchange(&client.unwrap(), &JSON, None).await.unwrap_err();
    assert_eq!(error.body(), "0123456789");
}

#[tokio::test]
async fn what_is_sent_again_and_what_is_not() {
    let (_, tenant, client) = simulated().await;
    for (fault, read, unsafe_) in [
        (Fault::status(500), 5, 1),
        (Fault::status(502), 5, 1),
        (Fault::status(503), 5, 1),
        (Fault::status(504), 5, 1),
        (Fault::status(408), 5, 1),
        (Fault::reset(), 5, 1),
        (Fault::html(200), 5, 1),
        (Fault::status(429), 10, 10),
        (Fault::status(501), 1, 1),
        (Fault::status(400), 1, 1),
    ] {
        let show = format!("{fault:?}");
        tenant.rule(move |record| (record.path == "/thing").then(|| fault.clone()));
        for (operation, sent) in [(&JSON, read), (&POST, unsafe_)] {
            let error = exchange(&client, operation, None).await.unwrap_err();
            assert_eq!(error.attempts(), sent, "{} {show}", operation.method);
        }
    }
    let off = tenant.client().no_retries().build().unwrap();
    for fault in [Fault::status(503), Fault::status(429)] {
        tenant.rule(move |record| (record.path == "/thing").then(|| fault.clone()));
        assert_eq!(exchange(&off, &JSON, None).await.unwrap_err().attempts(), 1);
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_within_limits() {
    for (value, seconds) in [("7", 7), ("Thu, 01 Jan 2026 00:00:09 GMT", 9), ("120", 120)] {
        let (clock, tenant, client) = simulated().await;
        tenant.answer("GET /thing", 200, "application/json", "{}");
        repositories(&client).await.unwrap();
        tenant.fail_next(
            Fault::status(503)
                .header("retry-after", value)
                .header("date", "Thu, 01 Jan 2026 00:00:00 GMT"),
        );
        text(&client, &JSON).await.unwrap();
        assert_eq!(clock.elapsed(), Duration::from_secs(seconds), "{value}");
    }
}

#[tokio::test]
async fn the_whole_of_a_call_is_bounded() {
    let (clock, tenant, _) = simulated().await;
    let mut patient = RetryPolicy::default();
    patient.max_attempts = 1_000;
    let client = tenant
        .client()
        .retry(patient)
        .overall_timeout(Duration::from_secs(90))
        .build()
        .unwrap();
    tenant.rule(|record| {
        (record.path == "/thing").then(|| Fault::status(503).header("retry-after", "20"))
    });
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert_eq!(error.attempts(), 5);
    assert_eq!(clock.elapsed(), Duration::from_secs(80));
}

#[tokio::test]
async fn an_outage_is_not_amplified() {
    let (_, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    tenant.rule(|_| Some(Fault::status(503)));
    for _ in 0..1_000 {
        exchange(&client.clone(), &JSON, None).await.unwrap_err();
    }
    let sent = tenant.count("GET", "/thing");
    assert!(sent <= 1_110, "a hundred retries, then none: {sent}");
    // It recovers with the service.
    tenant.no_more_faults();
    for _ in 0..50 {
        repositories(&client).await.unwrap();
    }
    tenant.fail_next(Fault::status(503));
    repositories(&client).await.unwrap();
}

#[tokio::test]
async fn a_body_that_cannot_be_replayed_is_an_error_that_says_so() {
    let (_, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    let stream = || {
        let pieces = futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]);
        Some(reqwest::Body::wrap_stream(pieces))
    };
    tenant.answer("POST /thing", 200, "application/json", "{}");
    exchange(&client, &POST, stream()).await.unwrap();
    for fault in [Fault::status(429), Fault::revoke()] {
        tenant.fail_next(fault);
        let error = exchange(&client, &POST, stream()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BodyNotReplayable);
        assert!(error.to_string().contains("read only once"), "{error}");
        // Why it had to be sent again is in the source.
        let cause = std::error::Error::source(&error).unwrap();
        let cause = cause.downcast_ref::<Error>().unwrap();
        assert!(matches!(cause.status().unwrap().as_u16(), 401 | 429));
        // The session is not harmed.
        repositories(&client).await.unwrap();
    }
}

#[tokio::test]
async fn an_error_says_if_the_call_may_have_been_carried_out() {
    let (_, tenant, client) = simulated().await;
    repositories(&client).await.unwrap();
    let faults: [(fn() -> Fault, bool); 14] = [
        (|| Fault::redirect(302, "/elsewhere"), false),
        (|| Fault::status(400), false),
        (|| Fault::status(401), false),
        (|| Fault::status(403), false),
        (|| Fault::status(404), false),
        (|| Fault::status(408), true),
        (|| Fault::status(409), false),
        (|| Fault::status(429), false),
        (|| Fault::status(500), true),
        (|| Fault::status(503).header("retry-after", "1"), true),
        (|| Fault::html(200), true),
        (|| Fault::html(403), false),
        (|| Fault::html(502), true),
        (Fault::reset, true),
    ];
    for (number, (fault, after_a_write)) in faults.into_iter().enumerate() {
        tenant.no_more_faults();
        tenant.rule(move |record| (record.path == "/thing").then(fault));
        let client = tenant.client().build().unwrap();
        let raw = |method: Method| client.raw(Product::Cspm, method, "/thing");
        for (what, call, expected) in [
            ("POST", raw(Method::POST), after_a_write),
            ("PUT", raw(Method::PUT), after_a_write),
            ("PATCH", raw(Method::PATCH), after_a_write),
            ("DELETE", raw(Method::DELETE), after_a_write),
            ("a search", raw(Method::POST).only_reads(), false),
            ("GET", raw(Method::GET), false),
        ] {
            let error = call.send().await.unwrap_err();
            assert_eq!(
                error.may_have_been_carried_out(),
                expected,
                "{number} {what}: {error}"
            );
            let told = error.to_string().contains("may have been carried out");
            assert_eq!(told, expected, "{number} {what}: {error}");
            let told = format!("{error:?}").contains("may_have_been_carried_out: true");
            assert_eq!(told, expected, "{number} {what}: {error:?}");
        }
    }
    tenant.no_more_faults();

    // Nothing was sent: the address is wrong, the login is refused, nobody is there.
    let write = |client: &PrismaCloud| client.raw(Product::Cspm, Method::POST, "/thing").send();
    let client = tenant.client().build().unwrap();
    let error = client
        .raw(Product::Cspm, Method::POST, "thing")
        .send()
        .await;
    assert!(!error.unwrap_err().may_have_been_carried_out());
    tenant.rule(|record| (record.path == "/login").then(|| Fault::status(500)));
    assert!(
        !write(&client)
            .await
            .unwrap_err()
            .may_have_been_carried_out()
    );
    tenant.no_more_faults();
    let nobody = PrismaCloud::builder()
        .url("http://127.0.0.1:9")
        .token("a-token-from-elsewhere")
        .no_retries()
        .build()
        .unwrap();
    let error = write(&nobody).await.unwrap_err();
    assert!(
        error.is_network() && !error.may_have_been_carried_out(),
        "{error}"
    );

    // A body that cannot be sent again: what failed first decides.
    tenant.rule(|record| (record.path == "/thing").then(|| Fault::status(429)));
    let stream =
        reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>("{}")]));
    let error = exchange(&client, &POST, Some(stream)).await.unwrap_err();
    assert!(error.is_body_not_replayable() && !error.may_have_been_carried_out());
}

#[tokio::test]
async fn a_write_whose_success_cannot_be_read_may_have_been_carried_out() {
    let (_, tenant, _) = simulated().await;
    let client = tenant.client().max_answer(10_000).build().unwrap();
    repositories(&client).await.unwrap();
    let call = |method: Method| client.raw(Product::Cspm, method, "/thing");
    let told = |error: Error, expected: bool| {
        assert_eq!(error.may_have_been_carried_out(), expected, "{error}");
    };
    // Nothing that is JSON, more than is read, and a file that breaks off.
    tenant.rule(|record| {
        let known = record.path == "/thing" || record.path.starts_with("/policy");
        known.then(|| Fault::answer(200, "application/json", "nonsense"))
    });
    let unread = |answer: Result<RawAnswer, Error>| answer.unwrap().json::<u64>().unwrap_err();
    told(unread(call(Method::POST).send().await), true);
    told(unread(call(Method::POST).only_reads().send().await), false);
    told(unread(call(Method::GET).send().await), false);
    told(create(&client, "policy").await.unwrap_err(), true);
    let typed = client.cspm().add_policy().body(PolicyModel2::new());
    told(typed.send().await.unwrap_err().into(), true);
    told(
        client
            .cspm()
            .get_policy()
            .id("1")
            .send()
            .await
            .unwrap_err()
            .into(),
        false,
    );

    tenant.no_more_faults();
    tenant.rule(|record| {
        let known = record.path == "/thing";
        known.then(|| Fault::answer(200, "application/json", "x".repeat(20_000)))
    });
    told(call(Method::POST).send().await.unwrap_err(), true);
    told(call(Method::GET).send().await.unwrap_err(), false);
    for (method, expected) in [(Method::POST, true), (Method::GET, false)] {
        let file = call(method).download().await.unwrap();
        told(file.bytes(3).await.unwrap_err(), expected);
    }
}

#[test]
fn no_error_of_reqwest_becomes_one_of_the_library_by_itself() {
    trait Probe<Way> {
        fn compiles() {}
    }
    impl<T> Probe<()> for T {}
    impl<T: From<reqwest::Error>> Probe<reqwest::Error> for T {}
    // With such a conversion both implementations would fit, and this line would not compile.
    <Error as Probe<_>>::compiles();
}

#[tokio::test]
async fn the_client_says_who_it_is_and_what_it_takes() {
    let (_, tenant, _) = simulated().await;
    for (client, agent, gzip) in [
        (tenant.client().build().unwrap(), "prisma-cloud-rust/", true),
        (
            tenant
                .client()
                .user_agent("mine/1")
                .compression(false)
                .build()
                .unwrap(),
            "mine/1",
            false,
        ),
    ] {
        repositories(&client).await.unwrap();
        let record = tenant.recorded().pop().unwrap();
        assert!(
            record.headers["user-agent"]
                .to_str()
                .unwrap()
                .starts_with(agent)
        );
        assert_eq!(record.headers.contains_key("accept-encoding"), gzip);
    }
}

#[tokio::test]
async fn a_client_builder_of_ones_own_is_used() {
    let (_, tenant, _) = simulated().await;
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-given", "1".parse().unwrap());
    let http = move || reqwest::Client::builder().default_headers(headers.clone());
    let client = tenant.client().http_client_builder(http).build().unwrap();
    repositories(&client).await.unwrap();
    assert!(
        tenant
            .recorded()
            .iter()
            .all(|record| record.headers["x-given"] == "1")
    );
}

#[tokio::test]
async fn raw_calls_do_what_generated_ones_do() {
    let (_, tenant, client) = simulated().await;
    let created = create(&client, "a policy").await.unwrap();
    let id = created["policyId"].as_str().expect("an id");
    let path = format!("/policy/{id}");
    let again = client.raw(Product::Cspm, Method::GET, path).send().await;
    let again: serde_json::Value = again.unwrap().json().unwrap();
    assert_eq!(again["name"], "a policy");
    let answer = client
        .raw(Product::Cspm, Method::GET, "/policy")
        .query("name", "a b&c")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(
        tenant.recorded().pop().unwrap().query.as_deref(),
        Some("name=a+b%26c")
    );
    let error = answer.json::<Vec<u32>>().unwrap_err();
    assert!(error.is_decode(), "{error}");
    let error = client
        .raw(Product::Cspm, Method::GET, "/no/such/thing")
        .send()
        .await
        .unwrap_err();
    assert!(
        error.is_not_found() && error.has_key("not_found"),
        "{error}"
    );
    assert!(
        error.to_string().starts_with("GET /no/such/thing: "),
        "{error}"
    );
    let error = page(&client, &json!({ "limit": 10_001 }))
        .await
        .unwrap_err();
    assert!(error.has_key("limit_exceeds_max"), "{error}");
    tenant.answer(
        "GET /file",
        200,
        "application/octet-stream",
        vec![0, 159, 146, 150],
    );
    let file = client
        .raw(Product::Cspm, Method::GET, "/file")
        .send()
        .await
        .unwrap();
    assert_eq!(&file.body[..], [0, 159, 146, 150]);
}

#[tokio::test]
async fn the_last_page_has_a_token_and_the_next_is_empty() {
    let tenant = Tenant::builder().alerts(5).start().await;
    let client = tenant.client().build().unwrap();
    let first = page(&client, &json!({ "limit": 5 })).await.unwrap();
    assert_eq!(first["items"].as_array().unwrap().len(), 5);
    assert_eq!(first["totalRows"], 5);
    let next = page(&client, &json!({ "pageToken": first["nextPageToken"] }))
        .await
        .unwrap();
    assert!(next["items"].as_array().unwrap().is_empty() && next["nextPageToken"].is_null());
    settle_until(|| tenant.logins() == 1).await;
}
