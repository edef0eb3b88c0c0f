//! Who the client is, and the id of its tenant where a call was given none.

mod common;

use std::time::Duration;

use common::{repositories, simulated};
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::integration::{IntegrationConfig, Splunk};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Clock, Error, Method, PRISMA_ID_OF_SESSION, PrismaCloud, Product};
use serde_json::json;

async fn tenant_42() -> (SimulatedClock, Tenant, PrismaCloud) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder()
        .clock(&clock)
        .customer("Example Inc", "42")
        .start()
        .await;
    let client = tenant.client().build().unwrap();
    (clock, tenant, client)
}

#[tokio::test]
async fn a_call_that_is_given_no_prisma_id_sends_that_of_the_session() {
    let (_, tenant, client) = tenant_42().await;
    let path = "/api/v1/tenant/42/integration";
    let made = json!({ "id": "i-1", "name": "splunk", "integrationType": "splunk" }).to_string();
    tenant.answer(&format!("POST {path}"), 200, "application/json", made);
    let config = IntegrationConfig::from(Splunk::new("the-token", "https://splunk.example"));
    let body = config.create_request("splunk").unwrap();
    let call = client.cspm().create_integration_v1().body(body);
    let made = call.send().await.unwrap().into_inner();
    assert_eq!(made.id.as_deref(), Some("i-1"));
    assert_eq!(tenant.count("POST", path), 1);
    assert_eq!(tenant.logins(), 1, "the login that the call needs anyway");
    assert_eq!(tenant.recorded().len(), 2);

    // With an id of the caller's own, that is sent.
    let other = "/api/v1/tenant/9/integration";
    tenant.answer(&format!("GET {other}"), 200, "application/json", "[]");
    let call = client.cspm().get_all_integrations_v1().prisma_id("9");
    call.send().await.unwrap();
    assert_eq!(tenant.count("GET", other), 1);
    // An empty one counts as none.
    tenant.answer(&format!("GET {path}"), 200, "application/json", "[]");
    let call = client.cspm().get_all_integrations_v1().prisma_id("");
    call.send().await.unwrap();
    assert_eq!(tenant.count("GET", path), 1);
}

#[tokio::test]
async fn the_id_goes_into_raw_paths_and_stays_out_of_other_places() {
    let (_, tenant, client) = tenant_42().await;
    tenant.answer("GET /x/42/y", 200, "application/json", "{}");
    let raw = |path: String| client.raw(Product::Cspm, Method::GET, path).send();
    raw(format!("/x/{PRISMA_ID_OF_SESSION}/y")).await.unwrap();
    tenant.answer("GET /x/y", 200, "application/json", "{}");
    raw(format!("/x/y?q={PRISMA_ID_OF_SESSION}")).await.unwrap();
    let last = tenant.recorded().pop().unwrap();
    assert_eq!(last.query.as_deref(), Some("q=prisma-id-of-session"));
}

#[tokio::test]
async fn an_id_that_the_builder_knows_needs_no_login() {
    let (_, tenant, _) = tenant_42().await;
    let client = tenant.client().prisma_id("77").build().unwrap();
    assert_eq!(client.prisma_id().await.unwrap(), "77");
    assert_eq!(tenant.recorded().len(), 0);
}

#[tokio::test]
async fn the_identity_tells_tenant_roles_and_expiry() {
    let (clock, tenant, client) = tenant_42().await;
    let start = clock.wall();
    let identity = client.identity().await.unwrap();
    let of_session = identity.tenant.unwrap();
    assert_eq!(of_session.customer_name.as_deref(), Some("Example Inc"));
    assert_eq!(of_session.prisma_id.as_deref(), Some("42"));
    assert_eq!(of_session.terms_accepted, Some(true));
    assert_eq!(identity.tenants.len(), 1);
    assert_eq!(identity.roles.unwrap(), ["System Admin"]);
    // Ten minutes less the five seconds in which a token is not sent any more.
    assert_eq!(identity.expires, start + Duration::from_secs(595));
    assert_eq!((tenant.logins(), tenant.extensions()), (1, 1));
    // Nothing is sent for it again.
    let sent = tenant.recorded().len();
    client.identity().await.unwrap();
    assert_eq!(client.prisma_id().await.unwrap(), "42");
    assert_eq!(tenant.recorded().len(), sent);
}

#[tokio::test]
async fn an_extension_that_fails_leaves_the_roles_out() {
    let (_, tenant, client) = tenant_42().await;
    tenant.rule(|record| (record.path == "/auth_token/extend").then(|| Fault::status(500)));
    let identity = client.identity().await.unwrap();
    assert_eq!(identity.roles, None);
    assert_eq!(identity.tenant.unwrap().prisma_id.as_deref(), Some("42"));
    repositories(&client).await.unwrap();
}

#[tokio::test]
async fn a_token_from_elsewhere_tells_its_tenant_by_an_extension() {
    let (clock, tenant, _) = tenant_42().await;
    let with_token = || {
        let builder = PrismaCloud::builder()
            .url(tenant.url())
            .clock(clock.clone());
        builder.token(tenant.issue_token()).build().unwrap()
    };
    assert_eq!(with_token().prisma_id().await.unwrap(), "42");
    assert_eq!((tenant.logins(), tenant.extensions()), (0, 1));

    // What keeps the extension from telling is the error.
    let client = with_token();
    tenant.rule(|record| (record.path == "/auth_token/extend").then(|| Fault::status(500)));
    let error = client.prisma_id().await.unwrap_err();
    assert!(error.is_server(), "{error}");
    tenant.no_more_faults();
    tenant.revoke_tokens();
    let error = client.prisma_id().await.unwrap_err();
    assert!(
        error.is_unauthorized() && error.to_string().contains("access key"),
        "{error}"
    );
}

#[tokio::test]
async fn a_failed_login_is_the_error_of_the_call_that_wanted_the_id() {
    let (_, tenant, _) = tenant_42().await;
    let client = tenant
        .client()
        .access_key("x", "wrong-secret")
        .build()
        .unwrap();
    let call = client.cspm().get_all_integrations_v1();
    let error = Error::from(call.send().await.unwrap_err());
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!(tenant.count_where(|record| record.path != "/login"), 0);
}

#[tokio::test]
async fn several_tenants_want_a_choice() {
    let (clock, tenant, client) = simulated().await;
    let several = json!({
        "token": tenant.issue_token(),
        "customerNames": [
            { "customerName": "One", "prismaId": "1" },
            { "customerName": "Two", "prismaId": "2" },
        ],
    });
    let answer = several.to_string();
    tenant.rule(move |record| {
        let login = record.path == "/login";
        login.then(|| Fault::answer(200, "application/json", answer.clone()))
    });
    let error = client.prisma_id().await.unwrap_err();
    assert!(error.is_config());
    assert!(
        error.to_string().contains("\"One\": 1, \"Two\": 2"),
        "{error}"
    );
    let chosen = tenant
        .client()
        .clock(clock)
        .customer_name("Two")
        .build()
        .unwrap();
    assert_eq!(chosen.prisma_id().await.unwrap(), "2");
}
