//! The ends of HTTP/2 streams: requests that are refused before the server has begun to work on them, and answers.

use bytes::Bytes;
use futures_util::FutureExt;
use h2::Reason;
use h2::server::SendResponse;
use prisma_cloud::testing::SimulatedClock;
use prisma_cloud::{ErrorKind, Method, PrismaCloud, Product};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// What the server does with a request that is no login.
#[derive(Clone, Copy)]
enum Act {
    Answer,
    Reset(Reason),
    /// Refuses, with a head of many kilobytes.
    Refuse,
    /// Answers, and ends the answer only later. Tells "reset" if the client does not wait for the end.
    AnswerAndEndLater,
    /// Begins an answer and then resets.
    BeginAndReset(Reason),
    /// Closes the connection. Requests under way are lost.
    GoAway(Reason),
}

/// A server that does as the `acts` say, one request after the other, and tells the paths it was asked for.
async fn server(acts: Vec<Act>) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut acts = acts.into_iter();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(stream).await.unwrap();
            while let Some(Ok((request, mut respond))) = connection.accept().await {
                let path = request.uri().path().to_owned();
                tell.send(path.clone()).unwrap();
                let act = match path.as_str() {
                    "/login" => Act::Answer,
                    _ => acts.next().expect("as many acts as requests"),
                };
                match act {
                    Act::Answer => answer(&mut respond),
                    Act::Refuse => refuse(&mut respond),
                    Act::AnswerAndEndLater => end_later(&mut respond, tell.clone()),
                    Act::Reset(reason) => respond.send_reset(reason),
                    Act::BeginAndReset(reason) => {
                        let mut body = respond
                            .send_response(http::Response::new(()), false)
                            .unwrap();
                        body.send_data(Bytes::from_static(b"{"), false).unwrap();
                        // A reset takes back what has not been sent yet, so others get their turn first.
                        tokio::spawn(async move {
                            for _ in 0..100 {
                                tokio::task::yield_now().await;
                            }
                            body.send_reset(reason);
                        });
                    }
                    Act::GoAway(reason) => connection.abrupt_shutdown(reason),
                }
            }
        }
    });
    (format!("http://{address}"), told)
}

fn answer(respond: &mut SendResponse<Bytes>) {
    let body = json!({ "token": "t", "message": "login_successful" }).to_string();
    let mut body_of = respond
        .send_response(http::Response::new(()), false)
        .unwrap();
    body_of.send_data(body.into(), true).unwrap();
}

fn refuse(respond: &mut SendResponse<Bytes>) {
    let entries = json!([{ "i18nKey": "invalid_filter", "subject": "x".repeat(60_000) }]);
    let head = http::Response::builder()
        .status(400)
        .header("x-redlock-status", entries.to_string())
        .header("x-redlock-request-id", "r-1");
    respond.send_response(head.body(()).unwrap(), true).unwrap();
}

fn end_later(respond: &mut SendResponse<Bytes>, tell: mpsc::UnboundedSender<String>) {
    let head = http::Response::builder().header("content-length", 2);
    let head = head.body(()).unwrap();
    let mut body = respond.send_response(head, false).unwrap();
    body.send_data(Bytes::from_static(b"{}"), false).unwrap();
    tokio::spawn(async move {
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        let reset = std::future::poll_fn(|context| body.poll_reset(context));
        if reset.now_or_never().is_some() {
            tell.send("reset".to_owned()).unwrap();
        } else {
            body.send_data(Bytes::new(), true).unwrap();
        }
    });
}

fn client(url: &str) -> PrismaCloud {
    prisma_cloud::install_crypto_provider();
    PrismaCloud::builder()
        .url(url)
        .access_key("id", "secret")
        .clock(SimulatedClock::new())
        .http_client_builder(|| reqwest::Client::builder().http2_prior_knowledge())
        .build()
        .unwrap()
}

/// A call that must not be carried out twice.
async fn create(client: &PrismaCloud) -> Result<(), prisma_cloud::Error> {
    let call = client.raw(Product::Cspm, Method::POST, "/thing");
    call.json(&json!({ "name": "x" })).send().await.map(drop)
}

fn asked(told: &mut mpsc::UnboundedReceiver<String>) -> usize {
    std::iter::from_fn(|| told.try_recv().ok())
        .filter(|path| path == "/thing")
        .count()
}

#[tokio::test]
async fn what_was_not_begun_is_sent_again_whatever_it_does() {
    let refusal = Act::Reset(Reason::REFUSED_STREAM);
    let (url, mut told) = server(vec![refusal, refusal, Act::Answer]).await;
    create(&client(&url)).await.unwrap();
    assert_eq!(asked(&mut told), 3);
}

#[tokio::test]
async fn a_refusal_with_a_large_head_is_that_refusal() {
    let (url, mut told) = server(vec![Act::Refuse]).await;
    let error = create(&client(&url)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.has_key("invalid_filter"));
    assert_eq!(error.request_id(), Some("r-1"));
    assert_eq!((error.attempts(), asked(&mut told)), (1, 1));
    // What is kept of it has a bound.
    assert_eq!(error.entries()[0].subject.as_ref().unwrap().len(), 1024);
}

#[tokio::test]
async fn an_answer_is_waited_for_to_its_end() {
    let (url, mut told) = server(vec![Act::AnswerAndEndLater, Act::Answer]).await;
    let client = client(&url);
    create(&client).await.unwrap();
    // Time for the server to see a reset, if there is one.
    create(&client).await.unwrap();
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
    let told: Vec<String> = std::iter::from_fn(|| told.try_recv().ok()).collect();
    assert_eq!(told, ["/login", "/thing", "/thing"]);
}

#[tokio::test]
async fn what_may_have_been_begun_is_not() {
    for failure in [
        Act::Reset(Reason::INTERNAL_ERROR),
        // Whatever it says: it has answered.
        Act::BeginAndReset(Reason::REFUSED_STREAM),
        Act::GoAway(Reason::INTERNAL_ERROR),
    ] {
        let (url, mut told) = server(vec![failure]).await;
        let error = create(&client(&url)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        assert_eq!(asked(&mut told), 1);
    }
}
