//! What the server of the benchmarks answers, made from the vendored documents.

use prisma_cloud::testing::samples::{self, Extent, Sampler, Way};
use prisma_cloud_api::Product;
use serde_json::{Value, json};

/// Alerts of a page: the most that the service sends at once.
pub const PAGE: usize = 10_000;
/// Pages of a listing.
pub const PAGES: usize = 10;

/// A policy of two kilobytes.
pub fn policy() -> Vec<u8> {
    let schemas = &samples::document(Product::Cspm)["components"]["schemas"];
    let operation = samples::operation("get-policy").expect("a documented operation");
    let schema = operation.response_schema().expect("a policy has a schema");
    let mut sampler = Sampler::new(schemas, Extent::Random, Way::Response, 1);
    // The first that is not too large already is filled up with a description, which is what policies are long by.
    loop {
        let mut policy = sampler.value(schema, "");
        policy["description"] = json!("");
        let length = policy.to_string().len();
        if (1_000..2_000).contains(&length) {
            policy["description"] = json!("d".repeat(2_000 - length));
            return policy.to_string().into_bytes();
        }
    }
}

/// A page of [`PAGE`] alerts as the document describes them, with every required member. `next` leads to the following one.
pub fn alerts(next: Option<&str>) -> Vec<u8> {
    let schemas = &samples::document(Product::Cspm)["components"]["schemas"];
    let operation = samples::operation("post-alerts-v2").expect("a documented operation");
    let schema = operation.response_schema().expect("alerts have a schema");
    let mut sampler = Sampler::new(schemas, Extent::Random, Way::Response, 1);
    let mut alerts: Vec<Value> = Vec::new();
    while alerts.len() < PAGE {
        if let Value::Array(items) = sampler.value(schema, "")["items"].take() {
            alerts.extend(items);
        }
    }
    alerts.truncate(PAGE);
    let mut page = json!({"items": alerts, "totalRows": PAGE * PAGES});
    if let Some(next) = next {
        page["nextPageToken"] = json!(next);
    }
    page.to_string().into_bytes()
}
