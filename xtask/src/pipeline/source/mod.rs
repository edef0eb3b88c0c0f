//! Reads a folder of published documents: `cspm/` and `code/` with JSON or YAML files.

mod strict;

use std::fs;
use std::path::{Path, PathBuf};

use serde::de::DeserializeSeed;
use serde_json::Value;
use sha2::{Digest, Sha256};

use self::strict::{Strict, Trail};
use super::document::{Document, Product};
use super::failure::{Failure, Pointer};

/// Larger files are refused before they are read; the largest published one has 190 kB.
pub const MAX_BYTES: u64 = 32 * 1024 * 1024;

/// The documents of one edition, in the order of their names.
#[derive(Clone, Debug)]
pub struct Edition {
    /// All documents of both products.
    pub documents: Vec<Document>,
}

/// Reads all documents below `folder`.
///
/// # Errors
/// A missing or empty product folder, and whatever [`parse`] refuses.
pub fn read(folder: &Path) -> Result<Edition, Failure> {
    let mut documents = Vec::new();
    for product in Product::PUBLISHED {
        let files = list(folder, product)?;
        for path in files {
            documents.push(read_file(product, &path)?);
        }
    }
    Ok(Edition { documents })
}

fn list(folder: &Path, product: Product) -> Result<Vec<PathBuf>, Failure> {
    let dir = folder.join(product.name());
    let fail = |message: String| Failure::new(dir.display().to_string(), Pointer::root(), message);
    let entries = fs::read_dir(&dir).map_err(|error| {
        fail(format!(
            "{error}; --from takes a folder that holds `cspm` and `code`"
        ))
    })?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| fail(error.to_string()))?.path();
        if ending(&path).is_some() {
            files.push(path);
        }
    }
    if files.is_empty() {
        return Err(fail(
            "holds no .json, .yaml or .yml file; --from takes a folder of published documents"
                .to_owned(),
        ));
    }
    files.sort();
    Ok(files)
}

#[derive(Clone, Copy)]
enum Syntax {
    Json,
    Yaml,
}

fn ending(path: &Path) -> Option<Syntax> {
    match path.extension()?.to_str()? {
        "json" => Some(Syntax::Json),
        "yaml" | "yml" => Some(Syntax::Yaml),
        _ => None,
    }
}

fn read_file(product: Product, path: &Path) -> Result<Document, Failure> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("{product}/{file}");
    let fail = |message: String| Failure::new(name.clone(), Pointer::root(), message);
    let meta = fs::symlink_metadata(path).map_err(|error| fail(error.to_string()))?;
    if !meta.is_file() {
        return Err(fail(
            "is no regular file; put a copy of the document in its place".to_owned(),
        ));
    }
    if meta.len() > MAX_BYTES {
        return Err(fail(format!(
            "has {} bytes, more than the {MAX_BYTES} that a document may have",
            meta.len()
        )));
    }
    let bytes = fs::read(path).map_err(|error| fail(error.to_string()))?;
    let syntax = ending(path).unwrap_or(Syntax::Json);
    let value = parse(&name, &bytes, syntax)?;
    Ok(Document {
        product,
        stem: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        sha256: hex(&Sha256::digest(&bytes)),
        name,
        value,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Parses one document strictly: duplicate keys and over-deep nesting are errors.
fn parse(name: &str, bytes: &[u8], syntax: Syntax) -> Result<Value, Failure> {
    let trail = Trail::default();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Failure::new(name, Pointer::root(), format!("is no UTF-8: {error}")))?;
    // Some editors put a byte order mark first, which JSON does not allow.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let parsed = match syntax {
        Syntax::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            Strict(&trail)
                .deserialize(&mut reader)
                .and_then(|value| reader.end().map(|()| value))
                .map_err(|error| error.to_string())
        }
        Syntax::Yaml => serde_saphyr::with_deserializer_from_str(text, |reader| {
            Strict(&trail).deserialize(reader)
        })
        .map_err(|error| error.to_string()),
    };
    let value = parsed.map_err(|message| Failure::new(name, trail.pointer(), message))?;
    check_openapi(name, &value)?;
    Ok(value)
}

/// Parses a vendored document as strictly as a published one.
///
/// # Errors
/// The place in the document and what is wrong there.
pub fn parse_json(name: &str, text: &str) -> Result<Value, Failure> {
    parse(name, text.as_bytes(), Syntax::Json)
}

