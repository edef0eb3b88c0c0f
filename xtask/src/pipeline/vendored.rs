//! Writes a vendored edition: all of it, or nothing.

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

/// Runs the pipeline over `edition`; `spec` is the folder with names and overlays.
///
/// # Errors
/// Whatever a step refuses.
pub fn build(edition: &Edition, spec: &Path, given: &Given) -> Result<Vendored, Failure> {
    let mut log = Log::default();
    let mut counts = Vec::new();
    let mut merged_documents = Vec::new();
    let mut overlays = Vec::new();
    let mut files = Vec::new();
    for product in Product::ALL {
        let mut documents: Vec<Document> = edition
            .documents
            .iter()
            .filter(|document| document.product == product)
            .cloned()
            .collect();
        let published = documents
            .iter_mut()
            .map(|d| operations_in(&mut d.value))
            .sum();
        for document in &mut documents {
            pass::run_all(document, &mut log)?;
            conformance::check(document)?;
        }
        let names = Names::read(spec, product)?;
        let mut merged = merge::merge(product, &documents, &names, &mut log)?;
        overlays.extend(overlay::apply(&overlay::read(spec, product)?, &mut merged)?);
        let name = format!("{product}.json");
        conformance::check_value(product, &name, &merged)?;
        let carried = operations_in(&mut merged);
        if carried != published {
            return Err(Failure::new(
                name,
                Pointer::root().child("paths"),
                format!("carries {carried} of {published} published operations"),
            ));
        }
        counts.push(Count {
            product,
            published,
            carried,
        });
        files.push((PathBuf::from(name), canonical::pretty(&merged)));
        merged_documents.push((product, merged));
    }
    let info = EditionInfo::of(&edition.documents, given, EditionInfo::read(spec)?.as_ref());
    files.push((PathBuf::from("edition.toml"), info.to_text()));
    files.push((
        PathBuf::from("REPORT.md"),
        report::text(&counts, &log, &overlays),
    ));
    Ok(Vendored {
        files,
        counts,
        documents: merged_documents,
        overlays,
        log,
    })
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
