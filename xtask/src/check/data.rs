//! Rules about the data of the wrapper that is keyed by operations: retry classes, rate limits,
//! pagination. Every entry must be of an operation, whatever the table is about.

use serde_json::Value;

use super::workspace::Vendored;
use super::{Problem, Workspace};

const FOLDER: &str = "wrapper/data";

/// A mention of an operation.
struct Mention {
    product: String,
    /// `METHOD /path`, or an operation id.
    key: String,
}

/// Every entry of every table in `wrapper/data` is of an operation.
pub fn entries(workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in workspace.files(FOLDER, ".json") {
        let file = format!("{FOLDER}/{name}");
        let repair = format!("edit {file}, then run `cargo xtask check` again");
        let text = workspace.text(&file).unwrap_or_default();
        let table: Value = match serde_json::from_str(&text) {
            Ok(table) => table,
            Err(error) => {
                problems.push(Problem::new("data", format!("{file}: {error}"), repair));
                continue;
            }
        };
        for mention in mentions(&table) {
            if !is_known(&workspace.documents, &mention) {
                let message = format!(
                    "{file}: `{}` is no operation of {}; spec/operations.txt lists them all",
                    mention.key, mention.product
                );
                problems.push(Problem::new("data", message, repair.clone()));
            }
        }
    }
    problems
}

/// A table is either an object with the keys of each product, or a list of rows that name the
/// product and the operation.
fn mentions(table: &Value) -> Vec<Mention> {
    match table {
        Value::Object(products) => products
            .iter()
            .flat_map(|(product, entries)| below(product, entries))
            .collect(),
        rows => below("", rows),
    }
}

fn below(product: &str, entries: &Value) -> Vec<Mention> {
    let mention = |product: &str, key: &str| Mention {
        product: product.to_owned(),
        key: key.to_owned(),
    };
    match entries {
        Value::Object(entries) => entries.keys().map(|key| mention(product, key)).collect(),
        Value::Array(rows) => rows
            .iter()
            .filter_map(|row| match row {
                Value::String(key) => Some(mention(product, key)),
                row => {
                    let product = row["product"].as_str().unwrap_or(product);
                    Some(mention(product, row["operation"].as_str()?))
                }
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn is_known(documents: &[Vendored], mention: &Mention) -> bool {
    let mut operations = documents
        .iter()
        .filter(|document| document.product.name() == mention.product)
        .flat_map(Vendored::operations);
    operations.any(|operation| operation.key() == mention.key || operation.id() == mention.key)
}
