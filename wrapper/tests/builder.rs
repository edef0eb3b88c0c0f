//! Settings of the builder: their order does not matter, none is lost, and what was pasted is cleaned.

mod common;

use std::time::Duration;

use common::simulated;
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Builder, Method, PrismaCloud, Product, Region, RetryPolicy};

#[tokio::test]
async fn the_user_of_a_proxy_may_come_before_it() {
    let proxy = Tenant::start().await;
    let builder = || {
        PrismaCloud::builder()
            .custom_url("http://127.0.0.1:1")
            .access_key("id", "secret")
    };
    for client in [
        builder()
            .proxy_user("u", "p")
            .proxy(proxy.url())
            .no_retries(),
        builder()
            .proxy(proxy.url())
            .proxy_user(" u\n", "p\r\n")
            .no_retries(),
    ] {
        let client = client.build().unwrap();
        let _ = client.raw(Product::Cspm, Method::GET, "/x").send().await;
    }
    let recorded = proxy.recorded();
    assert!(recorded.len() >= 2);
    for record in recorded {
        assert_eq!(record.headers["proxy-authorization"], "Basic dTpw");
    }
}

#[test]
fn a_user_without_a_proxy_is_refused() {
    let builder = || {
        PrismaCloud::builder()
            .url("app")
            .access_key("id", "secret")
            .proxy_user("u", "p")
    };
    for builder in [builder(), builder().no_proxy()] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_config() && error.to_string().contains("proxy_user"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_policy_does_not_undo_what_was_set_before_it() {
    let (_, tenant, _) = simulated().await;
    let client = tenant
        .client()
        .no_retries()
        .overall_timeout(Duration::from_secs(5))
        .retry(RetryPolicy::default())
        .build()
        .unwrap();
    for _ in 0..3 {
        tenant.fail_next(Fault::status(503));
    }
    client
        .raw(Product::Cspm, Method::GET, "/policy")
        .send()
        .await
        .unwrap_err();
    // Neither the login nor the call is sent twice.
    assert_eq!(tenant.recorded().len(), 1);
}

#[tokio::test]
async fn a_time_out_prevails_over_a_policy_in_any_order() {
    let seconds = Duration::from_secs;
    let policy = || RetryPolicy::default().with_overall_timeout(seconds(60));
    let (_, tenant, _) = simulated().await;
    for builder in [
        tenant.client().overall_timeout(seconds(5)).retry(policy()),
        tenant.client().retry(policy()).overall_timeout(seconds(5)),
    ] {
        tenant.fail_next(Fault::status(503).header("retry-after", "10"));
        let client = builder.build().unwrap();
        let call = client.raw(Product::Cspm, Method::GET, "/policy");
        let error = call.send().await.unwrap_err().to_string();
        assert!(error.contains("overall time-out of 5 s"), "{error}");
    }
}

#[tokio::test]
async fn what_was_pasted_is_trimmed() {
    let (_, tenant, _) = simulated().await;
    let (id, secret) = ("pasted-id", "pasted-secret");
    let pasted = |text: &str| format!("\u{feff} {text}\u{200b}\r\n");
    for builder in [
        PrismaCloud::builder().url(pasted(&tenant.url())),
        PrismaCloud::builder().custom_url(pasted(&tenant.url())),
    ] {
        let client = builder
            .access_key(pasted(id), pasted(secret))
            .prisma_id(pasted("42"))
            .customer_name(pasted("Example"))
            .no_retries()
            .build()
            .unwrap();
        let _ = client
            .raw(Product::Cspm, Method::GET, "/policy")
            .send()
            .await;
        let login = tenant.recorded().pop().unwrap();
        let body: serde_json::Value = serde_json::from_slice(&login.body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "username": id, "password": secret, "prismaId": "42", "customerName": "Example",
            })
        );
    }
    let client = tenant.client().token(pasted("a-token")).build().unwrap();
    let _ = client
        .raw(Product::Cspm, Method::GET, "/policy")
        .send()
        .await;
    let sent = tenant.recorded();
    let call = sent.iter().find(|record| record.path == "/policy").unwrap();
    assert_eq!(call.headers["x-redlock-auth"], "a-token");
}

#[test]
fn what_is_blank_is_refused() {
    for blank in ["", " \n", "\u{feff}", "\u{200b}\t"] {
        let builder = || PrismaCloud::builder().url("app");
        for builder in [
            builder().access_key(blank, "secret"),
            builder().access_key("id", blank),
            builder().token(blank),
        ] {
            let error = builder.build().unwrap_err();
            assert!(
                error.is_config() && error.to_string().contains("empty"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_second_choice_that_would_undo_the_first_is_refused_in_any_order() {
    type Set = fn(Builder) -> Builder;
    let choices: [(Set, Set, [&str; 2]); 5] = [
        (
            |b| b.url("app"),
            |b| b.region(Region::AppEu),
            ["url", "region"],
        ),
        (
            |b| b.custom_url("https://gateway.example"),
            |b| b.url("app"),
            ["custom_url", "url"],
        ),
        (
            |b| b.custom_url("https://gateway.example"),
            |b| b.region(Region::AppEu),
            ["custom_url", "region"],
        ),
        (
            |b| b.region(Region::AppEu).proxy("http://127.0.0.1:1"),
            |b| b.no_proxy(),
            ["proxy", "no_proxy"],
        ),
        (
            |b| b.region(Region::AppEu).ca_bundle("pem"),
            |b| b.danger_accept_any_certificate(),
            ["ca_bundle", "danger_accept_any_certificate"],
        ),
    ];
    for (one, other, names) in choices {
        for set in [
            &(|b| other(one(b))) as &dyn Fn(Builder) -> Builder,
            &(|b| one(other(b))),
        ] {
            let builder = set(PrismaCloud::builder().access_key("id", "secret"));
            let error = builder.build().unwrap_err();
            assert!(error.is_config(), "{error}");
            for name in names {
                assert!(error.to_string().contains(&format!("`{name}`")), "{error}");
            }
        }
    }
    // The same again is a correction.
    let twice = PrismaCloud::builder().url("app").url("app2");
    twice.access_key("id", "secret").build().unwrap();
}

#[test]
fn leave_for_plain_http_that_nothing_needs_is_refused() {
    let builder = |url: &str| {
        PrismaCloud::builder()
            .custom_url(url)
            .access_key("id", "secret")
            .allow_plain_http_exposing_credentials()
    };
    for url in ["https://gateway.example", "http://127.0.0.1:1"] {
        let error = builder(url).build().unwrap_err().to_string();
        assert!(
            error.contains("allow_plain_http_exposing_credentials"),
            "{error}"
        );
    }
    builder("http://gateway.example").build().unwrap();
}

#[test]
fn blank_names_of_a_tenant_are_refused() {
    let builder = || PrismaCloud::builder().url("app").access_key("id", "secret");
    for (builder, words) in [
        (builder().customer_name(" \n"), "customer name is empty"),
        (builder().prisma_id("\u{feff}"), "Prisma id is empty"),
        (builder().token(" "), "token is empty"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_config() && error.to_string().contains(words),
            "{error}"
        );
    }
}
