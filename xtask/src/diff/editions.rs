//! The whole comparison on published editions, against counts over the raw documents.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use serde_json::Value;

use super::model::{Change, Direction};
use super::side::{self, Side};
use super::{compare, json as render_json};

fn editions() -> Option<(PathBuf, PathBuf)> {
    let folder = crate::testing::documents()?;
    Some((folder.join("2023-09"), folder.join("2026-05")))
}

/// Both editions, read once for all tests. Without pins and overlays: the raw documents have none.
fn sides() -> Option<&'static (Side, Side)> {
    static SIDES: OnceLock<Option<(Side, Side)>> = OnceLock::new();
    let (old, new) = editions()?;
    let read = |folder: &Path| side::read(folder, Path::new("no-such-folder")).unwrap();
    SIDES
        .get_or_init(|| Some((read(&old), read(&new))))
        .as_ref()
}

/// Method and path of every operation of the raw documents, read without any code of the pipeline.
type Raw = BTreeMap<(String, String), (Value, Rc<Value>)>;

fn raw(folder: &Path, product: &str) -> Raw {
    let mut found = Raw::new();
    for entry in std::fs::read_dir(folder.join(product)).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let document: Rc<Value> = Rc::new(serde_json::from_str(&text).unwrap());
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if operation.get("responses").is_some() {
                    let key = (path.clone(), method.to_uppercase());
                    found.insert(key, (operation.clone(), document.clone()));
                }
            }
        }
    }
    found
}

#[test]
fn the_operations_agree_with_a_count_over_the_raw_documents() {
    let Some((old, new)) = editions() else { return };
    let Some((old_side, new_side)) = sides() else {
        return;
    };
    let comparison = compare(old_side, new_side);
    let back = compare(new_side, old_side);
    for (product, back) in comparison.products.iter().zip(&back.products) {
        let name = product.product.name();
        let (old, new) = (raw(&old, name), raw(&new, name));
        let keys = |raw: &Raw| raw.keys().cloned().collect::<BTreeSet<_>>();
        let entries = |entries: &[super::model::Entry]| -> BTreeSet<(String, String)> {
            entries
                .iter()
                .map(|entry| (entry.path.clone(), entry.method.clone()))
                .collect()
        };
        assert_eq!(entries(&product.added), &keys(&new) - &keys(&old));
        assert_eq!(entries(&product.removed), &keys(&old) - &keys(&new));
        assert_eq!(product.added, back.removed);
        assert_eq!(product.removed, back.added);
        let touched: BTreeSet<_> = product.changed.iter().map(|entry| &entry.path).collect();
        let touched_back: BTreeSet<_> = back.changed.iter().map(|entry| &entry.path).collect();
        assert_eq!(touched, touched_back);
        for (key, (operation, _)) in &new {
            let Some((before, _)) = old.get(key) else {
                continue;
            };
            let changed = product
                .changed
                .iter()
                .find(|entry| (&entry.path, &entry.method) == (&key.0, &key.1));
            let says = |place: &str| {
                changed
                    .is_some_and(|entry| entry.changes.iter().any(|change| change.place == place))
            };
            // Ids that two operations share get another ending, so these may differ without it.
            let shares = |raw: &Raw, operation: &Value| {
                let same = raw
                    .values()
                    .filter(|(other, _)| other["operationId"] == operation["operationId"]);
                same.count() > 1
            };
            let differs = before["operationId"] != operation["operationId"];
            if differs || !(shares(&old, before) || shares(&new, operation)) {
                assert_eq!(differs, says("operation id"), "{key:?}");
            }
            assert_eq!(before["tags"] != operation["tags"], says("tag"), "{key:?}");
        }
    }
}

/// The enumeration values of each property, by the names that lead to it: written anew for this
/// test, over documents that no pass has seen.
fn raw_values(
    document: &Value,
    schema: &Value,
    way: &str,
    open: &mut Vec<String>,
    found: &mut BTreeMap<String, BTreeSet<String>>,
) {
    if let Some(reference) = schema["$ref"].as_str() {
        if !open.iter().any(|name| name == reference) {
            open.push(reference.to_owned());
            let target = document.pointer(&reference[1..]).unwrap_or(&Value::Null);
            raw_values(document, target, way, open, found);
            open.pop();
        }
        return;
    }
    for value in schema["enum"].as_array().into_iter().flatten() {
        // One published value can be several joined by commas, and one was mangled by a YAML tool.
        let text = value
            .as_str()
            .unwrap_or_default()
            .replace("tag:yaml.org,2002:value =", "=");
        let parts = text.split(',').map(|part| part.trim().to_owned());
        found
            .entry(way.to_owned())
            .or_default()
            .extend(parts.filter(|part| !part.is_empty()));
    }
    for key in ["items", "additionalProperties"] {
        raw_values_below(document, &schema[key], way, open, found);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            raw_values_below(document, part, way, open, found);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        raw_values_below(document, property, &format!("{way}/{name}"), open, found);
    }
}