/// Is this an OpenAPI 3.0 document at all? Everything else is left to the passes.
fn check_openapi(name: &str, value: &Value) -> Result<(), Failure> {
    let fail = |pointer: Pointer, message: &str| Err(Failure::new(name, pointer, message));
    if !value.is_object() {
        return fail(Pointer::root(), "is no OpenAPI document: no object");
    }
    if value.get("swagger").is_some() {
        return fail(
            Pointer::root().child("swagger"),
            "is a Swagger 2.0 document; convert it to OpenAPI 3.0 first",
        );
    }
    match value.get("openapi").and_then(Value::as_str) {
        Some(version) if version.starts_with("3.0.") || version == "3.0" => {}
        Some(version) => {
            return Err(Failure::new(
                name,
                Pointer::root().child("openapi"),
                format!("is OpenAPI {version}; the pipeline reads 3.0"),
            ));
        }
        None => {
            return fail(
                Pointer::root(),
                "is no OpenAPI document: it has no `openapi` version",
            );
        }
    }
    if !value.get("paths").is_some_and(Value::is_object) {
        return fail(
            Pointer::root().child("paths"),
            "is no OpenAPI document: `paths` is missing or no object",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"{"openapi":"3.0.1","paths":{}}"#;

    fn json(text: &str) -> Result<Value, Failure> {
        parse("cspm/Test.json", text.as_bytes(), Syntax::Json)
    }

    fn yaml(text: &str) -> Result<Value, Failure> {
        parse("cspm/Test.yaml", text.as_bytes(), Syntax::Yaml)
    }

    #[test]
    fn json_and_yaml_read_alike() {
        let from_yaml = yaml("openapi: 3.0.1\npaths: {}\n").unwrap();
        assert_eq!(json(MINIMAL).unwrap(), from_yaml);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert!(json(&format!("\u{feff}{MINIMAL}")).is_ok());
    }

    #[test]
    fn duplicate_keys_are_refused_with_their_place() {
        let failure = json(r#"{"openapi":"3.0.1","paths":{"/a":{},"/a":{}}}"#).unwrap_err();
        assert_eq!(failure.pointer.as_str(), "/paths/~1a", "{failure}");
        // The YAML reader refuses before it hands out the key, but tells the line.
        let failure = yaml("openapi: 3.0.1\npaths:\n  /a: {}\n  /a: {}\n").unwrap_err();
        assert_eq!(failure.pointer.as_str(), "/paths", "{failure}");
        assert!(failure.message.contains("line 4"), "{failure}");
    }

    #[test]
    fn truncated_input_names_the_place() {
        let failure = json(r#"{"openapi":"3.0.1","paths":{"/a":{"get":"#).unwrap_err();
        assert_eq!(failure.pointer.as_str(), "/paths/~1a/get");
        assert!(failure.message.contains("EOF"), "{failure}");
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let deep = format!(
            r#"{{"openapi":"3.0.1","paths":{}{}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert!(json(&deep).is_err());
        let deep = format!(
            "openapi: 3.0.1\npaths: {}{}",
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert!(yaml(&deep).is_err());
    }

    #[test]
    fn what_is_no_openapi_3_0_is_refused() {
        for (text, part) in [
            ("[]", "no object"),
            ("{}", "no `openapi` version"),
            (r#"{"swagger":"2.0","paths":{}}"#, "Swagger 2.0"),
            (r#"{"openapi":"3.1.0","paths":{}}"#, "is OpenAPI 3.1.0"),
            (r#"{"openapi":"3.0.0","paths":[]}"#, "`paths`"),
        ] {
            let failure = json(text).unwrap_err();
            assert!(failure.message.contains(part), "{text}: {failure}");
        }
    }

    #[test]
    fn a_yaml_bomb_is_refused() {
        let mut text =
            String::from("openapi: 3.0.1\npaths:\n  a: &a [x, x, x, x, x, x, x, x, x]\n");
        let mut last = 'a';
        for next in 'b'..='k' {
            text.push_str(&format!("  {next}: &{next} ["));
            text.push_str(&vec![format!("*{last}"); 9].join(", "));
            text.push_str("]\n");
            last = next;
        }
        assert!(yaml(&text).is_err());
    }
}
