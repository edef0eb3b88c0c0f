//! `cargo xtask size`: how much code each feature generates.

use std::process::ExitCode;

use serde_json::Value;

use super::{Outcome, vendored, workspace};
use crate::codegen::{self, Generated, Notes};
use crate::pipeline::document::Product;

/// The arguments of `size`.
#[derive(clap::Args)]
pub struct Arguments {
    /// Only the whole products, without their features.
    #[arg(long)]
    totals: bool,
}

/// Runs the command.
///
/// # Errors
/// A vendored document that cannot be read or generated.
pub fn run(arguments: &Arguments) -> Outcome {
    println!(
        "{:<48} {:>10} {:>6} {:>8} {:>9}",
        "feature", "operations", "types", "lines", "kB"
    );
    for product in Product::ALL {
        let document = vendored(&workspace(), product)?;
        if !arguments.totals {
            for tag in document["tags"].as_array().into_iter().flatten() {
                let group = codegen::kebab(tag["name"].as_str().unwrap_or_default());
                let generated = generate(product, &document, |other| other == group)?;
                print(&codegen::feature(product.name(), &group), &generated);
            }
        }
        print(product.name(), &generate(product, &document, |_| true)?);
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(
    product: Product,
    document: &Value,
    enabled: impl Fn(&str) -> bool,
) -> Result<Generated, codegen::CodegenError> {
    codegen::generate(product.name(), document.clone(), &Notes::default(), enabled)
}

fn print(feature: &str, generated: &Generated) {
    println!(
        "{feature:<48} {:>10} {:>6} {:>8} {:>9}",
        generated.operations.len(),
        generated.types.len(),
        lines(&generated.code),
        generated.code.len() / 1024
    );
}

/// The lines that a formatter would make of `code`: one for each statement, field and brace.
/// The generated files themselves are not formatted.
fn lines(code: &str) -> usize {
    code.bytes()
        .filter(|byte| matches!(byte, b';' | b'{' | b'}' | b',' | b'\n'))
        .count()
}
