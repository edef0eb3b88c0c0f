//! One variable repeats every seeded test.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::workspace;

const VARIABLE: &str = "PRISMA_CLOUD_TEST_SEED";

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir()
            && !matches!(&name[..], "target" | "node_modules")
            && !name.starts_with('.')
        {
            sources(&path, found);
        } else if path
            .extension()
            .is_some_and(|end| end == "rs" || end == "py")
            || name == "run"
        {
            found.push(path);
        }
    }
}

/// A name of a variable that ends as one of a seed does and is another one.
fn other_variable(line: &str) -> bool {
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let reads = ["env", "var(", "number(", "${"]
        .iter()
        .any(|word| line.contains(word));
    reads
        && words
            .into_iter()
            .any(|word| word.ends_with("SEED") && word != VARIABLE)
}

#[test]
fn every_seeded_test_asks_the_one_variable() {
    let root = workspace();
    let mut files = Vec::new();
    for folder in ["generated", "tests", "wrapper", "xtask"] {
        sources(&root.join(folder), &mut files);
    }
    let mut asking = 0;
    for file in files.iter().filter(|file| !file.ends_with("seeds.rs")) {
        let text = fs::read_to_string(file).unwrap();
        asking += usize::from(text.contains(VARIABLE));
        for (number, line) in text.lines().enumerate() {
            let place = format!("{}:{}", file.display(), number + 1);
            assert!(
                !other_variable(line),
                "{place} asks another variable: {line}"
            );
            let is_test = file.components().any(|part| part.as_os_str() == "tests");
            let fixed = line.contains("const SEED: u64");
            assert!(
                !(is_test && fixed),
                "{place} has a seed that nothing changes: {line}"
            );
        }
    }
    assert!(asking >= 5, "only {asking} files ask {VARIABLE}");
    let told = fs::read_to_string(root.join("CONTRIBUTING.md")).unwrap();
    assert!(told.contains(VARIABLE), "CONTRIBUTING.md names it");
}
