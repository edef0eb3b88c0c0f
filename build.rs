//! Generates the clients of the enabled API groups into `OUT_DIR`.

// The maintenance commands use more of it.
#[allow(dead_code, unused_imports)]
#[path = "generated/codegen/mod.rs"]
mod codegen;

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use codegen::product::{PRODUCTS, Product};
use serde_json::{Value, json};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=generated/codegen");
    if let Err(error) = odd_names() {
        eprintln!("error: the client with odd names cannot be generated: {error}");
        std::process::exit(1);
    }
    for product in &PRODUCTS {
        if let Err(error) = generate(product) {
            eprintln!(
                "error: the {} client cannot be generated: {error}",
                product.name
            );
            std::process::exit(1);
        }
    }
}

fn generate(product: &Product) -> Result<(), Box<dyn Error>> {
    let enabled = enabled_features(product);
    let name = product.name;
    // A product of which nothing is enabled is an empty client, or none; its documents do not matter.
    let generated = if enabled.is_empty() {
        if product.whole {
            return Ok(());
        }
        let empty = json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
        codegen::generate(name, empty, &Default::default(), |_| true)?
    } else {
        let document = read(Path::new("spec").join(format!("{name}.json")))?;
        let groups = codegen::enabled_groups(name, &document, &enabled)?;
        let mut notes = codegen::Notes::default();
        for group in &groups {
            let path = Path::new("spec/summaries")
                .join(name)
                .join(format!("{group}.json"));
            let of_group: codegen::Summaries = serde_json::from_value(read(path)?)?;
            notes.summaries.extend(of_group);
        }
        let renames = read(Path::new("spec/names").join(format!("{name}.types.json")))?;
        notes.renames = serde_json::from_value(renames)?;
        let mut pagination = read(PathBuf::from("spec/pagination.json"))?;
        notes.pagination = serde_json::from_value(pagination[name].take())?;
        codegen::generate(name, document, &notes, |group| {
            groups.iter().any(|enabled| enabled == group)
        })?
    };
    let out = PathBuf::from(env::var("OUT_DIR")?).join(format!("{name}.rs"));
    fs::write(out, generated.code)?;
    Ok(())
}

/// A small client for a test of the crate: its parameters are called as variables and methods of the generated code are.
fn odd_names() -> Result<(), Box<dyn Error>> {
    let document = read(PathBuf::from("generated/support/odd_names.json"))?;
    let pagination = json!({"exceptions": {}, "listings": {"GET /listing/{id}": {
        "size": "query.limit", "items": "items", "next": [{"request": "query.token", "answer": "next"}],
    }}});
    let notes = codegen::Notes {
        pagination: serde_json::from_value(pagination)?,
        ..codegen::Notes::default()
    };
    let generated = codegen::generate("cspm", document, &notes, |_| true)?;
    // Types are looked for in the module of the product.
    let code = generated
        .code
        .replace("crate :: cspm ::", "crate::odd_names::made::");
    let code = code.replace("crate::cspm::", "crate::odd_names::made::");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("odd_names.rs");
    Ok(fs::write(out, code)?)
}

/// The enabled features of `product`. Cargo tells `cspm-alerts` as `CARGO_FEATURE_CSPM_ALERTS`.
fn enabled_features(product: &Product) -> BTreeSet<String> {
    let upper = product.name.to_ascii_uppercase().replace('-', "_");
    if product.whole {
        let enabled =
            env::var_os(format!("CARGO_FEATURE_{upper}")).map(|_| product.name.to_owned());
        return enabled.into_iter().collect();
    }
    let prefix = format!("CARGO_FEATURE_{upper}_");
    env::vars()
        .filter_map(|(name, _)| {
            let group = name.strip_prefix(&prefix)?.to_ascii_lowercase();
            Some(format!("{}-{}", product.name, group.replace('_', "-")))
        })
        .collect()
}

fn read(path: PathBuf) -> Result<Value, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", path.display());
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; {}", path.display(), codegen::ADVICE))?;
    Ok(codegen::parse(&path.display().to_string(), &text)?)
}
