//! The documentation of generated methods: our summary, and the link to the official page.

use serde_json::{Value, json};

use super::operations_mut;
use crate::codegen::Summaries;
use crate::codegen::groups::{feature, kebab};
use crate::codegen::product::Product;

/// Attaches summaries to operations and a description to each tag.
pub fn attach(product: &str, document: &mut Value, summaries: &Summaries) {
    for (key, operation) in operations_mut(document) {
        let Some(entry) = summaries.get(&key) else {
            continue;
        };
        let mut description = format!("[Reference]({}).", entry.reference);
        if operation.get("deprecated") == Some(&Value::Bool(true)) {
            description.push_str(" Deprecated by the service.");
        }
        operation.insert("summary".to_owned(), Value::from(entry.summary.as_str()));
        operation.insert("description".to_owned(), Value::from(description));
    }
    let tags = document.get_mut("tags").and_then(Value::as_array_mut);
    for tag in tags.into_iter().flatten() {
        let name = tag["name"].as_str().unwrap_or_default().to_owned();
        let feature = feature(product, &kebab(&name));
        tag["description"] = json!(format!(
            "Operations of the API group *{name}*: feature `{feature}`."
        ));
    }
    document["info"]["title"] = Value::from(Product::named(product).title);
}
