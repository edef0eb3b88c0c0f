//! What becomes of connections when answers have been read.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::exchange::{BYTES, EMPTY, JSON, JSON_OR_EMPTY, body, exchange};
use common::settle;
use prisma_cloud::testing::SimulatedClock;
use prisma_cloud::{Method, PrismaCloud, Product};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// The answers to the requests after the login, one after the other, each in the pieces it is sent in.
const ANSWERS: [&[&str]; 6] = [
    &["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"],
    &[
        "HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n",
        "{\"a\"",
        ":1}",
    ],
    &[
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
        "0\r\n\r\n",
    ],
    &["HTTP/1.1 204 No Content\r\n\r\n"],
    &["HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}"],
    &["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"],
];

/// A server of HTTP/1.1 that counts its connections.
async fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        let mut answers = ANSWERS.iter().cycle();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            serve(stream, &mut answers).await;
        }
    });
    (url, connections)
}

/// Serves until the client closes the connection: one that opens another one meanwhile waits for ever.
async fn serve<'a>(mut stream: TcpStream, answers: &mut impl Iterator<Item = &'a &'a [&'a str]>) {
    let mut request = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut request).await {
        if request[..count].starts_with(b"POST /login") {
            let body = r#"{"token": "t", "message": "login_successful"}"#;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all((head + body).as_bytes()).await.unwrap();
            continue;
        }
        for piece in *answers.next().unwrap() {
            stream.write_all(piece.as_bytes()).await.unwrap();
            settle().await;
        }
    }
}

#[tokio::test]
async fn it_is_used_again_whatever_was_answered() {
    let (url, connections) = server().await;
    let client = PrismaCloud::builder()
        .url(url)
        .access_key("id", "secret")
        .clock(SimulatedClock::new().by_hand())
        .no_retries()
        .build()
        .unwrap();
    for operation in [&JSON, &JSON_OR_EMPTY, &EMPTY, &BYTES] {
        for answer in ANSWERS {
            match exchange(&client, operation, None).await {
                Ok(response) => drop(body(response).await),
                Err(error) => assert_eq!(error.status().unwrap(), 404, "{error}"),
            }
            // The connection is given back by a task of its own.
            settle().await;
            assert_eq!(connections.load(Ordering::SeqCst), 1, "{answer:?}");
        }
    }
}

/// A server that answers each request at once, but those of a crowd only when all of it is there.
async fn server_of_crowds(crowd: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        let all = Arc::new(Barrier::new(crowd));
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            let all = all.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut request).await {
                    let text = String::from_utf8_lossy(&request[..count]);
                    if text.contains("?crowd") {
                        all.wait().await;
                    }
                    let body = r#"{"token": "t"}"#;
                    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                    stream.write_all((head + body).as_bytes()).await.unwrap();
                }
            });
        }
    });
    (url, connections)
}

#[tokio::test]
async fn as_many_are_kept_as_calls_are_under_way() {
    const CROWD: usize = 200;

    let (url, connections) = server_of_crowds(CROWD).await;
    let client = PrismaCloud::builder()
        .url(url)
        .access_key("id", "secret")
        .clock(SimulatedClock::new().by_hand())
        .build()
        .unwrap();
    let get = |path: &str| client.raw(Product::Cspm, Method::GET, path).send();
    // One answer ahead tells that there is no limit.
    get("/thing/0").await.unwrap();
    for _ in 0..3 {
        let calls = (0..CROWD).map(|number| get(&format!("/thing/{number}?crowd")));
        futures_util::future::try_join_all(calls).await.unwrap();
        settle().await;
        assert_eq!(connections.load(Ordering::SeqCst), CROWD);
    }
}
