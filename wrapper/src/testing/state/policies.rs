//! Policies. They may be made twice under one name, so that a call that is sent twice shows.

use serde_json::{Map, Value};

use super::collection::{Collection, millis, object};
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// How many there are in the beginning. Alerts belong to these.
pub(in crate::testing) const SEEDED: u64 = 20;
/// What their ids begin with.
pub(in crate::testing) const PREFIX: &str = "00000000-0000-4000-8000-";
/// The severities that the document knows.
pub(in crate::testing) const SEVERITIES: [&str; 3] = ["high", "medium", "low"];

/// The policies that every tenant has.
pub(in crate::testing) fn seeded(seed: u64) -> Collection {
    let mut policies = Collection::seeded("policyId", PREFIX, "get-policy", seed, SEEDED);
    for (index, policy) in policies.iter_mut().enumerate() {
        let severity = SEVERITIES[index % SEVERITIES.len()];
        policy.insert("name".into(), name(index as u64).into());
        policy.insert("severity".into(), severity.into());
        // The document may have lost the values.
        if policy["policyType"].is_string() {
            policy.insert("policyType".into(), "config".into());
        }
        policy.insert("enabled".into(), true.into());
        policy.insert("deleted".into(), false.into());
        policy.insert("systemDefault".into(), true.into());
    }
    policies
}

pub(in crate::testing) fn name(index: u64) -> String {
    format!("Example policy {index}")
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (now, id) = (millis(state.wall()), call.parameter("id"));
    let policies = &mut state.policies;
    let reply = match call.id() {
        "get-policies" | "get-policies-v2" => {
            let listed: Vec<_> = policies
                .iter()
                .filter(|policy| fits(policy, call))
                .collect();
            Reply::json(200, &listed)
        }
        "get-policy" => match policies.get(id) {
            Some(policy) => Reply::json(200, policy),
            None => call.unknown(id),
        },
        "add-policy" => {
            state.created.extend(call.text("name").map(str::to_owned));
            let mut policy = object(&call.body);
            for (name, value) in [
                ("systemDefault", false),
                ("deleted", false),
                ("readOnly", false),
            ] {
                policy.insert(name.into(), value.into());
            }
            policy.entry("enabled").or_insert(true.into());
            stamp(&mut policy, "created", now);
            stamp(&mut policy, "lastModified", now);
            Reply::json(200, policies.add(policy))
        }
        "update-policy" => {
            let mut change = object(&call.body);
            stamp(&mut change, "lastModified", now);
            match policies.change(id, change) {
                Some(policy) => Reply::json(200, policy),
                None => call.unknown(id),
            }
        }
        "update-policy-status" => {
            let mut change = Map::new();
            change.insert(
                "enabled".into(),
                (call.parameter("enabled") == "true").into(),
            );
            stamp(&mut change, "lastModified", now);
            match policies.change(id, change) {
                Some(_) => Reply::empty(200),
                None => call.unknown(id),
            }
        }
        "delete-policy" if policies.remove(id) => Reply::empty(204),
        "delete-policy" => call.unknown(id),
        _ => return None,
    };
    Some(reply)
}

/// By whom and when.
fn stamp(policy: &mut Map<String, Value>, what: &str, now: u64) {
    policy.insert(format!("{what}By"), "user@example.com".into());
    policy.insert(format!("{what}On"), now.into());
}

/// Filters of the same name are alternatives. Those about compliance and labels are no part of the state.
fn fits(policy: &Map<String, Value>, call: &Call<'_>) -> bool {
    const FILTERS: [(&str, &str); 6] = [
        ("policy.name", "name"),
        ("policy.severity", "severity"),
        ("policy.type", "policyType"),
        ("policy.enabled", "enabled"),
        ("policy.remediable", "remediable"),
        ("cloud.type", "cloudType"),
    ];
    FILTERS.iter().all(|(filter, member)| {
        let value = match policy.get(*member) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        };
        let mut wanted = call.queries().filter(|(name, _)| name == filter).peekable();
        wanted.peek().is_none() || wanted.any(|(_, wanted)| wanted.eq_ignore_ascii_case(&value))
    })
}
