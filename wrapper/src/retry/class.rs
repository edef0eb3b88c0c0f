//! Which calls only read.

use std::collections::HashSet;
use std::sync::LazyLock;

use http::Method;
use prisma_cloud_api::{Operation, Product};
use serde::Deserialize;

/// What sending a request twice does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing that sending it once does not do: it only reads.
    Read,
    /// Perhaps a second policy, key or job.
    Unsafe,
}

/// `data/retry_reads.json`: product, then the pinned operation id, then the reason.
#[derive(Deserialize)]
struct Listed {
    cspm: std::collections::BTreeMap<String, String>,
    code: std::collections::BTreeMap<String, String>,
}

struct Reads {
    cspm: HashSet<String>,
    code: HashSet<String>,
}

static READS: LazyLock<Reads> = LazyLock::new(|| {
    let listed: Listed = serde_json::from_str(include_str!("../../data/retry_reads.json"))
        .expect("data/retry_reads.json is checked by a test");
    Reads {
        cspm: listed.cspm.into_keys().collect(),
        code: listed.code.into_keys().collect(),
    }
});

/// The class of a call of `operation` with `method`.
pub(crate) fn of(operation: &Operation, method: &Method) -> Class {
    if matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Class::Read;
    }
    let reads = match operation.product {
        Product::Cspm => &READS.cspm,
        Product::Code => &READS.code,
        _ => return Class::Unsafe,
    };
    if reads.contains(operation.id) {
        Class::Read
    } else {
        Class::Unsafe
    }
}

/// The class of a generated call of `operation`.
pub(crate) fn documented(operation: &Operation) -> Class {
    let method = Method::from_bytes(operation.method.as_bytes());
    method.map_or(Class::Unsafe, |method| of(operation, &method))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prisma_cloud_api::Answer;

    fn operation(product: Product, id: &'static str, path: &'static str) -> Operation {
        Operation::new(product, "POST", path, Answer::Json).called(id, "", "")
    }

    #[test]
    fn the_list_parses_and_every_entry_has_a_reason() {
        let listed: Listed =
            serde_json::from_str(include_str!("../../data/retry_reads.json")).unwrap();
        for (key, reason) in listed.cspm.iter().chain(&listed.code) {
            assert!(reason.len() > 10, "{key}");
        }
    }

    #[test]
    fn reads_and_writes() {
        for (product, id, path, class) in [
            (Product::Cspm, "post-alerts-v2", "/v2/alert", Class::Read),
            (
                Product::Cspm,
                "search-config",
                "/search/config",
                Class::Read,
            ),
            (Product::Cspm, "add-policy", "/policy", Class::Unsafe),
            (
                Product::Cspm,
                "add-access-keys",
                "/access_keys",
                Class::Unsafe,
            ),
            (
                Product::Cspm,
                "submit-job-for-listing-alerts",
                "/alert/jobs",
                Class::Unsafe,
            ),
            (
                Product::Cspm,
                "search-app-risks",
                "/appid/search/api/v1/app/risk",
                Class::Read,
            ),
            (
                Product::Code,
                "getErrorsFiles",
                "/code/api/v1/errors/files",
                Class::Read,
            ),
            (
                Product::Code,
                "submitActions",
                "/code/api/v1/errors/submitActions",
                Class::Unsafe,
            ),
            (Product::Code, "post-alerts-v2", "/v2/alert", Class::Unsafe),
            (Product::Cspm, "undocumented", "", Class::Unsafe),
        ] {
            assert_eq!(
                of(&operation(product, id, path), &Method::POST),
                class,
                "{id}"
            );
        }
        let any = operation(Product::Cspm, "add-policy", "/policy");
        assert_eq!(of(&any, &Method::GET), Class::Read);
        assert_eq!(of(&any, &Method::DELETE), Class::Unsafe);
        assert_eq!(of(&any, &Method::PUT), Class::Unsafe);
    }
}
