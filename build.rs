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
    let (document, summaries, renames) = if enabled.is_empty() {
        let empty = json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
        (empty, Default::default(), Default::default())
    } else {
        read(product, &enabled)?
    };
    let generated = codegen::generate(product, document, &summaries, &renames, |group| {
        enabled.contains(&variable(product, group))
    })?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join(format!("{product}.rs"));
    fs::write(out, generated.code)?;
    Ok(())
}

/// The enabled features of `product`, as cargo spells them in the environment: `CSPM_ALERTS`.
fn enabled_features(product: &str) -> BTreeSet<String> {
    let prefix = format!("CARGO_FEATURE_{}_", product.to_ascii_uppercase());
    env::vars()
        .filter(|(name, _)| name.starts_with(&prefix))
        .map(|(name, _)| name["CARGO_FEATURE_".len()..].to_owned())
        .collect()
}

fn variable(product: &str, group: &str) -> String {
    codegen::feature(product, group)
        .to_ascii_uppercase()
        .replace('-', "_")
}

fn read(
    product: &str,
    enabled: &BTreeSet<String>,
) -> Result<(Value, codegen::Summaries, codegen::Renames), Box<dyn Error>> {
    let document = read_json(Path::new("spec").join(format!("{product}.json")))?;
    let mut unknown = enabled.clone();
    let mut summaries = codegen::Summaries::new();
    for tag in document["tags"].as_array().into_iter().flatten() {
        let group = codegen::kebab(tag["name"].as_str().unwrap_or_default());
        if unknown.remove(&variable(product, &group)) {
            let path = Path::new("spec/summaries")
                .join(product)
                .join(format!("{group}.json"));
            let group_summaries: codegen::Summaries = serde_json::from_value(read_json(path)?)?;
            summaries.extend(group_summaries);
        }
    }
    if let Some(feature) = unknown.first() {
        let feature = feature.to_ascii_lowercase().replace('_', "-");
        return Err(format!(
            "the feature `{feature}` matches no API group of spec/{product}.json; \
             run `cargo xtask features` to make the features follow the groups"
        )
        .into());
    }
    let renames = read_json(Path::new("spec/names").join(format!("{product}.types.json")))?;
    Ok((document, summaries, serde_json::from_value(renames)?))
}

fn read_json(path: PathBuf) -> Result<Value, Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", path.display());
    let advice = "run `cargo xtask regen --from <published documents>` to write it anew";
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("{}: {error}; {advice}", path.display()))?;
    serde_json::from_str(&text)
        .map_err(|error| format!("{}: {error}; {advice}", path.display()).into())
}
