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
                typed_member(operation).is_some_and(|name| {
                    members.insert(name.to_owned(), json!({"wrong": ["type"]}));
                    true
                })
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

/// A member of which the document says a plain type.
fn typed_member(operation: &Operation) -> Option<&'static str> {
    let schema = body(operation)?;
    let properties = schema["properties"].as_object()?;
    let required = schema["required"].as_array();
    let is_required =
        |name: &str| required.is_some_and(|names| names.iter().any(|other| other == name));
    let plain = ["string", "integer", "number", "boolean", "array"];
    let typed = properties.iter().filter(|(_, schema)| {
        let kind = schema["type"].as_str();
        kind.is_some_and(|kind| plain.contains(&kind)) && schema["readOnly"] != true
    });
    // What is required is validated by all means; of the rest some is only read.
    typed
        .map(|(name, _)| name.as_str())
        .max_by_key(|name| is_required(name))
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
            let mut sample = ledger.sample(operation, Extent::Minimal, seed);
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
        let none = Reasons::new();
        let known = match wrong {
            Wrong::Token => &ledger.no_token_needed,
            Wrong::Missing => &ledger.missing_member_accepted,
            Wrong::Type => &ledger.wrong_type_accepted,
            Wrong::Kind | Wrong::Query => &none,
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
