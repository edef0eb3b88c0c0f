//! Corrections that are judgement: JSON Patch documents (RFC 6902) with a reason, applied to the
//! merged document of a product after all passes.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::document::Product;
use super::failure::{Failure, Pointer};

/// One correction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlay {
    /// Why the published document is wrong here, with the evidence.
    pub reason: String,
    /// Whether an edition may lack the place. Without it, a patch that does not apply is an error.
    #[serde(default)]
    pub optional: bool,
    /// The changes. Start with a `test`, so that the overlay fails when upstream repairs the place.
    pub patch: json_patch::Patch,
    /// The file, for messages.
    #[serde(skip)]
    pub file: String,
}

/// What became of an overlay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The file's name below the overlays of the product.
    pub file: String,
    /// The overlay's reason.
    pub reason: String,
    /// Whether it matched.
    pub matched: bool,
}

/// The folder of the overlays of `product`.
pub fn folder(spec: &Path, product: Product) -> PathBuf {
    spec.join("overlays").join(product.name())
}

/// Reads the overlays of `product` in the order of their file names.
///
/// # Errors
/// A file that is no overlay.
pub fn read(spec: &Path, product: Product) -> Result<Vec<Overlay>, Failure> {
    let folder = folder(spec, product);
    let Ok(entries) = fs::read_dir(&folder) else {
        return Ok(Vec::new());
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    files.iter().map(|path| parse(product, path)).collect()
}

fn parse(product: Product, path: &Path) -> Result<Overlay, Failure> {
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = format!("overlays/{product}/{file}");
    let fail = |message: String| Failure::new(name.clone(), Pointer::root(), message);
    let text = fs::read_to_string(path).map_err(|error| fail(error.to_string()))?;
    let mut overlay: Overlay =
        serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
    if overlay.reason.trim().is_empty() {
        return Err(fail("gives no reason".to_owned()));
    }
    if overlay.patch.is_empty() {
        return Err(fail("changes nothing".to_owned()));
    }
    overlay.file = name;
    Ok(overlay)
}

/// Applies `overlay` to the merged `document`.
///
/// # Errors
/// An overlay that does not match and is not optional.
pub fn apply(overlay: &Overlay, document: &mut Value) -> Result<Applied, Failure> {
    // `patch` restores the document when one of its steps fails.
    let matched = match json_patch::patch(document, &overlay.patch) {
        Ok(()) => true,
        Err(_) if overlay.optional => false,
        Err(error) => {
            return Err(Failure::new(
                overlay.file.clone(),
                Pointer::from(error.path.as_str()),
                format!("no longer matches ({error}); correct it, remove it, or mark it optional"),
            ));
        }
    };
    Ok(Applied {
        file: overlay.file.clone(),
        reason: overlay.reason.clone(),
        matched,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn overlay(optional: bool, patch: Value) -> Overlay {
        Overlay {
            reason: "a test".to_owned(),
            optional,
            patch: serde_json::from_value(patch).unwrap(),
            file: "overlays/cspm/test.json".to_owned(),
        }
    }

    #[test]
    fn a_matching_overlay_changes_the_document() {
        let mut document = json!({"a": {"type": "object"}});
        let patch = json!([
            {"op": "test", "path": "/a/type", "value": "object"},
            {"op": "replace", "path": "/a", "value": {"type": "array"}}
        ]);
        let applied = apply(&overlay(false, patch), &mut document).unwrap();
        assert!(applied.matched);
        assert_eq!(document, json!({"a": {"type": "array"}}));
    }

    #[test]
    fn one_that_does_not_match_is_an_error_unless_optional() {
        let patch = json!([
            {"op": "replace", "path": "/a", "value": 2},
            {"op": "test", "path": "/b", "value": 1}
        ]);
        let mut document = json!({"a": 1});
        let failure = apply(&overlay(false, patch.clone()), &mut document).unwrap_err();
        assert!(failure.message.contains("no longer matches"), "{failure}");
        assert_eq!(failure.document, "overlays/cspm/test.json");
        let applied = apply(&overlay(true, patch), &mut document).unwrap();
        assert!(!applied.matched);
        assert_eq!(document, json!({"a": 1}), "nothing half-done");
    }
}
