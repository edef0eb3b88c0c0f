//! The rules one by one, on minimal documents.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Change, Class, Direction, ProductComparison};
use super::{json as render_json, markdown, operations, text};
use crate::pipeline::document::Product;

fn operation() -> Value {
    json!({
        "operationId": "get-a", "tags": ["A"], "security": [],
        "parameters": [{"name": "p", "in": "query", "schema": {"type": "string"}}],
        "requestBody": {"required": true, "content": {"application/json": {"schema": schema()}}},
        "responses": {"200": {"description": "", "content": {"application/json": {"schema": schema()}}}}
    })
}

fn schema() -> Value {
    json!({
        "type": "object", "required": ["r"],
        "properties": {
            "r": {"type": "string"},
            "o": {"type": "string"},
            "e": {"type": "string", "enum": ["a", "b"]},
            "n": {"type": "integer"},
            "l": {"type": "array", "items": {"type": "string"}},
            "c": {"oneOf": [{"type": "string"}, {"type": "integer"}]}
        }
    })
}

fn document(operation: Value) -> Value {
    json!({"paths": {"/a": {"post": operation}}, "components": {"schemas": {}}})
}

fn product(old: &Value, new: &Value) -> ProductComparison {
    operations::compare(Product::Cspm, old, new)
}

/// The changes of the one operation.
fn changes(old: Value, new: Value) -> Vec<Change> {
    let comparison = product(&document(old), &document(new));
    assert!(comparison.added.is_empty() && comparison.removed.is_empty());
    let changed = comparison.changed.into_iter();
    changed.flat_map(|entry| entry.changes).collect()
}

/// `where: what (class)` of all changes after `edit`.
fn after(edit: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut new = operation();
    edit(&mut new);
    let changes = changes(operation(), new);
    for change in &changes {
        assert!(!change.reason.is_empty());
    }
    changes
        .iter()
        .map(|change| {
            let class = change.class.name();
            format!("{}: {} ({class})", change.place, change.what)
        })
        .collect()
}

/// What the same edit of the schema gives where users send, and where they receive.
fn both(edit: impl Fn(&mut Value)) -> [Vec<String>; 2] {
    let body = "application/json";
    let cut = |lines: Vec<String>, head: &str| -> Vec<String> {
        let cut = |line: String| line.replacen(head, "", 1).trim_start().to_owned();
        lines.into_iter().map(cut).collect()
    };
    let sent = after(|new| edit(&mut new["requestBody"]["content"][body]["schema"]));
    let received = after(|new| edit(&mut new["responses"]["200"]["content"][body]["schema"]));
    [cut(sent, "request body"), cut(received, "response body")]
}

#[test]
fn nothing_differs_from_itself() {
    assert_eq!(after(|_| ()), Vec::<String>::new());
}

#[test]
fn properties_are_judged_by_the_side_of_the_call() {
    let properties = "/properties";
    let add = |required: bool| {
        move |schema: &mut Value| {
            schema["properties"]["x"] = json!({"type": "string"});
            if required {
                schema["required"] = json!(["r", "x"]);
            }
        }
    };
    assert_eq!(
        both(add(false)),
        [
            ["/x: property added (compatible)"],
            ["/x: property added (compatible)"]
        ]
    );
    assert_eq!(
        both(add(true)),
        [
            ["/x: required property added (breaking)"],
            ["/x: required property added (compatible)"]
        ]
    );
    let removed = both(|schema| {
        let properties = schema
            .pointer_mut(properties)
            .and_then(Value::as_object_mut);
        properties.and_then(|properties| properties.remove("o"));
    });
    assert_eq!(
        removed,
        [
            ["/o: property removed (breaking)"],
            ["/o: property removed (breaking)"]
        ]
    );
    assert_eq!(
        both(|schema| schema["required"] = json!(["r", "o"])),
        [
            ["/o: became required (breaking)"],
            ["/o: became required (compatible)"]
        ]
    );
    assert_eq!(
        both(|schema| schema["required"] = json!([])),
        [
            ["/r: became optional (breaking)"],
            ["/r: became optional (compatible)"]
        ]
    );
    assert_eq!(
        both(|schema| schema["additionalProperties"] = json!({"type": "string"})),
        [
            [": takes further properties (compatible)"],
            [": takes further properties (compatible)"]
        ]
    );
}

