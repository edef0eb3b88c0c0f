//! Writes a vendored edition: all of it, or nothing.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::document::{Document, Product};
use super::edition::{EditionInfo, Given};
use super::failure::{Failure, Pointer};
use super::log::Log;
use super::names::Names;
use super::overlay::{self, Applied};
use super::report::{self, Count};
use super::source::Edition;
use super::{canonical, conformance, merge, pass, walk};

/// A complete vendored edition in memory.
pub struct Vendored {
    /// Each file below the output folder, with its text.
    pub files: Vec<(PathBuf, String)>,
    /// Published and carried operations.
    pub counts: Vec<Count>,
    /// The merged documents.
    pub documents: Vec<(Product, Value)>,
    /// What became of the overlays.
    pub overlays: Vec<Applied>,
    /// What the passes did.
    pub log: Log,
}

/// What to do with an overlay that does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlays {
    /// Refuse the edition, unless the overlay is optional.
    MustMatch,
    /// Leave it out: another edition than the one it was written for is only looked at.
    MayMiss,
}

/// Why an edition cannot be vendored: everything that was found, not only the first.
#[derive(Debug, Default)]
pub struct Refused {
    /// Documents that cannot be read, repaired or merged.
    pub failures: Vec<Failure>,
    /// What was left after all passes.
    pub defects: Vec<Failure>,
    /// Overlays that no longer match.
    pub overlays: Vec<Failure>,
}

impl Refused {
    fn is_empty(&self) -> bool {
        self.failures.is_empty() && self.defects.is_empty() && self.overlays.is_empty()
    }

    /// All of it, in the order of the pipeline.
    pub fn all(&self) -> impl Iterator<Item = &Failure> {
        let Self {
            failures,
            defects,
            overlays,
        } = self;
        failures.iter().chain(defects).chain(overlays)
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self {
            failures: vec![failure],
            ..Self::default()
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.all().enumerate() {
            let separator = if index == 0 { "" } else { "\nerror: " };
            write!(f, "{separator}{failure}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refused {}

/// Runs the pipeline over `edition`; `spec` is the folder with names and overlays.
///
/// # Errors
/// Whatever the steps refuse, all of it: who maintains the passes wants the whole list.
pub fn build(
    edition: &Edition,
    spec: &Path,
    given: &Given,
    rule: Overlays,
) -> Result<Vendored, Refused> {
    let mut built = Vendored {
        files: Vec::new(),
        counts: Vec::new(),
        documents: Vec::new(),
        overlays: Vec::new(),
        log: Log::default(),
    };
    let mut refused = Refused::default();
    for product in Product::PUBLISHED {
        if let Err(failure) =
            product_document(product, edition, spec, rule, &mut built, &mut refused)
        {
            refused.failures.push(failure);
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let info = EditionInfo::of(&edition.documents, given, EditionInfo::read(spec)?.as_ref());
    let edition_file = (PathBuf::from("edition.toml"), info.to_text());
    let report = report::text(&built.counts, &built.log, &built.overlays);
    built.files.push(edition_file);
    built.files.push((PathBuf::from("REPORT.md"), report));
    Ok(built)
}

/// Makes the document of one product. What is refused on the way and does not end it goes to
/// `refused`.
fn product_document(
    product: Product,
    edition: &Edition,
    spec: &Path,
    rule: Overlays,
    built: &mut Vendored,
    refused: &mut Refused,
) -> Result<(), Failure> {
    let mut documents: Vec<Document> = edition
        .documents
        .iter()
        .filter(|document| document.product == product)
        .cloned()
        .collect();
    // Names of schemas that conflict depend on the order, which must not depend on the folder.
    documents.sort_by(|one, other| one.name.cmp(&other.name));
    let published = documents
        .iter_mut()
        .map(|d| operations_in(&mut d.value))
        .sum();
    let before = refused.failures.len() + refused.defects.len();
    for document in &mut documents {
        match pass::run_all(document, &mut built.log) {
            Ok(()) => refused.defects.extend(conformance::violations(
                document.product,
                &document.name,
                &document.value,
            )),
            Err(failure) => refused.failures.push(failure),
        }
    }
    if refused.failures.len() + refused.defects.len() > before {
        return Ok(());
    }
    let names = Names::read(spec, product)?;
    let mut merged = merge::merge(product, &documents, &names, &mut built.log)?;
    for overlay in overlay::read(spec, product)? {
        match overlay::apply(&overlay, &mut merged) {
            Ok(applied) => built.overlays.push(applied),
            Err(_) if rule == Overlays::MayMiss => {}
            Err(failure) => refused.overlays.push(failure),
        }
    }
    let name = format!("{product}.json");
    refused
        .defects
        .extend(conformance::violations(product, &name, &merged));
    let carried = operations_in(&mut merged);
    if carried != published {
        return Err(Failure::new(
            name,
            Pointer::root().child("paths"),
            format!("carries {carried} of {published} published operations"),
        ));
    }
    built.counts.push(Count {
        product,
        published,
        carried,
    });
    built
        .files
        .push((PathBuf::from(name), canonical::pretty(&merged)));
    built.documents.push((product, merged));
    Ok(())
}

fn operations_in(document: &mut Value) -> usize {
    walk::operations(document).len()
}

/// Writes `files` below `out`: first all beside their places, then all renamed, so that a full
/// disk or a missing permission leaves the old edition as it was.
///
/// # Errors
/// The first file that cannot be written.
pub fn write(files: &[(PathBuf, String)], out: &Path) -> Result<(), Failure> {
    let mut staged = Vec::new();
    let result = stage(files, out, &mut staged);
    let result = result.and_then(|()| {
        staged
            .iter()
            .try_for_each(|(from, to)| fs::rename(from, to).map_err(|error| (to.clone(), error)))
    });
    result.map_err(|(path, error)| {
        for (from, _) in &staged {
            // Best effort: the error that is reported is the one that matters.
            let _ = fs::remove_file(from);
        }
        Failure::new(
            path.display().to_string(),
            Pointer::root(),
            error.to_string(),
        )
    })
}

type Staged = Vec<(PathBuf, PathBuf)>;

fn stage(
    files: &[(PathBuf, String)],
    out: &Path,
    staged: &mut Staged,
) -> Result<(), (PathBuf, io::Error)> {
    for (file, text) in files {
        let to = out.join(file);
        let fail = |error| (to.clone(), error);
        let folder = to.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(fail)?;
        let mut name = to.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        let from = to.with_file_name(name);
        staged.push((from.clone(), to.clone()));
        fs::write(&from, text).map_err(fail)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn nothing_is_half_written() {
        let out = scratch("half");
        fs::write(out.join("a.json"), "old").unwrap();
        // A folder stands where the second file's staging place would be.
        fs::create_dir(out.join("b.json.new")).unwrap();
        let files = [
            (PathBuf::from("a.json"), "new".to_owned()),
            (PathBuf::from("b.json"), "new".to_owned()),
        ];
        let failure = write(&files, &out).unwrap_err();
        assert!(failure.document.ends_with("b.json"), "{failure}");
        assert_eq!(fs::read_to_string(out.join("a.json")).unwrap(), "old");
        assert!(!out.join("a.json.new").exists());
        fs::remove_dir(out.join("b.json.new")).unwrap();
        write(&files, &out).unwrap();
        assert_eq!(fs::read_to_string(out.join("a.json")).unwrap(), "new");
        fs::remove_dir_all(out).unwrap();
    }
}
