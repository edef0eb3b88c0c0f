//! Reads the modules of a crate from its files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, Meta, Visibility};

/// A module with its items; the modules in it are apart.
pub struct Module {
    /// Whether it is `pub`.
    pub public: bool,
    /// What it declares, except modules.
    pub items: Vec<Item>,
    /// The modules in it.
    pub modules: BTreeMap<String, Module>,
}

/// Reads the crate with the root file `path`. A module that includes generated code gets that of
/// `clients` with the module's name.
///
/// # Errors
/// A file that cannot be read or parsed.
pub fn read(path: &Path, clients: &BTreeMap<&str, String>) -> Result<Module, String> {
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    module(true, file(path)?, &folder, clients)
}

fn file(path: &Path) -> Result<Vec<Item>, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Item>, syn::Error> {
    syn::parse_file(text).map(|file| file.items)
}

/// Makes a module of `items`; the files of modules in it are in `folder`.
fn module(
    public: bool,
    items: Vec<Item>,
    folder: &Path,
    clients: &BTreeMap<&str, String>,
) -> Result<Module, String> {
    let mut made = Module {
        public,
        items: Vec::new(),
        modules: BTreeMap::new(),
    };
    for item in items {
        let Item::Mod(declared) = item else {
            made.items.push(item);
            continue;
        };
        if is_left_out(&declared.attrs) {
            continue;
        }
        let name = declared.ident.to_string();
        let inner = folder.join(&name);
        let items = match declared.content {
            Some((_, items)) => included(items, &name, clients)?,
            None => file(&file_of(&declared.attrs, folder, &name))?,
        };
        let public = matches!(declared.vis, Visibility::Public(_));
        made.modules
            .insert(name, module(public, items, &inner, clients)?);
    }
    Ok(made)
}

fn file_of(attributes: &[Attribute], folder: &Path, name: &str) -> PathBuf {
    let given = attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                syn::Expr::Lit(literal) => match &literal.lit {
                    syn::Lit::Str(path) => Some(path.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        });
    if let Some(given) = given {
        return folder.join(given);
    }
    let plain = folder.join(format!("{name}.rs"));
    if plain.exists() {
        plain
    } else {
        folder.join(name).join("mod.rs")
    }
}

fn included(
    items: Vec<Item>,
    name: &str,
    clients: &BTreeMap<&str, String>,
) -> Result<Vec<Item>, String> {
    let mut found = Vec::new();
    for item in items {
        match (&item, clients.get(name)) {
            (Item::Macro(call), Some(code)) if call.mac.path.is_ident("include") => {
                let parsed = parse(code).map_err(|error| format!("the {name} client: {error}"))?;
                found.extend(parsed);
            }
            _ => found.push(item),
        }
    }
    Ok(found)
}

/// Whether an item is for tests only, or hidden.
pub fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let tokens = list.tokens.to_string();
        (list.path.is_ident("cfg") && (tokens == "test" || tokens.starts_with("test ,")))
            || (list.path.is_ident("cfg") && tokens.contains("\"inspect\""))
            || (list.path.is_ident("doc") && tokens == "hidden")
    })
}