fn raw_values_below(
    document: &Value,
    schema: &Value,
    way: &str,
    open: &mut Vec<String>,
    found: &mut BTreeMap<String, BTreeSet<String>>,
) {
    if schema.is_object() {
        raw_values(document, schema, way, open, found);
    }
}

/// The values by direction and way.
fn raw_enumerations(
    operation: &Value,
    document: &Value,
) -> BTreeMap<(Direction, String), BTreeSet<String>> {
    let mut all = BTreeMap::new();
    let body = |part: &Value| match part["$ref"].as_str() {
        Some(reference) => document
            .pointer(&reference[1..])
            .unwrap_or(&Value::Null)
            .clone(),
        None => part.clone(),
    };
    let responses = operation["responses"].as_object().into_iter().flatten();
    let received = responses
        .filter(|(status, _)| status.starts_with('2'))
        .map(|(_, response)| (Direction::Receive, body(response)));
    for (direction, part) in [(Direction::Send, body(&operation["requestBody"]))]
        .into_iter()
        .chain(received)
    {
        for (media_type, media) in part["content"].as_object().into_iter().flatten() {
            if media_type.contains("json") || media_type == "*/*" {
                let mut found = BTreeMap::new();
                raw_values_below(document, &media["schema"], "", &mut Vec::new(), &mut found);
                for (way, values) in found {
                    all.entry((direction, way))
                        .or_insert_with(BTreeSet::new)
                        .extend(values);
                }
            }
        }
    }
    all
}

/// `response body /items/[]/status` as the names that lead there: `/items/status`.
fn way(place: &str) -> String {
    let place = place
        .replace("request body", "")
        .replace("response body", "");
    let names = place.trim().split('/').skip(1);
    let names = names.filter(|name| !["[]", "{}"].contains(name) && !name.starts_with('<'));
    names.map(|name| format!("/{name}")).collect()
}

#[test]
fn the_enumeration_values_agree_with_a_count_over_the_raw_documents() {
    let Some((old, new)) = editions() else { return };
    let Some((old_side, new_side)) = sides() else {
        return;
    };
    let comparison = compare(old_side, new_side);
    let mut compared = 0;
    for product in &comparison.products {
        let name = product.product.name();
        let (old, new) = (raw(&old, name), raw(&new, name));
        for entry in &product.changed {
            let key = (entry.path.clone(), entry.method.clone());
            let before = raw_enumerations(&old[&key].0, &old[&key].1);
            let after = raw_enumerations(&new[&key].0, &new[&key].1);
            let in_bodies = entry
                .changes
                .iter()
                .filter(|change| change.place.contains(" body"));
            for change in in_bodies.filter(|change| !change.values.is_empty()) {
                let raw_key = (change.direction, way(&change.place));
                let (before, after) = (&before[&raw_key], &after[&raw_key]);
                let expected = if change.what.starts_with("values added") {
                    after - before
                } else {
                    before - after
                };
                for value in &change.values {
                    assert!(
                        expected.contains(value),
                        "{key:?} {}: {value}",
                        change.place
                    );
                    compared += 1;
                }
            }
        }
        // And the other way round: no difference of the raw documents is missing.
        for (key, (operation, document)) in &new {
            let Some((old_operation, old_document)) = old.get(key) else {
                continue;
            };
            let before = raw_enumerations(old_operation, old_document);
            let after = raw_enumerations(operation, document);
            for ((direction, raw_way), before) in &before {
                let Some(after) = after.get(&(*direction, raw_way.clone())) else {
                    continue;
                };
                let last = raw_way.rsplit('/').next();
                let entry = product
                    .changed
                    .iter()
                    .find(|entry| (&entry.path, &entry.method) == (&key.0, &key.1));
                let changes: Vec<&Change> = entry.iter().flat_map(|entry| &entry.changes).collect();
                for (values, what) in [
                    (after - before, "values added"),
                    (before - after, "values removed"),
                ] {
                    for value in values {
                        let told = changes.iter().any(|change| {
                            change.direction == *direction
                                && change.what.starts_with(what)
                                && way(&change.place).rsplit('/').next() == last
                                && change.values.contains(&value)
                        });
                        let retyped = changes.iter().any(|change| {
                            change.direction == *direction
                                && (change.what.starts_with("type changed")
                                    || change.what.starts_with("alternative"))
                                && raw_way.starts_with(&way(&change.place))
                        });
                        if retyped {
                            continue;
                        }
                        assert!(told, "{key:?} {direction:?} {raw_way}: {what} {value}");
                    }
                }
            }
        }
    }
    assert!(compared > 200, "{compared} values were compared");
}

