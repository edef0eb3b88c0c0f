//! Named schemas of several documents become those of one: equal ones are shared, different ones
//! of the same name are told apart.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use crate::pipeline::canonical;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Pointer;
use crate::pipeline::log::Log;
use crate::pipeline::pass::references::{SCHEMA_PREFIX, schema_name, schema_pointer};
use crate::pipeline::walk::{self, Node};

/// A schema of a document: the document's index and the schema's name there.
type Id = (usize, String);

/// All schemas that operations reach, under their new names; references in `documents` follow.
pub fn merge(documents: &mut [Document], log: &mut Log) -> Map<String, Value> {
    let reached = reached(documents);
    let classes = classes(documents, &reached);
    let new_names = new_names(documents, &reached, &classes, log);
    let mut merged = Map::new();
    for (index, document) in documents.iter_mut().enumerate() {
        rename_references(&mut document.value, |name| {
            new_names.get(&(index, name.to_owned())).cloned()
        });
        let Some(Value::Object(schemas)) = document.value.pointer("/components/schemas") else {
            continue;
        };
        for (name, schema) in schemas {
            if let Some(new_name) = new_names.get(&(index, name.clone())) {
                merged
                    .entry(new_name.clone())
                    .or_insert_with(|| schema.clone());
            }
        }
    }
    merged
}

/// The schemas that operations reach, with the tags of those operations.
fn reached(documents: &[Document]) -> BTreeMap<Id, BTreeSet<String>> {
    let mut reached: BTreeMap<Id, BTreeSet<String>> = BTreeMap::new();
    for (index, document) in documents.iter().enumerate() {
        let named = &document.value["components"]["schemas"];
        let mut value = document.value.clone();
        for site in walk::operations(&mut value) {
            let tag = site.value["tags"][0]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let mut open = references(&Value::Object(site.value.clone()));
            let mut seen = BTreeSet::new();
            while let Some(name) = open.pop() {
                if seen.insert(name.clone()) {
                    open.extend(references(&named[&name]));
                    reached
                        .entry((index, name))
                        .or_default()
                        .insert(tag.clone());
                }
            }
        }
    }
    reached
}