#[test]
fn types_are_judged_as_rust_types() {
    for (property, new, what, class) in [
        (
            "n",
            json!({"type": "string"}),
            "/n: type changed from integer to string",
            "breaking",
        ),
        (
            "n",
            json!({"type": "integer", "format": "int32"}),
            "/n: `format` changed from none to \"int32\"",
            "compatible",
        ),
        (
            "n",
            json!({"type": "integer", "format": "int64"}),
            "/n: `format` changed from none to \"int64\"",
            "compatible",
        ),
        (
            "o",
            json!({"type": "string", "format": "date-time"}),
            "/o: `format` changed from none to \"date-time\"",
            "compatible",
        ),
        (
            "o",
            json!({"type": "string", "maxLength": 3}),
            "/o: `maxLength` changed from none to 3",
            "compatible",
        ),
        (
            "o",
            json!({"type": "string", "enum": ["a"]}),
            "/o: type changed from string to enumeration",
            "breaking",
        ),
        (
            "e",
            json!({"type": "string"}),
            "/e: type changed from enumeration to string",
            "breaking",
        ),
        (
            "e",
            json!({"type": "string", "enum": ["a", "b", "c"]}),
            "/e: values added: c",
            "compatible",
        ),
        (
            "e",
            json!({"type": "string", "enum": ["b"]}),
            "/e: values removed: a",
            "breaking",
        ),
        (
            "l",
            json!({"type": "array", "items": {"type": "boolean"}}),
            "/l/[]: type changed from string to boolean",
            "breaking",
        ),
        (
            "c",
            json!({"oneOf": [{"type": "integer"}]}),
            "/c/<2>: alternative removed",
            "breaking",
        ),
    ] {
        let line = format!("{what} ({class})");
        let edit = |schema: &mut Value| schema["properties"][property] = new.clone();
        assert_eq!(both(edit), [[line.as_str()], [line.as_str()]], "{new}");
    }
}

#[test]
fn an_alternative_more_breaks_nobody() {
    let more = json!({"oneOf": [{"type": "string"}, {"type": "boolean"}, {"type": "integer"}]});
    assert_eq!(
        both(|schema| schema["properties"]["c"] = more.clone()),
        [
            ["/c/<2>: alternative added (compatible)"],
            ["/c/<2>: alternative added (compatible)"]
        ]
    );
}

#[test]
fn null_breaks_only_what_must_be_sent() {
    let was = |nullable: bool| {
        let mut operation = operation();
        for body in ["/requestBody", "/responses/200"] {
            let at = format!("{body}/content/application~1json/schema/properties");
            if let Some(properties) = operation.pointer_mut(&at) {
                properties["r"]["nullable"] = Value::Bool(nullable);
                properties["o"]["nullable"] = Value::Bool(nullable);
            }
        }
        operation
    };
    let classes = |changes: Vec<Change>| -> Vec<(String, Class)> {
        changes
            .into_iter()
            .map(|change| (change.place, change.class))
            .collect()
    };
    let place = |text: &str| text.to_owned();
    assert_eq!(
        classes(changes(was(true), was(false))),
        [
            (place("request body /o"), Class::Compatible),
            (place("request body /r"), Class::Breaking),
            (place("response body /o"), Class::Compatible),
            (place("response body /r"), Class::Compatible),
        ]
    );
    let relaxed = classes(changes(was(false), was(true)));
    let breaking: Vec<_> = relaxed
        .iter()
        .filter(|(_, class)| *class == Class::Breaking)
        .collect();
    assert_eq!(breaking, [&(place("request body /r"), Class::Breaking)]);
}

