//! `cargo xtask operations`: every operation with its method, path, id, feature and Rust path.

use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};

use super::{Outcome, vendored, workspace};
use crate::codegen::{self, OperationEntry};
use crate::pipeline::canonical;
use crate::pipeline::document::Product;

/// The arguments of `operations`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the operations of one product.
    #[arg(long, value_parser = product)]
    product: Option<Product>,
    /// The form of the list.
    #[arg(long, default_value = "text")]
    format: Format,
}

/// The product called `name`.
fn product(name: &str) -> Result<Product, String> {
    let names = Product::ALL.map(Product::name);
    Product::ALL
        .into_iter()
        .find(|product| product.name() == name)
        .ok_or_else(|| format!("it is none of {}", names.join(", ")))
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// Runs the command.
///
/// # Errors
/// A vendored document that cannot be read.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut documents = Vec::new();
    for product in Product::ALL {
        if arguments.product.is_none_or(|only| only == product) {
            documents.push((product, vendored(&workspace(), product)?));
        }
    }
    let entries = sorted(&documents);
    match arguments.format {
        Format::Text => print!("{}", text(&entries)),
        Format::Json => print!(
            "{}",
            canonical::pretty(&Value::Array(entries.iter().map(object).collect()))
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// The operations of `documents`, by product, path and method.
fn sorted(documents: &[(Product, Value)]) -> Vec<OperationEntry> {
    let mut entries: Vec<OperationEntry> = documents
        .iter()
        .flat_map(|(product, document)| codegen::operations(product.name(), document))
        .collect();
    entries.sort_by(|one, other| {
        (&one.product, &one.path, &one.method).cmp(&(&other.product, &other.path, &other.method))
    });
    entries
}

/// The text of `spec/operations.txt`: what the command prints for all products.
pub fn listing(documents: &[(Product, Value)]) -> String {
    text(&sorted(documents))
}

/// `prisma_cloud_api::cspm::ClientAlertsExt::get_alerts`.
fn rust_path(entry: &OperationEntry) -> String {
    format!(
        "prisma_cloud_api::{}::{}::{}",
        codegen::Product::named(&entry.product).module,
        entry.extension,
        entry.name
    )
}

fn text(entries: &[OperationEntry]) -> String {
    entries
        .iter()
        .map(|entry| {
            format!(
                "{:6} {}  {}  {}  {}\n",
                entry.method,
                entry.path,
                entry.id,
                entry.feature,
                rust_path(entry)
            )
        })
        .collect()
}

fn object(entry: &OperationEntry) -> Value {
    json!({
        "product": entry.product,
        "method": entry.method,
        "path": entry.path,
        "id": entry.id,
        "feature": entry.feature,
        "rust": rust_path(entry),
    })
}
