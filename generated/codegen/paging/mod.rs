//! `Paged` for the builders of operations whose answers come in pages, from `spec/pagination.json`.

mod context;
mod emit;
mod fields;
mod request;
mod table;
mod unread;

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use serde_json::Value;

use super::CodegenError;
use super::model::Model;
use super::operations;
use super::product::Product;

pub use table::{Listing, Pagination};

/// What stands in the module of the builders beside them, and the builders themselves, whose tokens are `builders`.
///
/// The operations are those of the pruned `document`.
pub fn implementations(
    product: &str,
    document: &Value,
    model: &Model,
    pagination: &Pagination,
    builders: TokenStream,
) -> Result<(TokenStream, String), CodegenError> {
    let structs = fields::of_structs(builders.clone());
    let present: BTreeSet<String> = operations::each(document)
        .map(|(path, method, _)| key(method, path))
        .collect();
    let mut code = String::new();
    let mut paged = BTreeSet::new();
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
        let keys = match listing {
            Listing::Pages(_) => [Some(name), None],
            Listing::Then { then } => [Some(name), Some(&then.operation)],
        };
        for key in keys.into_iter().flatten() {
            let operation = context.operation(key).map_err(CodegenError::new)?;
            paged.insert(operation.builder);
        }
    }
    Ok((unread::split(builders, &paged)?, code))
}

/// How the table names an operation.
pub fn key(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_ascii_uppercase())
}