#[test]
fn a_type_that_is_also_received_is_optional_throughout() {
    let shared = |required: Value| {
        let reference = json!({"$ref": "#/components/schemas/A"});
        let mut operation = answering(&reference);
        operation["requestBody"] = json!({"content": {"application/json": {"schema": reference}}});
        json!({"paths": {"/a": {"put": operation}}, "components": {"schemas": {
            "A": {"properties": {"p": {"type": "string"}}, "required": required}}}})
    };
    let comparison = product(&shared(json!(["p"])), &shared(json!([])));
    let classes: Vec<Class> = comparison.changed[0]
        .changes
        .iter()
        .map(|change| change.class)
        .collect();
    assert_eq!(classes, [Class::Compatible, Class::Compatible]);
}

#[test]
fn a_value_spelled_otherwise_keeps_its_rust_name() {
    let edit = |schema: &mut Value| schema["properties"]["e"]["enum"] = json!(["A", "b"]);
    let [sent, _] = both(edit);
    assert_eq!(
        sent,
        [
            "/e: values added: A (compatible)",
            "/e: values removed: a (compatible)"
        ]
    );
}

#[test]
fn parameters_and_bodies() {
    let parameter = |required: bool| json!({"name": "q", "in": "header", "required": required, "schema": {"type": "string"}});
    let add = |required: bool| {
        move |new: &mut Value| {
            if let Some(list) = new["parameters"].as_array_mut() {
                list.push(parameter(required));
            }
        }
    };
    assert_eq!(
        after(add(false)),
        ["header parameter q: parameter added (compatible)"]
    );
    assert_eq!(
        after(add(true)),
        ["header parameter q: required parameter added (breaking)"]
    );
    assert_eq!(
        after(|new| new["parameters"] = json!([])),
        ["query parameter p: parameter removed (breaking)"]
    );
    assert_eq!(
        after(|new| new["parameters"][0]["required"] = json!(true)),
        ["query parameter p: became required (breaking)"]
    );
    assert_eq!(
        after(|new| new["parameters"][0]["schema"] = json!({"type": "integer"})),
        ["query parameter p: type changed from string to integer (breaking)"]
    );
    assert_eq!(
        after(|new| new["requestBody"] = Value::Null),
        ["request body: body removed (breaking)"]
    );
    assert_eq!(
        after(|new| new["requestBody"]["required"] = json!(false)),
        ["request body: became optional (compatible)"]
    );
    assert_eq!(
        after(|new| new["requestBody"]["content"]["text/csv"] = json!({})),
        ["request body: media type added: text/csv (compatible)"]
    );
}

#[test]
fn answers() {
    assert_eq!(
        after(|new| new["responses"]["200"]["content"] =
            json!({"text/csv": {"schema": {"type": "string"}}})),
        ["response body: changed from JSON to bytes (breaking)"]
    );
    assert_eq!(
        after(|new| new["responses"]["200"]["content"]["text/csv"] = json!({"schema": {}})),
        ["response body: media type added: text/csv (compatible)"]
    );
    assert_eq!(
        after(|new| new["responses"]["204"] = json!({"description": ""})),
        [
            "response body: changed from JSON to JSON or nothing (breaking)",
            "response: success status added: 204 (compatible)"
        ]
    );
    assert_eq!(
        after(|new| new["responses"]["404"] = json!({"description": ""})),
        Vec::<String>::new(),
        "errors are decoded by the session, whatever the document declares"
    );
}

#[test]
fn names_are_breaking_unless_pinned() {
    assert_eq!(
        after(|new| new["operationId"] = json!("list-a")),
        ["operation id: `get-a` is `list-a` (breaking)"]
    );
    assert_eq!(
        after(|new| new["x-published-id"] = json!("list-a")),
        ["operation id: `get-a` is published as `list-a` (compatible)"]
    );
    assert_eq!(
        after(|new| new["tags"] = json!(["B"])),
        ["tag: `A` is `B` (breaking)"]
    );
    assert_eq!(
        after(|new| new["x-published-tag"] = json!("B")),
        ["tag: `A` is published as `B` (compatible)"]
    );
    assert_eq!(
        after(|new| new["deprecated"] = json!(true)),
        ["operation: deprecated (compatible)"]
    );
    assert_eq!(
        after(|new| new["security"] = json!([{"token": []}])),
        ["security: changed (compatible)"]
    );
}

