//! The published limits.

use std::collections::HashMap;
use std::sync::LazyLock;

use prisma_cloud_api::Product;
use serde::Deserialize;

/// A limit of one operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    /// Requests per second, sustained.
    pub(crate) rate: f64,
    /// Requests at once after a pause.
    pub(crate) burst: f64,
}

/// A row of `data/rate_limits.json`.
#[derive(Deserialize)]
struct Row {
    /// `METHOD /path`
    operation: String,
    product: String,
    rate: f64,
    burst: f64,
}

static LIMITS: LazyLock<HashMap<String, Limit>> = LazyLock::new(|| {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../../data/rate_limits.json"))
        .expect("data/rate_limits.json is checked by a test");
    rows.into_iter()
        .map(|Row { operation, product, rate, burst }| {
            (format!("{product} {operation}"), Limit { rate, burst })
        })
        .collect()
});

/// The name of an operation's bucket.
pub(crate) fn key(product: Product, method: &str, path: &str) -> String {
    let product = match product {
        Product::Code => "code",
        _ => "cspm",
    };
    format!("{product} {method} {path}")
}

/// What is published about the bucket called `key`.
pub(crate) fn limit(key: &str) -> Option<Limit> {
    LIMITS.get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_rows_are_there() {
        for (method, path, rate, burst) in [
            ("POST", "/v2/alert", 2.0, 10.0),
            ("GET", "/alert/{id}", 5.0, 10.0),
            ("POST", "/alert/policy/jobs", 1.0, 5.0),
            ("GET", "/v1/resource_list", 80.0, 80.0),
        ] {
            let limit = limit(&key(Product::Cspm, method, path)).unwrap();
            assert_eq!((limit.rate, limit.burst), (rate, burst), "{path}");
        }
        assert_eq!(limit(&key(Product::Code, "GET", "/alert/{id}")), None);
        assert_eq!(LIMITS.len(), 22);
        assert!(LIMITS.values().all(|limit| limit.rate > 0.0 && limit.burst >= 1.0));
    }
}
