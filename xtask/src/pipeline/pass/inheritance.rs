//! Inheritance between named schemas: a base that lists its children, children that include it.
//!
//! Generators of Java services write subclasses as `allOf` of the base, and a base with subclasses
//! as `oneOf` of them. Together that is a loop: each schema contains the other.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::Pass;
use super::references::{SCHEMA_PREFIX, schema_name, schema_pointer};
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;

/// Breaks inheritance loops and keeps the data of subtypes.
pub const INHERITANCE: Pass = Pass {
    name: "inheritance",
    repairs: "A base that its children include by `allOf`: if it lists them (`oneOf`), they take over \
              its properties, and the discriminator's value becomes a constant of each, so that the \
              union can tell them apart; if it only names a discriminator, it takes over the \
              properties of its children, since nothing says which child a value is.",
    run: inheritance,
};

type Schemas = Map<String, Value>;

fn inheritance(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let Some(Value::Object(schemas)) = document.value.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    for (base, children) in families(schemas) {
        let parent = schemas[&base].clone();
        if lists_a_child(&parent, &children) {
            close_union(schemas, &base, &parent, &children);
            log.noted(
                &schema_pointer(&base),
                format!("union of {}", children.len()),
            );
        } else if parent.get("discriminator").is_some() {
            widen(schemas, &base, &children);
            log.noted(
                &schema_pointer(&base),
                format!("superset of {}", children.len()),
            );
        }
    }
    Ok(())
}

/// Each base with the named schemas that include it directly.
fn families(schemas: &Schemas) -> BTreeMap<String, BTreeSet<String>> {
    let mut families: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in schemas {
        for base in included(schema) {
            if base != *name && schemas.contains_key(&base) {
                families.entry(base).or_default().insert(name.clone());
            }
        }
    }
    families
}

fn included(schema: &Value) -> Vec<String> {
    references(schema, "allOf")
}

/// The names in the references that `schema` lists under `keyword`.
fn references(schema: &Value, keyword: &str) -> Vec<String> {
    schema[keyword]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|member| schema_name(member["$ref"].as_str()?))
        .collect()
}

fn listed(parent: &Value) -> Vec<String> {
    let mut names = references(parent, "oneOf");
    names.extend(references(parent, "anyOf"));
    names
}

fn lists_a_child(parent: &Value, children: &BTreeSet<String>) -> bool {
    listed(parent).iter().any(|name| children.contains(name))
}

/// The base becomes a pure union, the children get what they inherited.
fn close_union(schemas: &mut Schemas, base: &str, parent: &Value, children: &BTreeSet<String>) {
    let property = parent["discriminator"]["propertyName"].as_str();
    let constants = constants(parent);
    let own = own_part(parent, property);
    for child in children {
        let Some(Value::Array(members)) = schemas.get_mut(child).and_then(|c| c.get_mut("allOf"))
        else {
            continue;
        };
        for member in members.iter_mut() {
            if is_reference_to(member, base) {
                *member = own.clone();
            }
        }
        if let (Some(property), Some(value)) = (property, constants.get(child)) {
            for member in members.iter_mut() {
                if let Some(Value::Object(properties)) = member.get_mut("properties") {
                    properties.remove(property);
                }
            }
            members.push(json!({
                "type": "object",
                "properties": {property: {"type": "string", "enum": [value]}},
                "required": [property]
            }));
        }
    }
    let mut union = Map::new();
    let variants: Vec<Value> = listed(parent)
        .into_iter()
        .map(|name| json!({"$ref": format!("{SCHEMA_PREFIX}{name}")}))
        .collect();
    union.insert("oneOf".to_owned(), Value::Array(variants));
    if let Some(discriminator) = parent.get("discriminator") {
        union.insert("discriminator".to_owned(), discriminator.clone());
    }
    schemas.insert(base.to_owned(), Value::Object(union));
}

fn is_reference_to(member: &Value, base: &str) -> bool {
    member["$ref"].as_str().and_then(schema_name).as_deref() == Some(base)
}

/// What a child inherits: everything but the list of children. An enumeration on the
/// discriminator lists the values of all children, which is true of none of them.
fn own_part(parent: &Value, discriminator: Option<&str>) -> Value {
    let mut own = parent.clone();
    if let Value::Object(own) = &mut own {
        for keyword in ["oneOf", "anyOf", "discriminator"] {
            own.remove(keyword);
        }
        if let (Some(name), Some(Value::Object(properties))) =
            (discriminator, own.get_mut("properties"))
            && let Some(Value::Object(property)) = properties.get_mut(name)
        {
            property.remove("enum");
        }
    }
    own
}

/// The value of the discriminator for each child that the mapping names exactly once.
fn constants(parent: &Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut ambiguous = BTreeSet::new();
    for (value, target) in parent["discriminator"]["mapping"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let target = target.as_str().unwrap_or_default();
        let child = schema_name(target).unwrap_or_else(|| target.to_owned());
        if found.insert(child.clone(), value.clone()).is_some() {
            ambiguous.insert(child);
        }
    }
    found.retain(|child, _| !ambiguous.contains(child));
    found
}

