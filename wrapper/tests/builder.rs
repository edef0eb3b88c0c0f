//! Settings of the builder: their order does not matter, none is lost, and what was pasted is cleaned.

mod common;

use std::time::Duration;

use common::simulated;
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Method, PrismaCloud, Product, RetryPolicy};

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
            .proxy_user("u", "p")
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
async fn what_was_pasted_is_trimmed() {
    let (_, tenant, _) = simulated().await;
    let (id, secret) = ("pasted-id", "pasted-secret");
    let client = PrismaCloud::builder()
        .url(format!(" {}\r\n", tenant.url()))
        .access_key(format!("\u{feff}{id}\n"), format!("\u{200b} {secret}\r\n"))
        .no_retries()
        .build()
        .unwrap();
    let _ = client
        .raw(Product::Cspm, Method::GET, "/policy")
        .send()
        .await;
    let login = &tenant.recorded()[0];
    let body: serde_json::Value = serde_json::from_slice(&login.body).unwrap();
    assert_eq!(
        (&body["username"], &body["password"]),
        (&id.into(), &secret.into())
    );
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
