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

/// The paths of documented operations by product and method, those with the most literal beginning first. They do not depend
/// on features: the service counts a raw call towards the limit of its operation whatever is compiled in here.
static TEMPLATES: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut templates: HashMap<_, Vec<_>> = HashMap::new();
    for line in prisma_cloud_api::DOCUMENTED.lines() {
        if let Some((product_and_method, path)) = line.rsplit_once(' ') {
            templates.entry(product_and_method).or_default().push(path);
        }
    }
    for paths in templates.values_mut() {
        paths.sort_by_key(|path| specificity(path));
    }
    templates
});

/// The name of the bucket of a call that is known by its path alone: that of the documented operation it belongs to, of
/// several the one with the most literal beginning. Calls that belong to none share a bucket if they differ in ids only.
pub(crate) fn key_of_path(product: Product, method: &str, path: &str) -> String {
    // Segment by segment: an encoded slash does not end one.
    let parts = path.split('/').map(|part| {
        let text = percent_encoding::percent_decode_str(part).decode_utf8_lossy();
        text.replace('/', "%2F")
    });
    let path = parts.collect::<Vec<_>>().join("/");
    let product_and_method = format!("{} {method}", dialect::of(product).name);
    let templates = TEMPLATES.get(product_and_method.as_str());
    let best = templates
        .into_iter()
        .flatten()
        .find(|template| is_instance(&path, template));
    match best {
        Some(template) => format!("{product_and_method} {template}"),
        None => format!("{product_and_method} {}", without_ids(&path)),
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
            // Of groups that are not compiled in.
            ("/alert/rule/nightly", "cspm GET /alert/rule/{id}"),
            ("/user/role/auditors", "cspm GET /user/role/{id}"),
            (
                "/compliance/posture/cis",
                "cspm GET /compliance/posture/{complianceId}",
            ),
            (
                "/compliance/cis/requirement",
                "cspm GET /compliance/{complianceId}/requirement",
            ),
            // Of none.
            ("/v9/thing/17", "cspm GET /v9/thing/{}"),
            ("/v9/thing/0a1b-2c/x", "cspm GET /v9/thing/{}/x"),
        ] {
            assert_eq!(key_of_path(Product::Cspm, "GET", path), key);
        }
    }

    #[test]
    fn each_documented_operation_finds_itself_whatever_is_compiled_in() {
        let products = [(Product::Cspm, 545), (Product::Code, 84)];
        for (product, count) in products {
            let name = dialect::of(product).name;
            let lines: Vec<_> = prisma_cloud_api::DOCUMENTED
                .lines()
                .filter(|line| line.split(' ').next() == Some(name))
                .collect();
            assert_eq!(lines.len(), count, "{name}");
            for line in lines {
                let (method, path) = line.split_once(' ').unwrap().1.split_once(' ').unwrap();
                assert_eq!(key_of_path(product, method, path), line);
            }
        }
    }

    #[test]
    fn limits_are_of_documented_operations() {
        for key in LIMITS.keys() {
            let documented = prisma_cloud_api::DOCUMENTED.lines();
            assert_eq!(documented.filter(|line| line == key).count(), 1, "{key}");
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
