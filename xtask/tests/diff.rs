//! `cargo xtask diff` and what `regen` says, as their users see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("diff-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a scratch folder");
        Self(folder)
    }

    /// An edition whose answer has the type `kind`, with the paths given besides.
    fn edition(&self, name: &str, kind: &str, paths: &[&str]) -> PathBuf {
        let operation = |id: &str| {
            format!(
                r#"{{"get":{{"operationId":"{id}","tags":["Things"],"responses":{{"200":{{"description":"",
                "content":{{"application/json":{{"schema":{{"type":"{kind}"}}}}}}}}}}}}}}"#
            )
        };
        let all = ["/thing"].iter().chain(paths);
        let paths: Vec<String> = all
            .map(|path| format!("\"{path}\":{}", operation(path.trim_matches('/'))))
            .collect();
        let text = format!(
            r#"{{"openapi":"3.0.0","info":{{"title":"T","version":"1"}},"paths":{{{}}}}}"#,
            paths.join(",")
        );
        let folder = self.0.join(name);
        for product in ["cspm", "code"] {
            fs::create_dir_all(folder.join(product)).expect("a scratch folder");
            fs::write(folder.join(product).join("Things.json"), &text).expect("a scratch file");
        }
        folder
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn xtask(arguments: &[&str], folders: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).args(folders);
    command.output().expect("xtask runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_exit_code_tells_what_to_expect() {
    let scratch = Scratch::new("codes");
    let old = scratch.edition("old", "string", &[]);
    let more = scratch.edition("more", "string", &["/more"]);
    let other = scratch.edition("other", "integer", &[]);
    let gone = scratch.0.join("gone");
    for (one, two, code) in [
        (&old, &old, 0),
        (&old, &more, 0),
        (&more, &old, 3),
        (&old, &other, 3),
        (&old, &gone, 1),
    ] {
        let output = xtask(&["diff"], &[one, two]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
    }
    let output = xtask(&["diff"], &[&old, &gone]);
    assert!(text(&output.stderr).contains("is neither a folder of published documents"));
}

#[test]
fn every_format_tells_the_same() {
    let scratch = Scratch::new("formats");
    let old = scratch.edition("old", "string", &["/former"]);
    let new = scratch.edition("new", "integer", &["/more"]);
    let output = xtask(&["diff", "--format", "json"], &[&old, &new]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for product in ["cspm", "code"] {
        assert_eq!(json[product]["added"][0]["path"], "/more");
        assert_eq!(json[product]["added"][0]["method"], "GET");
        assert_eq!(json[product]["added"][0]["id"], "more");
        assert_eq!(json[product]["removed"][0]["path"], "/former");
        let change = &json[product]["changed"][0]["changes"][0];
        assert_eq!(change["where"], "response body");
        assert_eq!(change["what"], "type changed from string to integer");
        assert_eq!(change["direction"], "receive");
        assert_eq!(change["class"], "breaking");
        assert!(change["reason"].is_string());
    }
    for format in ["text", "markdown"] {
        let output = xtask(&["diff", "--format", format], &[&old, &new]);
        let said = text(&output.stdout);
        for part in [
            "/more",
            "/former",
            "type changed from string to integer",
            "breaking",
        ] {
            assert!(said.contains(part), "{format}: no {part} in {said}");
        }
    }
}

#[test]
fn a_vendored_edition_compares_with_the_published_one_it_is_from() {
    let scratch = Scratch::new("vendored");
    let published = scratch.edition("published", "string", &["/more"]);
    let vendored = scratch.0.join("spec");
    let output = xtask(
        &["regen", "--from"],
        &[&published, Path::new("--out"), &vendored],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    let output = xtask(&["diff"], &[&vendored, &published]);
    assert_eq!(text(&output.stdout), "cspm: no change\ncode: no change\n");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn regen_tells_what_it_does_and_what_is_left_to_do() {
    let scratch = Scratch::new("regen");
    let published = scratch.edition("published", "string", &[]);
    let out = scratch.0.join("out");
    let arguments = ["regen", "--dry-run", "--date", "2030-01-01", "--from"];
    let output = xtask(&arguments, &[&published, Path::new("--out"), &out]);
    let said = text(&output.stdout);
    for part in [
        "operations added",
        "next version: ",
        "for CHANGELOG.md:",
        "The documents are those of 2030-01-01.",
        "operations without a summary",
        "summaries/code/things.json: GET /thing (thing)",
        "names that are not pinned",
        "passes that no longer fire",
        "nothing was written: --dry-run",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    assert!(said.ends_with("operations: cspm 1/1 code 1/1\n"), "{said}");
    assert!(!out.exists(), "--dry-run writes nothing");
}

#[test]
fn regen_tells_all_that_no_pass_repairs() {
    let scratch = Scratch::new("defects");
    let published = scratch.edition("published", "string", &[]);
    let broken = r#"{"openapi":"3.0.0","paths":{"/a":{"get":{"operationId":"a","tags":["A"],
        "parameters":[{"name":"a","in":"cookie","schema":{}},{"name":"b","in":"body","schema":{}}],
        "responses":{"200":{"description":""}}}}}}"#;
    fs::write(published.join("cspm/Broken.json"), broken).expect("a scratch file");
    let output = xtask(
        &["regen", "--from"],
        &[&published, Path::new("--out"), &scratch.0.join("out")],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in [
        "defects that no pass repairs",
        "/parameters/0/in",
        "/parameters/1/in",
        "nothing was written",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
    assert!(!scratch.0.join("out").exists());
}
