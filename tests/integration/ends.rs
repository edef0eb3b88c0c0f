//! The tenant in a box ends every listing of the compiled groups, as the client goes through it.

use std::collections::BTreeMap;
use std::pin::Pin;

use prisma_cloud::api::documents::PAGINATION;
use prisma_cloud::paging::{Paged, PagedExt};
use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{self, Extent};
use prisma_cloud_api::inspect::Walk;
use prisma_cloud_api::{Operation, code, cspm};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// More than any listing of the tenant has.
const MOST_ITEMS: usize = 1_000;

struct Arguments(BTreeMap<String, Value>);

/// A listing on its way to its end, and how many items it had.
type Walked<'a> = Pin<Box<dyn Future<Output = Result<usize, String>> + 'a>>;

impl<'a> Walk<'a> for Arguments {
    type Outcome = Walked<'a>;

    fn argument<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    fn walk<C: Paged + 'a>(self, call: C) -> Walked<'a> {
        let mut items = call.items();
        Box::pin(async move {
            let mut count = 0;
            while let Some(item) = items.next().await {
                item.map_err(|error| error.to_string())?;
                count += 1;
                if count > MOST_ITEMS {
                    return Err("it has no end".to_owned());
                }
            }
            Ok(count)
        })
    }
}

/// The arguments of `operation`: only what is required, and where `size` is the place of a page size pages of one item.
fn arguments(
    known: &[samples::Operation],
    given: &[(&str, &str)],
    operation: &Operation,
    size: Option<&str>,
) -> Arguments {
    let described = known
        .iter()
        .find(|known| known.id() == operation.id)
        .expect("a documented operation");
    let sample = described.sample_request(Extent::Minimal, prisma_cloud_tests::seed());
    let mut arguments: BTreeMap<String, Value> = sample
        .parameters
        .iter()
        .map(|parameter| (parameter.name.to_owned(), parameter.value.clone()))
        .collect();
    for (name, value) in given {
        arguments.insert((*name).to_owned(), (*value).into());
    }
    if let Some(body) = sample.body {
        arguments.insert("body".to_owned(), body);
    }
    match size.and_then(|place| place.split_once('.')) {
        Some(("query", name)) => {
            arguments.insert(name.to_owned(), 1.into());
        }
        Some((_, name)) if !name.contains('.') => {
            arguments.entry("body".to_owned()).or_default()[name] = 1.into();
        }
        _ => {}
    }
    Arguments(arguments)
}

/// Goes through all `listings` of one product, each with pages of any size and with pages of one item. Returns how many came to
/// their ends, and why the others did not.
async fn walked<'a>(
    product: &str,
    listings: &[Operation],
    known: &[samples::Operation],
    given: &[(&str, &str)],
    walk: impl Fn(&'static str, Arguments) -> Option<Walked<'a>>,
) -> (usize, Vec<String>) {
    let table: Value = serde_json::from_str(PAGINATION).expect("JSON");
    let (mut ended, mut failed) = (0, Vec::new());
    for operation in listings {
        let key = format!("{} {}", operation.method, operation.path);
        let listing = &table[product]["listings"][&key];
        if listing.is_null() {
            continue;
        }
        for size in [None, listing["size"].as_str()] {
            let walk = walk(operation.name, arguments(known, given, operation, size));
            match walk.expect("a listing of the generated code").await {
                Ok(_) => ended += 1,
                Err(why) => failed.push(format!("{product} {key} {size:?}: {why}")),
            }
        }
    }
    (ended, failed)
}

#[tokio::test]
async fn every_listing_of_the_compiled_groups_comes_to_its_end() {
    let tenant = Tenant::builder().alerts(7).start().await;
    let client = tenant.client().build().expect("a client");
    let known = samples::operations();
    let walks = [
        walked("cspm", cspm::OPERATIONS, known, &[], |name, arguments| {
            cspm::calls::walk(client.cspm(), name, arguments)
        })
        .await,
        walked("code", code::OPERATIONS, known, &[], |name, arguments| {
            code::calls::walk(client.code(), name, arguments)
        })
        .await,
    ];
    let least = if cfg!(feature = "full") { 100 } else { 8 };
    judge(&walks, least);
}

#[cfg(feature = "ibm")]
#[tokio::test]
async fn every_listing_of_ibm_cloud_comes_to_its_end() {
    use prisma_cloud::testing::ibm::{ACCOUNT_ID, Cloud, INSTANCE_ID, operations};
    use prisma_cloud_api::ibm::configuration::{ClientRulesExt, types::CreateRulesRequest};
    use prisma_cloud_api::ibm::{
        compliance as ibm_compliance, configuration as ibm_configuration, iam as ibm_iam,
    };

    let cloud = Cloud::start().await;
    let client = cloud.client().build().expect("a client");
    let (compliance, configuration) = (client.compliance(), client.configuration());
    let (compliance, configuration) = (compliance.unwrap(), configuration.unwrap());
    let known = operations();
    // The attachments of a rule need one.
    let create = known.iter().find(|known| known.id() == "create_rules");
    let sample = create.unwrap().sample_request(Extent::Minimal, 1).body;
    let body: CreateRulesRequest = serde_json::from_value(sample.unwrap()).unwrap();
    let made = configuration.create_rules().body(body).send();
    let made = serde_json::to_value(made.await.unwrap().into_inner()).unwrap();
    let rule = made["rules"][0]["rule"]["rule_id"].as_str().unwrap();
    let given = &[
        ("account_id", ACCOUNT_ID),
        ("instance_id", INSTANCE_ID),
        ("rule_id", rule),
    ];
    let walks = [
        walked(
            "ibm-iam",
            ibm_iam::OPERATIONS,
            known,
            given,
            |name, arguments| ibm_iam::calls::walk(client.iam(), name, arguments),
        )
        .await,
        walked(
            "ibm-configuration",
            ibm_configuration::OPERATIONS,
            known,
            given,
            |name, arguments| ibm_configuration::calls::walk(configuration, name, arguments),
        )
        .await,
        walked(
            "ibm-compliance",
            ibm_compliance::OPERATIONS,
            known,
            given,
            |name, arguments| ibm_compliance::calls::walk(compliance, name, arguments),
        )
        .await,
    ];
    judge(&walks, 28);
}

fn judge(walks: &[(usize, Vec<String>)], least: usize) {
    let failed: Vec<&String> = walks.iter().flat_map(|(_, failed)| failed).collect();
    assert!(failed.is_empty(), "{failed:#?}");
    let ended: usize = walks.iter().map(|(ended, _)| ended).sum();
    assert!(ended >= least, "only {ended} listings were walked");
}
