//! The rules one by one on minimal documents, and the whole on published ones.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use serde_json::{Value, json};

use super::model::{Change, Class, Direction, ProductComparison};
use super::side::{self, Side};
use super::{compare, json as render_json, markdown, operations, text};
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

// What follows wants published documents.

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
