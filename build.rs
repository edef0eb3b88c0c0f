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
    let mut documented = String::new();
    for product in &PRODUCTS {
        if let Err(error) = generate(product, &mut documented) {
            eprintln!(
                "error: the {} client cannot be generated: {error}",
                product.name
            );
            std::process::exit(1);
        }
    }
    if let Err(error) = write("documented.txt", documented) {
        eprintln!("error: the list of operations cannot be written: {error}");
        std::process::exit(1);
    }
}

/// Generates the client of `product` and adds its operations, enabled or not, to those that are `documented`.
fn generate(product: &Product, documented: &mut String) -> Result<(), Box<dyn Error>> {
    let enabled = enabled_features(product);
    let name = product.name;
    if enabled.is_empty() && product.whole {
        return Ok(());
    }
    let document = read(Path::new("spec").join(format!("{name}.json")))?;
    documented.extend(codegen::each(&document).map(|(path, method, _)| {
        let method = method.to_ascii_uppercase();
        format!("{name} {method} {path}\n")
    }));
    // A product of which nothing is enabled is an empty client.
    let generated = if enabled.is_empty() {
        let empty = json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
        codegen::generate(name, empty, &Default::default(), |_| true)?
    } else {
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
    write(&format!("{name}.rs"), generated.code)
}

/// Writes `text` as the file `name` of `OUT_DIR`.
fn write(name: &str, text: String) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(
        Path::new(&env::var("OUT_DIR")?).join(name),
        text,
    )?)
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
    write("odd_names.rs", code)
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
