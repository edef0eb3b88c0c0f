//! The grants of IAM, and where credentials go.

use std::time::Duration;

use prisma_cloud::ibm::{
    ComplianceRegion, ComputeProfile, ComputeToken, ConfigurationRegion, IamHost, IbmCloud,
    Network, TrustedProfile,
};
use prisma_cloud::testing::ibm::{ACCOUNT_ID, API_KEY, CLIENT, COMPUTE_TOKEN, Cloud};
use prisma_cloud::testing::{SimulatedClock, TokenForm};
use prisma_cloud::{Error, Method, Product};

async fn services(client: &IbmCloud) -> Result<(), Error> {
    client
        .raw(Product::IbmCompliance, Method::GET, "/v3/services")
        .send()
        .await
        .map(drop)
}

/// The grant types that were sent, in order.
fn grants(cloud: &Cloud) -> Vec<String> {
    let tokens = cloud
        .recorded()
        .into_iter()
        .filter(|record| record.path == "/identity/token");
    tokens
        .map(|record| {
            let body = String::from_utf8(record.body).unwrap();
            let grant = body
                .strip_prefix("grant_type=")
                .and_then(|rest| rest.split('&').next());
            grant
                .and_then(|grant| grant.rsplit("%3A").next())
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn every_grant_logs_in() {
    let profile = || TrustedProfile::Id("Profile-1".into());
    for (name, expected) in [
        ("key", &["apikey"][..]),
        ("key and profile", &["apikey", "assume"]),
        ("compute", &["cr-token"]),
        ("compute and profile", &["cr-token", "assume"]),
        ("refresh", &["refresh_token"]),
        ("token and profile", &["assume"]),
    ] {
        let cloud = Cloud::start().await;
        let builder = || {
            IbmCloud::builder()
                .iam_url(cloud.url())
                .compliance_url(cloud.url())
        };
        let compute = || {
            let token = ComputeToken::Value(COMPUTE_TOKEN.into());
            builder().compute_resource(token, ComputeProfile::Name("p".into()))
        };
        let builder = match name {
            "key" => builder().api_key(API_KEY),
            "key and profile" => builder().api_key(API_KEY).assume(TrustedProfile::Name {
                name: "p".into(),
                account: ACCOUNT_ID.into(),
            }),
            "compute" => compute(),
            "compute and profile" => compute().assume(profile()),
            "refresh" => builder()
                .client(CLIENT.0, CLIENT.1)
                .refresh_token(cloud.issue_refresh_token()),
            _ => builder().token(cloud.issue_token()).assume(profile()),
        };
        let client = builder.build().unwrap();
        services(&client)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(grants(&cloud), expected, "{name}");
        let last = cloud.tokens().pop().unwrap();
        let records = cloud.recorded();
        let sent = &records.last().unwrap().headers["authorization"];
        assert_eq!(
            sent,
            &format!("Bearer {last}"),
            "{name}: the last token is the one that counts"
        );
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_successor_is_used() {
    let clock = SimulatedClock::new();
    let cloud = Cloud::start_with(|tenant| tenant.clock(&clock)).await;
    let client = IbmCloud::builder()
        .iam_url(cloud.url())
        .compliance_url(cloud.url())
        .client(CLIENT.0, CLIENT.1)
        .refresh_token(cloud.issue_refresh_token())
        .clock(clock.clone())
        .build()
        .unwrap();
    for _ in 0..5 {
        services(&client).await.unwrap();
        clock.advance(Duration::from_secs(3600));
    }
    assert_eq!(cloud.logins(), 5);
}

#[tokio::test]
async fn a_wrong_client_is_refused() {
    let cloud = Cloud::start().await;
    let client = cloud
        .client()
        .client(CLIENT.0, "wrong-client-secret")
        .build()
        .unwrap();
    let error = services(&client).await.unwrap_err();
    assert!(
        error.is_unauthorized() && error.has_key("BXNIM0400E"),
        "{error}"
    );
    let shown = format!("{error} {error:?} {client:?}");
    assert!(
        !shown.contains("wrong-client-secret") && !shown.contains(API_KEY),
        "{shown}"
    );
    let client = cloud.client().client(CLIENT.0, CLIENT.1).build().unwrap();
    services(&client).await.unwrap();
}

#[tokio::test]
async fn a_token_alone_serves_until_it_ends() {
    let clock = SimulatedClock::new();
    let cloud = Cloud::start_with(|tenant| tenant.clock(&clock)).await;
    let client = IbmCloud::builder()
        .iam_url(cloud.url())
        .compliance_url(cloud.url())
        .token(cloud.issue_token())
        .clock(clock.clone())
        .build()
        .unwrap();
    services(&client).await.unwrap();
    clock.advance(Duration::from_secs(3589));
    services(&client).await.unwrap();
    assert!(
        grants(&cloud).is_empty(),
        "there is nothing to get a token for"
    );
    clock.advance(Duration::from_secs(1));
    let error = services(&client).await.unwrap_err();
    assert!(
        error.is_unauthorized() && error.to_string().contains("API key"),
        "{error}"
    );
}

#[tokio::test]
async fn the_account_is_told_by_the_token_or_else_by_the_key() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    for _ in 0..3 {
        assert_eq!(client.account_id().await.unwrap(), ACCOUNT_ID);
    }
    assert_eq!(
        cloud.recorded().len(),
        1,
        "the login, and nothing for the account"
    );
    let opaque = Cloud::start_with(|tenant| tenant.tokens(TokenForm::Opaque)).await;
    let silent = Cloud::start().await;
    silent.hide_account();
    for cloud in [opaque, silent] {
        let client = cloud.client().build().unwrap();
        assert_eq!(client.account_id().await.unwrap(), ACCOUNT_ID);
        let records = cloud.recorded();
        assert_eq!(records[1].path, "/v1/apikeys/details");
        assert_eq!(records[1].headers["iam-apikey"], API_KEY);
        let client = cloud.client().token(cloud.issue_token()).build();
        assert!(client.is_ok());
    }
}

#[tokio::test]
async fn keys_go_to_iam_alone_and_tokens_to_the_configured_hosts() {
    let (iam, gateway, elsewhere) = (
        Cloud::start().await,
        Cloud::start().await,
        Cloud::start().await,
    );
    let client = IbmCloud::builder()
        .iam_url(iam.url())
        .configuration_url(gateway.url())
        .api_key(API_KEY)
        .client(CLIENT.0, CLIENT.1)
        .build()
        .unwrap();
    // The gateway does not know the token: it may after a pause, and then another one is asked for, once.
    let call = || {
        client.raw(
            Product::IbmConfiguration,
            Method::GET,
            "/config/v1/templates",
        )
    };
    let error = call().send().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!(
        (iam.logins(), gateway.count("GET", "/config/v1/templates")),
        (2, 3)
    );
    for record in gateway.recorded() {
        let header = record.headers["authorization"].to_str().unwrap().to_owned();
        assert!(
            header.starts_with("Bearer ")
                && iam.tokens().iter().any(|token| header.ends_with(token))
        );
        let all = format!(
            "{:?} {:?}",
            record.headers,
            String::from_utf8_lossy(&record.body)
        );
        assert!(!all.contains(API_KEY) && !all.contains("Basic"), "{all}");
    }
    // A path of the token operation on another host is just a path: it gets a token and no key.
    client
        .raw(Product::IbmConfiguration, Method::POST, "/identity/token")
        .send()
        .await
        .unwrap_err();
    let last = gateway.recorded().pop().unwrap();
    assert!(
        last.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Bearer ")
    );
    for path in [
        format!("@{}", elsewhere.url()),
        "//x".to_owned() + "/../",
        "no-slash".to_owned(),
    ] {
        let _ = client
            .raw(Product::IbmConfiguration, Method::GET, path)
            .send()
            .await;
    }
    assert!(elsewhere.recorded().is_empty());
    // No redirect is followed.
    let location = format!("{}/config/v1/rules", elsewhere.url());
    gateway.fail_next(prisma_cloud::testing::Fault::redirect(307, &location));
    let error = call().send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 307);
    assert!(elsewhere.recorded().is_empty());
}

#[test]
fn places_are_judged_when_building() {
    let key = || IbmCloud::builder().api_key("k");
    key()
        .iam(IamHost::Private)
        .configuration(ConfigurationRegion::EuDe)
        .compliance(ComplianceRegion::CaTor, Network::Private)
        .build()
        .unwrap();
    for (builder, word) in [
        (
            key().compliance(ComplianceRegion::AuSyd, Network::Private),
            "Network::Public",
        ),
        (key().iam_url("http://iam.example"), "unencrypted"),
        (
            key().configuration_url("https://api.eu.prismacloud.io"),
            "Prisma Cloud",
        ),
        (key().compliance_url("https://a@b.example"), "user name"),
        (IbmCloud::builder(), "api_key"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(
            error.is_config() && error.to_string().contains(word),
            "{error}"
        );
    }
    assert!(
        key()
            .compliance_url("http://10.0.0.1")
            .allow_plain_http_exposing_credentials()
            .build()
            .is_ok()
    );
}

#[test]
fn of_two_grants_or_addresses_none_is_chosen_by_the_order() {
    let builder = || IbmCloud::builder().api_key(API_KEY);
    let token = ComputeToken::Value(COMPUTE_TOKEN.into());
    for (builder, names) in [
        (
            builder().compute_resource(token, ComputeProfile::Id("Profile-1".into())),
            ["`api_key`", "`compute_resource`"],
        ),
        (
            builder()
                .iam_url("https://iam.example")
                .iam(IamHost::Public),
            ["`iam_url`", "`iam`"],
        ),
    ] {
        let error = builder.build().unwrap_err().to_string();
        assert!(names.iter().all(|name| error.contains(name)), "{error}");
    }
    builder().iam_url(" https://iam.example\n").build().unwrap();
}
