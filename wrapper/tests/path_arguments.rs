//! An id that would make a path another one is refused before anything is sent.

use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::jobs::JobKind;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, ErrorKind, Method, Product};

const IDS: [&str; 8] = ["", ".", "..", "%2e", "%2E%2e", ".%2E", "%2E", "%2e."];

fn assert_refused(error: &Error, names: &str, id: &str) {
    let text = error.to_string();
    assert!(text.contains(names), "{id:?}: {text}");
    assert!(text.contains(&format!("{id:?}")), "{id:?}: {text}");
}

#[tokio::test]
async fn of_a_generated_call() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    for id in IDS {
        let error: Error = client
            .cspm()
            .delete_policy()
            .id(id)
            .send()
            .await
            .unwrap_err()
            .into();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert_refused(&error, "`id`", id);
    }
    assert_eq!(tenant.recorded().len(), 0, "not even a login");
}

#[tokio::test]
async fn a_backslash_is_no_slash() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    let _ = client
        .cspm()
        .delete_policy()
        .id("x\\..\\..\\login")
        .send()
        .await;
    let last = tenant.recorded().pop().unwrap();
    assert_eq!(last.path, "/policy/x%5C..%5C..%5Clogin");
}

#[tokio::test]
async fn of_a_raw_call() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    for id in IDS {
        for path in [
            format!("/policy/{id}"),
            format!("/policy/{id}?a=b"),
            format!("/policy/{id}/x"),
        ] {
            let call = client.raw(Product::Cspm, Method::DELETE, path);
            let error = call.send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
            assert_refused(&error, "segment 2", id);
        }
    }
    for path in ["/policy/..\\login", "/policy/.\t./login", "/policy/.\n."] {
        let error = client.raw(Product::Cspm, Method::DELETE, path).send().await;
        assert_eq!(
            error.unwrap_err().kind(),
            ErrorKind::InvalidRequest,
            "{path:?}"
        );
    }
    assert_eq!(tenant.recorded().len(), 0, "not even a login");
}

#[tokio::test]
async fn of_a_job() {
    let tenant = Tenant::start().await;
    let client = tenant.client().build().unwrap();
    for id in IDS {
        for kind in JobKind::ALL {
            let error = client.jobs().resume(kind, id).download().await.unwrap_err();
            assert_refused(&error, "id of a job", id);
        }
    }
    assert_eq!(tenant.recorded().len(), 0, "not even a login");
}

#[tokio::test]
async fn of_the_tenant() {
    let tenant = Tenant::start().await;
    for id in IDS.into_iter().filter(|id| !id.is_empty()) {
        let client = tenant.client().prisma_id(id).build().unwrap();
        let call = client.cspm().get_all_integrations_v1();
        let error: Error = call.send().await.unwrap_err().into();
        assert_refused(&error, "`prismaId`", id);
        let call = client.cspm().get_all_integrations_v1().prisma_id(id);
        let error: Error = call.send().await.unwrap_err().into();
        assert_refused(&error, "`prisma_id`", id);
    }
    let sent = tenant.count_where(|record| record.path != "/login");
    assert_eq!(sent, 0);
}
