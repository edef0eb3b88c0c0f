//! Rules about `spec/pagination.json`: every operation that looks as if its answers came in pages is in it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::workspace::{Operation, Vendored};
use super::{Problem, Workspace};
use crate::codegen::{Listing, Pagination, group};

const FILE: &str = "spec/pagination.json";
const RULE: &str = "pagination";

/// Every operation that takes a place in a listing and answers lists, or answers where the next page is, is a listing or an
/// exception with a reason; and the table names nothing else.
pub fn complete(workspace: &Workspace) -> Vec<Problem> {
    let repair =
        format!("edit {FILE}: add the operation to `listings`, or to `exceptions` with the reason");
    let problem = |message: String| Problem::new(RULE, message, repair.clone());
    let text = workspace.text(FILE).unwrap_or_default();
    let tables: BTreeMap<String, Pagination> = match serde_json::from_str(&text) {
        Ok(tables) => tables,
        Err(error) => return vec![problem(format!("{FILE}: {error}"))],
    };
    let mut problems = Vec::new();
    for document in &workspace.documents {
        let product = document.product.name();
        let Some(table) = tables.get(product) else {
            problems.push(problem(format!("{FILE} has no part for {product}")));
            continue;
        };
        for message in of_product(document, table) {
            problems.push(problem(format!("{FILE}: {product}: {message}")));
        }
    }
    problems
}

fn of_product(document: &Vendored, table: &Pagination) -> Vec<String> {
    let mut messages = Vec::new();
    let operations = document.by_key();
    for (key, operation) in &operations {
        let (listed, excepted) = (
            table.listings.contains_key(key),
            table.exceptions.contains_key(key),
        );
        let signs = signs(&document.value, operation);
        match (signs, listed, excepted) {
            (Some(signs), false, false) => {
                messages.push(format!("`{key}` is missing, though it {signs}"));
            }
            (None, _, true) => messages.push(format!(
                "`{key}` is an exception without need: nothing about it looks like pages"
            )),
            (_, true, true) => messages.push(format!("`{key}` is both a listing and an exception")),
            _ => {}
        }
    }
    let named = table.listings.keys().chain(table.exceptions.keys());
    for key in named.filter(|key| !operations.contains_key(*key)) {
        messages.push(format!(
            "`{key}` is no operation; spec/operations.txt lists them all"
        ));
    }
    for (key, reason) in &table.exceptions {
        if reason.trim().is_empty() {
            messages.push(format!("`{key}` is an exception without a reason"));
        }
    }
    for (key, listing) in &table.listings {
        let Listing::Then { then } = listing else {
            continue;
        };
        let groups: Vec<Option<String>> = [key, &then.operation]
            .map(|key| operations.get(key).map(|operation| group(operation.value)))
            .into();
        if groups[0] != groups[1] {
            messages.push(format!(
                "`{key}` goes on with `{}`, which is of another API group and may not be enabled",
                then.operation
            ));
        }
    }
    messages
}

