//! From a vendored document to Rust: lower it to what the generator takes, model its types, prune
//! both to what is enabled, generate.
//!
//! Shared by `build.rs`, which writes the clients, and by `xtask`, which lists and checks them.

mod calls;
mod emit;
mod groups;
mod incomplete;
mod lower;
mod model;
mod operations;
mod paging;
mod parameters;
pub mod product;
mod prune;
mod requests;
mod session_values;
mod time_ranges;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TagStyle, TypeImpl};
use serde::Deserialize;
use serde_json::Value;

pub use groups::{feature, group, kebab};
pub use operations::{Answer, OperationEntry, answer, each, list as operations, method_name};
pub use paging::{Listing, Pagination};
pub use product::Product;
pub use prune::{prune, reachable};

/// What a vendored document says about one operation beyond its interface.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// The address of the official reference page.
    pub reference: String,
    /// What the operation does, in one sentence.
    pub summary: String,
}

/// The summaries of a product, by `METHOD /path`.
pub type Summaries = BTreeMap<String, Summary>;

/// Better names for types of a product, by the names that the rules give.
pub type Renames = BTreeMap<String, String>;

/// What is kept about a product beside its document.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// What its operations do.
    pub summaries: Summaries,
    /// Better names for its types.
    pub renames: Renames,
    /// How its answers come in pages.
    pub pagination: Pagination,
}

/// Why clients cannot be generated.
#[derive(Debug)]
pub struct CodegenError(String);

impl CodegenError {
    fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for CodegenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodegenError {}

/// A generated client.
pub struct Generated {
    /// The Rust code of the product's module.
    pub code: String,
    /// The operations it holds, by the name of their methods.
    pub operations: Vec<OperationEntry>,
    /// The names of its types.
    pub types: Vec<String>,
}

/// Reads the JSON of a vendored file called `name`.
///
/// # Errors
/// Text that is no JSON, with what to do about it.
pub fn parse(name: &str, text: &str) -> Result<Value, CodegenError> {
    serde_json::from_str(text)
        .map_err(|error| CodegenError::new(format!("{name}: {error}; {ADVICE}")))
}

/// What to do about a vendored file that is missing or broken.
pub const ADVICE: &str = "run `cargo xtask regen --from <published documents>` to write it anew";

/// The API groups of `document` that are `enabled`, by the names of their features.
///
/// # Errors
/// A feature that matches no group.
pub fn enabled_groups(
    product: &str,
    document: &Value,
    enabled: &BTreeSet<String>,
) -> Result<Vec<String>, CodegenError> {
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for tag in document["tags"].as_array().into_iter().flatten() {
        let group = kebab(tag["name"].as_str().unwrap_or_default());
        let feature = feature(product, &group);
        if enabled.contains(&feature) {
            found.push(group);
            known.insert(feature);
        }
    }
    match enabled.difference(&known).next() {
        None => Ok(found),
        Some(feature) => Err(CodegenError::new(format!(
            "the feature `{feature}` matches no API group of spec/{product}.json; run \
             `cargo xtask features` to make the features follow the groups"
        ))),
    }
}

/// Generates the client for the operations whose group is `enabled`.
///
/// # Errors
/// A document that is not OpenAPI 3.0, or that the generator refuses.
pub fn generate(
    product: &str,
    mut document: Value,
    notes: &Notes,
    enabled: impl Fn(&str) -> bool,
) -> Result<Generated, CodegenError> {
    lower::lower(product, &mut document, &notes.summaries);
    session_values::document(&mut document);
    let model = model::build(&mut document, &notes.renames);
    prune(&mut document, enabled);
    let operations = operations::list(product, &document);
    let direct: Vec<String> = document["components"]["schemas"]
        .as_object()
        .map(|schemas| schemas.keys().cloned().collect())
        .unwrap_or_default();
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Separate)
        .with_inner_type("crate::SharedTransport".parse().expect("a path is tokens"))
        .with_map_type("::std::collections::BTreeMap");
    for name in &direct {
        let path = emit::absolute(&model, Product::named(product).module, name);
        settings.with_replacement(name, path, [TypeImpl::Display].into_iter());
    }
    let time_ranges = time_ranges::methods(&document);
    let (for_generator, renamed) = parameters::rename(&document);
    let openapi: openapiv3::OpenAPI = serde_json::from_value(for_generator)
        .map_err(|error| CodegenError::new(format!("the lowered document: {error}")))?;
    let tokens = Generator::new(&settings)
        .generate_tokens(&openapi)
        .map_err(|error| CodegenError::new(format!("the generator: {error}")))?;
    let tokens = session_values::defaults(tokens);
    let tokens = edit_module(tokens, "builder", |builders| {
        let (builders, pages) = paging::implementations(
            product,
            &document,
            &model,
            &notes.pagination,
            requests::lean(builders, &renamed, |builder| {
                parameters::describe(product, &document, builder)
            })?,
        )?;
        Ok(incomplete::named(builders)
            .into_iter()
            .chain(parsed("pages", &pages)?)
            .collect())
    })?;
    let names = model::closure(&model, direct);
    let mut types = emit::types(&model, &names);
    types.push_str(&emit::inspection(&model, &operations));
    if let Some(Some(page)) = model
        .bodies
        .get(&alert_page())
        .map(|bodies| &bodies.response)
    {
        types.push_str(&strict_twin(&model, page));
    }
    let calls = calls::calls(&tokens, &document, &operations, &notes.pagination);
    Ok(Generated {
        code: format!(
            "{}\n{}\n{time_ranges}\n{calls}",
            with_types(tokens, &types)?,
            operations::table(&operations)
        ),
        operations,
        types: names
            .into_iter()
            .filter(|name| model.is_emitted(name))
            .collect(),
    })
}

/// The operation whose answer the benchmarks decode.
fn alert_page() -> (String, String) {
    ("/v2/alert".to_owned(), "post".to_owned())
}

/// The types of a page of alerts once more, as strict as a derive makes them: what benchmarks
/// compare the tolerant ones with.
fn strict_twin(model: &model::Model, page: &model::Kind) -> String {
    let names = model::closure(
        model,
        page.named().map(ToOwned::to_owned).into_iter().collect(),
    );
    let mut strict = model.clone();
    strict.received.clear();
    strict.sent.clear();
    format!(
        "#[cfg(feature = \"inspect\")]\n#[doc(hidden)]\npub mod strict {{\n{}\n}}\n",
        emit::types(&strict, &names)
    )
}

/// Puts our types into the module `types` that the generator makes, in place of its own.
fn with_types(tokens: TokenStream, types: &str) -> Result<TokenStream, CodegenError> {
    edit_module(tokens, "types", |_| parsed("types", types))
}

fn parsed(what: &str, code: &str) -> Result<TokenStream, CodegenError> {
    code.parse()
        .map_err(|error| CodegenError::new(format!("the generated {what}: {error}")))
}

/// Lets `edit` change what is in the module `name`.
fn edit_module(
    tokens: TokenStream,
    name: &str,
    edit: impl Fn(TokenStream) -> Result<TokenStream, CodegenError>,
) -> Result<TokenStream, CodegenError> {
    let mut after_name = false;
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) if after_name && group.delimiter() == Delimiter::Brace => {
                after_name = false;
                let inner = edit(group.stream())?;
                Ok(TokenTree::Group(Group::new(Delimiter::Brace, inner)))
            }
            token => {
                after_name = matches!(&token, TokenTree::Ident(word) if word == name);
                Ok(token)
            }
        })
        .collect()
}
