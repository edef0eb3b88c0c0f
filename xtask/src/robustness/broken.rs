//! Each kind of broken input is an error with document and JSON pointer.

use std::fs;

use serde_json::{Value, json};

use super::documents::{build, document, folder};
use crate::pipeline::document::Product;
use crate::testing::Scratch;

/// What the pipeline says about `cspm/Things.json` with this text.
fn refusal(text: impl AsRef<[u8]>) -> String {
    refusal_of(&folder("broken", text))
}

fn refusal_of(folder: &Scratch) -> String {
    match build(folder) {
        Ok(_) => panic!("this must be refused"),
        Err(refused) => refused.to_string(),
    }
}

/// The same about a sound document after an edit.
fn after(edit: impl FnOnce(&mut Value)) -> String {
    let mut document = document(Product::Cspm);
    edit(&mut document);
    refusal(document.to_string())
}

fn assert_says(found: &str, parts: &[&str]) {
    for part in parts {
        assert!(found.contains(part), "no `{part}` in {found}");
    }
}

#[test]
fn a_sound_document_is_taken() {
    let folder = folder("sound", document(Product::Cspm).to_string());
    assert_eq!(
        build(&folder).map(|built| built.counts[0].carried).unwrap(),
        3
    );
}

#[test]
fn truncated_text() {
    let text = document(Product::Cspm).to_string();
    for end in (1..text.len()).step_by(97) {
        assert_says(&refusal(&text[..end]), &["cspm/Things.json#/"]);
    }
}

#[test]
fn duplicate_keys() {
    let text = document(Product::Cspm).to_string();
    let twice = text.replacen("\"paths\":{", "\"paths\":{\"/v2/thing\":{},", 1);
    assert_says(
        &refusal(twice),
        &["cspm/Things.json#/paths/~1v2~1thing", "twice"],
    );
}

#[test]
fn nesting_ten_thousand_levels_deep() {
    let (open, close) = ("{\"items\":".repeat(10_000), "}".repeat(10_000));
    let text = format!(
        r#"{{"openapi":"3.0.1","paths":{{}},"components":{{"schemas":{{"A":{open}{{}}{close}}}}}}}"#
    );
    let pointer = "cspm/Things.json#/components/schemas/A/items/items";
    assert_says(&refusal(text), &[pointer]);
    let scratch = folder("deep", document(Product::Cspm).to_string());
    scratch.write(
        "cspm/Deep.yaml",
        format!("openapi: 3.0.1\npaths: {}", "[".repeat(10_000)),
    );
    assert_says(&refusal_of(&scratch), &["cspm/Deep.yaml#/"]);
}

#[test]
fn nesting_by_references() {
    // Each level is shallow, all of them together are not.
    let found = after(|document| {
        let parts = document["components"]["responses"].as_object().cloned();
        let mut parts = parts.unwrap_or_default();
        for level in 0..10_000 {
            let next = format!("#/components/responses/R{}", level + 1);
            parts.insert(format!("R{level}"), json!({"$ref": next}));
        }
        document["components"]["responses"] = Value::Object(parts);
        document["paths"]["/v2/thing"]["get"]["responses"]["200"] =
            json!({"$ref": "#/components/responses/R0"});
    });
    assert_says(&found, &["cspm/Things.json#/components/responses/R0/$ref"]);
}

#[test]
fn long_chains_of_schemas_are_no_recursion() {
    let mut document = document(Product::Cspm);
    for level in 0..3_000 {
        let next = format!("#/components/schemas/Link{}", level + 1);
        document["components"]["schemas"][format!("Link{level}")] =
            json!({"type": "object", "properties": {"next": {"$ref": next}}});
    }
    document["components"]["schemas"]["Link3000"] = json!({"type": "string"});
    document["components"]["schemas"]["Thing"]["properties"]["chain"] =
        json!({"$ref": "#/components/schemas/Link0"});
    assert!(build(&folder("chain", document.to_string())).is_ok());
}

