//! The tenant in a box ends every listing of the compiled groups, as the client goes through it.

use std::collections::BTreeMap;
use std::pin::Pin;

use prisma_cloud::PrismaCloud;
use prisma_cloud::api::documents::PAGINATION;
use prisma_cloud::paging::{Paged, PagedExt};
use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{Extent, operations};
use prisma_cloud_api::inspect::Walk;
use prisma_cloud_api::{Operation, code, cspm};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// More than any listing of the tenant has.
const MOST_ITEMS: usize = 1_000;

struct Arguments(BTreeMap<String, Value>);

impl<'a> Walk<'a> for Arguments {
    type Outcome = Pin<Box<dyn Future<Output = Result<usize, String>> + 'a>>;

    fn argument<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    fn walk<C: Paged + 'a>(self, call: C) -> Self::Outcome {
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

/// Goes through the listing that `operation` is, with only what is required and with pages of one item.
async fn walked(
    client: &PrismaCloud,
    operation: &Operation,
    size: Option<&str>,
) -> Result<usize, String> {
    let described = operations()
        .iter()
        .find(|known| known.id() == operation.id)
        .expect("a documented operation");
    let sample = described.sample_request(Extent::Minimal, prisma_cloud_tests::seed());
    let mut arguments: BTreeMap<String, Value> = sample
        .parameters
        .iter()
        .map(|parameter| (parameter.name.to_owned(), parameter.value.clone()))
        .collect();
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
    let (name, arguments) = (operation.name, Arguments(arguments));
    let walk = match operation.product {
        prisma_cloud_api::Product::Code => code::calls::walk(client.code(), name, arguments),
        _ => cspm::calls::walk(client.cspm(), name, arguments),
    };
    walk.ok_or("it is no listing of the generated code")?.await
}

#[tokio::test]
async fn every_listing_of_the_compiled_groups_comes_to_its_end() {
    let tenant = Tenant::builder().alerts(7).start().await;
    let client = tenant.client().build().expect("a client");
    let table: Value = serde_json::from_str(PAGINATION).expect("JSON");
    let mut ended = 0;
    let mut failed = Vec::new();
    for (product, operations) in [("cspm", cspm::OPERATIONS), ("code", code::OPERATIONS)] {
        for operation in operations {
            let key = format!("{} {}", operation.method, operation.path);
            let listing = &table[product]["listings"][&key];
            if listing.is_null() {
                continue;
            }
            let size = listing["size"].as_str();
            for size in [None, size] {
                match walked(&client, operation, size).await {
                    Ok(_) => ended += 1,
                    Err(why) => failed.push(format!("{key} {size:?}: {why}")),
                }
            }
        }
    }
    assert_eq!(failed, Vec::<String>::new());
    let least = if cfg!(feature = "full") { 140 } else { 8 };
    assert!(ended >= least, "only {ended} listings were walked");
}
