//! Time-outs mean what they say, whatever the server is silent about.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use common::{create, page, repositories, settle, settle_until};
use prisma_cloud::jobs::JobKind;
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Builder, Error, Method, PrismaCloud, Product, RetryPolicy};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const SECOND: Duration = Duration::from_secs(1);

/// What a server leaves out.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Silence {
    Head,
    Body,
    /// The body comes with one byte a second.
    Drip,
    /// So does that of a 400.
    DrippingRefusal,
    /// So does the login.
    DrippingLogin,
}

/// A server that is silent in this way, and goes on by a byte with each tick.
async fn server(silence: Silence, ticks: watch::Receiver<u64>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream, silence, ticks.clone()));
        }
    });
    url
}

async fn serve(mut stream: TcpStream, silence: Silence, mut ticks: watch::Receiver<u64>) {
    let mut request = vec![0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut request).await {
        let login = request[..count].starts_with(b"POST /login");
        let head = |status: &str, length: usize| {
            let json = "content-type: application/json";
            format!("HTTP/1.1 {status}\r\n{json}\r\ncontent-length: {length}\r\n\r\n")
        };
        if login && silence != Silence::DrippingLogin {
            let body = r#"{"token": "t", "message": "login_successful"}"#;
            let answer = head("200 OK", body.len()) + body;
            stream.write_all(answer.as_bytes()).await.unwrap();
            continue;
        }
        if silence == Silence::Head {
            continue;
        }
        let status = match silence {
            Silence::DrippingRefusal => "400 Bad Request",
            _ => "200 OK",
        };
        stream
            .write_all(head(status, 100_000).as_bytes())
            .await
            .unwrap();
        while silence != Silence::Body && ticks.changed().await.is_ok() {
            if stream.write_all(b" ").await.is_err() {
                return;
            }
        }
    }
}

/// What comes of a call to such a server, and how long it takes.
async fn call(
    silence: Silence,
    set: impl FnOnce(Builder) -> Builder,
    call: impl AsyncFnOnce(PrismaCloud) -> Result<(), Error> + 'static,
) -> (Result<(), Error>, Duration) {
    let clock = SimulatedClock::new();
    let (tick, ticks) = watch::channel(0);
    let builder = PrismaCloud::builder()
        .custom_url(server(silence, ticks).await)
        .access_key("id", "a-secret")
        .clock(clock.clone());
    let client = set(builder).build().unwrap();
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async move {
            let call = tokio::task::spawn_local(call(client));
            loop {
                settle().await;
                if call.is_finished() {
                    return (call.await.unwrap(), clock.elapsed());
                }
                assert!(clock.elapsed() < 2000 * SECOND, "it goes on and on");
                clock.advance(SECOND);
                tick.send_modify(|tick| *tick += 1);
            }
        })
        .await
}

async fn get(client: PrismaCloud) -> Result<(), Error> {
    repositories(&client).await.map(drop)
}

#[tokio::test]
async fn no_silence_lasts_longer_than_the_overall_time_out() {
    for silence in [
        Silence::Head,
        Silence::Body,
        Silence::Drip,
        Silence::DrippingRefusal,
        Silence::DrippingLogin,
    ] {
        let (result, elapsed) = call(silence, |builder| builder, get).await;
        let error = result.unwrap_err();
        assert!(
            elapsed <= Duration::from_secs(601),
            "{silence:?} {elapsed:?}"
        );
        if silence == Silence::DrippingRefusal {
            assert_eq!(error.status().unwrap().as_u16(), 400, "{error}");
            assert!(error.is_body_cut());
        } else {
            assert!(error.is_timeout(), "{silence:?} {error}");
        }
    }
}

#[tokio::test]
async fn messages_name_the_limit_and_its_value_as_it_was_set() {
    let overall: fn(Builder) -> Builder = |builder| builder.overall_timeout(7 * SECOND);
    let attempt: fn(Builder) -> Builder = |builder| {
        let attempt = Duration::from_millis(2500);
        builder.attempt_timeout(attempt).no_retries()
    };
    let stall: fn(Builder) -> Builder = |builder| builder.stall_timeout(9 * SECOND).no_retries();
    for (silence, set, words) in [
        (
            Silence::Head,
            overall,
            "no answer came within the overall time-out of 7 s",
        ),
        (
            Silence::Drip,
            overall,
            "the answer did not end within the overall time-out of 7 s",
        ),
        (
            Silence::DrippingLogin,
            overall,
            "within the overall time-out of 7 s",
        ),
        (
            Silence::Head,
            attempt,
            "no answer came within the attempt time-out of 2.5 s",
        ),
        (Silence::Body, stall, "within the stall time-out of 9 s"),
    ] {
        let (result, elapsed) = call(silence, set, get).await;
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(elapsed <= 10 * SECOND, "{silence:?} {elapsed:?}");
    }
}

