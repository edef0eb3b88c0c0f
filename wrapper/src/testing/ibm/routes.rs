//! Who answers what: those who keep state first, and the documents for everything else.

use std::sync::LazyLock;

use http::header;
use prisma_cloud_api::Product;
use serde_json::{Value, json};

use super::{ACCOUNT_ID, INSTANCE_ID, State};
use crate::testing::call::Call;
use crate::testing::generic;
use crate::testing::record::Recorded;
use crate::testing::routes::Reply;
use crate::testing::samples::{Extent, Operation};
use crate::testing::schema::documents::operations_of;
use crate::testing::schema::request::Wrong;
use crate::testing::schema::router::{Found, Node, find_in};
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

static ROUTES: LazyLock<Node> = LazyLock::new(|| Node::of(operations()));

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
        Err(reply) => return *reply,
    };
    if let Some(reply) = state.governance.answer(&call) {
        return reply;
    }
    if call.operation.product() != Product::IbmIam && call.id() == "list_rules" {
        return pages(&call, state.listed);
    }
    sample(&call)
}

/// Finds the operation and judges the request against it.
fn judge(record: &Recorded) -> Result<Call<'_>, Box<Reply>> {
    let refused = |status, code, message: &str| Box::new(refusal(status, code, message));
    let (operation, parameters) = match find_in(&ROUTES, &record.method, &record.path) {
        Found::Operation(operation, parameters) => (operation, parameters),
        Found::OtherMethods(_) => {
            return Err(refused(
                405,
                "method_not_allowed",
                "The path has other methods",
            ));
        }
        Found::Nothing => return Err(refused(404, "not_found", "There is no such path")),
    };
    let call = Call::judged(operation, parameters, record).map_err(|wrong| match wrong {
        Wrong::Value(wrong) => refused(
            400,
            "bad_request",
            &format!("{} {}", wrong.place, wrong.reason),
        ),
        Wrong::MediaType => refused(415, "unsupported_media_type", "The body is not JSON"),
        Wrong::NotAcceptable => refused(406, "not_acceptable", "There is no such media type"),
    })?;
    match call.parameter("instance_id") {
        "" | INSTANCE_ID => Ok(call),
        _ => Err(refused(404, "not_found", "There is no such instance")),
    }
}

/// What the document says, filled with what looks right.
fn sample(call: &Call<'_>) -> Reply {
    if call.id() == "get_api_keys_details" {
        let mut details = call.operation.sample_answer(Extent::Full, 1).body;
        details["account_id"] = ACCOUNT_ID.into();
        return Reply::json(200, &details);
    }
    let mut reply = generic::answer(1, call);
    if *call.operation.method() == http::Method::GET {
        reply.set("etag", "W/\"sample\"");
    }
    reply
}

/// The rules of API v3, as many as there are, with a token for the next page.
fn pages(call: &Call<'_>, total: usize) -> Reply {
    let number = |name: &str| call.query(name).and_then(|text| text.parse::<usize>().ok());
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
        let href = format!("https://compliance.example{}?start={end}", call.path);
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