#[test]
fn references_that_lead_round() {
    let found = after(|document| {
        document["components"]["parameters"]["Tenant"] =
            json!({"$ref": "#/components/parameters/Tenant"});
    });
    assert_says(&found, &["cspm/Things.json#/", "$ref", "itself"]);
    // Names for one another that never name a type.
    let found = after(|document| {
        document["components"]["schemas"]["Base"] = json!({"$ref": "#/components/schemas/Rule"});
        document["components"]["schemas"]["Rule"] = json!({"$ref": "#/components/schemas/Base"});
    });
    assert_says(&found, &["cspm/Things.json#/components/schemas/", "itself"]);
}

#[test]
fn references_that_lead_nowhere_or_out() {
    for (reference, says) in [
        ("#/components/schemas/Nothing", "which is not there"),
        ("#/nowhere", "which is not there"),
        ("#nothing", "which is not there"),
        (
            "Other.json#/components/schemas/A",
            "refers to another document",
        ),
        ("../../etc/passwd", "refers to another document"),
        ("https://example.com/a.json", "refers to another document"),
    ] {
        let found = after(|document| {
            document["components"]["schemas"]["Thing"]["properties"]["parent"] =
                json!({"$ref": reference});
        });
        let pointer = "cspm/Things.json#/components/schemas/Thing/properties/parent/$ref";
        assert_says(&found, &[pointer, reference, says]);
    }
}

#[test]
fn two_operations_on_one_path() {
    let folder = folder("twice", document(Product::Cspm).to_string());
    let mut other = document(Product::Cspm);
    other["paths"]["/v2/thing"]["get"]["operationId"] = json!("list-things");
    folder.write("cspm/Again.json", other.to_string());
    let found = refusal_of(&folder);
    assert_says(
        &found,
        &[
            "#/paths/~1v2~1thing/get",
            "cspm/Again.json",
            "cspm/Things.json",
        ],
    );
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_no_document() {
    let folder = folder("link", document(Product::Cspm).to_string());
    std::os::unix::fs::symlink("/etc/passwd", folder.0.join("cspm/Linked.json")).unwrap();
    assert_says(
        &refusal_of(&folder),
        &["cspm/Linked.json#/", "no regular file"],
    );
    fs::remove_file(folder.0.join("cspm/Linked.json")).unwrap();
    fs::create_dir(folder.0.join("cspm/Folder.json")).unwrap();
    assert_says(
        &refusal_of(&folder),
        &["cspm/Folder.json#/", "no regular file"],
    );
}

#[test]
fn half_a_gigabyte_is_refused_unread() {
    let folder = folder("large", document(Product::Cspm).to_string());
    let file = fs::File::create(folder.0.join("cspm/Large.json")).unwrap();
    file.set_len(500_000_000).unwrap();
    let start = std::time::Instant::now();
    assert_says(
        &refusal_of(&folder),
        &["cspm/Large.json#/", "500000000 bytes"],
    );
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn a_yaml_bomb_is_refused() {
    let mut text = String::from("openapi: 3.0.1\npaths:\n  a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (last, next) in ('a'..='o').zip('b'..='p') {
        let many = vec![format!("*{last}"); 9].join(", ");
        text.push_str(&format!("  {next}: &{next} [{many}]\n"));
    }
    let folder = folder("bomb", document(Product::Cspm).to_string());
    folder.write("cspm/Bomb.yaml", text);
    assert_says(&refusal_of(&folder), &["cspm/Bomb.yaml#/"]);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let folder = folder("many", "{");
    folder.write("cspm/Other.json", "[]");
    assert_says(&refusal_of(&folder), &["cspm/Other.json"]);
    let found = after(|document| {
        document["paths"]["/v2/thing"]["get"]["parameters"][0]["in"] = json!("cookie");
        document["paths"]["/v2/thing"]["get"]["parameters"][1]["in"] = json!("body");
    });
    assert_says(&found, &["parameters/0/in", "parameters/1/in"]);
}