#[test]
fn changes_of_each_kind_are_found_between_two_editions() {
    let Some((old, new)) = sides() else {
        return;
    };
    let json: Value = serde_json::from_str(&render_json(&compare(old, new))).unwrap();
    let entry = |product: &str, list: &str, method: &str, path: &str| -> Value {
        let entries = json[product][list].as_array().unwrap().iter();
        entries
            .clone()
            .find(|entry| entry["method"] == method && entry["path"] == path)
            .unwrap_or_else(|| panic!("{method} {path}"))
            .clone()
    };
    assert_eq!(
        entry("cspm", "added", "POST", "/v3/inventory/trend")["id"],
        "post-method-asset-inventory-trend-v3"
    );
    assert_eq!(
        entry("code", "removed", "POST", "/code/api/v1/supply-chain/nodes")["class"],
        "breaking"
    );
    let moved = entry("code", "removed", "POST", "/code/api/v2/git/blameAuthors");
    assert_eq!(moved["moved_to"], "/api/v2/git/blameAuthors");
    for (product, method, path, place, what, direction, class) in [
        (
            "cspm",
            "PUT",
            "/authz/v1/permission_group/{id}",
            "operation id",
            "`update_1` is `update`",
            "both",
            "breaking",
        ),
        (
            "code",
            "GET",
            "/code/api/v1/bom/getBOMReport/{repoId}",
            "tag",
            "`BOMReport` is `SBOM`",
            "both",
            "breaking",
        ),
        (
            "cspm",
            "PATCH",
            "/alert/remediation/{id}",
            "query parameter findingId",
            "parameter added",
            "send",
            "compatible",
        ),
        (
            "cspm",
            "POST",
            "/v2/alert",
            "response body /items/[]/policy/policyType",
            "values added: api, grayware, malware",
            "receive",
            "compatible",
        ),
        (
            "cspm",
            "POST",
            "/v2/alert",
            "response body /items/[]/policy/policyType",
            "values removed: waas_event",
            "receive",
            "breaking",
        ),
        (
            "cspm",
            "POST",
            "/v2/alert",
            "response body /items/[]/appMetadata",
            "property added",
            "receive",
            "compatible",
        ),
        (
            "cspm",
            "POST",
            "/search/config",
            "request body /heuristicSearch",
            "property added",
            "send",
            "compatible",
        ),
        (
            "cspm",
            "POST",
            "/cas/v1/azure_account",
            "request body /cloudAccount/projectId",
            "property removed",
            "send",
            "breaking",
        ),
        (
            "cspm",
            "POST",
            "/cas/v1/azure_account",
            "request body /cloudAccount/accountId",
            "became optional",
            "send",
            "breaking",
        ),
        (
            "cspm",
            "POST",
            "/search/config/page",
            "response body /items/[]/rrn",
            "type changed from object to string",
            "receive",
            "breaking",
        ),
        (
            "cspm",
            "POST",
            "/commandcenter/v1/top-vulnerabilities",
            "request body /timeRange",
            "type changed from object to choice",
            "send",
            "breaking",
        ),
    ] {
        let entry = entry(product, "changed", method, path);
        let changes = entry["changes"].as_array().unwrap();
        let found = changes.iter().any(|change| {
            change["where"] == place
                && change["what"] == what
                && change["direction"] == direction
                && change["class"] == class
        });
        assert!(found, "{method} {path} {place}: {what}\n{changes:#?}");
    }
    let deprecated = json["code"]["changed"].as_array().unwrap().iter();
    let deprecated = deprecated.filter(|entry| entry["changes"][0]["what"] == "deprecated");
    assert_eq!(deprecated.count(), 6);
}

#[test]
fn an_edition_does_not_differ_from_itself() {
    let Some((old, new)) = sides() else {
        return;
    };
    assert!(compare(old, old).is_empty());
    assert!(compare(new, new).is_empty());
}
