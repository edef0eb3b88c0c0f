//! What IBM Cloud says when it refuses, and what becomes of it.

use prisma_cloud::ibm::{IbmCloud, Refusal};
use prisma_cloud::testing::Fault;
use prisma_cloud::testing::ibm::{API_KEY, Cloud};
use prisma_cloud::{Error, ErrorKind, Method, Product};

/// A call that the next fault hits, after the login.
async fn refused(cloud: &Cloud, product: Product, fault: Fault) -> Error {
    let client = cloud.client().no_retries().build().unwrap();
    client.account_id().await.unwrap();
    cloud.fail_next(fault);
    let path = "/instances/0a1b2c3d-1111-4222-8333-444455556666/v3/rules";
    client
        .raw(product, Method::GET, path)
        .send()
        .await
        .unwrap_err()
}

/// Status, body, kind, code, message, details, transaction.
type Case = (
    u16,
    &'static str,
    ErrorKind,
    Option<&'static str>,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
);

#[tokio::test]
async fn every_shape_of_a_service_decodes() {
    let cases: [Case; 6] = [
        // API keys of IAM.
        (
            409,
            r#"{"context":{"transaction_id":"t-1","operation":"update"},"status_code":"409","errors":[{"code":"conflict","message_code":"BXNIM0446E","message":"Entity tag mismatch","details":"stale"}],"trace":null}"#,
            ErrorKind::Conflict,
            Some("BXNIM0446E"),
            "Entity tag mismatch",
            Some("stale"),
            Some("t-1"),
        ),
        // The Configuration API v1.
        (
            400,
            r#"{"errors":[{"code":"bad_request","message":"name is too long"}],"trace":"t-2","status_code":400}"#,
            ErrorKind::InvalidRequest,
            Some("bad_request"),
            "name is too long",
            None,
            Some("t-2"),
        ),
        // The Security and Compliance API v3.
        (
            404,
            r#"{"errors":[{"code":"not_found","message":"No such rule","more_info":"https://example.com/help"}]}"#,
            ErrorKind::NotFound,
            Some("not_found"),
            "No such rule",
            None,
            None,
        ),
        (
            410,
            r#"{"status_code":410,"errors":[{"code":"gone","message":"Account disabled"}],"trace":"t-4"}"#,
            ErrorKind::NotFound,
            Some("gone"),
            "Account disabled",
            None,
            Some("t-4"),
        ),
        (
            412,
            r#"{"errors":[{"code":"precondition_failed","message":"Changed meanwhile"}]}"#,
            ErrorKind::Conflict,
            Some("precondition_failed"),
            "Changed meanwhile",
            None,
            None,
        ),
        // The proxy in front of them.
        (
            503,
            "upstream connect error or disconnect/reset before headers. reset reason: connection timeout",
            ErrorKind::Server,
            None,
            "upstream connect error or disconnect/reset before headers. reset reason: connection timeout",
            None,
            None,
        ),
    ];
    let cloud = Cloud::start().await;
    for (status, body, kind, code, message, details, transaction) in cases {
        let media = if body.starts_with('{') {
            "application/json"
        } else {
            "text/plain"
        };
        let error = refused(
            &cloud,
            Product::IbmCompliance,
            Fault::answer(status, media, body),
        )
        .await;
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.to_string().contains(message), "{error}");
        assert_eq!(
            code.is_some_and(|code| error.has_key(code)),
            code.is_some(),
            "{error}"
        );
        let refusal = Refusal::of(&error).expect("it says something");
        assert_eq!(refusal.problems.len(), 1);
        assert_eq!(refusal.problems[0].code.as_deref(), code);
        assert_eq!(refusal.problems[0].message.as_deref(), Some(message));
        assert_eq!(refusal.problems[0].details.as_deref(), details);
        match transaction {
            Some(id) => assert_eq!(refusal.transaction_id.as_deref(), Some(id)),
            // The one that was sent, then.
            None => {
                let records = cloud.recorded();
                let sent = &records.last().expect("a request").headers["transaction-id"];
                assert_eq!(refusal.transaction_id.as_deref(), sent.to_str().ok());
            }
        }
        assert!(
            error
                .to_string()
                .contains(refusal.transaction_id.as_deref().unwrap()),
            "{error}"
        );
    }
    // The header of the answer comes before all.
    let fault = Fault::answer(403, "application/json", r#"{"errors":[],"trace":"body"}"#)
        .header("transaction-id", "header");
    let error = refused(&cloud, Product::IbmConfiguration, fault).await;
    assert_eq!(
        (error.request_id(), error.kind()),
        (Some("header"), ErrorKind::Forbidden)
    );
    assert!(error.to_string().contains("Manage > Access"), "{error}");
}

