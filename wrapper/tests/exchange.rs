//! The contract with generated calls, and everything that can go wrong on the way.

mod common;

use std::time::Duration;

use common::{create, page, repositories, settle, settle_until, simulated};
use futures_util::StreamExt;
use prisma_cloud::api::{Answer, Operation, ReadBody};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product, RetryPolicy};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const fn operation(method: &'static str, path: &'static str, answer: Answer) -> Operation {
    Operation {
        product: Product::Cspm,
        id: "example-operation",
        name: "example_operation",
        method,
        path,
        group: "example",
        answer,
        wants_prisma_id: false,
    }
}

static JSON: Operation = operation("GET", "/thing", Answer::Json);
static JSON_OR_EMPTY: Operation = operation("GET", "/thing", Answer::JsonOrEmpty);
static BYTES: Operation = operation("GET", "/thing", Answer::Bytes);
static EMPTY: Operation = operation("GET", "/thing", Answer::Empty);
static POST: Operation = operation("POST", "/thing", Answer::Json);

/// As a generated call does it: every 2xx is a success, everything else an unexpected response.
async fn exchange(
    client: &PrismaCloud,
    operation: &'static Operation,
    body: Option<reqwest::Body>,
) -> Result<reqwest::Response, Error> {
    let url = format!("{}{}", client.base_url(), operation.path);
    let mut request =
        reqwest::Request::new(operation.method.parse().unwrap(), url.parse().unwrap());
    *request.body_mut() = body;
    let response = client
        .transport()
        .exchange(client.http_client(), request, operation)
        .await?;
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(progenitor_client::Error::<()>::UnexpectedResponse(response).into())
    }
}

async fn text(client: &PrismaCloud, operation: &'static Operation) -> Result<String, Error> {
    Ok(body(exchange(client, operation, None).await?).await)
}

/// What `response` carries, whether it was read before or not.
async fn body(response: reqwest::Response) -> String {
    let body = ReadBody::of(response).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

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
    for (value, seconds) in [
        ("7", 7),
        ("Thu, 01 Jan 2026 00:00:09 GMT", 9),
        ("86400", 120),
    ] {
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

/// A server that says `head` to every request after a login, and then nothing more.
async fn stalls_after(head: &'static str) -> (String, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut seen = vec![0; 4096];
                while stream.read(&mut seen).await.is_ok_and(|count| count > 0) {
                    stream.write_all(head.as_bytes()).await.unwrap();
                    tell.send(()).unwrap();
                }
            });
        }
    });
    (url, told)
}

async fn stalled(head: &'static str, operation: &'static Operation) -> (Error, Duration) {
    let (url, mut told) = stalls_after(head).await;
    let clock = SimulatedClock::new().by_hand();
    let client = PrismaCloud::builder()
        .url(url)
        .token("a-token")
        .clock(clock.clone())
        .no_retries()
        .build()
        .unwrap();
    let task = tokio::spawn(async move {
        match exchange(&client, operation, None).await {
            Err(error) => error,
            Ok(response) => {
                let mut pieces = response.bytes_stream();
                loop {
                    if let Err(error) = pieces.next().await.expect("it does not end") {
                        break error.into();
                    }
                }
            }
        }
    });
    // The first is the request, the second the extension of the token that was given.
    told.recv().await.unwrap();
    for _ in 0..100 {
        settle().await;
    }
    let begin = clock.elapsed();
    while !task.is_finished() {
        clock.advance(Duration::from_secs(1));
        settle().await;
    }
    (task.await.unwrap(), clock.elapsed() - begin)
}

#[tokio::test]
async fn an_answer_that_never_begins_and_one_that_stalls_are_errors_after_the_documented_time() {
    const HALF: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    const HALF_FAILED: &str = "HTTP/1.1 500 No\r\ncontent-length: 100\r\n\r\nhalf";
    for (head, operation, seconds, words) in [
        ("", &JSON, 120, "no answer came within 120s"),
        (
            HALF,
            &JSON,
            60,
            "the answer stalled: nothing more came for 60s",
        ),
        (
            HALF,
            &BYTES,
            60,
            "the answer stalled: nothing more came for 60s",
        ),
        (HALF_FAILED, &JSON, 60, "500"),
    ] {
        let (error, passed) = stalled(head, operation).await;
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.is_timeout(), words != "500", "{error}");
        assert!(
            (seconds..=seconds + 2).contains(&passed.as_secs()),
            "{passed:?}"
        );
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_asked_for_again_if_it_only_reads() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 4096];
            let count = stream.read(&mut seen).await.unwrap();
            let body = if seen[..count].starts_with(b"GET /auth_token") {
                "{"
            } else if number < 3 {
                "{\"half\":"
            } else {
                "{\"whole\":1}"
            };
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n{body}");
            stream.write_all(head.as_bytes()).await.unwrap();
        }
    });
    let clock = SimulatedClock::new();
    let client = PrismaCloud::builder()
        .url(url)
        .token("a-token")
        .clock(clock)
        .build()
        .unwrap();
    let error = exchange(&client, &POST, None).await.unwrap_err();
    assert!(
        error.is_network() && error.to_string().contains("in the middle"),
        "{error}"
    );
    assert_eq!(text(&client, &JSON).await.unwrap(), "{\"whole\":1}");
}

#[tokio::test]
async fn no_connection_is_tried_again_and_then_explained() {
    let clock = SimulatedClock::new();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let client = PrismaCloud::builder()
        .url(format!("http://127.0.0.1:{port}"))
        .token("a-token")
        .clock(clock)
        .build()
        .unwrap();
    for operation in [&JSON, &POST] {
        let error = exchange(&client, operation, None).await.unwrap_err();
        assert!(error.is_network(), "{error}");
        assert_eq!(error.attempts(), 5);
        assert!(
            error.to_string().contains("127.0.0.1 can be reached"),
            "{error}"
        );
        let mut depth = 0;
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            depth += 1;
            cause = error.source();
        }
        assert!(depth >= 2, "down to the operating system's error");
    }
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
async fn a_client_of_ones_own_is_used() {
    let (_, tenant, _) = simulated().await;
    #[cfg(feature = "rustls")]
    prisma_cloud::install_crypto_provider();
    let http = reqwest::Client::builder()
        .user_agent("given/1")
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let client = tenant.client().http_client(http).build().unwrap();
    repositories(&client).await.unwrap();
    assert!(
        tenant
            .recorded()
            .iter()
            .all(|record| record.headers["user-agent"] == "given/1")
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
