//! Generating the client of a document before the document is vendored.
//!
//! What the generator cannot take would otherwise show up in the next build, and a parameter that it leaves out nowhere.

use std::collections::BTreeSet;

use heck::ToPascalCase;
use quote::ToTokens;
use serde_json::Value;
use syn::Item;

use crate::codegen::{self, Notes};
use crate::pipeline::document::Product;

/// By this a call makes an argument a part of its path.
const ARGUMENT: &str = "support :: argument";

/// Generates all of the client of `product`.
///
/// # Errors
/// Why there is none, or which parameters its calls do not send, a line for each.
pub fn generate(product: Product, document: &Value) -> Result<(), Vec<String>> {
    let client = codegen::generate(product.name(), document.clone(), &Notes::default(), |_| {
        true
    })
    .map_err(|error| vec![format!("{product}: no client can be generated: {error}")])?;
    let file = syn::parse_file(&client.code)
        .map_err(|error| vec![format!("{product}: the client is no Rust: {error}")])?;
    let builders = builders(&file.items);
    let mut wrong = lost(product, document, &builders);
    wrong.extend(builders.iter().filter_map(|builder| {
        let twice = builder.twice.as_ref()?;
        Some(format!(
            "{product}: {} has two methods `{twice}`",
            builder.name
        ))
    }));
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

struct Builder {
    name: String,
    /// Of all methods.
    code: String,
    /// The name of two methods.
    twice: Option<String>,
}

fn builders(items: &[Item]) -> Vec<Builder> {
    let mut found = Vec::new();
    for item in items {
        match item {
            Item::Mod(module) => {
                let inner = module.content.as_ref().map(|(_, items)| &items[..]);
                found.extend(builders(inner.unwrap_or_default()));
            }
            Item::Impl(block) if block.trait_.is_none() => {
                if let syn::Type::Path(path) = &*block.self_ty
                    && let Some(last) = path.path.segments.last()
                {
                    let methods = block.items.iter();
                    let code = methods.map(|item| item.to_token_stream().to_string());
                    found.push(Builder {
                        name: last.ident.to_string(),
                        code: code.collect(),
                        twice: twice(&block.items),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

fn twice(items: &[syn::ImplItem]) -> Option<String> {
    let mut seen = BTreeSet::new();
    items.iter().find_map(|item| match item {
        syn::ImplItem::Fn(method) if !seen.insert(&method.sig.ident) => {
            Some(method.sig.ident.to_string())
        }
        _ => None,
    })
}

/// The parameters of `document` that stand in no builder under their published names.
fn lost(product: Product, document: &Value, builders: &[Builder]) -> Vec<String> {
    let mut lost = Vec::new();
    for (path, method, operation) in codegen::each(document) {
        let id = operation["operationId"].as_str().unwrap_or_default();
        let name = codegen::method_name(id).to_pascal_case();
        let code: String = builders
            .iter()
            .filter(|builder| builder.name == name)
            .map(|builder| &*builder.code)
            .collect();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default();
            // Those of the path are known there by the names of their setters.
            if parameter["in"] != "path" && !code.contains(&format!("{name:?}")) {
                let method = method.to_uppercase();
                lost.push(format!(
                    "{product}: {method} {path}: the generated call does not send the parameter {name:?}"
                ));
            }
        }
        let (wanted, filled) = (path.matches('{').count(), code.matches(ARGUMENT).count());
        if filled < wanted {
            lost.push(format!(
                "{product}: {path}: the generated call fills {filled} of {wanted} parameters of the path"
            ));
        }
    }
    lost
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::command::{vendored, workspace};

    #[test]
    fn what_is_vendored_has_a_client_that_sends_every_parameter() {
        for product in Product::PUBLISHED {
            let document = vendored(&workspace(), product).unwrap();
            assert_eq!(generate(product, &document), Ok(()));
        }
    }

    #[test]
    fn a_parameter_that_no_builder_sends_is_told() {
        let document = json!({"paths": {"/a/{id}": {"get": {"operationId": "get-a", "parameters": [
            {"name": "id", "in": "path"},
            {"name": "api-version", "in": "header"},
            {"name": "limit", "in": "query"},
        ]}}}});
        let told = |code: &str| {
            let builders = [Builder {
                name: "GetA".to_owned(),
                code: code.to_owned(),
                twice: None,
            }];
            lost(Product::Cspm, &document, &builders).len()
        };
        assert_eq!(
            told(r#"support :: argument ("id") "limit" "api-version""#),
            0
        );
        assert_eq!(
            told(r#"support :: argument ("id") "limit" "api_version""#),
            1
        );
        assert_eq!(told(r#""identity""#), 3);
    }
}
