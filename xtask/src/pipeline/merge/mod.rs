//! Merges the repaired documents of one product into one.

mod identity;
mod schemas;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::canonical;
use super::document::{Document, Product};
use super::failure::{Failure, Pointer};
use super::log::Log;
use super::names::Names;
use super::walk;

/// The steps of a merge that are reported like passes.
pub const STEPS: [(&str, &str); 4] = [
    (
        "pinned-name",
        "An operation id or a tag that differs from the pinned one gets the pinned one, so that \
         nothing changes for users unless somebody accepts it.",
    ),
    (
        "tag-spelling",
        "Tags that would be one trait in Rust get one spelling.",
    ),
    (
        "unique-id",
        "Operations of different groups that share an id get the group's name appended.",
    ),
    (
        "schema-conflict",
        "Different schemas of one name are told apart by the API group that uses them; the one \
         that most documents agree on keeps the plain name.",
    ),
];

/// Merges `documents`, all of `product`.
///
/// # Errors
/// Two different operations with the same method and path.
pub fn merge(
    product: Product,
    documents: &[Document],
    names: &Names,
    log: &mut Log,
) -> Result<Value, Failure> {
    let mut documents = documents.to_vec();
    for document in &mut documents {
        identity::apply_pins(document, names, log);
    }
    identity::agree_on_tags(&mut documents, names, log);
    identity::make_unique(&mut documents, names, log);
    let schemas = schemas::merge(&mut documents, log);
    let paths = paths(&documents)?;
    let tags: BTreeSet<String> = documents.iter_mut().flat_map(tags_of).collect();
    Ok(json!({
        "openapi": "3.0.3",
        "info": {"title": format!("prisma-cloud-{product}"), "version": version(&paths, &schemas)},
        "servers": servers(&documents),
        "tags": tags.into_iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security_schemes(&documents)}
    }))
}

/// A version that depends on nothing but the interface: not on the order of keys or files, nor on
/// prose.
fn version(paths: &Value, schemas: &Map<String, Value>) -> String {
    use sha2::{Digest, Sha256};
    let interface = json!([paths, schemas]);
    Sha256::digest(canonical::compact(&interface))
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn paths(documents: &[Document]) -> Result<Value, Failure> {
    let mut origin: BTreeMap<(String, String), &str> = BTreeMap::new();
    let mut paths: Map<String, Value> = Map::new();
    for document in documents {
        let mut value = document.value.clone();
        for site in walk::operations(&mut value) {
            let operation = Value::Object(site.value.clone());
            let item = paths.entry(site.path).or_insert_with(|| json!({}));
            let key = (site.path.to_owned(), site.method.to_owned());
            if let Some(other) = origin.get(&key) {
                if canonical::compact(&item[site.method]) == canonical::compact(&operation) {
                    continue;
                }
                return Err(document.failure(
                    site.at,
                    format!("is also described, differently, in {other}; keep one of them"),
                ));
            }
            item[site.method] = operation;
            origin.insert(key, &document.name);
        }
    }
    Ok(Value::Object(paths))
}

fn tags_of(document: &mut Document) -> Vec<String> {
    walk::operations(&mut document.value)
        .into_iter()
        .filter_map(|site| {
            site.value
                .get("tags")?
                .get(0)?
                .as_str()
                .map(ToOwned::to_owned)
        })
        .collect()
}

/// The addresses of all documents, each once, in the order of their first appearance.
fn servers(documents: &[Document]) -> Vec<Value> {
    let mut servers: Vec<Value> = Vec::new();
    for document in documents {
        for server in document.value["servers"].as_array().into_iter().flatten() {
            if let Some(url) = server["url"].as_str() {
                let server = json!({"url": url.trim_end_matches('/')});
                if !servers.contains(&server) {
                    servers.push(server);
                }
            }
        }
    }
    servers.sort_by_key(canonical::compact);
    servers
}

/// The schemes that operations use.
fn security_schemes(documents: &[Document]) -> Value {
    let mut used = BTreeSet::new();
    let mut schemes = Map::new();
    for document in documents {
        let mut value = document.value.clone();
        for site in walk::operations(&mut value) {
            for alternative in site.value["security"].as_array().into_iter().flatten() {
                used.extend(
                    alternative
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.clone()),
                );
            }
        }
        if let Some(Value::Object(own)) = document.value.pointer(
            &Pointer::root()
                .child("components")
                .child("securitySchemes")
                .to_string(),
        ) {
            for (name, scheme) in own {
                if used.contains(name) {
                    schemes
                        .entry(name.clone())
                        .or_insert_with(|| scheme.clone());
                }
            }
        }
    }
    Value::Object(schemes)
}
