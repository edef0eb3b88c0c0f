//! Reads one side of a comparison: a vendored `spec` folder, or a folder of published documents.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::pipeline::document::Product;
use crate::pipeline::edition::Given;
use crate::pipeline::failure::{Failure, Pointer};
use crate::pipeline::vendored::{self, Overlays, Refused};
use crate::pipeline::{conformance, source};

/// The merged documents of one edition.
pub struct Side {
    /// One for each product, in the order of [`Product::PUBLISHED`].
    pub documents: Vec<(Product, Value)>,
}

/// Reads `folder`. Published documents are repaired in memory with the pins and overlays of
/// `spec`; an overlay that an edition does not need is left out without a word there.
///
/// # Errors
/// A folder that is neither, and whatever the pipeline refuses.
pub fn read(folder: &Path, spec: &Path) -> Result<Side, Refused> {
    let is_vendored = |product: &Product| folder.join(format!("{product}.json")).exists();
    if Product::PUBLISHED.iter().any(is_vendored) {
        return Ok(read_vendored(folder)?);
    }
    let is_published = |product: &Product| folder.join(product.name()).is_dir();
    if !Product::PUBLISHED.iter().any(is_published) {
        let message = "is neither a folder of published documents (`cspm/` and `code/`) nor a \
                       vendored one (`cspm.json` and `code.json`)";
        let place = folder.display().to_string();
        return Err(Failure::new(place, Pointer::root(), message).into());
    }
    let edition = source::read(folder)?;
    let built = vendored::build(&edition, spec, &Given::default(), Overlays::MayMiss)?;
    Ok(Side {
        documents: built.documents,
    })
}

/// Reads the vendored documents in `folder`.
///
/// # Errors
/// A document that is missing or is not as `regen` writes it.
pub fn read_vendored(folder: &Path) -> Result<Side, Failure> {
    let mut documents = Vec::new();
    for product in Product::PUBLISHED {
        let path = folder.join(format!("{product}.json"));
        let name = path.display().to_string();
        let fail = |message: String| Failure::new(&name, Pointer::root(), message);
        let text = fs::read_to_string(&path).map_err(|error| fail(error.to_string()))?;
        let value = source::parse_json(&name, &text)?;
        conformance::check_value(product, &name, &value)?;
        documents.push((product, value));
    }
    Ok(Side { documents })
}
