//! What every repaired document must be: the subset of OpenAPI 3.0.3 that the generator takes and
//! that validators accept. A violation means that a defect has no pass yet.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::document::Product;
use super::failure::{Failure, Pointer};
use super::pass::references::{schema_name, schema_pointer};
use super::pass::{KEYWORDS, PUBLISHED_ID, PUBLISHED_TAG, template_names};
use super::walk::{self, Node};

/// Checks the `value` of a document called `name`.
///
/// # Errors
/// The first violation.
pub fn check_value(product: Product, name: &str, value: &Value) -> Result<(), Failure> {
    match violations(product, name, value).into_iter().next() {
        Some(violation) => Err(violation),
        None => Ok(()),
    }
}

/// What is wrong with the `value` of a document called `name`, each a failure that names its place.
pub fn violations(product: Product, name: &str, value: &Value) -> Vec<Failure> {
    let named: BTreeSet<String> = value["components"]["schemas"]
        .as_object()
        .map(|schemas| schemas.keys().cloned().collect())
        .unwrap_or_default();
    let mut found = Vec::new();
    let mut copy = value.clone();
    // The visit refuses nothing, so that the walk goes on to the next violation.
    let _ = walk::down(&mut copy, &mut |node, at, value| {
        if let Err((pointer, message)) = part(product, node, at, value, &named) {
            let message = format!("{message}; no pass repairs this yet");
            found.push(Failure::new(name, pointer, message));
        }
        Ok(())
    });
    for name_of_loop in loops(value) {
        let at = schema_pointer(name_of_loop).child("$ref");
        let message = "is a `$ref` that leads back to itself";
        found.push(Failure::new(name, at, message));
    }
    for site in walk::operations(&mut copy) {
        if let Err(message) = operation(site.path, site.value) {
            found.push(Failure::new(name, site.at.clone(), message));
        }
    }
    found
}

/// The named schemas that are only names for one another, round and round.
fn loops(document: &Value) -> Vec<&String> {
    let Some(schemas) = document["components"]["schemas"].as_object() else {
        return Vec::new();
    };
    let next = |name: &str| {
        schemas
            .get(name)?
            .get("$ref")?
            .as_str()
            .and_then(schema_name)
    };
    let is_loop = |start: &String| {
        let mut current = next(start);
        // A chain longer than there are schemas has been round.
        for _ in 0..schemas.len() {
            match current {
                Some(name) if name == *start => return true,
                Some(name) => current = next(&name),
                None => return false,
            }
        }
        false
    };
    schemas.keys().filter(|name| is_loop(name)).collect()
}

type Violation = (Pointer, String);

fn part(
    product: Product,
    node: Node,
    at: &Pointer,
    value: &Value,
    named: &BTreeSet<String>,
) -> Result<(), Violation> {
    let Value::Object(members) = value else {
        return Err((at.clone(), format!("is no object, but a {node:?} is one")));
    };
    let allowed: &[&str] = match node {
        Node::Root => &["openapi", "info", "servers", "paths", "components", "tags"],
        Node::Components => &["schemas", "securitySchemes"],
        Node::PathItem => &walk::METHODS,
        Node::Operation => &[
            "operationId",
            "tags",
            "parameters",
            "requestBody",
            "responses",
            "security",
            "deprecated",
            "servers",
            PUBLISHED_ID,
            PUBLISHED_TAG,
        ],
        Node::Parameter => &[
            "name",
            "in",
            "required",
            "schema",
            "style",
            "explode",
            "deprecated",
            "allowEmptyValue",
            "allowReserved",
        ],
        Node::RequestBody => &["content", "required"],
        Node::Response => &["description", "headers", "content"],
        Node::Header => &["schema", "required", "style", "explode", "deprecated"],
        Node::MediaType => &["schema", "encoding"],
        Node::Schema => &KEYWORDS,
        Node::SecurityScheme => &[
            "type",
            "in",
            "name",
            "scheme",
            "bearerFormat",
            "flows",
            "openIdConnectUrl",
        ],
    };
    if let Some(key) = members.keys().find(|key| !allowed.contains(&key.as_str())) {
        return Err((at.child(key), format!("`{key}` is unknown in a {node:?}")));
    }
    match node {
        Node::Schema => schema(at, members, named),
        Node::Parameter => parameter(product, at, members),
        _ => Ok(()),
    }
}

