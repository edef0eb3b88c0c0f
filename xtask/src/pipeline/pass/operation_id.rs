//! Operation ids: every operation has one, and it is safe in an address.

use serde_json::Value;

use super::Pass;
use crate::codegen::kebab;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Gives ids to operations without one, and repairs those that are not URL-safe.
pub const OPERATION_ID: Pass = Pass {
    name: "operation-id",
    repairs: "An operation without an id gets one from its method and path; an id with other \
              characters than letters, digits, `-` and `_` is written in kebab case. \
              `x-published-id` keeps what was published.",
    run: operation_id,
};

/// The extension that keeps the id as it was published, where the vendored one differs.
pub const PUBLISHED_ID: &str = "x-published-id";

/// The extension that keeps the tag as it was published, where the vendored one is pinned.
pub const PUBLISHED_TAG: &str = "x-published-tag";

fn operation_id(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for site in walk::operations(&mut document.value) {
        let published = site
            .value
            .get("operationId")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let id = if published.trim().is_empty() {
            derive(site.method, site.path)
        } else if is_safe(&published) {
            continue;
        } else {
            kebab(&published)
        };
        log.noted(&site.at, format!("`{published}` becomes `{id}`"));
        site.value
            .insert(PUBLISHED_ID.to_owned(), Value::from(published));
        site.value.insert("operationId".to_owned(), Value::from(id));
    }
    Ok(())
}

fn is_safe(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// `post /appid/search/api/v1/app` becomes `post-appid-search-app`: the words of the path without
/// the parts that all paths share.
fn derive(method: &str, path: &str) -> String {
    let words: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != "api" && !is_version(part))
        .map(|part| match part.strip_prefix('{') {
            Some(parameter) => format!("by-{}", kebab(parameter)),
            None => kebab(part),
        })
        .collect();
    format!("{method}-{}", words.join("-"))
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::run;

    #[test]
    fn every_operation_has_a_safe_id() {
        let (value, log) = run(
            &OPERATION_ID,
            json!({"paths": {
                "/appid/search/api/v1/app/{id}": {"post": {}},
                "/b": {"get": {"operationId": "Get External ID "}, "put": {"operationId": "saveAll_1"}}
            }}),
        );
        let derived = &value["paths"]["/appid/search/api/v1/app/{id}"]["post"];
        assert_eq!(derived["operationId"], "post-appid-search-app-by-id");
        assert_eq!(derived[PUBLISHED_ID], "");
        let renamed = &value["paths"]["/b"]["get"];
        assert_eq!(renamed["operationId"], "get-external-id");
        assert_eq!(renamed[PUBLISHED_ID], "Get External ID ");
        let kept = &value["paths"]["/b"]["put"];
        assert_eq!(kept["operationId"], "saveAll_1");
        assert!(kept.get(PUBLISHED_ID).is_none());
        assert_eq!(log.firings().len(), 2);
    }

    #[test]
    fn kebab_keeps_different_ids_different() {
        assert_eq!(kebab("Get All {id}"), "get-all-id");
        assert_eq!(kebab("getAllV2"), "get-all-v2");
        assert_ne!(kebab("größe"), kebab("grüße"));
    }
}
