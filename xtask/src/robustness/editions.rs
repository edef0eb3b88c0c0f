//! The same bytes for the same input, and every edition whole.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::documents::{build, document, folder};
use super::mutations::number;
use crate::codegen;
use crate::pipeline::document::Product;
use crate::pipeline::edition::Given;
use crate::pipeline::source;
use crate::pipeline::vendored::{self, Overlays, Vendored};
use crate::testing::{self, Scratch};

/// `value` as text with the members of its objects in another order.
fn shuffled(value: &Value, random: &mut fastrand::Rng) -> String {
    match value {
        Value::Object(members) => {
            let mut members: Vec<String> = members
                .iter()
                .map(|(key, value)| {
                    format!("{}:{}", Value::from(key.as_str()), shuffled(value, random))
                })
                .collect();
            random.shuffle(&mut members);
            format!("{{{}}}", members.join(",\n"))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shuffled(item, random)).collect();
            format!("[{}]", items.join(", "))
        }
        plain => plain.to_string(),
    }
}

/// All files but the record of the published documents' bytes, which do differ.
fn contents(built: Vendored) -> Vec<(PathBuf, String)> {
    let files = built.files.into_iter();
    let mut files: Vec<_> = files
        .filter(|(path, _)| path != Path::new("edition.toml"))
        .collect();
    files.sort();
    files
}

/// Regenerates the documents of `folder` with their keys and their order shuffled.
fn assert_stable(folder: &Path) {
    let spec = Path::new("no-such-folder");
    let build = |edition: &source::Edition| {
        contents(vendored::build(edition, spec, &Given::default(), Overlays::MustMatch).unwrap())
    };
    let mut edition = source::read(folder).unwrap();
    let first = build(&edition);
    assert!(first == build(&edition), "twice is not the same");
    let seed = number("PRISMA_CLOUD_TEST_SEED", 7);
    println!("PRISMA_CLOUD_TEST_SEED={seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    random.shuffle(&mut edition.documents);
    for document in &mut edition.documents {
        let text = shuffled(&document.value, &mut random);
        document.value = serde_json::from_str(&text).unwrap();
    }
    let again = build(&edition);
    for ((path, one), (_, other)) in first.iter().zip(&again) {
        let differs = one
            .lines()
            .zip(other.lines())
            .find(|(one, other)| one != other);
        assert!(one == other, "{}: {differs:?}", path.display());
    }
}

#[test]
fn order_changes_no_byte() {
    let scratch = folder("order", document(Product::Cspm).to_string());
    let mut other = document(Product::Cspm).to_string();
    for (from, to) in [
        ("/v2/thing", "/v3/thing"),
        ("/thing/{id}", "/v3/thing/{id}"),
        ("maxLength", "minLength"),
    ] {
        other = other.replace(from, to);
    }
    scratch.write("cspm/Again.json", other);
    assert_stable(&scratch.0);
}

#[test]
fn published_editions_are_stable_whole_and_generate() {
    let Some(folder) = testing::documents() else {
        return;
    };
    let spec = crate::command::workspace().join("spec");
    let mut editions = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.join("cspm").is_dir() {
            continue;
        }
        editions += 1;
        assert_stable(&path);
        let edition = source::read(&path).unwrap();
        let built =
            vendored::build(&edition, &spec, &Given::default(), Overlays::MustMatch).unwrap();
        for count in &built.counts {
            assert_eq!(count.carried, count.published, "{}", path.display());
        }
        for (product, merged) in built.documents {
            let name = product.name();
            let generated = codegen::generate(name, merged, &Default::default(), |_| true);
            let code = generated
                .unwrap_or_else(|error| panic!("{} {name}: {error}", path.display()))
                .code;
            syn::parse_file(&code)
                .unwrap_or_else(|error| panic!("{} {name}: {error}", path.display()));
        }
    }
    assert!(editions > 0, "{} holds no edition", folder.display());
}

#[test]
fn regenerating_what_is_vendored_changes_no_byte() {
    let Some(folder) = testing::documents() else {
        return;
    };
    let spec = crate::command::workspace().join("spec");
    let edition = source::read(&folder.join("2026-05")).unwrap();
    let built = vendored::build(&edition, &spec, &Given::default(), Overlays::MustMatch).unwrap();
    for (path, text) in built.files {
        let vendored = fs::read_to_string(spec.join(&path)).unwrap();
        assert!(
            vendored == text,
            "spec/{} is not current: run `cargo xtask regen`",
            path.display()
        );
    }
}

#[test]
fn a_refused_edition_writes_nothing() {
    let scratch: Scratch = folder(
        "refused",
        "{\"openapi\": \"3.0.1\", \"paths\": {\"/a\": 3}}",
    );
    assert!(build(&scratch).is_err());
    let files = fs::read_dir(&scratch.0).unwrap().count();
    assert_eq!(files, 2, "the two folders of documents and nothing else");
}
