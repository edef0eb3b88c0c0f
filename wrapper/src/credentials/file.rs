//! Which profile of a file.

use std::path::{Path, PathBuf};

use super::open::{self, problem};
use super::pieces::Pieces;
use super::{csv, record};
use crate::error::Error;

/// The folder in the user's home.
pub(super) const FOLDER: &str = ".prismacloud";
/// The file that is read unless another is named.
pub(super) const DEFAULT: &str = "credentials.json";

/// All profiles of a JSON file.
pub(super) fn all(path: &Path, readable_by_others: bool) -> Result<Vec<Pieces>, Error> {
    record::parse(path, &open::read(path, readable_by_others)?)
}

/// The key in the file that the console made.
pub(super) fn key(path: &Path, readable_by_others: bool) -> Result<Pieces, Error> {
    csv::parse(path, &open::read(path, readable_by_others)?)
}

/// The one of `profiles` that is called `name`, or the only one.
pub(super) fn choose(
    path: &Path,
    profiles: Vec<Pieces>,
    name: Option<&str>,
) -> Result<Pieces, Error> {
    let names: Vec<String> = profiles
        .iter()
        .map(|profile| match &profile.name {
            Some(name) => format!("{name:?}"),
            None => "one without a name".to_owned(),
        })
        .collect();
    let count = profiles.len();
    let Some(name) = name else {
        let mut profiles = profiles.into_iter();
        return match (profiles.next(), profiles.next()) {
            (Some(profile), None) => Ok(profile),
            _ => Err(problem(
                path,
                format!(
                    "the file holds {count} profiles ({}); say which, by its name",
                    names.join(", ")
                ),
            )),
        };
    };
    let mut called = profiles
        .into_iter()
        .filter(|profile| profile.name.as_deref() == Some(name));
    match (called.next(), called.next()) {
        (Some(profile), None) => Ok(profile),
        (Some(_), Some(_)) => Err(problem(
            path,
            format!("several profiles are called {name:?}; give each a name of its own"),
        )),
        (None, _) => Err(problem(
            path,
            format!(
                "no profile is called {name:?}; there are: {}",
                names.join(", ")
            ),
        )),
    }
}

/// The places of the profile called `name`, in order: a file of its own, and the common file.
pub(super) fn places(home: &Path, name: &str) -> Result<[PathBuf; 2], Error> {
    let folder = home.join(FOLDER);
    let path_like =
        name.trim().is_empty() || name.contains(['/', '\\', ':']) || name.starts_with('.');
    if path_like {
        return Err(Error::config(format!(
            "{name:?} is no name of a profile; for a path use `CredentialLoader::file`"
        )));
    }
    Ok([folder.join(format!("{name}.json")), folder.join(DEFAULT)])
}
