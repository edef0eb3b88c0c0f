//! `cargo xtask regen` as its users see it: exit codes, messages, and what is left on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own, removed at the end of the test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("regen-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("from/cspm")).expect("a scratch folder");
        fs::create_dir_all(folder.join("from/code")).expect("a scratch folder");
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join("from").join(name), text).expect("a scratch file");
    }

    fn regen(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("regen")
            .arg("--from")
            .arg(self.0.join("from"))
            .arg("--out")
            .arg(self.out())
            .output()
            .expect("xtask runs")
    }

    fn out(&self) -> PathBuf {
        self.0.join("out")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A document with one operation, whose answer has `schema`.
fn document(path: &str, schema: &str) -> String {
    format!(
        r#"{{"openapi":"3.0.0","info":{{"title":"T","version":"1"}},"paths":{{"{path}":{{"get":{{
            "operationId":"get-{}","tags":["Things"],"responses":{{"200":{{"description":"prose",
            "content":{{"application/json":{{"schema":{schema}}}}}}}}}}}}}}}}}"#,
        path.trim_matches('/')
    )
}

/// What the generated code of a call has names for as well.
#[test]
fn parameters_of_any_name_are_taken() {
    let scratch = Scratch::new("names");
    let names = [
        "url", "client", "response", "result", "info", "request", "send", "new", "body",
    ];
    let query = names
        .map(|name| format!(r#"{{"name":"{name}","in":"query","schema":{{"type":"string"}}}}"#));
    let header = r#"{"name":"api-version","in":"header","schema":{"type":"string"}}"#;
    let parameters = format!(r#""parameters":[{},{header}],"tags""#, query.join(","));
    let document = document("/a", r#"{"type":"string"}"#).replacen(r#""tags""#, &parameters, 1);
    scratch.write("cspm/a.json", &document);
    scratch.write("code/b.yaml", YAML);
    let output = scratch.regen();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let vendored = fs::read_to_string(scratch.out().join("cspm.json")).unwrap();
    assert!(vendored.contains("api-version"));
}

const YAML: &str = "openapi: 3.0.0\ninfo: {title: T, version: '1'}\npaths:\n  /b:\n    get:\n      \
    operationId: getB\n      tags: [Things]\n      responses:\n        '200': {description: D}\n";

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn json_and_yaml_become_two_documents_twice_the_same() {
    let scratch = Scratch::new("good");
    scratch.write("cspm/A.json", &document("/a", r#"{"type":"String"}"#));
    scratch.write("code/B.yaml", YAML);
    let first = scratch.regen();
    let text = String::from_utf8_lossy(&first.stdout);
    assert!(
        first.status.success(),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    assert_eq!(
        text.lines().last(),
        Some("operations: cspm 1/1 code 1/1"),
        "{text}"
    );
    assert_eq!(
        files(&scratch.out()),
        ["REPORT.md", "code.json", "cspm.json", "edition.toml",]
    );
    let read = |name: &str| fs::read_to_string(scratch.out().join(name)).expect("written");
    let before: Vec<String> = files(&scratch.out())
        .iter()
        .map(|name| read(name))
        .collect();
    assert!(!read("cspm.json").contains("prose"));
    assert!(
        read("REPORT.md").contains("`String` is `string`"),
        "{}",
        read("REPORT.md")
    );
    assert!(scratch.regen().status.success());
    let after: Vec<String> = files(&scratch.out())
        .iter()
        .map(|name| read(name))
        .collect();
    assert_eq!(before, after);
}

#[test]
fn broken_input_names_the_place_and_leaves_everything_as_it_was() {
    let good = document("/a", r#"{"type":"string"}"#);
    let twice = document("/b", r#"{"type":"string"}"#);
    let other = document("/b", r#"{"type":"integer"}"#);
    let external = document("/a", r##"{"$ref":"other.yaml#/A"}"##);
    let cookie = good.replace(
        r#""tags""#,
        r#""parameters":[{"name":"c","in":"cookie","schema":{"type":"string"}}],"tags""#,
    );
    let schema = "/paths/~1a/get/responses/200/content/application~1json/schema";
    let cases = [
        (
            "truncated",
            vec![("cspm/X.json", &good[..good.len() - 9])],
            "cspm/X.json#/".to_owned(),
        ),
        (
            "not-openapi",
            vec![("cspm/X.json", r#"{"hello":1}"#)],
            "cspm/X.json#/: is no OpenAPI".to_owned(),
        ),
        (
            "swagger",
            vec![("cspm/X.json", r#"{"swagger":"2.0","paths":{}}"#)],
            "cspm/X.json#/swagger".to_owned(),
        ),
        (
            "external",
            vec![("cspm/X.json", external.as_str())],
            format!("cspm/X.json#{schema}/$ref"),
        ),
        (
            "cookie",
            vec![("cspm/X.json", cookie.as_str())],
            "cspm/X.json#/paths/~1a/get/parameters/0/in".to_owned(),
        ),
        (
            "two-operations",
            vec![
                ("cspm/X.json", twice.as_str()),
                ("cspm/Y.json", other.as_str()),
            ],
            "cspm/Y.json#/paths/~1b/get".to_owned(),
        ),
        ("empty", vec![], "cspm".to_owned()),
    ];
    for (name, documents, place) in cases {
        let scratch = Scratch::new(name);
        for (file, text) in documents {
            scratch.write(file, text);
        }
        scratch.write("code/B.yaml", YAML);
        fs::create_dir_all(scratch.out()).expect("a scratch folder");
        fs::write(scratch.out().join("cspm.json"), "old").expect("a scratch file");
        let output = scratch.regen();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{name}: {error}");
        assert!(error.contains(&place), "{name}: {error}");
        assert_eq!(files(&scratch.out()), ["cspm.json"], "{name}");
        let kept = fs::read_to_string(scratch.out().join("cspm.json")).expect("still there");
        assert_eq!(kept, "old", "{name}");
    }
}

#[test]
fn a_missing_folder_says_what_is_expected() {
    let scratch = Scratch::new("missing");
    fs::remove_dir_all(scratch.0.join("from/code")).expect("a scratch folder");
    scratch.write("cspm/A.json", &document("/a", "{}"));
    let output = scratch.regen();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(error.contains("holds `cspm` and `code`"), "{error}");
}