#[test]
fn bodies_say_as_much_as_they_hold() {
    let refusal = |body: &str| Refusal::parse(body.as_bytes());
    let iam = refusal(
        r#"{"errorCode":"BXNIM0513E","errorMessage":"A second factor is needed","errorDetails":"TOTP",
            "requirements":{"error":"mfa_required","code":"MFA-1"},
            "context":{"requestId":"abc","startTime":"01.01.2026 00:00:00:000 UTC"}}"#,
    )
    .unwrap();
    assert!(iam.has_code("BXNIM0513E") && !iam.has_code("BXNIM0415E"));
    assert_eq!(iam.transaction_id.as_deref(), Some("abc"));
    let requirement = iam.requirement.unwrap();
    assert_eq!(requirement.code.as_deref(), Some("MFA-1"));
    assert_eq!(requirement.message.as_deref(), Some("mfa_required"));
    let several = refusal(
        r#"{"errors":[{"code":"a","message":"1"},{"code":"b"},null,5],"status_code":"404"}"#,
    )
    .unwrap();
    let codes: Vec<_> = several.problems.iter().map(|p| p.code.as_deref()).collect();
    assert_eq!(
        (codes, several.status_code),
        (vec![Some("a"), Some("b")], Some(404))
    );
    let gateway = refusal(r#"{"message":"Forbidden"}"#).unwrap();
    assert_eq!(gateway.problems[0].message.as_deref(), Some("Forbidden"));
    for nothing in [
        "",
        "{}",
        "[]",
        "null",
        "  \n",
        "<html><title>x</title></html>",
        r#"{"errors":[]}"#,
    ] {
        assert_eq!(refusal(nothing), None, "{nothing}");
    }
}

#[tokio::test]
async fn a_bad_key_is_told_from_a_bad_request() {
    for (status, code, kind) in [
        (400, "BXNIM0415E", ErrorKind::Unauthorized),
        (401, "BXNIM0400E", ErrorKind::Unauthorized),
        (400, "BXNIM0109E", ErrorKind::InvalidRequest),
        (400, "BXNIM0106E", ErrorKind::InvalidRequest),
        (405, "BXNIM0060E", ErrorKind::InvalidRequest),
        (400, "BXNIM04E", ErrorKind::InvalidRequest),
    ] {
        let cloud = Cloud::start().await;
        let body = format!(
            r#"{{"errorCode":"{code}","errorMessage":"refused {API_KEY}","errorDetails":"why","context":{{"requestId":"r-1"}}}}"#
        );
        cloud.fail_next(
            Fault::answer(status, "application/json", body).header("transaction-id", "t-9"),
        );
        let client = cloud.client().build().unwrap();
        let error = client.account_id().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}: {error}");
        assert_eq!(error.operation_id(), Some("get_token"));
        assert!(error.has_key(code), "{error}");
        let refusal = Refusal::of(&error).unwrap();
        assert_eq!(refusal.transaction_id.as_deref(), Some("t-9"));
        assert_eq!(refusal.problems[0].details.as_deref(), Some("why"));
        let shown = format!("{error} {error:?} {refusal:?}");
        assert!(!shown.contains(API_KEY), "the key was echoed: {shown}");
        if kind == ErrorKind::Unauthorized {
            assert!(shown.contains("check that the API key"), "{shown}");
        }
        assert_eq!(error.attempts(), 1);
    }
}

#[tokio::test]
async fn the_plain_503_is_tried_again() {
    let cloud = Cloud::start().await;
    let client = cloud
        .client()
        .clock(prisma_cloud::testing::SimulatedClock::new())
        .build()
        .unwrap();
    client.account_id().await.unwrap();
    cloud.fail_next(Fault::answer(503, "text/plain", "no healthy upstream"));
    client
        .raw(Product::IbmCompliance, Method::GET, "/v3/services")
        .send()
        .await
        .unwrap();
    let ids: Vec<_> = cloud
        .recorded()
        .iter()
        .filter(|record| record.path == "/v3/services")
        .map(|record| record.headers["transaction-id"].clone())
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1], "one call has one id");
}

#[tokio::test]
async fn a_call_without_an_address_says_what_to_do() {
    let client = IbmCloud::builder().api_key("k").build().unwrap();
    for error in [
        client.configuration().unwrap_err(),
        client.compliance().unwrap_err(),
        client.instance().unwrap_err(),
        client
            .raw(Product::IbmCompliance, Method::GET, "/x")
            .send()
            .await
            .unwrap_err(),
        client
            .raw(Product::Cspm, Method::GET, "/policy")
            .send()
            .await
            .unwrap_err(),
    ] {
        assert!(error.is_config() && error.attempts() == 0, "{error}");
    }
    let prisma = prisma_cloud::PrismaCloud::builder()
        .url("app")
        .access_key("id", "secret")
        .build()
        .unwrap();
    let error = prisma
        .raw(Product::IbmIam, Method::GET, "/v1/apikeys")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_config(), "{error}");
}
