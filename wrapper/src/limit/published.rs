//! The published limits.

use std::collections::HashMap;
use std::sync::LazyLock;

use prisma_cloud_api::Product;
use serde::Deserialize;

use crate::dialect;

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
        .map(
            |Row {
                 operation,
                 product,
                 rate,
                 burst,
             }| { (format!("{product} {operation}"), Limit { rate, burst }) },
        )
        .collect()
});

/// The name of an operation's bucket.
pub(crate) fn key(product: Product, method: &str, path: &str) -> String {
    format!("{} {method} {path}", dialect::of(product).name)
}

/// The name of the bucket of a call that is known by its path alone: that of the documented operation it belongs to, of
/// several the one with the most literal beginning. Calls that belong to none share a bucket if they differ in ids only.
pub(crate) fn key_of_path(product: Product, method: &str, path: &str) -> String {
    // Segment by segment: an encoded slash does not end one.
    let parts = path.split('/').map(|part| {
        let text = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        text.replace('/', "%2F")
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let documented = dialect::of(product).operations.iter();
    let templates = documented
        .filter(|operation| operation.method == method)
        .map(|operation| operation.path);
    let prefix = key(product, method, "");
    let published = LIMITS.keys().filter_map(|key| key.strip_prefix(&prefix));
    let best = templates
        .chain(published)
        .filter(|template| is_instance(&path, template))
        .min_by_key(|template| specificity(template));
    match best {
        Some(template) => key(product, method, template),
        None => key(product, method, &without_ids(&path)),
    }
}

/// Sorts literal segments before parameters, segment by segment.
fn specificity(template: &str) -> (Vec<bool>, &str) {
    let parameters = template.split('/').map(|part| part.contains('{'));
    (parameters.collect(), template)
}

/// Whether `path` is `template` with its parameters filled in.
fn is_instance(path: &str, template: &str) -> bool {
    let (mut parts, mut wanted) = (path.split('/'), template.split('/'));
    loop {
        match (parts.next(), wanted.next()) {
            (None, None) => return true,
            (Some(part), Some(want))
                if want == part || (want.starts_with('{') && !part.is_empty()) => {}
            _ => return false,
        }
    }
}

/// `path` with a placeholder for each segment that looks like an id: one with a digit, unless it is a version such as `v2`.
fn without_ids(path: &str) -> String {
    let parts = path.split('/').map(|part| {
        let version = part.strip_prefix('v').is_some_and(|number| {
            (1..=2).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        match part.bytes().any(|byte| byte.is_ascii_digit()) && !version {
            true => "{}",
            false => part,
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What is published about the bucket called `key`.
pub(crate) fn limit(key: &str) -> Option<Limit> {
    LIMITS.get(key).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_template() {
        for (path, key) in [
            ("/alert/P-17", "cspm GET /alert/{id}"),
            ("/alert/policy", "cspm GET /alert/policy"),
            ("/alert/count/open", "cspm GET /alert/count/{status}"),
            ("/alert/", "cspm GET /alert/"),
            ("/alert/a/b/c", "cspm GET /alert/a/b/c"),
            ("/other", "cspm GET /other"),
            // Of a documented operation without a published limit.
            ("/policy/P-1", "cspm GET /policy/{id}"),
            ("/policy/a%2Fb", "cspm GET /policy/{id}"),
            ("/%70olicy/P-1", "cspm GET /policy/{id}"),
            // Of none.
            ("/v9/thing/17", "cspm GET /v9/thing/{}"),
            ("/v9/thing/0a1b-2c/x", "cspm GET /v9/thing/{}/x"),
        ] {
            assert_eq!(key_of_path(Product::Cspm, "GET", path), key);
        }
    }

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
        assert_eq!(LIMITS.len(), 21);
        assert!(
            LIMITS
                .values()
                .all(|limit| limit.rate > 0.0 && limit.burst >= 1.0)
        );
    }
}
