//! What the server of the benchmarks answers, made from the vendored documents.

use serde_json::{Value, json};

use crate::documents;
use crate::generate::Generator;

/// Alerts of a page: the most that the service sends at once.
pub const PAGE: usize = 10_000;
/// Pages of a listing.
pub const PAGES: usize = 10;

/// A policy of two kilobytes.
pub fn policy() -> Vec<u8> {
    let document = documents::vendored("cspm");
    let schema =
        documents::response(document, "GET", "/policy/{id}").expect("a policy has a schema");
    let mut generator = Generator::new(document, 1);
    // The first that is not too large already is filled up with a description, which is what policies are long by.
    loop {
        let mut policy = generator.value(schema);
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
    let document = documents::vendored("cspm");
    let schema = documents::response(document, "POST", "/v2/alert").expect("alerts have a schema");
    let mut generator = Generator::new(document, 1);
    let mut alerts: Vec<Value> = Vec::new();
    while alerts.len() < PAGE {
        if let Value::Array(items) = generator.value(schema)["items"].take() {
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
