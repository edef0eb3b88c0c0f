//! `spec/edition.toml`: which published documents the vendored ones were made from.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::Document;
use super::failure::{Failure, Pointer};

/// The provenance of a vendored edition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditionInfo {
    /// The public repository the documents are published in.
    pub source: String,
    /// The commit there, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The date of that commit, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// The SHA-256 of each document.
    pub sha256: BTreeMap<String, String>,
}

/// What was said about the edition on the command line.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The commit.
    pub commit: Option<String>,
    /// The date.
    pub date: Option<String>,
}

/// Where the documents are published.
pub const SOURCE: &str = "https://github.com/PaloAltoNetworks/pan.dev";

const HEADER: &str = "# Written by `cargo xtask regen`; not edited by hand.\n\n";

impl EditionInfo {
    /// Reads the edition of a `spec` folder; none where the file is missing.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn read(spec: &Path) -> Result<Option<Self>, Failure> {
        let path = spec.join("edition.toml");
        let fail =
            |message: String| Failure::new(path.display().to_string(), Pointer::root(), message);
        match fs::read_to_string(&path) {
            Ok(text) => toml::from_str(&text)
                .map(Some)
                .map_err(|error| fail(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(fail(error.to_string())),
        }
    }

    /// The edition that `documents` are. Commit and date are those given, else those recorded for
    /// the very same documents: regenerating what is vendored forgets nothing.
    pub fn of(documents: &[Document], given: &Given, recorded: Option<&Self>) -> Self {
        let sha256: BTreeMap<String, String> = documents
            .iter()
            .map(|document| (document.name.clone(), document.sha256.clone()))
            .collect();
        let same = recorded.filter(|recorded| recorded.sha256 == sha256);
        Self {
            source: SOURCE.to_owned(),
            commit: given
                .commit
                .clone()
                .or_else(|| same.and_then(|same| same.commit.clone())),
            date: given
                .date
                .clone()
                .or_else(|| same.and_then(|same| same.date.clone())),
            sha256,
        }
    }

    /// The text of the file.
    pub fn to_text(&self) -> String {
        let body = toml::to_string(self).expect("strings and maps of strings are TOML");
        format!("{HEADER}{body}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::pipeline::document::Product;

    fn documents(sha256: &str) -> Vec<Document> {
        vec![Document {
            product: Product::Cspm,
            stem: "A".to_owned(),
            name: "cspm/A.json".to_owned(),
            sha256: sha256.to_owned(),
            value: Value::Null,
        }]
    }

    #[test]
    fn the_same_documents_keep_what_is_known_of_them() {
        let given = Given {
            commit: Some("abc".to_owned()),
            date: Some("2026-05-27".to_owned()),
        };
        let first = EditionInfo::of(&documents("1"), &given, None);
        let again = EditionInfo::of(&documents("1"), &Given::default(), Some(&first));
        assert_eq!(again, first);
        let other = EditionInfo::of(&documents("2"), &Given::default(), Some(&first));
        assert_eq!(other.commit, None);
        assert_eq!(
            toml::from_str::<EditionInfo>(&first.to_text()).unwrap(),
            first
        );
    }
}
