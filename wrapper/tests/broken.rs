//! Connections that do not come about, and answers that stall or break off.

mod common;

use std::time::Duration;

use common::exchange::{BYTES, JSON, POST, exchange, text};
use common::settle;
use futures_util::StreamExt;
use prisma_cloud::api::Operation;
use prisma_cloud::testing::SimulatedClock;
use prisma_cloud::{Error, PrismaCloud};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

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
                        break progenitor_client::Error::<()>::ResponseBodyError(error).into();
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
        (
            "",
            &JSON,
            120,
            "no answer came within the attempt time-out of 120 s",
        ),
        (
            "",
            &POST,
            120,
            "no answer came within the attempt time-out of 120 s",
        ),
        (
            HALF,
            &JSON,
            60,
            "the answer stalled: it did not go on within the stall time-out of 60 s",
        ),
        (
            HALF,
            &BYTES,
            60,
            "the answer stalled: it did not go on within the stall time-out of 60 s",
        ),
        (HALF_FAILED, &JSON, 60, "500"),
    ] {
        let (error, passed) = stalled(head, operation).await;
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(error.is_timeout(), words != "500", "{error}");
        let wrote = operation.method == "POST";
        assert_eq!(error.may_have_been_carried_out(), wrote, "{error}");
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
    assert!(error.may_have_been_carried_out(), "{error}");
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
        assert!(!error.may_have_been_carried_out(), "{error}");
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
