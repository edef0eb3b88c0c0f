//! Every operation that sends a file is in the reviewed table, and the table says nothing else.

use std::collections::{BTreeMap, BTreeSet};

use prisma_cloud::Product;
use prisma_cloud::jobs::JobKind;
use prisma_cloud::testing::samples::document;
use serde_json::Value;

const TABLE: &str = include_str!("../../wrapper/data/files.json");

fn table() -> BTreeMap<String, String> {
    serde_json::from_str(TABLE).expect("the table is JSON")
}

/// The operations of both documents by id: path, and the media types of success.
fn operations() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut found = BTreeMap::new();
    for product in [Product::Cspm, Product::Code] {
        for (path, item) in document(product)["paths"].as_object().expect("paths") {
            for operation in item.as_object().expect("operations").values() {
                let Some(id) = operation["operationId"].as_str() else {
                    continue;
                };
                let successes = operation["responses"].as_object().into_iter().flatten();
                let media_types = successes
                    .filter(|(status, _)| status.starts_with('2'))
                    .filter_map(|(_, response)| response["content"].as_object())
                    .flat_map(|content| content.keys().cloned())
                    .collect();
                found.insert(id.to_owned(), (path.clone(), media_types));
            }
        }
    }
    found
}

fn sends_bytes(media_types: &BTreeSet<String>) -> bool {
    media_types
        .iter()
        .any(|media_type| !media_type.contains("json"))
}

/// Whether the path is one of files and of jobs that make them.
fn is_about_files(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    ["download", "jobs", "csv", "cft", "cft_download"]
        .iter()
        .any(|word| segments.contains(word))
}

#[test]
fn every_operation_that_sends_a_file_is_reviewed() {
    let (table, operations) = (table(), operations());
    let missing: Vec<&String> = operations
        .iter()
        .filter(|(_, (path, media_types))| sends_bytes(media_types) || is_about_files(path))
        .filter(|(_, (path, _))| !path.ends_with("/status"))
        .map(|(id, _)| id)
        .filter(|id| !table.contains_key(*id))
        .collect();
    assert!(
        missing.is_empty(),
        "add to wrapper/data/files.json: {missing:?}"
    );
    let gone: Vec<&String> = table
        .keys()
        .filter(|id| !operations.contains_key(*id))
        .collect();
    assert!(gone.is_empty(), "no such operation: {gone:?}");
}

#[test]
fn what_the_table_says_of_an_operation_fits_its_answer() {
    let operations = operations();
    for (id, how) in table() {
        let (way, rest) = how.split_once(": ").expect("a way and a reason");
        let media_types = &operations[&id].1;
        let json = media_types.contains("application/json");
        match way {
            "download" | "export" => assert!(sends_bytes(media_types) && !json, "{id}"),
            "csv" => assert!(sends_bytes(media_types) && json, "{id}"),
            "json" | "link" => assert!(!sends_bytes(media_types), "{id}"),
            "job" => {
                let kind = rest.rsplit(' ').next().expect("a kind");
                assert!(kind.parse::<JobKind>().is_ok(), "{id}: {kind}");
                assert_eq!(sends_bytes(media_types), !rest.contains("begins"), "{id}");
            }
            other => panic!("{id}: {other}"),
        }
    }
}

#[test]
fn every_kind_of_job_has_its_file() {
    let table = table();
    let ways: BTreeSet<&str> = table.values().map(String::as_str).collect();
    for kind in JobKind::ALL {
        assert!(ways.contains(format!("job: {kind}").as_str()), "{kind}");
    }
}

/// The generated calls agree: what the table reads as a file, they hand on as bytes.
#[test]
fn generated_calls_hand_files_on_as_bytes() {
    let table: Value = serde_json::from_str(TABLE).expect("the table is JSON");
    let all = prisma_cloud_api::cspm::OPERATIONS
        .iter()
        .chain(prisma_cloud_api::code::OPERATIONS);
    for operation in all {
        let bytes = operation.answer == prisma_cloud_api::Answer::Bytes;
        let how = table[operation.id].as_str().unwrap_or_default();
        let file = how.starts_with("download: ")
            || how.starts_with("export: ")
            || how.starts_with("job: ") && !how.contains("begins");
        assert_eq!(bytes, file, "{}", operation.id);
    }
}
