//! Walks a document by what its parts are, so that a property that happens to be called
//! `description` is never taken for prose, nor an example for a schema.

use serde_json::{Map, Value};

use super::failure::{Failure, Pointer};

/// What a part of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// The whole document.
    Root,
    /// What `components` holds, by section.
    Components,
    /// All methods of one path.
    PathItem,
    /// One operation.
    Operation,
    /// A parameter of an operation, a path, or the components.
    Parameter,
    /// A request body.
    RequestBody,
    /// A response.
    Response,
    /// A response header.
    Header,
    /// One media type of a body or a response.
    MediaType,
    /// A schema, anonymous or named.
    Schema,
    /// A security scheme.
    SecurityScheme,
}

/// The HTTP methods that a path item can hold.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// Keywords that hold one schema.
pub const SCHEMA_KEYS: [&str; 3] = ["items", "additionalProperties", "not"];

/// Keywords that hold a list of schemas.
pub const COMPOSITION_KEYS: [&str; 3] = ["allOf", "oneOf", "anyOf"];

/// A part, where it is, and what it is.
type Child<'a> = (Node, Pointer, &'a mut Value);

/// The parts directly below `value`. What has not the shape it should have is left out: a later
/// check reports it.
fn children<'a>(node: Node, at: &Pointer, value: &'a mut Value) -> Vec<Child<'a>> {
    let Value::Object(members) = value else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (key, value) in members {
        let here = at.child(key);
        match (node, key.as_str()) {
            (Node::Root, "paths") => in_map(&mut found, Node::PathItem, &here, value),
            (Node::Root, "components") => found.push((Node::Components, here, value)),
            (Node::Components, "schemas") => in_map(&mut found, Node::Schema, &here, value),
            (Node::Components, "parameters") => in_map(&mut found, Node::Parameter, &here, value),
            (Node::Components, "requestBodies") => {
                in_map(&mut found, Node::RequestBody, &here, value);
            }
            (Node::Components, "responses") => in_map(&mut found, Node::Response, &here, value),
            (Node::Components | Node::Response, "headers") => {
                in_map(&mut found, Node::Header, &here, value);
            }
            (Node::Components, "securitySchemes") => {
                in_map(&mut found, Node::SecurityScheme, &here, value);
            }
            (Node::PathItem | Node::Operation, "parameters") => {
                in_list(&mut found, Node::Parameter, &here, value);
            }
            (Node::PathItem, method) if METHODS.contains(&method) => {
                found.push((Node::Operation, here, value));
            }
            (Node::Operation, "requestBody") => found.push((Node::RequestBody, here, value)),
            (Node::Operation, "responses") => in_map(&mut found, Node::Response, &here, value),
            (Node::Parameter | Node::RequestBody | Node::Response | Node::Header, "content") => {
                in_map(&mut found, Node::MediaType, &here, value);
            }
            (Node::Parameter | Node::Header | Node::MediaType, "schema") => {
                found.push((Node::Schema, here, value));
            }
            (Node::Schema, "properties") => in_map(&mut found, Node::Schema, &here, value),
            // `items` and the like may be booleans, which are no schemas in OpenAPI 3.0.
            (Node::Schema, key) if SCHEMA_KEYS.contains(&key) && value.is_object() => {
                found.push((Node::Schema, here, value));
            }
            (Node::Schema, key) if COMPOSITION_KEYS.contains(&key) => {
                in_list(&mut found, Node::Schema, &here, value);
            }
            _ => {}
        }
    }
    found
}

fn in_map<'a>(found: &mut Vec<Child<'a>>, node: Node, at: &Pointer, value: &'a mut Value) {
    if let Value::Object(members) = value {
        found.extend(
            members
                .iter_mut()
                .map(|(key, value)| (node, at.child(key), value)),
        );
    }
}

fn in_list<'a>(found: &mut Vec<Child<'a>>, node: Node, at: &Pointer, value: &'a mut Value) {
    if let Value::Array(items) = value {
        found.extend(
            items
                .iter_mut()
                .enumerate()
                .map(|(index, value)| (node, at.child(index), value)),
        );
    }
}