/// The base gets the properties of its children, so that no field of a subtype is lost.
fn widen(schemas: &mut Schemas, base: &str, children: &BTreeSet<String>) {
    let discriminator = schemas[base]["discriminator"]["propertyName"]
        .as_str()
        .map(ToOwned::to_owned);
    let parent = own_part(&schemas[base], discriminator.as_deref());
    let mut properties = parent["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    for child in children {
        for member in schemas[child]["allOf"].as_array().into_iter().flatten() {
            for (name, property) in member["properties"].as_object().into_iter().flatten() {
                match properties.get(name) {
                    None => {
                        properties.insert(name.clone(), property.clone());
                    }
                    Some(other) if other == property => {}
                    // Two subtypes disagree: any value.
                    Some(_) if parent["properties"].get(name).is_none() => {
                        properties.insert(name.clone(), json!({}));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    for child in children {
        if let Some(Value::Array(members)) = schemas
            .get_mut(child)
            .and_then(|child| child.get_mut("allOf"))
        {
            for member in members.iter_mut() {
                if is_reference_to(member, base) {
                    *member = parent.clone();
                }
            }
        }
    }
    let mut widened = parent;
    widened["type"] = Value::from("object");
    widened["properties"] = Value::Object(properties);
    schemas.insert(base.to_owned(), widened);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    fn schemas(schemas: Value) -> Value {
        json!({"paths": {}, "components": {"schemas": schemas}})
    }

    #[test]
    fn a_base_that_lists_its_children_becomes_a_union_of_constants() {
        let (value, log) = run(
            &INHERITANCE,
            schemas(json!({
                "Range": {
                    "type": "object",
                    "oneOf": [{"$ref": "#/components/schemas/Relative"}, {"$ref": "#/components/schemas/Absolute"}],
                    "discriminator": {"propertyName": "type", "mapping": {
                        "relative": "#/components/schemas/Relative", "absolute": "Absolute"}},
                    "properties": {"type": {"type": "string"}, "field": {"type": "string"}},
                    "required": ["type"]
                },
                "Relative": {"allOf": [{"$ref": "#/components/schemas/Range"},
                    {"type": "object", "properties": {"value": {"type": "integer"}, "type": {"type": "string"}}}]},
                "Absolute": {"allOf": [{"$ref": "#/components/schemas/Range"}]}
            })),
        );
        let all = &value["components"]["schemas"];
        assert_eq!(
            all["Range"]["oneOf"],
            json!([{"$ref": "#/components/schemas/Relative"}, {"$ref": "#/components/schemas/Absolute"}])
        );
        assert!(all["Range"].get("properties").is_none());
        assert_eq!(
            all["Relative"]["allOf"],
            json!([
                {"type": "object", "properties": {"field": {"type": "string"}}, "required": ["type"]},
                {"type": "object", "properties": {"value": {"type": "integer"}}},
                {"type": "object", "properties": {"type": {"type": "string", "enum": ["relative"]}}, "required": ["type"]}
            ])
        );
        assert_eq!(
            all["Absolute"]["allOf"][1]["properties"]["type"]["enum"],
            json!(["absolute"])
        );
        assert_eq!(places(&log), ["/components/schemas/Range union of 2"]);
    }

    #[test]
    fn a_base_with_a_discriminator_alone_takes_over_the_data_of_its_children() {
        let (value, log) = run(
            &INHERITANCE,
            schemas(json!({
                "Node": {"type": "object", "discriminator": {"propertyName": "type"},
                    "properties": {"type": {"type": "string", "enum": ["asset"]}}, "required": ["type"]},
                "Asset": {"allOf": [{"$ref": "#/components/schemas/Node"},
                    {"properties": {"id": {"type": "string"}, "risk": {"type": "string"}}}]},
                "Finding": {"allOf": [{"$ref": "#/components/schemas/Node"},
                    {"properties": {"severity": {"type": "string"}, "risk": {"type": "integer"}}}]}
            })),
        );
        let node = &value["components"]["schemas"]["Node"];
        assert_eq!(
            *node,
            json!({"type": "object", "required": ["type"], "properties": {
                "type": {"type": "string"}, "id": {"type": "string"},
                "severity": {"type": "string"}, "risk": {}}})
        );
        assert_eq!(places(&log), ["/components/schemas/Node superset of 2"]);
    }

    #[test]
    fn plain_composition_is_left_alone() {
        let document = schemas(json!({
            "Base": {"type": "object", "properties": {"a": {}}},
            "Child": {"allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"b": {}}}]}
        }));
        let (value, log) = run(&INHERITANCE, document.clone());
        assert_eq!(value, document);
        assert!(log.firings().is_empty());
    }
}
