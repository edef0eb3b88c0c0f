//! Generates the clients of the enabled API groups into `OUT_DIR`.

// The maintenance commands use more of it.
#[allow(dead_code, unused_imports)]
#[path = "generated/codegen/mod.rs"]
mod codegen;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::{Value, json};

const PRODUCTS: [&str; 2] = ["cspm", "code"];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=generated/codegen");
    for product in PRODUCTS {
        if let Err(error) = generate(product) {
            eprintln!("error: the {product} client cannot be generated: {error}");
            std::process::exit(1);
        }
    }
}

fn generate(product: &str) -> Result<(), Box<dyn Error>> {
    let enabled = enabled_features(product);
    // A product of which nothing is enabled is an empty client; its documents do not matter.
    let generated = if enabled.is_empty() {
        let empty = json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
        codegen::generate(product, empty, &Default::default(), |_| true)?
    } else {
        let document = read(Path::new("spec").join(format!("{product}.json")))?;
        let groups = codegen::enabled_groups(product, &document, &enabled)?;
        let mut notes = codegen::Notes::default();
        for group in &groups {
            let path = Path::new("spec/summaries")
                .join(product)
                .join(format!("{group}.json"));
            let of_group: codegen::Summaries = serde_json::from_value(read(path)?)?;
            notes.summaries.extend(of_group);
        }
        let renames = read(Path::new("spec/names").join(format!("{product}.types.json")))?;
        notes.renames = serde_json::from_value(renames)?;
        let mut pagination = read(PathBuf::from("spec/pagination.json"))?;
        notes.pagination = serde_json::from_value(pagination[product].take())?;
        codegen::generate(product, document, &notes, |group| {
            groups.iter().any(|enabled| enabled == group)
        })?
    };
    let out = PathBuf::from(env::var("OUT_DIR")?).join(format!("{product}.rs"));
    fs::write(out, generated.code)?;
    Ok(())
}

/// The enabled features of `product`. Cargo tells `cspm-alerts` as `CARGO_FEATURE_CSPM_ALERTS`.
fn enabled_features(product: &str) -> BTreeSet<String> {
    let prefix = format!("CARGO_FEATURE_{}_", product.to_ascii_uppercase());
    env::vars()
        .filter_map(|(name, _)| {
            let group = name.strip_prefix(&prefix)?.to_ascii_lowercase();
            Some(format!("{product}-{}", group.replace('_', "-")))
        })
        .collect()
}

fn read(path: PathBuf) -> Result<Value, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; {}", path.display(), codegen::ADVICE))?;
    Ok(codegen::parse(&path.display().to_string(), &text)?)
}
