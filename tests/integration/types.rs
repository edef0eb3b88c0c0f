//! Types against the schemas they were made from: nothing valid is lost, nothing damaged fails.

use fastrand::Rng;
use prisma_cloud::testing::samples::{self, Extent, Sampler, Way, damage};
use prisma_cloud_api::inspect::{Misfit, Outcome, Part};
use prisma_cloud_api::{Operation, Product, code, cspm};
use prisma_cloud_tests::same::difference;
use prisma_cloud_tests::seed;
use serde_json::{Value, json};

type Inspect = fn(&str, Part, &[u8]) -> Option<Outcome>;

const PRODUCTS: [(Product, &[Operation], Inspect); 2] = [
    (Product::Cspm, cspm::OPERATIONS, cspm::types::inspect),
    (Product::Code, code::OPERATIONS, code::types::inspect),
];

/// Values for each body of each operation.
const VALUES: usize = 12;

/// Calls `check` with random values of each body that has a schema; returns how many there were.
fn each_body(mut check: impl FnMut(&Operation, Part, Value, Inspect)) -> usize {
    let mut bodies = 0;
    println!("seed {}", seed());
    for (product, operations, inspect) in PRODUCTS {
        let [mut requests, mut answers] =
            [Way::Request, Way::Response].map(|way| random(product, way));
        for operation in operations {
            let described = samples::operation(operation.id).expect("a documented operation");
            for (part, schema, sampler) in [
                (Part::Request, described.request_schema(), &mut requests),
                (Part::Response, described.response_schema(), &mut answers),
            ] {
                let Some(schema) = schema else { continue };
                bodies += 1;
                for _ in 0..VALUES {
                    check(operation, part, sampler.value(schema, ""), inspect);
                }
            }
        }
    }
    bodies
}

fn random(product: Product, way: Way) -> Sampler<'static> {
    let schemas = &samples::document(product)["components"]["schemas"];
    Sampler::new(schemas, Extent::Random, way, seed())
}

fn outcome(operation: &Operation, part: Part, value: &Value, inspect: Inspect) -> Outcome {
    inspect(operation.name, part, value.to_string().as_bytes())
        .unwrap_or_else(|| panic!("{} has no type for its {part:?}", operation.id))
}

#[test]
fn valid_values_come_out_as_they_went_in() {
    let bodies = each_body(|operation, part, value, inspect| {
        let written = outcome(operation, part, &value, inspect)
            .unwrap_or_else(|error| panic!("{} {part:?}: {error:?}\n{value}", operation.id));
        if let Some(difference) = difference(&value, &written) {
            panic!("{} {part:?}: {difference}\n{value}", operation.id);
        }
    });
    assert!(bodies > 40, "only {bodies} bodies have a schema");
}

/// Whether the answer of `operation` is an object with any members, all of one kind.
fn operation_is_map(operation: &Operation) -> bool {
    samples::operation(operation.id)
        .and_then(|described| described.response_schema())
        .is_some_and(|schema| schema["additionalProperties"].is_object())
}

#[test]
fn damaged_answers_decode() {
    let mut rng = Rng::with_seed(seed());
    let mut damaged = 0;
    each_body(|operation, part, value, inspect| {
        if part == Part::Request || !(value.is_object() || value.is_array()) {
            return;
        }
        let mut broken = value.clone();
        if operation_is_map(operation) {
            // The members of a map are no fields: only what is in them is damaged.
            let members = broken.as_object_mut().into_iter().flatten();
            members.for_each(|(_, member)| damage(member, &mut rng, 5));
        } else {
            damage(&mut broken, &mut rng, 5);
        }
        damaged += usize::from(broken != value);
        // A damaged value may be of another variant when it is read again; it must be readable.
        if let Err(Misfit::Unreadable(error)) = outcome(operation, part, &broken, inspect) {
            panic!("{}: {error}\n{broken}", operation.id);
        }
    });
    assert!(damaged > 100, "only {damaged} values were damaged");
}

#[test]
fn a_page_of_alerts_survives_damage_field_by_field() {
    let alerts = samples::operation("post-alerts-v2").expect("a documented operation");
    let schema = alerts.response_schema().expect("alerts have a schema");
    println!("seed {}", seed());
    let mut sampler = random(Product::Cspm, Way::Response);
    let mut rng = Rng::with_seed(seed());
    let alert = loop {
        let page = sampler.value(schema, "");
        if let Some(alert) = page["items"].get(0) {
            break alert.clone();
        }
    };
    let mut alerts = vec![alert; 1000];
    for (index, alert) in alerts.iter_mut().enumerate() {
        alert["id"] = Value::from(format!("P-{index}"));
        alert["status"] = Value::from("open");
        if index % 2 == 1 {
            damage(alert, &mut rng, 4);
        }
    }
    let page = json!({"items": alerts, "totalRows": "1000", "nextPageToken": null});
    let page: cspm::types::PagedResultsAlertModel =
        serde_json::from_value(page).expect("the page decodes");
    let items = page.items.expect("the page has items");
    assert_eq!(items.len(), 1000);
    assert_eq!(page.total_rows, Some(1000));
    for (index, alert) in items.iter().enumerate().step_by(2) {
        assert_eq!(alert.id.as_deref(), Some(format!("P-{index}").as_str()));
        let written = serde_json::to_value(alert).expect("an alert is JSON");
        assert_eq!(difference(&alerts[index], &written), None, "alert {index}");
    }
}
