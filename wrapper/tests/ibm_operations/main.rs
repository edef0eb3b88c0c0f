//! Every operation of IBM Cloud, called: right header, right path, right form.

mod compliance;
mod configuration;
mod iam;

#[path = "../common/seed.rs"]
mod seed;

use std::collections::BTreeSet;

use prisma_cloud::Product;
use prisma_cloud::testing::Recorded;
use prisma_cloud::testing::ibm::{API_KEY, Cloud, INSTANCE_ID, operations};
use prisma_cloud::testing::samples::Extent;
use seed::seed;
use serde::de::DeserializeOwned;

const UUID: &str = "00000000-0000-4000-8000-0000000000ff";
const RULE: &str = "rule-00000000-0000-4000-8000-000000000001";
const TEMPLATE: &str = "template-00000000-0000-4000-8000-0000000000ff";

macro_rules! call {
    ($client:expr, $method:ident $(, $setter:ident = $value:expr)*) => {
        $client
            .$method()
            $(.$setter($value))*
            .send()
            .await
            .unwrap_or_else(|error| {
                panic!("{}: {}", stringify!($method), prisma_cloud::Error::from(error))
            })
    };
}

use call;

/// A valid body of the operation called `id`, as its type reads it.
fn sample<T: DeserializeOwned>(id: &str) -> T {
    let wanted = std::any::type_name::<T>();
    let mut found = operations()
        .iter()
        .filter(|operation| operation.id() == id)
        .filter(|operation| {
            // Two services have operations of the same name.
            let module = match operation.product() {
                Product::IbmConfiguration => "::configuration::",
                Product::IbmCompliance => "::compliance::",
                _ => "::iam::",
            };
            wanted.contains(module)
        });
    let operation = found
        .next()
        .unwrap_or_else(|| panic!("{id} is in no document"));
    let body = operation.sample_request(Extent::Full, seed()).body;
    serde_json::from_value(body.expect("the operation takes a body"))
        .expect("the sample fits its type")
}

/// Whether `path` is `template` with its parameters filled in.
fn is_instance(path: &str, template: &str) -> bool {
    let (parts, wanted) = (path.split('/'), template.split('/'));
    parts.clone().count() == wanted.clone().count()
        && parts
            .zip(wanted)
            .all(|(part, want)| part == want || want.starts_with('{'))
}

/// The operations that were called, by method and template.
fn called(records: &[Recorded]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for record in records {
        let of = operations().iter().filter(|operation| {
            operation.method() == record.method && is_instance(&record.path, operation.path())
        });
        // `/apikeys/details` is meant before `/apikeys/{id}`.
        let meant = of.min_by_key(|operation| operation.path().matches('{').count());
        let meant = meant.unwrap_or_else(|| panic!("{} {}", record.method, record.path));
        keys.insert(meant.key());
    }
    keys
}

#[tokio::test]
async fn every_operation_is_called() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    iam::all(&client).await;
    configuration::all(&client).await;
    compliance::all(&client, client.instance().unwrap()).await;
    let records = cloud.recorded();
    assert_eq!(called(&records).len(), 11 + 20 + 68);
    let documented = operations().iter().map(|operation| operation.key());
    assert_eq!(called(&records), documented.collect());
    let token = format!("Bearer {}", cloud.tokens().pop().expect("a token"));
    for record in &records {
        let place = format!("{} {}", record.method, record.path);
        let header = |name: &str| {
            let value = record.headers.get(name);
            value.map(|value| value.to_str().expect("text").to_owned())
        };
        assert!(
            record
                .status
                .is_some_and(|status| (200..300).contains(&status)),
            "{place}"
        );
        assert_eq!(
            header("transaction-id").map(|id| id.len()),
            Some(36),
            "{place}"
        );
        assert_eq!(header("x-redlock-auth"), None, "{place}");
        assert_eq!(header("api-version"), None, "{place}");
        if record.path == "/identity/token" {
            assert_eq!(header("authorization"), None);
            assert_eq!(
                header("content-type").as_deref(),
                Some("application/x-www-form-urlencoded")
            );
            let form = String::from_utf8(record.body.clone()).unwrap();
            assert!(
                form.contains("grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey"),
                "{form}"
            );
            assert!(form.contains(&format!("apikey={API_KEY}")), "{form}");
            continue;
        }
        assert_eq!(header("authorization"), Some(token.clone()), "{place}");
        // The key itself goes to the token operation only.
        assert!(
            !String::from_utf8_lossy(&record.body).contains(API_KEY),
            "{place}"
        );
        if record.path.contains("/v3/") && !record.path.starts_with("/v3/services") {
            assert!(
                record
                    .path
                    .starts_with(&format!("/instances/{INSTANCE_ID}/v3/")),
                "{place}"
            );
        }
        if place.ends_with("/download") {
            assert!(
                header("accept").is_some_and(|accept| accept.starts_with("application/csv")),
                "{place}"
            );
        }
    }
    let services = records
        .iter()
        .filter(|record| record.path.starts_with("/v3/services"));
    assert_eq!(services.count(), 2);
    let conditional: Vec<&Recorded> = records
        .iter()
        .filter(|record| record.headers.contains_key("if-match"))
        .collect();
    assert_eq!(
        conditional.len(),
        6,
        "four of configuration, one of compliance, one of IAM"
    );
    assert!(conditional.iter().all(|record| record.method == "PUT"));
}