#[tokio::test]
async fn a_streamed_body_is_not_bounded_by_the_overall_time_out() {
    let read = async |client: PrismaCloud| {
        let operation = &common::exchange::BYTES;
        let mut response = common::exchange::exchange(&client, operation, None).await?;
        for _ in 0..30 {
            response.chunk().await.map_err(|_| ()).unwrap();
        }
        Ok(())
    };
    let (result, elapsed) = call(
        Silence::Drip,
        |builder| builder.overall_timeout(7 * SECOND),
        read,
    )
    .await;
    result.unwrap();
    assert!(elapsed >= 29 * SECOND, "{elapsed:?}");
}

async fn tenant_and_client(
    set: impl FnOnce(Builder) -> Builder,
) -> (SimulatedClock, Tenant, PrismaCloud) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let client = set(tenant.client()).build().unwrap();
    (clock, tenant, client)
}

#[tokio::test]
async fn no_attempt_begins_when_no_time_is_left_and_the_reason_before_is_told() {
    // The first answer is a 429 whose limit lets the next attempt go only when the time of the call is over.
    let (clock, tenant, client) =
        tenant_and_client(|builder| builder.overall_timeout(7 * SECOND)).await;
    repositories(&client).await.unwrap();
    let now = clock.clone();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    tenant.rule(move |record| {
        (record.path == "/policy").then(|| {
            count.fetch_add(1, SeqCst);
            // The answer takes the time that there was.
            now.advance(6900 * SECOND / 1000);
            Fault::too_many_requests().header("retry-after", "0")
        })
    });
    let error = create(&client, "x").await.unwrap_err();
    assert!(error.is_rate_limited(), "{error}");
    assert_eq!(sent.load(SeqCst), 1);
    assert!(
        !error.to_string().contains("may have been carried out"),
        "{error}"
    );
}

#[tokio::test]
async fn a_limit_before_a_retry_is_waited_for_no_longer_than_the_call_lasts() {
    // After a refusal the client sends nothing for a second: until the time is just over, and beyond it.
    for taken in [6 * SECOND, 13 * SECOND / 2] {
        let policy = RetryPolicy::default().with_base_delay(Duration::ZERO);
        let (clock, tenant, client) =
            tenant_and_client(|builder| builder.retry(policy).overall_timeout(7 * SECOND)).await;
        repositories(&client).await.unwrap();
        let now = clock.clone();
        tenant.rule(move |record| {
            (record.path == "/policy").then(|| {
                now.advance(taken);
                Fault::too_many_requests().header("retry-after", "0")
            })
        });
        let begin = clock.elapsed();
        let error = create(&client, "x").await.unwrap_err();
        assert!(error.is_rate_limited(), "{error}");
        let words = "no time is left of the overall time-out of 7 s";
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(tenant.count("POST", "/policy"), 1, "{taken:?}");
        assert_eq!(clock.elapsed() - begin, 7 * SECOND);
    }
}

#[tokio::test]
async fn a_check_of_the_token_that_takes_all_the_time_is_followed_by_no_attempt() {
    let (clock, tenant, client) =
        tenant_and_client(|builder| builder.overall_timeout(7 * SECOND)).await;
    tenant.rule(|record| match &*record.path {
        "/policy" => Some(Fault::status(401)),
        "/auth_token/extend" => Some(Fault::delay(3600 * SECOND)),
        _ => None,
    });
    // One call is forbidden, so the token is checked when another one is refused.
    create(&client, "x").await.unwrap_err();
    // By now all servers know the token.
    clock.advance(3 * SECOND);
    let call = tokio::spawn({
        let client = client.clone();
        async move {
            let call = client.raw(Product::Cspm, Method::GET, "/policy");
            call.send().await.map(drop)
        }
    });
    settle_until(|| tenant.count("GET", "/auth_token/extend") == 1).await;
    clock.advance(7 * SECOND);
    let error = call.await.unwrap().unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!(tenant.count("GET", "/policy"), 1);
}

#[tokio::test]
async fn a_wait_longer_than_the_client_waits_ends_the_call_at_once() {
    for status in [429, 503] {
        let (clock, tenant, client) = tenant_and_client(|builder| builder).await;
        repositories(&client).await.unwrap();
        let before = clock.elapsed();
        tenant.fail_next(Fault::status(status).header("retry-after", "3600"));
        let error = repositories(&client).await.unwrap_err();
        assert_eq!(error.retry_after(), Some(3600 * SECOND));
        assert_eq!((error.attempts(), clock.elapsed()), (1, before), "{error}");
        let words = "the server asks to wait 3600 s, and the client waits no longer than 120 s";
        assert!(error.to_string().contains(words), "{error}");
        // Nor is another call made to wait so long.
        repositories(&client).await.unwrap();
        assert!(clock.elapsed() - before <= SECOND, "{status}");
    }
}

