//! From a vendored document to Rust: prune to what is enabled, lower to what the generator takes,
//! generate.
//!
//! Shared by `build.rs`, which writes the clients, and by `xtask`, which lists and checks them.

mod groups;
mod lower;
mod operations;
mod prune;

use std::collections::BTreeMap;
use std::fmt;

use progenitor_impl::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle};
use serde::Deserialize;
use serde_json::Value;

pub use groups::{feature, group, kebab};
pub use operations::{Answer, OperationEntry, list as operations};
pub use prune::prune;

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
}

/// Generates the client for all operations that are left in `document`.
///
/// # Errors
/// A document that is not OpenAPI 3.0, or that the generator refuses.
pub fn generate(
    product: &str,
    mut document: Value,
    summaries: &Summaries,
) -> Result<Generated, CodegenError> {
    let operations = operations::list(product, &document);
    lower::lower(product, &mut document, summaries);
    let openapi: openapiv3::OpenAPI = serde_json::from_value(document)
        .map_err(|error| CodegenError::new(format!("the lowered document: {error}")))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Builder)
        .with_tag(TagStyle::Separate)
        .with_hooks(HooksMode::Expected)
        .with_inner_type("crate::SharedTransport".parse().expect("a path is tokens"));
    let tokens = Generator::new(&settings)
        .generate_tokens(&openapi)
        .map_err(|error| CodegenError::new(format!("the generator: {error}")))?;
    let table = operations::table(&operations);
    Ok(Generated {
        code: format!("{tokens}\n{table}"),
        operations,
    })
}
