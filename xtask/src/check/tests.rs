//! A small workspace that is in order, and one thing at a time that is not.

use std::fs;

use serde_json::{Value, json};

use super::{Workspace, run};
use crate::command::{features, operations};
use crate::pipeline::canonical;
use crate::pipeline::document::Product;
use crate::pipeline::log::Log;
use crate::pipeline::overlay::Applied;
use crate::pipeline::report::{self, Count};
use crate::public_api;
use crate::testing::Scratch;

const LISTS: &str = "# groups: begin, written by `cargo xtask features`\n# groups: end\n";

fn document(product: Product) -> Value {
    let scheme = product.security_scheme();
    json!({
        "openapi": "3.0.3",
        "info": {"title": format!("prisma-cloud-{product}"), "version": "1"},
        "servers": [{"url": "https://api.prismacloud.io"}],
        "tags": [{"name": "Things"}],
        "paths": {"/thing/{id}": {"get": {
            "operationId": "get-thing-v2", "tags": ["Things"], "security": [{scheme: []}],
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "", "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Thing"}}}}}
        }}},
        "components": {
            "schemas": {"Thing": {"type": "object", "properties": {
                "name": {"type": "string"}, "size": {"type": "integer"}}}},
            "securitySchemes": {scheme: {"type": "apiKey", "in": "header", "name": product.auth_header()}}
        }
    })
}

fn summaries(product: Product) -> Value {
    json!({"GET /thing/{id}": {
        "reference": format!("https://pan.dev/prisma-cloud/api/{product}/get-thing-v-2/"),
        "summary": "Gets one thing with its name and its size, by its id."
    }})
}

