//! Who answers what: those who keep state first, and the documents for everything else.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use http::header;
use prisma_cloud_api::Product;
use serde_json::{Value, json};

use super::{ACCOUNT_ID, INSTANCE_ID, State};
use crate::testing::record::Recorded;
use crate::testing::routes::Reply;
use crate::testing::samples::{Extent, Operation, Way, check};
use crate::testing::schema::documents::operations_of;
use crate::testing::server::State as Server;

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    let products = [
        Product::IbmIam,
        #[cfg(feature = "ibm-configuration")]
        Product::IbmConfiguration,
        #[cfg(feature = "ibm-compliance")]
        Product::IbmCompliance,
    ];
    products.into_iter().flat_map(operations_of).collect()
});

/// All operations of the enabled services.
pub fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// A judged request.
pub(super) struct Call<'a> {
    pub(super) operation: &'static Operation,
    pub(super) record: &'a Recorded,
    /// From the path, decoded by nobody: all ids are plain.
    pub(super) parameters: BTreeMap<&'static str, &'a str>,
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// The answer to any request.
pub(super) fn answer(state: &mut State, server: &mut Server, record: &Recorded) -> Reply {
    let path = record.path.as_str();
    if path == "/identity/token" {
        return state.iam.answer(server, record);
    }
    if let Some(reply) = server.fixed.get(&format!("{} {path}", record.method)) {
        return reply.clone();
    }
    let bearer = record
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if !bearer.is_some_and(|token| server.tokens.is_good(token, server.now())) {
        return refusal(401, "BXNIM0513E", "The token is not valid");
    }
    let call = match judge(record) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    if let Some(reply) = state.governance.answer(&call) {
        return reply;
    }
    if call.operation.product() != Product::IbmIam && call.operation.id() == "list_rules" {
        return pages(&call, state.listed);
    }
    sample(&call)
}

/// Finds the operation and judges the request against it.
fn judge(record: &Recorded) -> Result<Call<'_>, Reply> {
    let found = OPERATIONS
        .iter()
        .filter(|operation| operation.method() == record.method)
        .filter_map(|operation| Some((operation, fill(operation.path(), &record.path)?)))
        // `/apikeys/details` is meant before `/apikeys/{id}`.
        .min_by_key(|(_, parameters)| parameters.len());
    let Some((operation, parameters)) = found else {
        return Err(refusal(404, "not_found", "There is no such path"));
    };
    let query: BTreeMap<String, String> =
        url::form_urlencoded::parse(record.query.as_deref().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let instance = parameters.get("instance_id");
    if instance.is_some_and(|instance| *instance != INSTANCE_ID) {
        return Err(refusal(404, "not_found", "There is no such instance"));
    }
    for parameter in operation.parameters() {
        let name = parameter["name"].as_str().unwrap_or_default();
        let given = match parameter["in"].as_str() {
            Some("path") => parameters.get(name).copied(),
            Some("query") => query.get(name).map(String::as_str),
            _ => record
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok()),
        };
        let wrong = match given {
            None => parameter["required"] == true,
            Some(text) => {
                let schema = &parameter["schema"];
                let value = match schema["type"].as_str() {
                    Some("integer") => text.parse::<i64>().map_or(text.into(), Value::from),
                    Some("boolean") => text.parse::<bool>().map_or(text.into(), Value::from),
                    _ => text.into(),
                };
                check(operation.schemas(), schema, &value, Way::Request).is_err()
            }
        };
        if wrong {
            return Err(refusal(
                400,
                "bad_request",
                &format!("The parameter {name} is missing or wrong"),
            ));
        }
    }
    let body = match operation.request_schema() {
        None => Value::Null,
        Some(schema) => {
            let body = serde_json::from_slice(&record.body)
                .map_err(|_| refusal(400, "bad_request", "The body is no JSON"))?;
            check(operation.schemas(), schema, &body, Way::Request).map_err(|wrong| {
                refusal(
                    400,
                    "bad_request",
                    &format!("{} {}", wrong.place, wrong.reason),
                )
            })?;
            body
        }
    };
    Ok(Call {
        operation,
        record,
        parameters,
        query,
        body,
    })
}

/// The parameters of `path`, if it is `template` with its parameters filled in.
fn fill<'a>(template: &'static str, path: &'a str) -> Option<BTreeMap<&'static str, &'a str>> {
    let (wanted, parts) = (template.split('/'), path.split('/'));
    if wanted.clone().count() != parts.clone().count() {
        return None;
    }
    let mut parameters = BTreeMap::new();
    for (want, part) in wanted.zip(parts) {
        match want
            .strip_prefix('{')
            .and_then(|want| want.strip_suffix('}'))
        {
            Some(name) if !part.is_empty() => {
                parameters.insert(name, part);
            }
            _ if want == part => {}
            _ => return None,
        }
    }
    Some(parameters)
}

/// What the document says, filled with what looks right.
fn sample(call: &Call<'_>) -> Reply {
    let mut sample = call.operation.sample_answer(Extent::Full, 1);
    if call.operation.id() == "get_api_keys_details" {
        sample.body["account_id"] = ACCOUNT_ID.into();
    }
    let mut reply = Reply::json(sample.status, &sample.body);
    reply.body = sample.bytes();
    match sample.media_type {
        Some(media_type) => reply.set("content-type", media_type),
        None => reply.headers.clear(),
    }
    if call.record.method == http::Method::GET {
        reply.set("etag", "W/\"sample\"");
    }
    reply
}

/// The rules of API v3, as many as there are, with a token for the next page.
fn pages(call: &Call<'_>, total: usize) -> Reply {
    let number = |name: &str| {
        call.query
            .get(name)
            .and_then(|text| text.parse::<usize>().ok())
    };
    let limit = number("limit").unwrap_or(50).max(1);
    let from = number("start").unwrap_or(0);
    let end = (from + limit).min(total);
    let mut page = call.operation.sample_answer(Extent::Full, 1).body;
    let Some(rule) = page["rules"].get(0).cloned() else {
        return refusal(500, "internal", "The document lists no rules");
    };
    let rules: Vec<Value> = (from..end)
        .map(|index| {
            let mut rule = rule.clone();
            rule["description"] = format!("Rule {index}").into();
            rule
        })
        .collect();
    page["rules"] = rules.into();
    page["limit"] = limit.into();
    page["total_count"] = total.into();
    let members = page.as_object_mut().expect("a page is an object");
    members.remove("next");
    if end < total {
        let href = format!("https://compliance.example{}?start={end}", call.record.path);
        members.insert(
            "next".into(),
            json!({ "href": href, "start": end.to_string() }),
        );
    }
    Reply::json(200, &page)
}

/// A refusal in the shape of the services.
pub(super) fn refusal(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({
            "errors": [{ "code": code, "message": message }],
            "trace": "trace-1",
            "status_code": status,
        }),
    )
}
