//! `cargo xtask features`: one cargo feature for each API group, in both manifests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::{Outcome, vendored, workspace};
use crate::codegen;
use crate::pipeline::document::Product;

/// The arguments of `features`.
#[derive(clap::Args)]
pub struct Arguments {}

const BEGIN: &str = "# groups: begin, written by `cargo xtask features`\n";
const END: &str = "# groups: end\n";

/// The manifests that list the groups, and what a feature enables there: of the other package, which
/// makes it the manifest of the session.
const MANIFESTS: [(&str, &str); 2] = [
    ("Cargo.toml", ""),
    ("wrapper/Cargo.toml", "prisma-cloud-api/"),
];

/// Runs the command.
///
/// # Errors
/// A document or a manifest that cannot be read.
pub fn run(_: &Arguments) -> Outcome {
    let root = workspace();
    for (path, text) in current(&root)? {
        fs::write(root.join(&path), text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Each manifest below `root` with its feature lists as they should be.
///
/// # Errors
/// A document or a manifest that cannot be read, or a manifest without the markers.
pub fn current(root: &Path) -> Result<Vec<(PathBuf, String)>, Box<dyn std::error::Error>> {
    let mut groups = Vec::new();
    for product in Product::ALL {
        groups.push((product, features(root, product)?));
    }
    let mut manifests = Vec::new();
    for (path, prefix) in MANIFESTS {
        let text = fs::read_to_string(root.join(path))?;
        let text = replace(&text, &lists(&groups, prefix))
            .ok_or_else(|| format!("{path}: the markers of the feature lists are missing"))?;
        manifests.push((PathBuf::from(path), text));
    }
    Ok(manifests)
}

/// The features of `product`'s groups.
fn features(root: &Path, product: Product) -> Result<BTreeSet<String>, Box<dyn std::error::Error>> {
    let document = vendored(root, product)?;
    Ok(document["tags"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|tag| tag["name"].as_str())
        .map(|tag| codegen::feature(product.name(), &codegen::kebab(tag)))
        .collect())
}

fn lists(groups: &[(Product, BTreeSet<String>)], prefix: &str) -> String {
    let mut text = String::new();
    for (name, features) in umbrellas(groups) {
        text.push_str(&format!("{name} = [\n"));
        for feature in features {
            text.push_str(&format!("    \"{feature}\",\n"));
        }
        text.push_str("]\n");
    }
    for (product, features) in groups {
        let needs = codegen::Product::named(product.name()).needs;
        for feature in features {
            let enables: Vec<String> = match prefix {
                "" => Vec::new(),
                prefix => {
                    let needs = needs.iter().map(|need| format!("\"{need}\""));
                    needs.chain([format!("\"{prefix}{feature}\"")]).collect()
                }
            };
            text.push_str(&format!("{feature} = [{}]\n", enables.join(", ")));
        }
    }
    text
}

/// The features that enable others: a product's its groups, a family's its products.
fn umbrellas(groups: &[(Product, BTreeSet<String>)]) -> Vec<(&'static str, BTreeSet<&String>)> {
    let mut umbrellas: Vec<(&str, BTreeSet<&String>)> = Vec::new();
    for (product, features) in groups {
        let name = codegen::Product::named(product.name())
            .family()
            .unwrap_or(product.name());
        match umbrellas.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => all.extend(features),
            None => umbrellas.push((name, features.iter().collect())),
        }
    }
    umbrellas
}

fn replace(text: &str, lists: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{lists}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_between_the_markers_is_replaced() {
        let groups = [(Product::Code, BTreeSet::from(["code-a".to_owned()]))];
        let text = format!("x\n{BEGIN}old\n{END}y\n");
        let expected =
            format!("x\n{BEGIN}code = [\n    \"code-a\",\n]\ncode-a = [\"api/code-a\"]\n{END}y\n");
        assert_eq!(replace(&text, &lists(&groups, "api/")), Some(expected));
        assert_eq!(replace("no markers", ""), None);
    }

    #[test]
    fn a_family_enables_its_products_which_bring_what_they_need() {
        let whole = |product: Product| (product, BTreeSet::from([product.name().to_owned()]));
        let groups = [whole(Product::IbmIam), whole(Product::IbmConfiguration)];
        let family = "ibm = [\n    \"ibm-configuration\",\n    \"ibm-iam\",\n]\n";
        assert_eq!(
            lists(&groups, ""),
            format!("{family}ibm-iam = []\nibm-configuration = []\n")
        );
        assert_eq!(
            lists(&groups, "api/"),
            format!(
                "{family}ibm-iam = [\"api/ibm-iam\"]\n\
                 ibm-configuration = [\"ibm-iam\", \"api/ibm-configuration\"]\n"
            )
        );
    }
}
