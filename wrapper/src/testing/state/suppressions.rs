//! Suppressions of Code Security: what was sent, with id, policy and date, in the form that each listing has.

use serde_json::{Map, Value, json};

use super::collection::{Collection, object};
use super::policies;
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// What their ids begin with.
pub(in crate::testing) const PREFIX: &str = "00000000-0000-4000-8003-";
/// How many there are in the beginning, one for each of the first policies.
pub(in crate::testing) const SEEDED: u64 = 3;
/// What an update does not send, and does not change.
const KEPT: [&str; 2] = ["policyId", "creationDate"];
const DATE: &str = "2026-01-01T00:00:00.000Z";

pub(in crate::testing) fn seeded() -> Collection {
    let mut suppressions = Collection::new("id", PREFIX);
    for policy in 0..SEEDED {
        suppressions.add(object(&json!({
            "policyId": format!("{}{policy:012}", policies::PREFIX),
            "suppressionType": "Policy",
            "origin": "Platform",
            "comment": "Example comment",
            "creationDate": DATE,
        })));
    }
    suppressions
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (policy, id) = (call.parameter("policyId"), call.parameter("suppressionId"));
    let of_policy =
        |item: &Map<String, Value>| item.get("policyId").is_some_and(|known| known == policy);
    let suppressions = &mut state.suppressions;
    let known = suppressions.get(id).is_some();
    let reply = match call.id() {
        "getSuppressions" => {
            let found: Vec<Map<String, Value>> = suppressions.iter().map(listed).collect();
            Reply::json(200, &found)
        }
        "createSuppression" => {
            let mut suppression = object(&call.body);
            suppression.insert("policyId".into(), policy.into());
            suppression.insert("creationDate".into(), DATE.into());
            Reply::json(200, &suppressions.add(suppression)["id"])
        }
        "getSuppressionsJustifications" => {
            let found: Vec<Map<String, Value>> = suppressions
                .iter()
                .filter(|item| of_policy(item))
                .map(justification)
                .collect();
            Reply::json(200, &found)
        }
        "updateSuppression" if known => match suppressions.replace(id, object(&call.body), &KEPT) {
            Some(suppression) => Reply::json(200, &suppression["id"]),
            None => call.unknown(id),
        },
        "deleteSuppression" if known => {
            suppressions.remove(id);
            Reply::empty(200)
        }
        "updateSuppression" | "deleteSuppression" => call.unknown(id),
        _ => return None,
    };
    Some(reply)
}

/// Where a suppression comes from and when it ends is told to the service, not by it.
fn shown(
    suppression: &Map<String, Value>,
    resource: impl Fn(&Value) -> Value,
) -> Map<String, Value> {
    let mut shown = suppression.clone();
    shown.remove("origin");
    shown.remove("expirationTime");
    if let Some(Value::Array(resources)) = shown.get_mut("resources") {
        for sent in resources {
            *sent = resource(sent);
        }
    }
    shown
}

fn listed(suppression: &Map<String, Value>) -> Map<String, Value> {
    shown(
        suppression,
        |sent| json!({"accountId": sent["accountId"], "resourceId": sent["id"]}),
    )
}

/// The kind is told under two names.
fn justification(suppression: &Map<String, Value>) -> Map<String, Value> {
    let mut justification = shown(suppression, |sent| sent["id"].clone());
    let kind = suppression
        .get("suppressionType")
        .cloned()
        .unwrap_or_default();
    justification.insert("type".into(), kind);
    justification
}
