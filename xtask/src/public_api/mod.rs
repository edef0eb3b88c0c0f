//! The public API of the crates, one line an item, for review.
//!
//! Made from the sources and the generated code rather than from rustdoc's output: it needs no
//! nightly toolchain, no build, and is the same with every compiler. What a macro declares is
//! listed where the macro is one of the generator's own.

mod declared;
mod lines;
mod spelling;
mod tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::codegen;
use crate::diff::version::Version;
use crate::pipeline::document::Product;

/// The public API of one crate.
#[derive(Clone, Debug)]
pub struct Listing {
    /// The package.
    pub name: &'static str,
    /// One line for each item.
    pub items: BTreeSet<String>,
}

/// The public API of all crates.
pub struct Listings {
    /// The crates that are published.
    pub crates: Vec<Listing>,
    /// The generated types of each product.
    pub types: BTreeMap<&'static str, BTreeSet<String>>,
}

/// What a comparison with the reviewed listing tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Review {
    /// Nothing differs.
    Same,
    /// The items are the same, and were reviewed for another version.
    VersionOnly,
    /// Items differ: `next` is the least version that may have them.
    Changed {
        /// That version.
        next: Version,
    },
}

const HEADER: &str = "# Written by `cargo xtask public-api --write`; not edited by hand.\n";
const VERSION: &str = "# version ";

/// Where the listing of the package `name` is, from the root of the workspace.
pub fn file(name: &str) -> String {
    format!("spec/public-api/{name}.txt")
}

impl Listing {
    /// The text of the file.
    pub fn text(&self, version: Version) -> String {
        let mut text = format!("{HEADER}{VERSION}{version}\n");
        for item in &self.items {
            text.push_str(item);
            text.push('\n');
        }
        text
    }
}

/// Compares `listing` with the text that was `reviewed`.
pub fn review(reviewed: &str, listing: &Listing, version: Version) -> Review {
    let old: BTreeSet<&str> = reviewed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let new: BTreeSet<&str> = listing.items.iter().map(String::as_str).collect();
    let before = reviewed
        .lines()
        .find_map(|line| line.strip_prefix(VERSION))
        .and_then(Version::parse);
    if old == new {
        return match before {
            Some(before) if before == version => Review::Same,
            _ => Review::VersionOnly,
        };
    }
    let next = match before {
        // Nothing was reviewed yet: any version may be the first.
        None => version,
        Some(before) if old.is_subset(&new) => before.compatible(),
        Some(before) => before.breaking(),
    };
    Review::Changed { next }
}

/// The version of the workspace below `root`.
///
/// # Errors
/// A manifest without one.
pub fn version(root: &Path) -> Result<Version, String> {
    let path = root.join("Cargo.toml");
    let fail = |error: String| format!("{}: {error}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
    let manifest: toml::Table = toml::from_str(&text).map_err(|error| fail(error.to_string()))?;
    let version = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("package")?.get("version")?.as_str());
    let version = version.ok_or_else(|| fail("has no workspace.package.version".to_owned()))?;
    Version::parse(version)
        .ok_or_else(|| fail(format!("`{version}` is no version of three numbers")))
}

/// The public API of the crates below `root`, with all features.
///
/// # Errors
/// A client that cannot be generated, or a source that cannot be read.
pub fn current(root: &Path) -> Result<Listings, String> {
    let mut clients = BTreeMap::new();
    let mut types = BTreeMap::new();
    for product in Product::ALL {
        let generated = generate(root, product)?;
        types.insert(product.name(), generated.types.into_iter().collect());
        let module = codegen::Product::named(product.name()).module;
        let name = module.rsplit("::").next().unwrap_or(module);
        clients.insert(name, generated.code);
    }
    let mut crates = Vec::new();
    for (name, source) in [
        ("prisma-cloud", "wrapper/src/lib.rs"),
        ("prisma-cloud-api", "generated/lib.rs"),
    ] {
        let root_module = tree::read(&root.join(source), &clients)?;
        let items = lines::list(&name.replace('-', "_"), &root_module);
        crates.push(Listing { name, items });
    }
    Ok(Listings { crates, types })
}

/// Generates the whole client of `product`.
fn generate(root: &Path, product: Product) -> Result<codegen::Generated, String> {
    let spec = root.join("spec");
    let document = json(&spec.join(format!("{product}.json")))?;
    let renames = spec.join("names").join(format!("{product}.types.json"));
    let renames = if renames.exists() {
        serde_json::from_value(json(&renames)?)
            .map_err(|error| format!("{}: {error}", renames.display()))?
    } else {
        BTreeMap::new()
    };
    let mut pagination = json(&spec.join("pagination.json"))?;
    let pagination = serde_json::from_value(pagination[product.name()].take())
        .map_err(|error| format!("spec/pagination.json: {product}: {error}"))?;
    let notes = codegen::Notes {
        // Summaries are documentation, which is no part of the API.
        summaries: codegen::Summaries::new(),
        renames,
        pagination,
    };
    codegen::generate(product.name(), document, &notes, |_| true)
        .map_err(|error| format!("the {product} client: {error}"))
}

fn json(path: &Path) -> Result<Value, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests;
