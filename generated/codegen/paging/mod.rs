//! `Paged` for the builders of operations whose answers come in pages, from `spec/pagination.json`.

mod context;
mod emit;
mod fields;
mod request;
mod table;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use serde_json::Value;

use super::CodegenError;
use super::model::Model;
use super::operations;
use super::product::Product;

pub use table::{Listing, Pagination};

/// The implementations for the operations of the pruned `document`, to stand in the module of the builders, whose tokens
/// are `builders`.
pub fn implementations(
    product: &str,
    document: &Value,
    model: &Model,
    pagination: &Pagination,
    builders: TokenStream,
) -> Result<String, CodegenError> {
    let structs = fields::of_structs(builders);
    let present: BTreeSet<String> = operations::each(document)
        .map(|(path, method, _)| key(method, path))
        .collect();
    let mut code = String::new();
    for (name, listing) in &pagination.listings {
        // An operation of a group that is not enabled.
        if !present.contains(name) {
            continue;
        }
        let context = context::Context {
            module: Product::named(product).module,
            document,
            model,
            structs: &structs,
        };
        let written = match listing {
            Listing::Pages(pages) => emit::pages(&context, name, pages),
            Listing::Then { then } => match pagination.listings.get(&then.operation) {
                Some(Listing::Pages(pages)) => emit::then(&context, name, then, pages),
                _ => Err(format!("`{}` has no pages of its own", then.operation)),
            },
        };
        code.push_str(&written.map_err(|reason| {
            CodegenError::new(format!(
                "spec/pagination.json: {product}, `{name}`: {reason}"
            ))
        })?);
    }
    Ok(code)
}

/// How the table names an operation.
pub fn key(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_ascii_uppercase())
}