/// Why an operation looks as if its answers came in pages.
fn signs(document: &Value, operation: &Operation<'_>) -> Option<String> {
    let mut takes = Vec::new();
    for parameter in operation.value["parameters"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let name = parameter["name"].as_str().unwrap_or_default();
        if parameter["in"] == "query" && is_place(name) {
            takes.push(name.to_owned());
        }
    }
    for media in values(&operation.value["requestBody"]["content"]) {
        let members = members(document, &media["schema"], 2);
        takes.extend(
            members
                .into_iter()
                .filter(|member| !member.in_list && is_place(&member.name))
                .map(|member| member.name),
        );
    }
    let mut tells = Vec::new();
    let mut lists = false;
    let successes = operation.value["responses"]
        .as_object()
        .into_iter()
        .flatten();
    for (_, response) in successes.filter(|(status, _)| status.starts_with('2')) {
        for media in values(&response["content"]) {
            lists |= resolve(document, &media["schema"])["type"] == "array";
            for member in members(document, &media["schema"], 3) {
                lists |= member.is_list;
                if is_next(&member.name) {
                    tells.push(member.name);
                }
            }
        }
    }
    match (takes.first(), tells.first(), lists) {
        (_, Some(tells), _) => Some(format!("answers `{tells}`")),
        (Some(takes), None, true) => Some(format!("takes `{takes}` and answers a list")),
        _ => None,
    }
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Whether a member of a request is a place in a listing by its name.
fn is_place(name: &str) -> bool {
    let name = plain(name);
    const PLACES: [&str; 11] = [
        "page",
        "pageno",
        "pagenumber",
        "pageoffset",
        "offset",
        "skip",
        "start",
        "cursor",
        "searchafter",
        "token",
        "scrollid",
    ];
    PLACES.contains(&name.as_str()) || name.ends_with("pagetoken")
}

/// Whether a member of an answer is about the next page by its name.
fn is_next(name: &str) -> bool {
    let name = plain(name);
    name.ends_with("pagetoken")
        || ["nextpageurl", "hasnext", "totalpages", "next"].contains(&name.as_str())
}

/// A member of an object, or of an object in it.
struct Member {
    name: String,
    is_list: bool,
    in_list: bool,
}

fn members(document: &Value, schema: &Value, depth: usize) -> Vec<Member> {
    let mut found = Vec::new();
    collect(document, schema, depth, false, &mut found);
    found
}

fn collect(document: &Value, schema: &Value, depth: usize, in_list: bool, found: &mut Vec<Member>) {
    if depth == 0 {
        return;
    }
    let schema = resolve(document, schema);
    for branch in ["oneOf", "anyOf", "allOf"]
        .iter()
        .flat_map(|word| values(&schema[*word]))
    {
        collect(document, branch, depth, in_list, found);
    }
    if schema["type"] == "array" {
        collect(document, &schema["items"], depth - 1, true, found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let is_list = resolve(document, member)["type"] == "array";
        found.push(Member {
            name: name.clone(),
            is_list,
            in_list,
        });
        if !is_list {
            collect(document, member, depth - 1, in_list, found);
        }
    }
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    // References go one way in a valid document; one that goes round has no members anyway.
    for _ in 0..16 {
        match schema["$ref"]
            .as_str()
            .and_then(|name| name.strip_prefix('#'))
        {
            Some(pointer) => schema = document.pointer(pointer).unwrap_or(&Value::Null),
            None => break,
        }
    }
    schema
}

fn values(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(elements) => elements.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::document::Product;

    /// One operation that takes an offset and answers a list, and one that does neither.
    fn document() -> Vendored {
        let answer =
            |schema: Value| json!({"200": {"content": {"application/json": {"schema": schema}}}});
        let value = json!({
            "paths": {
                "/list": {"get": {
                    "operationId": "list", "tags": ["Things"],
                    "parameters": [{"in": "query", "name": "offset", "schema": {"type": "integer"}}],
                    "responses": answer(json!({"type": "object", "properties": {
                        "data": {"$ref": "#/components/schemas/Things"}}})),
                }},
                "/next": {"post": {
                    "operationId": "next", "tags": ["Others"],
                    "responses": answer(json!({"type": "object", "properties": {
                        "page": {"type": "object", "properties": {"nextPageToken": {"type": "string"}}}}})),
                }},
                "/one": {"get": {
                    "operationId": "one", "tags": ["Things"],
                    "parameters": [{"in": "query", "name": "offset", "schema": {"type": "integer"}}],
                    "responses": answer(json!({"type": "object"})),
                }},
            },
            "components": {"schemas": {"Things": {"type": "array", "items": {"type": "string"}}}},
        });
        Vendored {
            product: Product::Cspm,
            file: "spec/cspm.json".to_owned(),
            text: String::new(),
            value,
        }
    }

    fn problems(listings: Value, exceptions: Value) -> Vec<String> {
        let table = json!({ "listings": listings, "exceptions": exceptions });
        of_product(
            &document(),
            &serde_json::from_value(table).expect("a table"),
        )
    }

    fn listing() -> Value {
        json!({ "items": "data", "count": { "by": "items", "request": "query.offset" } })
    }

    #[test]
    fn a_listing_and_a_reason_are_enough() {
        let found = problems(
            json!({ "GET /list": listing() }),
            json!({ "POST /next": "the request takes no token" }),
        );
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn each_way_to_be_wrong_is_found() {
        let reason = json!({ "POST /next": "the request takes no token" });
        let listed = json!({ "GET /list": listing() });
        for (listings, exceptions, message) in [
            (
                json!({}),
                reason.clone(),
                "`GET /list` is missing, though it takes `offset`",
            ),
            (
                listed.clone(),
                json!({}),
                "`POST /next` is missing, though it answers `nextPageToken`",
            ),
            (
                listed.clone(),
                json!({ "POST /next": " " }),
                "without a reason",
            ),
            (
                listed.clone(),
                json!({ "POST /next": "x", "GET /one": "x" }),
                "`GET /one` is an exception without need",
            ),
            (
                listed.clone(),
                json!({ "POST /next": "x", "GET /list": "x" }),
                "both a listing and an exception",
            ),
            (
                json!({ "GET /list": listing(), "GET /gone": listing() }),
                reason.clone(),
                "`GET /gone` is no operation",
            ),
            (
                json!({
                    "GET /list": { "then": { "operation": "POST /next" } },
                    "POST /next": listing(),
                }),
                json!({}),
                "of another API group",
            ),
        ] {
            let found = problems(listings, exceptions);
            assert!(
                found.iter().any(|found| found.contains(message)),
                "{message}: {found:?}"
            );
        }
    }
}
