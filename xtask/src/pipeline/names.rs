//! Pinned public names: what users see stays as it is, whatever an edition calls it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::document::Product;
use super::failure::{Failure, Pointer};

/// The name and group of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The operation id, from which the generated method gets its name.
    pub id: String,
    /// The tag, from which the group and the feature get their names.
    pub tag: String,
}

/// The pins of one product, by `METHOD /path`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, Pin>);

/// The key of an operation: `GET /alert`.
pub fn key(method: &str, path: &str) -> String {
    format!("{} {path}", method.to_ascii_uppercase())
}

impl Names {
    /// Where the pins of `product` are, below a `spec` folder.
    pub fn path(spec: &Path, product: Product) -> PathBuf {
        spec.join("names").join(format!("{product}.json"))
    }

    /// Reads the pins; none where the file is missing.
    ///
    /// # Errors
    /// A file that cannot be read or does not hold pins.
    pub fn read(spec: &Path, product: Product) -> Result<Self, Failure> {
        let path = Self::path(spec, product);
        let fail =
            |message: String| Failure::new(path.display().to_string(), Pointer::root(), message);
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Self)
                .map_err(|error| fail(error.to_string())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(fail(error.to_string())),
        }
    }

    /// The pin of the operation with this key.
    pub fn get(&self, key: &str) -> Option<&Pin> {
        self.0.get(key)
    }

    /// Adds a pin where there is none yet.
    pub fn add(&mut self, key: String, pin: Pin) {
        self.0.entry(key).or_insert(pin);
    }

    /// The keys of all pins.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The text of the file: one operation a line, in the order of the keys.
    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self
            .0
            .iter()
            .map(|(key, pin)| {
                format!(
                    "  {}: {}",
                    serde_json::Value::from(key.as_str()),
                    serde_json::json!({"id": pin.id, "tag": pin.tag})
                )
            })
            .collect();
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_reads_back() {
        let mut names = Names::default();
        for (path, id) in [("/b", "b"), ("/a", "a")] {
            let (id, tag) = (id.to_owned(), "Tag".to_owned());
            names.add(key("get", path), Pin { id, tag });
        }
        let text = names.to_text();
        assert!(
            text.starts_with("{\n  \"GET /a\": {\"id\":\"a\",\"tag\":\"Tag\"},\n"),
            "{text}"
        );
        assert_eq!(
            serde_json::from_str::<BTreeMap<String, Pin>>(&text).unwrap(),
            names.0
        );
    }
}