#[tokio::test]
async fn a_wait_that_is_granted_is_kept_by_every_call_of_the_operation() {
    let policy = RetryPolicy::off().with_max_retry_after(500 * SECOND);
    let (clock, tenant, client) = tenant_and_client(|builder| builder.retry(policy)).await;
    repositories(&client).await.unwrap();
    let begin = clock.elapsed();
    tenant.fail_next(Fault::too_many_requests().header("retry-after", "300"));
    assert!(repositories(&client).await.unwrap_err().is_rate_limited());
    repositories(&client).await.unwrap();
    assert!(clock.elapsed() - begin >= 300 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_does_not_come_about_names_its_time_out() {
    // It accepts, and never answers to the beginning of the encryption.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = PrismaCloud::builder()
        .custom_url(format!("https://{}", listener.local_addr().unwrap()))
        .access_key("id", "a-secret")
        .connect_timeout(13 * SECOND)
        .no_retries()
        .build()
        .unwrap();
    let error = repositories(&client).await.unwrap_err();
    let words = "no connection came about within the connect time-out of 13 s";
    assert!(error.to_string().contains(words), "{error}");
}

#[tokio::test]
async fn the_time_before_the_first_attempt_in_the_queue_of_a_limit_does_not_count() {
    let clock = SimulatedClock::new();
    // Two a second, ten at once.
    let tenant = Tenant::builder().clock(&clock).published_limits();
    let tenant = tenant.start().await;
    let client = tenant.client().overall_timeout(7 * SECOND).build().unwrap();
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let client = client.clone();
        calls.spawn(async move { page(&client, &json!({ "limit": 1 })).await });
    }
    for result in calls.join_all().await {
        result.unwrap();
    }
    assert!(clock.elapsed() >= 19 * SECOND);
}

#[tokio::test]
async fn the_deadline_of_a_job_bounds_its_polls() {
    let (clock, tenant, client) = tenant_and_client(|builder| builder).await;
    repositories(&client).await.unwrap();
    tenant.rule(|record| {
        record
            .path
            .contains("/alert/csv")
            .then(|| Fault::delay(3600 * SECOND))
    });
    let job = tokio::spawn({
        let client = client.clone();
        async move {
            let mut job = client
                .jobs()
                .resume(JobKind::AlertCsv, "1")
                .deadline(10 * SECOND);
            job.download().await.map(drop)
        }
    });
    settle_until(|| tenant.count_where(|record| record.path.contains("/alert/csv")) == 1).await;
    let begin = clock.elapsed();
    clock.advance(11 * SECOND);
    settle_until(|| job.is_finished()).await;
    let error = job.await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(error.to_string().contains("deadline of 10 s"), "{error}");
    assert!(clock.elapsed() - begin <= 11 * SECOND);
}

#[tokio::test]
async fn the_overall_time_out_bounds_the_polls_of_a_job_too() {
    let (clock, tenant, client) =
        tenant_and_client(|builder| builder.overall_timeout(7 * SECOND)).await;
    repositories(&client).await.unwrap();
    tenant.rule(|record| {
        let poll = record.path.contains("/alert/csv");
        poll.then(|| Fault::delay(3600 * SECOND))
    });
    let job = tokio::spawn(async move {
        let mut job = client.jobs().resume(JobKind::AlertCsv, "1");
        job.download().await.map(drop)
    });
    for poll in 1.. {
        settle_until(|| {
            let polls = tenant.count_where(|record| record.path.contains("/alert/csv"));
            polls >= poll || job.is_finished()
        })
        .await;
        if job.is_finished() {
            break;
        }
        clock.advance(7 * SECOND);
    }
    let error = job.await.unwrap().unwrap_err().to_string();
    let words = "no answer came within the overall time-out of 7 s";
    assert!(error.contains(words), "{error}");
    assert!(clock.elapsed() <= 5 * (7 + 15) * SECOND);
}

#[tokio::test]
async fn the_error_of_a_call_without_an_answer_names_method_and_path() {
    let (_, tenant, client) = tenant_and_client(|builder| builder.no_retries()).await;
    repositories(&client).await.unwrap();
    tenant.fail_next(Fault::reset());
    let call = client.raw(Product::Cspm, Method::GET, "/some/where");
    let error = call.send().await.unwrap_err();
    assert!(error.to_string().contains("GET /some/where"), "{error}");
}