#[test]
fn operations_move_only_where_the_evidence_is_unique() {
    let with = |paths: Value| json!({"paths": paths, "components": {"schemas": {}}});
    let named = |id: &str| {
        let mut operation = operation();
        operation["operationId"] = json!(id);
        operation
    };
    let old = with(json!({
        "/a/{id}": {"get": named("a")}, "/b": {"get": named("b")}, "/c": {"get": named("same")},
        "/d": {"get": named("same")}, "/gone": {"get": named("gone")}
    }));
    let new = with(json!({
        "/a/{key}": {"get": named("a2")}, "/v2/b": {"get": named("b")}, "/e": {"get": named("same")}
    }));
    let there = product(&old, &new);
    let moves: Vec<(&str, Option<&str>)> = there
        .removed
        .iter()
        .map(|entry| (entry.path.as_str(), entry.moved.as_deref()))
        .collect();
    assert_eq!(
        moves,
        [
            ("/a/{id}", Some("/a/{key}")),
            ("/b", Some("/v2/b")),
            ("/c", None),
            ("/d", None),
            ("/gone", None)
        ]
    );
    let back = product(&new, &old);
    assert_eq!(there.added, back.removed);
    assert_eq!(there.removed, back.added);
}

fn tree(name: &str, leaf: &str) -> Value {
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    json!({
        "paths": {
            "/a": {"get": answering(&reference(name)), "put": answering(&reference(name))}
        },
        "components": {"schemas": {
            name: {"properties": {"children": {"type": "array", "items": reference(name)}, "leaf": {"type": leaf}}}
        }}
    })
}

fn answering(schema: &Value) -> Value {
    json!({"operationId": "a", "tags": ["A"], "responses": {"200": {"description": "",
        "content": {"application/json": {"schema": schema}}}}})
}

#[test]
fn cycles_end_and_names_of_schemas_do_not_matter() {
    assert!(product(&tree("Tree", "string"), &tree("Node", "string")).is_empty());
    let comparison = product(&tree("Tree", "string"), &tree("Node", "integer"));
    assert_eq!(comparison.changed.len(), 2);
    for entry in &comparison.changed {
        assert_eq!(entry.changes.len(), 1, "{entry:?}");
        assert_eq!(entry.changes[0].place, "response body /leaf");
        assert_eq!(entry.changes[0].direction, Direction::Receive);
    }
    let comparison = super::Comparison {
        products: vec![comparison],
    };
    let text = text(&comparison);
    assert_eq!(text.matches("type changed").count(), 1, "said once: {text}");
    assert!(text.contains("schema Node in GET /a, PUT /a"), "{text}");
    assert_eq!(markdown(&comparison).matches("type changed").count(), 1);
    let json: Value = serde_json::from_str(&render_json(&comparison)).unwrap();
    assert_eq!(
        json["cspm"]["changed"][1]["changes"][0]["class"],
        "breaking"
    );
}

#[test]
fn a_chain_of_ten_thousand_references_is_no_recursion() {
    let chain = |leaf: &str| {
        let schemas: BTreeMap<String, Value> = (0..10_000)
            .map(|n| {
                let next = format!("#/components/schemas/S{}", n + 1);
                (
                    format!("S{n}"),
                    json!({"properties": {"next": {"$ref": next}}}),
                )
            })
            .chain([("S10000".to_owned(), json!({"type": leaf}))])
            .collect();
        json!({"paths": {"/a": {"get": answering(&json!({"$ref": "#/components/schemas/S0"}))}},
            "components": {"schemas": schemas}})
    };
    let comparison = product(&chain("string"), &chain("integer"));
    assert_eq!(comparison.changed[0].changes.len(), 1);
}

#[test]
fn text_from_documents_stays_text_in_markdown() {
    let mut new = operation();
    new["parameters"][0]["schema"] = json!({"type": "string", "pattern": "a|b<img>@all"});
    let comparison = super::Comparison {
        products: vec![product(&document(operation()), &document(new))],
    };
    let text = markdown(&comparison);
    assert!(text.contains("a\\|b&lt;img>&#64;all"), "{text}");
}