/// What a walk does at each part.
pub type Visit<'a> = dyn FnMut(Node, &Pointer, &mut Value) -> Result<(), Failure> + 'a;

/// Visits every part of `document`, an outer one before those in it.
pub fn down(document: &mut Value, visit: &mut Visit<'_>) -> Result<(), Failure> {
    part_down(Node::Root, &Pointer::root(), document, visit)
}

/// Visits one part and all in it, the outer one first.
pub fn part_down(
    node: Node,
    at: &Pointer,
    value: &mut Value,
    visit: &mut Visit<'_>,
) -> Result<(), Failure> {
    visit(node, at, value)?;
    for (node, at, value) in children(node, at, value) {
        part_down(node, &at, value, visit)?;
    }
    Ok(())
}

/// Visits every part of `document`, an outer one after those in it.
pub fn up(document: &mut Value, visit: &mut Visit<'_>) -> Result<(), Failure> {
    part_up(Node::Root, &Pointer::root(), document, visit)
}

fn part_up(
    node: Node,
    at: &Pointer,
    value: &mut Value,
    visit: &mut Visit<'_>,
) -> Result<(), Failure> {
    for (node, at, value) in children(node, at, value) {
        part_up(node, &at, value, visit)?;
    }
    visit(node, at, value)
}

/// Visits every schema object, innermost first.
pub fn schemas(
    document: &mut Value,
    mut visit: impl FnMut(&Pointer, &mut Map<String, Value>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    up(document, &mut |node, at, value| match (node, value) {
        (Node::Schema, Value::Object(schema)) => visit(at, schema),
        _ => Ok(()),
    })
}

/// One operation with its place in the document.
pub struct OperationSite<'a> {
    /// The pointer to the operation.
    pub at: Pointer,
    /// The path template.
    pub path: &'a str,
    /// The method, lower case.
    pub method: &'a str,
    /// The operation itself.
    pub value: &'a mut Map<String, Value>,
}

/// The operations of `document`, by path and method.
pub fn operations(document: &mut Value) -> Vec<OperationSite<'_>> {
    let at = Pointer::root().child("paths");
    let Some(Value::Object(paths)) = document.get_mut("paths") else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (path, item) in paths {
        let Value::Object(item) = item else { continue };
        let at = at.child(path);
        for (method, value) in item {
            if let (true, Value::Object(value)) = (METHODS.contains(&method.as_str()), value) {
                found.push(OperationSite {
                    at: at.child(method),
                    path,
                    method,
                    value,
                });
            }
        }
    }
    found
}

/// Whether `status` (`200`, `2XX`, `default`) is a success.
pub fn is_success(status: &str) -> bool {
    status.starts_with('2')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_property_named_like_a_keyword_is_a_schema() {
        let mut document = json!({
            "paths": {},
            "components": {"schemas": {"A": {
                "properties": {
                    "properties": {"type": "string"},
                    "description": {"items": {"type": "integer"}}
                },
                "example": {"properties": {"not": "a schema"}}
            }}}
        });
        let mut seen = Vec::new();
        down(&mut document, &mut |node, at, _| {
            if node == Node::Schema {
                seen.push(at.to_string());
            }
            Ok(())
        })
        .unwrap();
        let base = "/components/schemas/A";
        assert_eq!(
            seen,
            [
                base.to_owned(),
                format!("{base}/properties/description"),
                format!("{base}/properties/description/items"),
                format!("{base}/properties/properties"),
            ]
        );
    }

    #[test]
    fn up_visits_the_innermost_first() {
        let mut document = json!({"paths": {"/a": {"get": {"parameters": [{"schema": {}}]}}}});
        let mut seen = Vec::new();
        up(&mut document, &mut |node, _, _| {
            seen.push(node);
            Ok(())
        })
        .unwrap();
        assert_eq!(
            seen,
            [
                Node::Schema,
                Node::Parameter,
                Node::Operation,
                Node::PathItem,
                Node::Root
            ]
        );
    }
}
