//! Invalid requests: Prism must refuse them all, else its consent to the valid ones would mean nothing.

use std::collections::BTreeMap;

use prisma_cloud::api::Product;
use prisma_cloud::testing::samples::{Extent, Operation, SampleRequest, document, operations};
use prisma_cloud_tests::ledger::{Reasons, compare};
use serde_json::{Value, json};

use crate::exchange::TOKEN;
use crate::ledger::Ledger;
use crate::prism::Prism;

/// What is wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    /// The body is a list where an object is wanted, or an object where a list is.
    Kind,
    /// A required member is missing.
    Missing,
    /// A member has another type.
    Type,
    /// A required query parameter is missing.
    Query,
    /// There is no token.
    Token,
}

impl Wrong {
    const ALL: [Self; 5] = [
        Self::Kind,
        Self::Missing,
        Self::Type,
        Self::Query,
        Self::Token,
    ];

    /// Makes `sample` wrong in this way, if it can be.
    fn spoil(self, operation: &Operation, sample: &mut SampleRequest) -> bool {
        match self {
            Self::Kind => match &mut sample.body {
                Some(body @ Value::Object(_)) => replace(body, json!([true])),
                Some(body @ Value::Array(_)) => replace(body, json!({"no": "list"})),
                _ => false,
            },
            Self::Missing => {
                let Some(Value::Object(members)) = &mut sample.body else {
                    return false;
                };
                let required = required_member(operation);
                required.is_some_and(|name| members.remove(name).is_some())
            }
            Self::Type => {
                let Some(Value::Object(members)) = &mut sample.body else {
                    return false;
                };
                // A member of which the document says a plain type.
                let typed = members.iter_mut().find(|(name, _)| {
                    let schema = member(operation, name);
                    let kind = schema.and_then(|schema| schema["type"].as_str());
                    matches!(
                        kind,
                        Some("string" | "integer" | "number" | "boolean" | "array")
                    )
                });
                typed.is_some_and(|(_, value)| replace(value, json!({"wrong": ["type"]})))
            }
            Self::Query => {
                let required = required_query(operation);
                let count = sample.parameters.len();
                sample
                    .parameters
                    .retain(|parameter| Some(parameter.name) != required);
                sample.parameters.len() < count
            }
            Self::Token => operation.needs_token(),
        }
    }

    /// What must be refused at least this often, else the documents or the samples are not what they were.
    fn least(self) -> usize {
        match self {
            Self::Kind => 250,
            Self::Missing => 100,
            Self::Type => 200,
            Self::Query => 40,
            Self::Token => 550,
        }
    }
}

/// The schema of the body.
fn body(operation: &Operation) -> Option<&'static Value> {
    let document = document(operation.product());
    let mut schema = operation.request_schema()?;
    while let Some(reference) = schema["$ref"].as_str() {
        schema = &document["components"]["schemas"][reference.rsplit('/').next()?];
    }
    Some(schema)
}

fn member(operation: &Operation, name: &str) -> Option<&'static Value> {
    body(operation)?["properties"].get(name)
}

fn required_member(operation: &Operation) -> Option<&'static str> {
    let schema = body(operation)?;
    let required = schema["required"].as_array()?.iter();
    required
        .filter_map(Value::as_str)
        .find(|name| !schema["properties"][name].is_null())
}

fn required_query(operation: &Operation) -> Option<&'static str> {
    let method = operation.method().as_str().to_ascii_lowercase();
    let described = &document(operation.product())["paths"][operation.path()][method];
    let mut parameters = described["parameters"].as_array()?.iter();
    parameters.find(|parameter| parameter["in"] == "query" && parameter["required"] == true)?["name"].as_str()
}

fn replace(value: &mut Value, other: Value) -> bool {
    *value = other;
    true
}

/// Sends every request that can be made wrong, in each way that it can. The figures are for the line that is printed.
pub async fn run(
    prism: &Prism,
    ledger: &Ledger,
    seed: u64,
    complaints: &mut Vec<String>,
) -> String {
    let client = reqwest::Client::new();
    let mut figures = Vec::new();
    for wrong in Wrong::ALL {
        let mut refused = 0;
        let mut accepted = BTreeMap::new();
        for operation in operations() {
            let key = operation.key();
            if ledger.refused.contains_key(&key) {
                continue;
            }
            let extent = match wrong {
                Wrong::Type if !ledger.refused_when_full.contains_key(&key) => Extent::Full,
                _ => Extent::Minimal,
            };
            let mut sample = ledger.sample(operation, extent, seed);
            if !wrong.spoil(operation, &mut sample) {
                continue;
            }
            let token = (wrong != Wrong::Token).then_some(operation.product());
            match send(&client, &prism.url, operation, &sample, token).await {
                Ok(true) => drop(accepted.insert(key, format!("{wrong:?}"))),
                Ok(false) => refused += 1,
                Err(error) => complaints.push(format!("{key}, wrong {wrong:?}: {error}")),
            }
        }
        let known = match wrong {
            Wrong::Token => &ledger.no_token_needed,
            _ => &Reasons::new(),
        };
        let least = wrong.least();
        if refused < least {
            complaints.push(format!(
                "only {refused} requests were refused for {wrong:?}, expected {least}"
            ));
        }
        complaints.extend(
            compare(known, &accepted)
                .into_iter()
                .map(|complaint| format!("wrong {wrong:?}: {complaint}")),
        );
        figures.push(format!("{wrong:?} {refused}"));
    }
    format!("invalid requests refused: {}", figures.join(", "))
}

/// Sends `sample`; whether it was accepted.
async fn send(
    client: &reqwest::Client,
    base: &str,
    operation: &Operation,
    sample: &SampleRequest,
    token: Option<Product>,
) -> reqwest::Result<bool> {
    let mut url = reqwest::Url::parse(&format!("{base}{}", sample.path())).expect("an address");
    let query = sample.query();
    if !query.is_empty() {
        url.query_pairs_mut().extend_pairs(query);
    }
    let mut request = client.request(operation.method().clone(), url);
    for (name, value) in sample.headers() {
        request = request.header(name, value);
    }
    request = match token {
        Some(Product::Code) => request.header("authorization", TOKEN),
        Some(_) => request.header("x-redlock-auth", TOKEN),
        None => request,
    };
    if let Some(body) = &sample.body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    Ok(request.send().await?.status().is_success())
}
