//! Errors name the call and the answer that they are about, and what the service said in them.

#[path = "common/alert_pages.rs"]
mod alert_pages;
mod common;

use alert_pages::{of, tenant};
use common::exchange::{BYTES, JSON, exchange};
use futures_util::StreamExt;
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::files::DownloadExt;
use prisma_cloud::paging::PagedExt;
use prisma_cloud::testing::{Fault, SimulatedClock};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// That `error` names all that is known about the call and its answer with status 200.
fn names(error: &Error, operation: &str, place: &str, request_id: &str) {
    let shown = error.to_string();
    assert_eq!(error.operation_id(), Some(operation), "{shown}");
    assert_eq!(
        error.status().map(|status| status.as_u16()),
        Some(200),
        "{shown}"
    );
    assert_eq!(error.request_id(), Some(request_id), "{shown}");
    for words in [
        place,
        "status 200",
        "127.0.0.1",
        &format!("[request id {request_id}]"),
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_decoded_is_named() {
    let (tenant, client) = tenant(0).await;
    let answers = |body: &'static str| {
        tenant.rule(move |record| {
            let answer = Fault::answer(200, "application/json", body);
            (record.path == "/v2/alert" || record.path == "/alert")
                .then(|| answer.header("x-redlock-request-id", "r-7"))
        });
    };
    let call = || client.cspm().post_alerts_v2().body(of(10));
    let (id, place) = ("post-alerts-v2", "(POST /v2/alert)");

    answers("5");
    let error: Error = call().send().await.unwrap_err().into();
    assert!(error.is_decode(), "{error}");
    assert_eq!(&error.body()[..], b"5");
    names(&error, id, place, "r-7");
    names(&call().items().all().await.unwrap_err(), id, place, "r-7");
    names(
        &call().pages().next().await.unwrap().unwrap_err(),
        id,
        place,
        "r-7",
    );

    answers(r#"{"items":[{"id":"A-0"},{"id":tru}]}"#);
    let error = call().items().all().await.unwrap_err();
    assert_eq!(&error.body()[..], br#"{"id":tru}"#);
    names(&error, id, place, "r-7");

    answers("[1");
    let raw = client.raw(Product::Cspm, Method::GET, "/alert?secret=x");
    let error = raw.send().await.unwrap().json::<Value>().unwrap_err();
    assert!(
        error.is_decode() && !error.to_string().contains("secret"),
        "{error}"
    );
    names(&error, "undocumented", "GET /alert: ", "r-7");
}

#[tokio::test]
async fn a_call_that_is_not_sent_is_named() {
    let (tenant, client) = tenant(0).await;
    let sent = client.cspm().download_alert_csv().send().await;
    let error = sent.download().unwrap_err();
    let shown = error.to_string();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{shown}");
    assert_eq!(error.operation_id(), Some("download-alert-csv"), "{shown}");
    assert!(
        shown.contains("/alert/csv/{id}/download") && shown.contains("id was not"),
        "{shown}"
    );
    assert_eq!(error.attempts(), 0);
    assert_eq!(tenant.count_where(|_| true), 0, "nothing was sent");
    let error = client
        .cspm()
        .post_alerts_v2()
        .items()
        .all()
        .await
        .unwrap_err();
    assert_eq!(error.operation_id(), Some("post-alerts-v2"), "{error}");
}

/// A server that gives a token, and this `answer` to all other requests, each on a connection of its own.
async fn server(answer: &'static str) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut seen = vec![0; 4096];
            let count = stream.read(&mut seen).await.unwrap();
            let answer = match seen[..count].starts_with(b"POST /login") {
                true => "200 OK\r\ncontent-length: 13\r\n\r\n{\"token\":\"t\"}",
                false => answer,
            };
            let answer = format!(
                "HTTP/1.1 {}",
                answer.replacen("\r\n", "\r\nconnection: close\r\n", 1)
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

async fn client_of(answer: &'static str) -> PrismaCloud {
    PrismaCloud::builder()
        .url(server(answer).await)
        .access_key("id", "secret")
        .clock(SimulatedClock::new())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_file_that_breaks_off_is_named() {
    let client =
        client_of("200 OK\r\nx-redlock-request-id: r-8\r\ncontent-length: 100\r\n\r\nhalf").await;
    let mut pieces = exchange(&client, &BYTES, None)
        .await
        .unwrap()
        .bytes_stream();
    assert_eq!(&pieces.next().await.unwrap().unwrap()[..], b"half");
    let error: Error = progenitor_client::Error::<()>::ResponseBodyError(
        pieces.next().await.unwrap().unwrap_err(),
    )
    .into();
    assert_eq!(error.kind(), ErrorKind::Network);
    names(&error, "example-operation", "(GET /thing)", "r-8");
    assert!(pieces.next().await.is_none());

    let raw = client.raw(Product::Cspm, Method::GET, "/file?secret=x");
    let error = raw.download().await.unwrap().bytes(1000).await.unwrap_err();
    names(&error, "undocumented", "GET /file: ", "r-8");
    assert!(!error.to_string().contains("secret"), "{error}");

    let typed = client.cspm().download_alert_csv().id("x").send().await;
    let error = typed.download().unwrap().bytes(1000).await.unwrap_err();
    names(
        &error,
        "download-alert-csv",
        "/alert/csv/{id}/download",
        "r-8",
    );
}

#[tokio::test]
async fn what_comes_in_place_of_a_file_is_named() {
    let (tenant, client) = tenant(0).await;
    let faults: [(fn() -> Fault, ErrorKind); 3] = [
        (|| Fault::html(200), ErrorKind::UnexpectedPage),
        (
            || Fault::answer(200, "text/csv", "<!doctype html><html></html>"),
            ErrorKind::UnexpectedPage,
        ),
        (
            || Fault::answer(200, "text/csv", "too, much"),
            ErrorKind::Decode,
        ),
    ];
    for (fault, kind) in faults {
        tenant.rule(move |record| {
            let file = record.path.contains("file") || record.path.contains("csv");
            file.then(|| fault().header("x-redlock-request-id", "r-9"))
        });
        let raw = client.raw(Product::Cspm, Method::GET, "/file?secret=x");
        let error = match raw.download().await {
            Ok(file) => file.bytes(3).await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), kind, "{error}");
        names(&error, "undocumented", "GET /file: ", "r-9");
        let typed = client.cspm().download_alert_csv().id("x").send().await;
        let error = match typed.download() {
            Ok(file) => file.bytes(3).await.unwrap_err(),
            Err(error) => error,
        };
        assert_eq!(error.kind(), kind, "{error}");
        let place = "/alert/csv/{id}/download";
        names(&error, "download-alert-csv", place, "r-9");
        tenant.no_more_faults();
    }
}

#[tokio::test]
async fn a_token_in_place_of_a_request_id_is_not_shown() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let token = record.headers.get("x-redlock-auth")?.to_str().unwrap();
        let fault = match record.path.contains("csv") {
            true => Fault::html(200),
            false => Fault::answer(200, "application/json", "nonsense"),
        };
        Some(fault.header("x-redlock-request-id", token))
    });
    let raw = || client.raw(Product::Cspm, Method::GET, "/thing");
    let file = client.cspm().download_alert_csv().id("x").send().await;
    let errors = [
        file.download().unwrap_err(),
        client
            .raw(Product::Cspm, Method::GET, "/csv")
            .download()
            .await
            .unwrap_err(),
        raw().send().await.unwrap().json::<u64>().unwrap_err(),
        client
            .cspm()
            .get_policy()
            .id("1")
            .send()
            .await
            .unwrap_err()
            .into(),
    ];
    let token = tenant.tokens().pop().unwrap();
    for error in errors {
        let shown = format!("{error} {error:?} {:?}", error.request_id());
        assert!(!shown.contains(&token), "{shown}");
        // A part of it would be of use to nobody, and would be none of the id either.
        assert!(!shown.contains(&token[..40]), "{shown}");
    }
}

#[tokio::test]
async fn what_the_service_says_is_shown_where_it_is_no_entry() {
    let (tenant, client) = tenant(0).await;
    let listed =
        json!({"message": "Invalid", "errors": [{"field": "name", "message": "is blank"}]});
    for (fault, words) in [
        (
            Fault::status(400).header("x-redlock-status", "no such filter"),
            "400 Bad Request: no such filter",
        ),
        (
            Fault::answer(422, "application/json", listed.to_string()),
            "422 Unprocessable Entity: Invalid: name: is blank",
        ),
        (
            Fault::answer(400, "text/plain", "limit is\r\n too large"),
            "400 Bad Request: limit is too large",
        ),
        (
            Fault::answer(400, "text/plain", "refused").header("x-redlock-status", "no filter"),
            "400 Bad Request: refused (no filter)",
        ),
    ] {
        tenant.rule(move |record| (record.path == "/thing").then(|| fault.clone()));
        let error = exchange(&client, &JSON, None).await.unwrap_err();
        assert!(error.to_string().contains(words), "{words}: {error}");
        assert!(error.entries().is_empty());
    }
    let long = "x".repeat(5000);
    tenant.rule(move |record| {
        let refusal = Fault::status(400).header("x-redlock-status", &long);
        (record.path == "/thing").then_some(refusal)
    });
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert!(error.to_string().len() < 1000, "{error}");
}

#[tokio::test]
async fn each_header_that_tells_what_is_wrong_counts() {
    let client = client_of(
        "400 Bad Request\r\nx-redlock-status: garbage\r\nx-redlock-status: [{\"i18nKey\":\"first\"}]\r\n\
         x-redlock-status: {\"i18nKey\":\"second\"}\r\ncontent-length: 0\r\n\r\n",
    )
    .await;
    let error = exchange(&client, &JSON, None).await.unwrap_err();
    assert!(error.has_key("first") && error.has_key("second"), "{error}");
}
