//! How large an answer may be.

mod common;

use std::io::Write;

use common::exchange::{BYTES, EMPTY, JSON, exchange, text};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use prisma_cloud::testing::SimulatedClock;
use prisma_cloud::{Builder, Error, Method, PrismaCloud, Product};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The limit in these tests.
const MOST: usize = 1 << 20;

/// Spaces of sixteen times the limit, packed into a few kilobytes.
fn bomb() -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 16 * MOST]).unwrap();
    packed.finish().unwrap()
}

/// A server that answers each request with `answer` and closes the connection; a login succeeds first if `logs_in`.
async fn server(answer: Vec<u8>, logs_in: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut seen = vec![0; 4096];
                let count = stream.read(&mut seen).await.unwrap_or(0);
                let login = logs_in && seen[..count].starts_with(b"POST /login");
                // Who has read enough closes the connection.
                let _ = match login {
                    true => {
                        stream
                            .write_all(&head("200 OK", "", br#"{"token":"t"}"#))
                            .await
                    }
                    false => stream.write_all(&answer).await,
                };
            });
        }
    });
    url
}

/// An answer with `body`.
fn head(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: close\r\n{more}content-length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn builder(url: String) -> Builder {
    PrismaCloud::builder()
        .url(url)
        .access_key("id", "secret")
        .clock(SimulatedClock::new())
}

fn names_the_limit(error: &Error) {
    let shown = error.to_string();
    assert!(error.is_decode(), "{shown}");
    for words in ["1048576 bytes", "`max_answer`", "127.0.0.1"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.attempts(), 1, "{shown}");
}

#[tokio::test]
async fn what_unpacks_to_more_than_the_limit_is_not_read_on() {
    let packed = head("200 OK", "content-encoding: gzip\r\n", &bomb());
    let url = server(packed, true).await;
    let client = builder(url).max_answer(MOST).build().unwrap();
    names_the_limit(&text(&client, &JSON).await.unwrap_err());
    let raw = client.raw(Product::Cspm, Method::GET, "/thing");
    names_the_limit(&raw.send().await.unwrap_err());
}

#[tokio::test]
async fn an_answer_as_large_as_the_limit_is_read() {
    for (size, is_read) in [(MOST, true), (MOST + 1, false)] {
        let body = format!("\"{}\"", "x".repeat(size - 2));
        for more in ["", "transfer-encoding: chunked\r\n"] {
            let plain = head("200 OK", "", body.as_bytes());
            let chunked = format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n{size:x}\r\n{body}\r\n0\r\n\r\n"
            );
            let answer = if more.is_empty() {
                plain
            } else {
                chunked.into()
            };
            let url = server(answer, true).await;
            let client = builder(url).max_answer(MOST).build().unwrap();
            match text(&client, &JSON).await {
                Ok(read) => assert!(is_read && read == body),
                Err(error) => {
                    assert!(!is_read, "{error}");
                    names_the_limit(&error);
                }
            }
        }
    }
}

#[tokio::test]
async fn what_is_announced_as_too_large_is_not_waited_for() {
    // The default limit, and not a byte more than the head.
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 536870913\r\n\r\n";
    let url = server(announced.to_vec(), true).await;
    let client = builder(url).build().unwrap();
    let error = text(&client, &JSON).await.unwrap_err();
    assert!(error.to_string().contains("536870912 bytes"), "{error}");
}

#[tokio::test]
async fn files_have_any_size() {
    let body = vec![b'x'; 3 * MOST];
    let url = server(head("200 OK", "", &body), true).await;
    let client = builder(url).max_answer(MOST).build().unwrap();
    let mut pieces = exchange(&client, &BYTES, None)
        .await
        .unwrap()
        .bytes_stream();
    let mut size = 0;
    while let Some(piece) = pieces.next().await {
        size += piece.unwrap().len();
    }
    assert_eq!(size, body.len());
}

#[tokio::test]
async fn failures_and_logins_are_bounded_as_well() {
    let packed = head("400 Bad Request", "content-encoding: gzip\r\n", &bomb());
    let url = server(packed, true).await;
    let client = builder(url).build().unwrap();
    let error = text(&client, &EMPTY).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    assert!(error.body().len() <= 64 << 10 && error.is_body_cut());

    let packed = head("200 OK", "content-encoding: gzip\r\n", &bomb());
    let url = server(packed, false).await;
    let client = builder(url).max_answer(MOST).build().unwrap();
    let error = text(&client, &JSON).await.unwrap_err();
    assert!(error.to_string().contains("1048576 bytes"), "{error}");
}
