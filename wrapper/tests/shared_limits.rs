//! Calls that the service counts towards one limit share a bucket, however they are made.

mod common;

use common::exchange::operation;
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::{Answer, Operation};
use prisma_cloud::jobs::JobKind;
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Error, Method, PrismaCloud, Product};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// As a generated call of a group that is not compiled in here would have it.
static ALERT_RULE: Operation = operation("GET", "/alert/rule/{id}", Answer::Json);

/// An id that is told from a word of a path only by where it stands.
fn word(number: usize) -> String {
    let letter = |digit: usize| char::from(b'a' + u8::try_from(digit % 26).unwrap());
    format!("item-{}{}", letter(number / 26), letter(number))
}

async fn raw(client: &PrismaCloud, path: String) -> Result<(), Error> {
    let call = client.raw(Product::Cspm, Method::GET, path);
    call.send().await.map(drop)
}

/// A call of `operation` for `id`, as generated calls are handed to the client.
async fn typed(client: &PrismaCloud, operation: &'static Operation, id: &str) {
    let path = operation.path.replace("{id}", id);
    let url = format!("{}{path}", client.base_url()).parse().unwrap();
    let request = reqwest::Request::new(Method::GET, url);
    let transport = client.transport();
    let exchange = transport.exchange(client.http_client(), request, operation);
    let status = exchange.await.unwrap().status();
    assert!(status.is_success(), "{status}");
}

/// A tenant that answers `path` for each of a hundred ids, and allows five requests a second to all of them together.
async fn tenant(path: &str) -> Tenant {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    for number in 0..100 {
        let one = path.replace("{id}", &word(number));
        tenant.answer(&format!("GET {one}"), 200, "application/json", "{}");
    }
    tenant.limit(&format!("GET {path}"), 5.0, 10.0);
    tenant
}

fn refused(tenant: &Tenant) -> usize {
    tenant.count_where(|record| record.status == Some(429))
}

/// A hundred calls at once for a hundred ids, half of them raw ones of `path` and half of them `other` ones.
async fn mixed<F>(client: &PrismaCloud, path: &'static str, other: fn(PrismaCloud, String) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let client = client.clone();
        tasks.spawn(async move {
            let id = word(number);
            match number % 2 {
                0 => raw(&client, path.replace("{id}", &id)).await.unwrap(),
                _ => other(client, id).await,
            }
        });
    }
    tasks.join_all().await;
}

async fn alert_rule(client: PrismaCloud, id: String) {
    typed(&client, &ALERT_RULE, &id).await;
}

#[tokio::test]
async fn raw_and_typed_calls_of_a_template_share_one() {
    let tenant = tenant("/policy/{id}").await;
    let client = tenant.client().build().unwrap();
    mixed(&client, "/policy/{id}", |client, id| async move {
        client.cspm().get_policy().id(id).send().await.unwrap();
    })
    .await;
    assert_eq!(refused(&tenant), 0);
}

#[tokio::test]
async fn they_share_one_if_the_group_is_not_compiled_in() {
    let tenant = tenant("/alert/rule/{id}").await;
    let client = tenant.client().build().unwrap();
    mixed(&client, ALERT_RULE.path, alert_rule).await;
    assert_eq!(refused(&tenant), 0);
}

#[tokio::test]
async fn they_share_one_below_a_base_path() {
    let tenant = tenant("/alert/rule/{id}").await;
    let url = gateway(&tenant, "/gateway/prisma").await;
    let client = tenant.client().custom_url(url).build().unwrap();
    mixed(&client, ALERT_RULE.path, alert_rule).await;
    assert_eq!(refused(&tenant), 0);
    let calls = tenant.count_where(|record| record.path.starts_with("/alert/rule/"));
    assert_eq!(calls, 100);
}

#[tokio::test]
async fn polls_of_jobs_share_one_with_raw_calls() {
    let tenant = tenant("/report/{id}").await;
    for number in 0..50 {
        let path = format!("GET /report/{}", word(number));
        tenant.answer(&path, 200, "application/json", r#"{"status": "completed"}"#);
        tenant.answer(&format!("{path}/download"), 200, "text/csv", "a,b\n");
    }
    let client = tenant.client().build().unwrap();
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let client = client.clone();
        tasks.spawn(async move {
            if number < 50 {
                let mut job = client.jobs().resume(JobKind::Report, word(number));
                job.write_to(&mut Vec::new()).await.unwrap();
            } else {
                raw(&client, format!("/report/{}", word(number)))
                    .await
                    .unwrap();
            }
        });
    }
    tasks.join_all().await;
    let polls = tenant.count_where(|record| record.path.starts_with("/report/"));
    assert_eq!(polls, 150, "a poll, a file or a raw call");
    assert_eq!(refused(&tenant), 0);
}

/// The address of a gateway that serves `tenant` below the path `base`.
async fn gateway(tenant: &Tenant, base: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}{base}", listener.local_addr().unwrap());
    let target = tenant.url().replace("http://", "");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&target).await.unwrap();
            let (from_client, to_client) = client.into_split();
            let (from_server, to_server) = server.into_split();
            tokio::spawn(pass(from_client, to_server, base));
            tokio::spawn(pass(from_server, to_client, base));
        }
    });
    url
}

/// Passes on what comes, requests without `base`. A client of HTTP/1.1 sends the head of a request as one piece.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, base: &str) {
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let mut piece = &bytes[..count];
        if let Some(method) = piece.iter().position(|byte| *byte == b' ')
            && piece[method + 1..].starts_with(base.as_bytes())
        {
            if to.write_all(&piece[..=method]).await.is_err() {
                return;
            }
            piece = &piece[method + 1 + base.len()..];
        }
        if to.write_all(piece).await.is_err() {
            return;
        }
    }
}
