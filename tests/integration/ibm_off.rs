//! Without its features, IBM Cloud costs nothing: no generated code, no dependency.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// The lines of `cargo tree` for the client with these arguments.
fn tree(arguments: &[&str]) -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--package", "prisma-cloud"])
        .args(["--edges", "normal,build", "--prefix", "none", "--no-dedupe"])
        .args(arguments)
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().map(str::to_owned).collect()
}

#[test]
fn it_adds_no_dependency_even_when_it_is_on() {
    let off = tree(&[]);
    assert!(off.len() > 20, "{off:?}");
    assert_eq!(off, tree(&["--features", "ibm"]));
}

#[test]
fn it_is_in_neither_the_default_nor_the_full_features() {
    for arguments in [&[][..], &["--features", "full"]] {
        let packages = tree(&[&["--format", "{lib} {f}"], arguments].concat());
        let features: BTreeSet<&str> = packages
            .iter()
            .flat_map(|package| package.split([' ', ',']))
            .collect();
        assert!(features.contains("cspm-alerts"), "{features:?}");
        let ibm: Vec<_> = features
            .iter()
            .filter(|name| name.starts_with("ibm"))
            .collect();
        assert!(ibm.is_empty(), "{ibm:?}");
    }
}

#[cfg(not(feature = "ibm"))]
#[test]
fn nothing_of_it_is_generated() {
    let generated = std::fs::read_dir(prisma_cloud_api::inspect::OUT_DIR).expect("a folder");
    let files: Vec<String> = generated
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert!(files.contains(&"cspm.rs".to_owned()), "{files:?}");
    assert!(!files.iter().any(|file| file.contains("ibm")), "{files:?}");
}