/// The names of the schemas that `value` refers to, in the order of a canonical walk.
fn references(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(schema_name)
            {
                found.push(name);
            }
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            members
                .into_iter()
                .for_each(|(_, value)| collect(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

/// Numbers the schemas so that two have one number exactly if they describe the same values,
/// down to what they refer to. Starts from the shape of each schema alone and splits classes until
/// their references agree too (partition refinement, which cycles do not disturb).
fn classes(
    documents: &[Document],
    reached: &BTreeMap<Id, BTreeSet<String>>,
) -> BTreeMap<Id, usize> {
    let schema = |(index, name): &Id| &documents[*index].value["components"]["schemas"][name];
    let numbers: BTreeMap<&Id, usize> = reached.keys().zip(0..).collect();
    let mut shapes: BTreeMap<String, usize> = BTreeMap::new();
    let mut initial = Vec::new();
    let mut targets = Vec::new();
    for id in reached.keys() {
        let mut shape = schema(id).clone();
        rename_references(&mut shape, |_| Some(String::new()));
        let next = shapes.len();
        initial.push(*shapes.entry(canonical::compact(&shape)).or_insert(next));
        let names = references(schema(id)).into_iter();
        targets.push(
            names
                .filter_map(|name| numbers.get(&(id.0, name)).copied())
                .collect(),
        );
    }
    let classes = refine(initial, &targets);
    reached.keys().cloned().zip(classes).collect()
}

/// Splits the classes of `class` until members of one have targets in the same classes, position
/// by position. Hopcroft's way: of a class that splits, only the smaller part is looked at again,
/// so that a chain of thousands of schemas takes no thousands of rounds.
fn refine(mut class: Vec<usize>, targets: &[Vec<usize>]) -> Vec<usize> {
    let mut members: Vec<BTreeSet<usize>> = Vec::new();
    for (node, class) in class.iter().enumerate() {
        if members.len() <= *class {
            members.resize_with(class + 1, BTreeSet::new);
        }
        members[*class].insert(node);
    }
    let mut sources: Vec<Vec<(usize, usize)>> = vec![Vec::new(); targets.len()];
    for (source, targets) in targets.iter().enumerate() {
        for (position, target) in targets.iter().enumerate() {
            sources[*target].push((position, source));
        }
    }
    let mut open: BTreeSet<usize> = (0..members.len()).collect();
    while let Some(splitter) = open.pop_first() {
        let mut by_position: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (position, source) in members[splitter].iter().flat_map(|node| &sources[*node]) {
            by_position.entry(*position).or_default().insert(*source);
        }
        for found in by_position.into_values() {
            let mut parts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
            for node in found {
                parts.entry(class[node]).or_default().insert(node);
            }
            for (old, part) in parts {
                if part.len() == members[old].len() {
                    continue;
                }
                for node in &part {
                    members[old].remove(node);
                }
                let new = members.len();
                // What is not waiting yet: the smaller part is enough. Else both wait.
                let leaves = if part.len() <= members[old].len() {
                    part
                } else {
                    std::mem::replace(&mut members[old], part)
                };
                for node in &leaves {
                    class[*node] = new;
                }
                members.push(leaves);
                open.insert(new);
            }
        }
    }
    class
}

/// What several documents call by one name, by class.
#[derive(Default)]
struct Variant {
    ids: Vec<Id>,
    tags: BTreeSet<String>,
}

fn new_names(
    documents: &[Document],
    reached: &BTreeMap<Id, BTreeSet<String>>,
    classes: &BTreeMap<Id, usize>,
    log: &mut Log,
) -> BTreeMap<Id, String> {
    // By the Rust name: `filters` and `Filters` conflict as well.
    let mut by_name: BTreeMap<String, BTreeMap<usize, Variant>> = BTreeMap::new();
    for (id, tags) in reached {
        let variant = by_name
            .entry(type_name(&id.1))
            .or_default()
            .entry(classes[id])
            .or_default();
        variant.ids.push(id.clone());
        variant.tags.extend(tags.iter().cloned());
    }
    let mut taken: BTreeSet<String> = by_name.keys().cloned().collect();
    let mut names = BTreeMap::new();
    for (plain, variants) in by_name {
        let mut variants: Vec<Variant> = variants.into_values().collect();
        variants.sort_by(|one, other| one.ids.cmp(&other.ids));
        let keeper = keeper(&variants);
        for (position, variant) in variants.iter().enumerate() {
            let name = if keeper == Some(position) {
                plain.clone()
            } else {
                unique(&plain, &variant.tags, &mut taken)
            };
            for id in &variant.ids {
                if name != plain {
                    log.enter("schema-conflict", &documents[id.0].name);
                    log.noted(&schema_pointer(&id.1), format!("is `{name}`"));
                }
                names.insert(id.clone(), name.clone());
            }
        }
    }
    names
}

/// The Rust type that a schema's name gives.
fn type_name(name: &str) -> String {
    let name = name.to_upper_camel_case();
    let ascii: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    if ascii.starts_with(|c: char| c.is_ascii_alphabetic()) {
        ascii
    } else {
        format!("Schema{ascii}")
    }
}

/// The variant that keeps the plain name: the only one, or the one that clearly most documents
/// agree on.
fn keeper(variants: &[Variant]) -> Option<usize> {
    let most = variants.iter().map(|variant| variant.ids.len()).max()?;
    let mut with_most = (0..variants.len()).filter(|&n| variants[n].ids.len() == most);
    match (with_most.next(), with_most.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// The plain name with the first group in front that makes it unique, or with a number behind.
fn unique(plain: &str, tags: &BTreeSet<String>, taken: &mut BTreeSet<String>) -> String {
    let by_group = tags.iter().map(|tag| {
        let group = type_name(tag);
        if plain.starts_with(&group) {
            plain.to_owned()
        } else {
            format!("{group}{plain}")
        }
    });
    let numbered = (2..).map(|number| format!("{plain}{number}"));
    let name = by_group
        .chain(numbered)
        .find(|name| !taken.contains(name))
        .expect("the numbers do not end");
    taken.insert(name.clone());
    name
}

/// Replaces the name in each reference to a named schema for which `rename` has another.
fn rename_references(value: &mut Value, rename: impl Fn(&str) -> Option<String>) {
    let mut visit = |_: Node, _: &Pointer, part: &mut Value| {
        if let Some(name) = part
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(schema_name)
            && let Some(new_name) = rename(&name)
        {
            part["$ref"] = Value::from(format!("{SCHEMA_PREFIX}{new_name}"));
        }
        Ok(())
    };
    let node = if value.get("paths").is_some() {
        Node::Root
    } else {
        Node::Schema
    };
    walk::part_down(node, &Pointer::root(), value, &mut visit).expect("the visitor never fails");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::document::Product;

    fn document(stem: &str, tag: &str, schemas: Value) -> Document {
        Document {
            product: Product::Cspm,
            stem: stem.to_owned(),
            name: format!("cspm/{stem}.json"),
            sha256: String::new(),
            value: json!({
                "paths": {"/a": {"get": {"tags": [tag], "responses": {"200": {"content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Root"}}}}}}}},
                "components": {"schemas": schemas}
            }),
        }
    }

    fn tree(leaf: &str) -> Value {
        json!({
            "Root": {"properties": {"left": {"$ref": "#/components/schemas/Root"}, "leaf": {"$ref": "#/components/schemas/Leaf"}}},
            "Leaf": {"type": leaf},
            "Unused": {"type": "string"}
        })
    }

    fn target(document: &Document) -> &Value {
        &document.value["paths"]["/a"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
            ["$ref"]
    }

    #[test]
    fn equal_schemas_are_shared_even_if_recursive() {
        let mut documents = [
            document("A", "One", tree("string")),
            document("B", "Two", tree("string")),
        ];
        let merged = merge(&mut documents, &mut Log::default());
        assert_eq!(merged.keys().collect::<Vec<_>>(), ["Leaf", "Root"]);
    }

    #[test]
    fn a_difference_below_makes_different_schemas_named_by_group() {
        let mut documents = [
            document("A", "One", tree("string")),
            document("B", "Two", tree("integer")),
        ];
        let mut log = Log::default();
        let merged = merge(&mut documents, &mut log);
        assert_eq!(
            merged.keys().collect::<Vec<_>>(),
            ["OneLeaf", "OneRoot", "TwoLeaf", "TwoRoot"]
        );
        assert_eq!(*target(&documents[1]), "#/components/schemas/TwoRoot");
        assert_eq!(
            merged["TwoRoot"]["properties"]["leaf"]["$ref"],
            "#/components/schemas/TwoLeaf"
        );
        assert_eq!(log.firings().len(), 4);
    }

    #[test]
    fn what_most_documents_agree_on_keeps_the_plain_name() {
        let mut documents = [
            document("A", "One", tree("string")),
            document("B", "Two", tree("integer")),
            document("C", "Three", tree("string")),
        ];
        let merged = merge(&mut documents, &mut Log::default());
        assert_eq!(
            merged.keys().collect::<Vec<_>>(),
            ["Leaf", "Root", "TwoLeaf", "TwoRoot"]
        );
    }

    #[test]
    fn names_that_are_one_in_rust_are_told_apart() {
        let mut documents = [document(
            "A",
            "One",
            json!({"Root": {"properties": {"a": {"$ref": "#/components/schemas/filters"}, "b": {"$ref": "#/components/schemas/Filters"}}},
                "filters": {"type": "string"}, "Filters": {"type": "integer"}}),
        )];
        let merged = merge(&mut documents, &mut Log::default());
        assert_eq!(merged.len(), 3, "{merged:?}");
    }
}
