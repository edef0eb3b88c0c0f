//! What Prism serves, and where it is installed.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the outside tools are.
pub enum Tools {
    /// The folder of node's modules.
    Found(PathBuf),
    /// They were said to be somewhere, and are not.
    Missing(String),
    /// Nobody said where, and they are not where the script puts them.
    NotInstalled,
}

/// Looks for Prism: in the folder that `PRISMA_CLOUD_OUTSIDE_TOOLS` names, where it then must be, else where
/// `tests/outside/run` installs it.
pub fn tools() -> Tools {
    let named = env::var_os("PRISMA_CLOUD_OUTSIDE_TOOLS");
    let folder = match &named {
        Some(folder) => PathBuf::from(folder),
        None => repository().join("target/outside"),
    };
    let modules = folder.join("node_modules");
    if modules.join("@stoplight/prism-cli").is_dir() {
        Tools::Found(modules)
    } else if named.is_some() {
        Tools::Missing(format!(
            "{} has no Prism; `bash tests/outside/run` installs it",
            modules.display()
        ))
    } else {
        Tools::NotInstalled
    }
}

fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the package is in the repository")
}

/// The documents that Prism serves.
pub struct Served {
    /// `published` or `vendored`: the name of their ledger.
    pub name: &'static str,
    /// Their files.
    pub files: Vec<PathBuf>,
}

/// The published documents of the vendored edition if `PRISMA_CLOUD_DOCUMENTS` names their folder, else the vendored ones.
pub fn served() -> Result<Served, String> {
    let named = env::var_os("PRISMA_CLOUD_DOCUMENTS").filter(|folder| !folder.is_empty());
    let (name, folders) = match named {
        Some(folder) => {
            let edition = PathBuf::from(folder).join("2026-05");
            (
                "published",
                vec![edition.join("cspm"), edition.join("code")],
            )
        }
        None => ("vendored", Vec::new()),
    };
    let mut files = Vec::new();
    for folder in &folders {
        let unreadable = |error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            files.push(entry.map_err(unreadable)?.path());
        }
    }
    if folders.is_empty() {
        files.extend(["cspm", "code"].map(|name| repository().join(format!("spec/{name}.json"))));
    }
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "json")
    });
    files.sort();
    Ok(Served { name, files })
}