fn schema(
    at: &Pointer,
    members: &Map<String, Value>,
    named: &BTreeSet<String>,
) -> Result<(), Violation> {
    const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];
    if let Some(reference) = members.get("$ref") {
        let known = reference
            .as_str()
            .and_then(schema_name)
            .is_some_and(|name| named.contains(&name));
        if !known {
            return Err((at.child("$ref"), format!("{reference} names no schema")));
        }
    }
    if let Some(kind) = members.get("type") {
        if !kind.as_str().is_some_and(|kind| TYPES.contains(&kind)) {
            return Err((at.child("type"), format!("{kind} is no type")));
        }
        if kind == "array" && !members.contains_key("items") {
            return Err((at.clone(), "is an array without items".to_owned()));
        }
    }
    for (key, is_right) in [
        ("properties", Value::is_object as fn(&Value) -> bool),
        ("required", Value::is_array),
        ("enum", Value::is_array),
        ("items", Value::is_object),
        ("not", Value::is_object),
        ("oneOf", Value::is_array),
        ("anyOf", Value::is_array),
        ("allOf", Value::is_array),
        ("nullable", Value::is_boolean),
    ] {
        if members.get(key).is_some_and(|value| !is_right(value)) {
            return Err((
                at.child(key),
                format!("`{key}` has a value of the wrong kind"),
            ));
        }
    }
    if members.contains_key("enum")
        && ["array", "object"]
            .iter()
            .any(|kind| members.get("type").is_some_and(|other| other == kind))
    {
        return Err((
            at.child("enum"),
            "enumerates what is no plain value".to_owned(),
        ));
    }
    Ok(())
}

fn parameter(
    product: Product,
    at: &Pointer,
    members: &Map<String, Value>,
) -> Result<(), Violation> {
    let place = members
        .get("in")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !["path", "query", "header"].contains(&place) {
        return Err((
            at.child("in"),
            format!("`{place}` parameters cannot be carried"),
        ));
    }
    if members
        .get("name")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err((at.child("name"), "a parameter has no name".to_owned()));
    }
    if !members.contains_key("schema") {
        return Err((at.clone(), "a parameter has no schema".to_owned()));
    }
    if place == "header"
        && members
            .get("name")
            .is_some_and(|name| name == product.auth_header())
    {
        return Err((at.clone(), "the token is a parameter".to_owned()));
    }
    Ok(())
}

fn operation(path: &str, operation: &Map<String, Value>) -> Result<(), String> {
    if !path.starts_with('/') {
        return Err(format!("the path `{path}` does not start with `/`"));
    }
    if path.contains(['?', '#']) {
        return Err(format!("the path `{path}` holds a query or a fragment"));
    }
    if operation
        .get("operationId")
        .and_then(Value::as_str)
        .is_none_or(str::is_empty)
    {
        return Err("has no operation id".to_owned());
    }
    if operation
        .get("security")
        .is_none_or(|security| !security.is_array())
    {
        return Err("does not state its security".to_owned());
    }
    let names: BTreeSet<&str> = template_names(path).into_iter().collect();
    let declared: BTreeSet<&str> = operation
        .get("parameters")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|parameter| parameter["in"] == "path")
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    if names != declared {
        return Err(format!(
            "declares the path parameters {declared:?}, its template has {names:?}"
        ));
    }
    let responses = operation.get("responses").and_then(Value::as_object);
    if !responses.is_some_and(|responses| responses.keys().any(|status| walk::is_success(status))) {
        return Err("has no successful response".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({
            "openapi": "3.0.3", "info": {"title": "", "version": ""},
            "paths": {"/a/{id}": {"get": {
                "operationId": "a", "tags": ["A"], "security": [],
                "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                "responses": {"200": {"description": "", "content": {"application/json": {
                    "schema": {"$ref": "#/components/schemas/A"}}}}}
            }}},
            "components": {"schemas": {"A": {"type": "object"}}}
        })
    }

    #[test]
    fn a_repaired_document_passes() {
        check_value(Product::Cspm, "cspm/Test.json", &document()).unwrap();
    }

    #[test]
    fn each_violation_names_its_place() {
        let operation = "/paths/~1a~1{id}/get";
        let schema = "/components/schemas/A";
        for (pointer, value, place) in [
            (
                format!("{schema}/type"),
                json!("String"),
                format!("{schema}/type"),
            ),
            (format!("{schema}/type"), json!("array"), schema.to_owned()),
            (
                schema.to_owned(),
                json!({"$ref": "#/components/schemas/B"}),
                format!("{schema}/$ref"),
            ),
            (
                schema.to_owned(),
                json!({"optional": true}),
                format!("{schema}/optional"),
            ),
            (
                schema.to_owned(),
                json!({"properties": []}),
                format!("{schema}/properties"),
            ),
            (schema.to_owned(), json!("A"), schema.to_owned()),
            (
                format!("{operation}/parameters/0/in"),
                json!("cookie"),
                format!("{operation}/parameters/0/in"),
            ),
            (
                format!("{operation}/parameters/0/name"),
                json!("other"),
                operation.to_owned(),
            ),
            (
                format!("{operation}/responses"),
                json!({"400": {"description": ""}}),
                operation.to_owned(),
            ),
            (
                format!("{operation}/operationId"),
                json!(""),
                operation.to_owned(),
            ),
            (
                format!("{operation}/security"),
                json!(null),
                operation.to_owned(),
            ),
            (
                "/paths/~1a~1{id}/get/tags".to_owned(),
                json!(["A"]),
                String::new(),
            ),
        ] {
            let mut document = document();
            *document.pointer_mut(&pointer).unwrap() = value;
            let result = check_value(Product::Cspm, "cspm/Test.json", &document);
            match result {
                Ok(()) => assert_eq!(place, "", "{pointer} must fail"),
                Err(failure) => assert_eq!(failure.pointer.as_str(), place, "{failure}"),
            }
        }
    }
}
