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
    let (schema, mut sampler) = answers_of("get-policy");
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
    let (schema, mut sampler) = answers_of("post-alerts-v2");
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

/// The token of the next page, which stands behind the alerts.
pub fn next_page(page: &[u8]) -> Option<String> {
    let end = String::from_utf8_lossy(&page[page.len().saturating_sub(300)..]);
    let (_, token) = end.rsplit_once(r#""nextPageToken":""#)?;
    Some(token.split_once('"')?.0.to_owned())
}

/// The schema of what an operation of CSPM answers, and what makes values for it.
fn answers_of(operation: &str) -> (&'static Value, Sampler<'static>) {
    let schemas = &samples::document(Product::Cspm)["components"]["schemas"];
    let schema = samples::operation(operation).and_then(|operation| operation.response_schema());
    let sampler = Sampler::new(schemas, Extent::Random, Way::Response, 1);
    (schema.expect("an answer with a schema"), sampler)
}
