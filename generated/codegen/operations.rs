//! The table of operations that goes with a generated client.

use std::fmt::Write;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::groups::{feature, group};
use super::product::Product;
use super::session_values;

/// The HTTP methods of a path item.
const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// What the body of a successful answer is; see `Answer` of the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A JSON document.
    Json,
    /// A JSON document, or nothing.
    JsonOrEmpty,
    /// Bytes.
    Bytes,
    /// No body.
    Empty,
}

/// One operation of a vendored document.
#[derive(Clone, Debug)]
pub struct OperationEntry {
    /// The product.
    pub product: String,
    /// The operation id.
    pub id: String,
    /// The generated method.
    pub name: String,
    /// The generated trait that has the method.
    pub extension: String,
    /// The HTTP method, upper case.
    pub method: String,
    /// The path template.
    pub path: String,
    /// The feature.
    pub feature: String,
    /// What a successful answer carries.
    pub answer: Answer,
    /// Whether a parameter holds the id of the session's tenant.
    pub wants_prisma_id: bool,
}

/// The operations of `document`, sorted by the names of their methods.
pub fn list(product: &str, document: &Value) -> Vec<OperationEntry> {
    let mut entries: Vec<OperationEntry> = each(document)
        .map(|(path, method, operation)| {
            let id = operation["operationId"].as_str().unwrap_or_default();
            let tag = operation["tags"][0].as_str().unwrap_or_default();
            OperationEntry {
                product: product.to_owned(),
                id: id.to_owned(),
                name: method_name(id),
                extension: format!("Client{}Ext", plain(tag).to_pascal_case()),
                method: method.to_ascii_uppercase(),
                path: path.to_owned(),
                feature: feature(product, &group(operation)),
                answer: answer(operation),
                wants_prisma_id: session_values::parameter(operation).is_some(),
            }
        })
        .collect();
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    entries
}

/// Path, method and operation of all operations.
pub fn each(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let item = item.as_object().into_iter().flatten();
        item.filter(|(method, _)| METHODS.contains(&method.as_str()))
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// The name that the generator gives the method of an operation. Its calls report this name, not the
/// operation id.
pub fn method_name(id: &str) -> String {
    let name = plain(id).to_snake_case();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("{name}_")
    } else {
        name
    }
}

/// What no method can be called in Rust 2024.
const KEYWORDS: [&str; 50] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "if", "impl", "in",
    "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

fn plain(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-")
}

/// What the successful responses of `operation` carry together.
pub fn answer(operation: &Value) -> Answer {
    let mut json = false;
    let mut bytes = false;
    let mut any_json = false;
    let mut empty = false;
    let responses = operation["responses"].as_object().into_iter().flatten();
    for (_, response) in responses.filter(|(status, _)| status.starts_with('2')) {
        let content = response["content"].as_object();
        match content.and_then(|content| content.get("application/json")) {
            Some(media) => {
                json = true;
                any_json |= media["schema"]
                    .as_object()
                    .is_none_or(|schema| schema.is_empty());
            }
            None if content.is_some_and(|content| !content.is_empty()) => bytes = true,
            None => empty = true,
        }
    }
    match (json, bytes) {
        // Where nothing is known of the JSON, there is often none.
        (true, _) if empty || any_json => Answer::JsonOrEmpty,
        (true, _) => Answer::Json,
        (false, true) => Answer::Bytes,
        (false, false) => Answer::Empty,
    }
}

/// The Rust table of `entries`.
pub fn table(entries: &[OperationEntry]) -> String {
    // A static of its own, so that each entry has one address, whoever refers to it.
    let mut code = format!("static TABLE: [crate::Operation; {}] = [\n", entries.len());
    for entry in entries {
        let variant = Product::named(&entry.product).variant;
        let _ = writeln!(
            code,
            "crate::Operation {{ product: crate::Product::{variant}, id: {:?}, name: {:?}, \
             method: {:?}, path: {:?}, group: {:?}, answer: crate::Answer::{:?}, \
             wants_prisma_id: {} }},",
            entry.id,
            entry.name,
            entry.method,
            entry.path,
            entry.feature,
            entry.answer,
            entry.wants_prisma_id
        );
    }
    code.push_str(
        "];\n\
         /// All operations of this client, sorted by the names of their methods. Each has one address.\n\
         pub static OPERATIONS: &[crate::Operation] = &TABLE;\n",
    );
    code
}
