//! Puts misplaced parts of a document where they belong.

use serde_json::{Map, Value};

use super::Pass;
use crate::codegen::kebab;
use crate::pipeline::document::Document;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, METHODS, Node};

/// Moves or removes what does not belong at the top of a document.
pub const STRAY_TOP_LEVEL: Pass = Pass {
    name: "stray-top-level",
    repairs: "A section of `components` that stands at the top level is moved to where it belongs; \
              any other unknown top-level key is dropped; `servers: null` is removed.",
    run: stray_top_level,
};

/// Gives each operation the parameters of its path.
pub const PATH_LEVEL_PARAMETERS: Pass = Pass {
    name: "path-level-parameters",
    repairs: "Parameters declared once for a whole path are given to each of its operations, \
              which may override them.",
    run: path_level_parameters,
};

/// Splits operations with several tags.
pub const SINGLE_TAG: Pass = Pass {
    name: "single-tag",
    repairs: "An operation belongs to one API group: of several tags the first counts, and one \
              without a tag gets the name of its document.",
    run: single_tag,
};

const TOP_LEVEL: [&str; 7] = [
    "openapi",
    "tags",
    "info",
    "servers",
    "paths",
    "components",
    "security",
];

const COMPONENT_SECTIONS: [&str; 6] = [
    "schemas",
    "responses",
    "parameters",
    "requestBodies",
    "headers",
    "securitySchemes",
];

fn stray_top_level(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let Value::Object(root) = &mut document.value else {
        return Ok(());
    };
    let stray: Vec<String> = root
        .keys()
        .filter(|key| !TOP_LEVEL.contains(&key.as_str()))
        .cloned()
        .collect();
    for key in stray {
        let at = Pointer::root().child(&key);
        let value = root.remove(&key).unwrap_or_default();
        if COMPONENT_SECTIONS.contains(&key.as_str()) && value.is_object() {
            log.noted(&at, "moved to components");
            adopt(root, &key, value);
        } else {
            log.noted(&at, "dropped");
        }
    }
    if root.get("servers").is_some_and(Value::is_null) {
        root.remove("servers");
        log.noted(&Pointer::root().child("servers"), "null");
    }
    Ok(())
}

/// Adds the members of `section` to `components`, where those that are there already win.
fn adopt(root: &mut Map<String, Value>, name: &str, section: Value) {
    let components = root
        .entry("components")
        .or_insert_with(|| Value::Object(Map::new()));
    let Value::Object(components) = components else {
        return;
    };
    let place = components
        .entry(name)
        .or_insert_with(|| Value::Object(Map::new()));
    if let (Value::Object(place), Value::Object(section)) = (place, section) {
        for (key, value) in section {
            place.entry(key).or_insert(value);
        }
    }
}

fn path_level_parameters(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::down(&mut document.value, &mut |node, at, value| {
        let (Node::PathItem, Value::Object(item)) = (node, value) else {
            return Ok(());
        };
        item.remove("servers");
        let Some(Value::Array(shared)) = item.remove("parameters") else {
            return Ok(());
        };
        log.fired(&at.child("parameters"));
        for method in METHODS {
            let Some(Value::Object(operation)) = item.get_mut(method) else {
                continue;
            };
            let own = operation
                .entry("parameters")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(own) = own {
                let missing: Vec<Value> = shared
                    .iter()
                    .filter(|parameter| !own.iter().any(|other| same(parameter, other)))
                    .cloned()
                    .collect();
                own.extend(missing);
            }
        }
        Ok(())
    })
}

fn same(one: &Value, other: &Value) -> bool {
    one["name"] == other["name"] && one["in"] == other["in"]
}

fn single_tag(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    // The file's name stands in, so that operations stay with those they are published with.
    let stem = match kebab(&document.stem) {
        plain if is_plain(&document.stem) || plain.is_empty() => document.stem.clone(),
        plain => plain,
    };
    for site in walk::operations(&mut document.value) {
        let tags: Vec<&str> = match site.value.get("tags") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let named: Vec<&str> = tags
            .iter()
            .copied()
            .filter(|tag| !kebab(tag).is_empty())
            .collect();
        let tag = match named.as_slice() {
            [tag] if tags.len() == 1 && is_plain(tag) => continue,
            [] => {
                log.noted(&site.at, format!("no tag, so `{stem}`"));
                stem.clone()
            }
            [tag] if tags.len() == 1 => {
                let plain = kebab(tag);
                log.noted(&site.at, format!("`{tag}` becomes `{plain}`"));
                plain
            }
            [first, ..] => {
                log.noted(&site.at, format!("of {} tags `{first}`", tags.len()));
                if is_plain(first) {
                    (*first).to_owned()
                } else {
                    kebab(first)
                }
            }
        };
        site.value.insert("tags".to_owned(), Value::from(vec![tag]));
    }
    Ok(())
}

/// Whether a tag can be part of Rust names and features as it is.
fn is_plain(tag: &str) -> bool {
    tag.is_ascii() && tag.starts_with(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    #[test]
    fn a_component_section_at_the_top_moves_and_the_rest_goes() {
        let (value, log) = run(
            &STRAY_TOP_LEVEL,
            json!({"openapi": "3.0.0", "paths": {}, "servers": null, "basePath": "/",
                   "securitySchemes": {"a": {"type": "apiKey"}}, "components": {"schemas": {}}}),
        );
        assert_eq!(
            value,
            json!({"openapi": "3.0.0", "paths": {},
                   "components": {"schemas": {}, "securitySchemes": {"a": {"type": "apiKey"}}}})
        );
        assert_eq!(
            places(&log),
            [
                "/basePath dropped",
                "/securitySchemes moved to components",
                "/servers null"
            ]
        );
    }

    #[test]
    fn parameters_of_a_path_reach_its_operations_unless_overridden() {
        let (value, log) = run(
            &PATH_LEVEL_PARAMETERS,
            json!({"paths": {"/a": {
                "parameters": [{"name": "p", "in": "query", "schema": {"type": "string"}}],
                "get": {},
                "put": {"parameters": [{"name": "p", "in": "query", "schema": {"type": "integer"}}]}
            }}}),
        );
        assert_eq!(
            value["paths"]["/a"]["get"]["parameters"][0]["schema"]["type"],
            "string"
        );
        assert_eq!(
            value["paths"]["/a"]["put"]["parameters"][0]["schema"]["type"],
            "integer"
        );
        assert_eq!(
            value["paths"]["/a"]["put"]["parameters"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
        assert_eq!(places(&log), ["/paths/~1a/parameters"]);
    }

    #[test]
    fn one_tag_for_each_operation() {
        let (value, _) = run(
            &SINGLE_TAG,
            json!({"paths": {"/a": {"get": {"tags": ["A", "B"]}, "put": {}, "post": {"tags": ["C"]}}}}),
        );
        let item = &value["paths"]["/a"];
        assert_eq!(item["get"]["tags"], json!(["A"]));
        assert_eq!(item["put"]["tags"], json!(["Test"]));
        assert_eq!(item["post"]["tags"], json!(["C"]));
    }
}
