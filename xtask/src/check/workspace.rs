//! What the rules look at, read once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;

use super::{Problem, REGEN};
use crate::codegen;
use crate::pipeline::document::Product;
use crate::pipeline::names::key;
use crate::pipeline::source;
use crate::public_api::{self, Listings};

/// A vendored document.
pub struct Vendored {
    /// The product.
    pub product: Product,
    /// The file, from the root of the workspace.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Its content.
    pub value: Value,
}

/// The workspace below one folder.
pub struct Workspace {
    /// The folder.
    pub root: PathBuf,
    /// The vendored documents that can be read.
    pub documents: Vec<Vendored>,
    /// Why the others cannot.
    pub unreadable: Vec<Problem>,
    /// The public API as it is; made when asked for, since that takes seconds.
    listings: OnceLock<Result<Listings, String>>,
}

/// One operation of a vendored document.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    /// The path template.
    pub path: &'a str,
    /// The method, lower case.
    pub method: &'a str,
    /// The operation.
    pub value: &'a Value,
}

impl Operation<'_> {
    /// `GET /alert`.
    pub fn key(&self) -> String {
        key(self.method, self.path)
    }

    /// The operation id.
    pub fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap_or_default()
    }

    /// The tag.
    pub fn tag(&self) -> &str {
        self.value["tags"][0].as_str().unwrap_or_default()
    }
}

impl Vendored {
    /// The operations.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        codegen::each(&self.value).map(|(path, method, value)| Operation {
            path,
            method,
            value,
        })
    }

    /// The operations by their keys.
    pub fn by_key(&self) -> BTreeMap<String, Operation<'_>> {
        self.operations()
            .map(|operation| (operation.key(), operation))
            .collect()
    }
}

impl Workspace {
    /// Reads the workspace below `root`.
    pub fn read(root: &Path) -> Self {
        let mut documents = Vec::new();
        let mut unreadable = Vec::new();
        for product in Product::ALL {
            let file = format!("spec/{product}.json");
            let read = fs::read_to_string(root.join(&file))
                .map_err(|error| format!("{file}: {error}"))
                .and_then(|text| {
                    let value = source::parse_json(&file, &text);
                    let value = value.map_err(|failure| failure.to_string())?;
                    Ok((text, value))
                });
            match read {
                Ok((text, value)) => documents.push(Vendored {
                    product,
                    file,
                    text,
                    value,
                }),
                Err(message) => unreadable.push(Problem::new("documents", message, REGEN)),
            }
        }
        Self {
            root: root.to_owned(),
            documents,
            unreadable,
            listings: OnceLock::new(),
        }
    }

    /// The text of a file; a file that is not there is empty.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    pub fn text(&self, file: &str) -> Result<String, String> {
        match fs::read_to_string(self.root.join(file)) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(format!("{file}: {error}")),
        }
    }

    /// The names of the files in `folder` that end in `ending`, sorted.
    pub fn files(&self, folder: &str, ending: &str) -> Vec<String> {
        let entries = fs::read_dir(self.root.join(folder)).into_iter().flatten();
        let mut files: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|file| file.ends_with(ending))
            .collect();
        files.sort();
        files
    }

    /// The public API of the crates, as their sources have it.
    ///
    /// # Errors
    /// A client that cannot be generated, or a source that cannot be read.
    pub fn listings(&self) -> Result<&Listings, &str> {
        let made = self
            .listings
            .get_or_init(|| public_api::current(&self.root));
        made.as_ref().map_err(String::as_str)
    }
}
