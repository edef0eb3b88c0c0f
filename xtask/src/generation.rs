//! Tests of the generated code as a whole, on the vendored documents.

use std::collections::BTreeSet;

use serde_json::json;

use crate::codegen::{self, Generated, Notes};
use crate::command::{vendored, workspace};
use crate::pipeline::document::Product;

fn generated(product: Product) -> Generated {
    let document =
        vendored(&workspace(), product).expect("the vendored document is in the repository");
    codegen::generate(product.name(), document, &Notes::default(), |_| true)
        .expect("the vendored document generates")
}

/// The code of the trait called `name`: up to the brace that ends it.
fn trait_body<'a>(code: &'a str, name: &str) -> &'a str {
    let start = code
        .find(&format!("pub trait {name} {{"))
        .expect("every group has a trait");
    let rest = &code[start..];
    &rest[..rest.find("impl ").unwrap_or(rest.len())]
}

#[test]
fn every_operation_has_its_generated_method() {
    for (product, count) in [
        (Product::Cspm, 545),
        (Product::Code, 84),
        (Product::IbmIam, 11),
        (Product::IbmConfiguration, 20),
        (Product::IbmCompliance, 68),
    ] {
        let generated = generated(product);
        assert_eq!(generated.operations.len(), count);
        let names: BTreeSet<&str> = generated
            .operations
            .iter()
            .map(|entry| entry.name.as_str())
            .collect();
        assert_eq!(names.len(), count, "two operations have one method");
        for entry in &generated.operations {
            let body = trait_body(&generated.code, &entry.extension);
            let method = format!("fn {} (& self)", entry.name);
            assert!(body.contains(&method), "{} lacks {method}", entry.extension);
        }
    }
}

#[test]
fn no_public_name_is_longer_than_forty_characters() {
    for product in Product::ALL {
        let generated = generated(product);
        let methods = generated.operations.iter().map(|entry| &entry.name);
        let extensions = generated.operations.iter().map(|entry| &entry.extension);
        for name in generated.types.iter().chain(methods).chain(extensions) {
            assert!(name.len() <= 40, "{name} has {} characters", name.len());
        }
    }
}

/// The reviewed listing holds every public name: of fields and variants as well.
#[test]
fn no_listed_name_is_longer_than_forty_characters() {
    let path = workspace().join("spec/public-api/prisma-cloud-api.txt");
    let listing = std::fs::read_to_string(path).expect("the listing is in the repository");
    let mut names = 0;
    for line in listing.lines().filter(|line| !line.starts_with('#')) {
        let item = line.split([' ', '(', '{', '<']).next().unwrap_or_default();
        let name = item
            .trim_end_matches(':')
            .rsplit([':', '.'])
            .next()
            .unwrap_or_default();
        names += 1;
        assert!(
            name.len() <= 40,
            "{name} has {} characters: {line}",
            name.len()
        );
    }
    assert!(names > 10_000, "only {names} names are listed");
}

#[test]
fn generating_twice_gives_the_same_code() {
    let one = generated(Product::Code).code;
    assert!(one == generated(Product::Code).code);
}

#[test]
fn a_product_that_is_one_feature_has_all_its_groups() {
    let document = vendored(&workspace(), Product::IbmConfiguration)
        .expect("the vendored document is in the repository");
    let enabled = BTreeSet::from(["ibm-configuration".to_owned()]);
    let groups = codegen::enabled_groups("ibm-configuration", &document, &enabled).unwrap();
    let all = [
        "rule-attachments",
        "rules",
        "template-attachments",
        "templates",
    ];
    assert_eq!(groups, all);
    let none = codegen::enabled_groups("ibm-configuration", &document, &BTreeSet::new());
    assert!(none.unwrap().is_empty());
}

#[test]
fn a_feature_without_a_group_is_an_error_that_says_what_to_do() {
    let document = json!({"tags": [{"name": "Alerts"}]});
    let features = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let groups = codegen::enabled_groups("cspm", &document, &features(&["cspm-alerts"]));
    assert_eq!(groups.unwrap(), ["alerts"]);
    let error =
        codegen::enabled_groups("cspm", &document, &features(&["cspm-alerts", "cspm-gone"]))
            .unwrap_err()
            .to_string();
    assert!(
        error.contains("`cspm-gone`") && error.contains("cargo xtask features"),
        "{error}"
    );
}

#[test]
fn a_document_that_does_not_parse_is_an_error_that_says_what_to_do() {
    let error = codegen::parse("spec/cspm.json", "{\"openapi\":")
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("spec/cspm.json: "), "{error}");
    assert!(error.contains("cargo xtask regen"), "{error}");
}

#[test]
fn a_product_of_which_nothing_is_enabled_is_an_empty_client() {
    let empty = json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
    let client = codegen::generate("code", empty, &Notes::default(), |_| true)
        .expect("an empty document generates");
    assert!(client.operations.is_empty());
    assert!(client.code.contains("pub struct Client"));
}

#[test]
fn what_is_not_enabled_is_not_generated() {
    let document =
        vendored(&workspace(), Product::Cspm).expect("the vendored document is in the repository");
    let few = codegen::generate("cspm", document, &Notes::default(), |group| {
        group == "login"
    })
    .expect("one group generates");
    assert_eq!(few.operations.len(), 2);
    assert!(!few.code.contains("get_alerts"));
    assert!(few.types.len() < 20, "{:?}", few.types);
}