/// A workspace in order, as the commands write it.
fn workspace() -> Scratch {
    let scratch = Scratch::new("check");
    let root = scratch.0.clone();
    scratch.write(
        "Cargo.toml",
        format!("[workspace.package]\nversion = \"0.1.0\"\n\n[features]\n{LISTS}"),
    );
    scratch.write("wrapper/Cargo.toml", format!("[features]\n{LISTS}"));
    scratch.write(
        "wrapper/src/lib.rs",
        "mod client;\npub use client::Client;\n",
    );
    scratch.write(
        "wrapper/src/client.rs",
        "pub struct Client { id: u32 }\nimpl Client {\n    pub fn id(&self) -> u32 { self.id }\n}\n",
    );
    scratch.write(
        "wrapper/data/reads.json",
        json!({"cspm": {"get-thing-v2": "reads"}, "code": {}}).to_string(),
    );
    scratch.write(
        "wrapper/data/limits.json",
        json!([{"operation": "GET /thing/{id}", "product": "code", "rate": 1}]).to_string(),
    );
    scratch.write(
        ".github/workflows/ci.yml",
        format!(
            "permissions: {{}}\njobs: {{a: {{steps: [{{uses: a/b@{}}}]}}}}\n",
            "1".repeat(40)
        ),
    );
    scratch.write(
        "generated/lib.rs",
        "pub mod cspm { include!(\"cspm.rs\"); }\npub mod code { include!(\"code.rs\"); }\n",
    );
    let overlay = json!({"reason": "The size is a number.", "patch": [
        {"op": "replace", "path": "/components/schemas/Thing/properties/size/type", "value": "integer"}]});
    scratch.write("spec/overlays/cspm/size.json", overlay.to_string());
    let nothing = json!({"listings": {}, "exceptions": {}});
    let pagination = json!({"cspm": nothing, "code": nothing});
    scratch.write("spec/pagination.json", pagination.to_string());
    scratch.write("spec/empty-answers.json", r#"{"cspm": {}, "code": {}}"#);
    let mut counts = Vec::new();
    let mut documents = Vec::new();
    for product in Product::ALL {
        let document = document(product);
        scratch.write(
            &format!("spec/{product}.json"),
            canonical::pretty(&document),
        );
        scratch.write(
            &format!("spec/summaries/{product}/things.json"),
            canonical::pretty(&summaries(product)),
        );
        scratch.write(
            &format!("spec/names/{product}.json"),
            json!({"GET /thing/{id}": {"id": "get-thing-v2", "tag": "Things"}}).to_string(),
        );
        scratch.write(
            &format!("spec/names/{product}.types.json"),
            json!({"Thing.size": "extent"}).to_string(),
        );
        counts.push(Count {
            product,
            published: 1,
            carried: 1,
        });
        documents.push((product, document));
    }
    let overlays = [Applied {
        file: "overlays/cspm/size.json".to_owned(),
        reason: "The size is a number.".to_owned(),
        matched: true,
    }];
    scratch.write(
        "spec/REPORT.md",
        report::text(&counts, &Log::default(), &overlays),
    );
    scratch.write("spec/operations.txt", operations::listing(&documents));
    for (path, text) in features::current(&root).unwrap() {
        fs::write(root.join(path), text).unwrap();
    }
    let version = public_api::version(&root).unwrap();
    for listing in public_api::current(&root).unwrap().crates {
        scratch.write(&public_api::file(listing.name), listing.text(version));
    }
    scratch
}

/// The problems after `from` was replaced by `to` in `file`.
fn after(file: &str, from: &str, to: &str) -> String {
    let scratch = workspace();
    let path = scratch.0.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} holds no {from}: {text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    problems(&scratch)
}

fn problems(scratch: &Scratch) -> String {
    let problems = run(&Workspace::read(&scratch.0));
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn what_is_in_order_has_no_problems() {
    assert_eq!(problems(&workspace()), "");
}

#[test]
fn each_edit_is_found_and_names_what_repairs_it() {
    const REGEN: &str = "repair: cargo xtask regen --from";
    const PUBLIC_API: &str = "run `cargo xtask public-api --write`";
    for (file, from, to, problem, repair) in [
        // The vendored document.
        (
            "spec/cspm.json",
            "  \"info\"",
            " \"info\"",
            "is not canonical",
            REGEN,
        ),
        (
            "spec/cspm.json",
            "\"integer\"",
            "\"Integer\"",
            "is no type",
            REGEN,
        ),
        (
            "spec/cspm.json",
            "\"integer\"",
            "\"integer\", \"description\": \"How big.\"",
            "holds prose",
            REGEN,
        ),
        (
            "spec/cspm.json",
            "\"name\": \"Things\"",
            "\"description\": \"All.\", \"name\": \"Things\"",
            "/tags/0/description: holds prose",
            REGEN,
        ),
        (
            "spec/cspm.json",
            "\"name\": \"Things\"",
            "\"name\": \"Others\"",
            "roas",
            REGEN,
        ),
        (
            "spec/cspm.json",
            "{",
            "",
            "documents: spec/cspm.json#/: trailing characters",
            REGEN,
        ),
        (
            "spec/code.json",
            "/thing/{id}",
            "/things/{id}",
            "spec/operations.txt is not current",
            "cargo xtask operations > spec/operations.txt",
        ),
        // A summary.
        (
            "spec/summaries/code/things.json",
            "by its id.",
            "by its id",
            "does not end in a full stop",
            "edit spec/summaries/code/things.json",
        ),
        (
            "spec/summaries/code/things.json",
            "Gets one thing with its name and its size, by its id.",
            "Gets it.",
            "not 40 to 140",
            "edit spec/summaries",
        ),
        (
            "spec/summaries/code/things.json",
            "GET /thing",
            "GET /thang",
            "has no summary",
            "edit spec/summaries",
        ),
        (
            "spec/summaries/code/things.json",
            "GET /thing",
            "GET /thang",
            "`GET /thang/{id}` is no operation of the group",
            "edit spec/summaries",
        ),
        (
            "spec/summaries/code/things.json",
            "v-2",
            "v2",
            "+https://pan.dev/prisma-cloud/api/code/get-thing-v-2/",
            "edit spec/summaries",
        ),
        // A feature.
        (
            "Cargo.toml",
            "cspm-things",
            "cspm-thongs",
            "the features are not the API groups",
            "repair: cargo xtask features",
        ),
        (
            "wrapper/Cargo.toml",
            "cspm-things",
            "cspm-thongs",
            "the features are not the API groups",
            "repair: cargo xtask features",
        ),
        // A pinned name.
        (
            "spec/names/cspm.json",
            "get-thing-v2",
            "fetch-thing",
            "is pinned as `fetch-thing`",
            "cargo xtask regen --pin",
        ),
        (
            "spec/names/cspm.json",
            "GET /thing",
            "GET /gone",
            "`GET /thing/{id}` has no pinned name",
            "cargo xtask regen --pin",
        ),
        (
            "spec/names/cspm.json",
            "GET /thing",
            "GET /gone",
            "`GET /gone/{id}` is no operation",
            "edit spec/names/cspm.json",
        ),
        (
            "spec/names/cspm.types.json",
            "Thing.size",
            "Thong.size",
            "there is no type `Thong`",
            "edit spec/names/cspm.types.json",
        ),
        // The pages.
        (
            "spec/pagination.json",
            r#""code":{"exceptions":{}"#,
            r#""code":{"exceptions":{"POST /gone":"because"}"#,
            "`POST /gone` is no operation",
            "repair: edit spec/pagination.json",
        ),
        (
            "spec/pagination.json",
            "\"code\"",
            "\"codes\"",
            "has no part for code",
            "repair: edit spec/pagination.json",
        ),
        // A judgement on an answer.
        (
            "spec/empty-answers.json",
            r#""code": {}"#,
            r#""code": {"POST /gone": "because there is nothing to tell"}"#,
            "POST /gone is judged",
            "edit spec/empty-answers.json",
        ),
        // An overlay.
        (
            "spec/overlays/cspm/size.json",
            "\"value\":\"integer\"",
            "\"value\":\"number\"",
            "and the overlay makes it \"number\"",
            REGEN,
        ),
        (
            "spec/overlays/cspm/size.json",
            "properties/size",
            "properties/sized",
            "is missing",
            REGEN,
        ),
        (
            "spec/overlays/cspm/size.json",
            "The size is a number.",
            "",
            "gives no reason",
            REGEN,
        ),
        (
            "spec/overlays/cspm/size.json",
            "The size",
            "That size",
            "does not tell of",
            REGEN,
        ),
        // Tables of the wrapper.
        (
            "wrapper/data/reads.json",
            "get-thing-v2",
            "get-nothing",
            "`get-nothing` is no operation of cspm",
            "edit wrapper/data/reads.json",
        ),
        (
            "wrapper/data/limits.json",
            "GET /thing",
            "PUT /thing",
            "is no operation of code",
            "edit wrapper/data/limits.json",
        ),
        // What is derived.
        (
            "spec/REPORT.md",
            "cspm 1/1",
            "cspm 2/2",
            "+operations: cspm 1/1",
            REGEN,
        ),
        (
            "spec/operations.txt",
            "GET ",
            "PUT ",
            "spec/operations.txt is not current",
            "cargo xtask operations",
        ),
        // A workflow.
        (
            ".github/workflows/ci.yml",
            "a/b@1",
            "a/b@v1",
            "is not pinned to a commit",
            "edit .github/workflows/ci.yml",
        ),
        (
            ".github/workflows/ci.yml",
            "permissions",
            "permits",
            "states no permissions",
            "edit .github/workflows/ci.yml",
        ),
        // A public signature, and a listing.
        (
            "wrapper/src/client.rs",
            "-> u32",
            "-> u64",
            "-prisma_cloud::Client::id: pub fn id(&self) -> u32",
            "set `version = \"0.2.0\"` in Cargo.toml",
        ),
        (
            "wrapper/src/client.rs",
            "pub fn id",
            "fn id",
            "the version is still 0.1.0",
            PUBLIC_API,
        ),
        (
            "wrapper/src/lib.rs",
            "pub use",
            "pub fn more() {}\npub use",
            "+prisma_cloud::more",
            "set `version = \"0.1.1\"` in Cargo.toml",
        ),
        (
            "spec/public-api/prisma-cloud-api.txt",
            "get_thing_v2",
            "get_thing",
            "the public API of prisma-cloud-api changed",
            PUBLIC_API,
        ),
        (
            "Cargo.toml",
            "0.1.0",
            "0.2.0",
            "was reviewed for another version than 0.2.0",
            "cargo xtask public-api --write",
        ),
    ] {
        let found = after(file, from, to);
        assert!(
            found.contains(problem),
            "{file}: {from} → {to}: no `{problem}` in\n{found}"
        );
        assert!(
            found.contains(repair),
            "{file}: {from} → {to}: no `{repair}` in\n{found}"
        );
    }
}

#[test]
fn a_missing_document_is_a_problem_and_no_panic() {
    let scratch = workspace();
    fs::remove_file(scratch.0.join("spec/cspm.json")).unwrap();
    let found = problems(&scratch);
    assert!(found.contains("documents: spec/cspm.json"), "{found}");
    fs::remove_dir_all(scratch.0.join("spec")).unwrap();
    assert!(!problems(&scratch).is_empty());
}

#[test]
fn an_optional_overlay_that_found_nothing_is_no_problem() {
    let scratch = workspace();
    let overlay = json!({"reason": "Elsewhere.", "optional": true, "patch": [
        {"op": "replace", "path": "/components/schemas/Nothing/type", "value": "string"}]});
    scratch.write("spec/overlays/code/nothing.json", overlay.to_string());
    assert!(problems(&scratch).contains("does not tell of"));
    let report = scratch.0.join("spec/REPORT.md");
    let mut text = fs::read_to_string(&report).unwrap();
    text.push_str("- `overlays/code/nothing.json` (not in this edition): Elsewhere.\n");
    fs::write(&report, text).unwrap();
    assert_eq!(problems(&scratch), "");
}
