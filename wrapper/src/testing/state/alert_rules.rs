//! Alert rules.

use serde_json::{Map, Value};

use super::collection::{Collection, millis, object};
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// What their ids begin with.
pub(in crate::testing) const PREFIX: &str = "00000000-0000-4000-8002-";
/// How many there are in the beginning.
pub(in crate::testing) const SEEDED: u64 = 3;

/// What only a rule that is read shows, not one that is written.
const READ_ONLY: [&str; 4] = [
    "notificationChannels",
    "openAlertsCount",
    "owner",
    "readOnly",
];

pub(in crate::testing) fn seeded(seed: u64) -> Collection {
    let operation = "get-alert-rule";
    let mut rules = Collection::seeded("policyScanConfigId", PREFIX, operation, seed, SEEDED);
    for (index, rule) in rules.iter_mut().enumerate() {
        rule.insert("name".into(), format!("Example alert rule {index}").into());
        rule.insert("enabled".into(), true.into());
    }
    rules
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (now, id) = (millis(state.wall()), call.parameter("id"));
    let rules = &mut state.alert_rules;
    let name = call.text("name").unwrap_or_default();
    let reply = match call.id() {
        "get-alert-rules-v2" => {
            let wanted = call
                .query("enabled")
                .map(|text| Value::from(text == "true"));
            let fits = |rule: &&Map<String, Value>| {
                wanted.is_none() || rule.get("enabled") == wanted.as_ref()
            };
            Reply::json(200, &rules.iter().filter(fits).collect::<Vec<_>>())
        }
        "get-alert-rule" => match rules.get(id) {
            Some(rule) => Reply::json(200, rule),
            None => call.unknown(id),
        },
        "add-alert-rule" | "update-alert-rule" if rules.has_name(name, id) => {
            call.refused(409, "alert_rule_already_exists", name)
        }
        "add-alert-rule" => Reply::json(200, rules.add(stamped(call, now))),
        "update-alert-rule" => match rules.change(id, stamped(call, now)) {
            Some(rule) => {
                let mut answer = rule.clone();
                answer.retain(|name, _| !READ_ONLY.contains(&name.as_str()));
                Reply::json(200, &answer)
            }
            None => call.unknown(id),
        },
        "delete-alert-rule" if rules.remove(id) => Reply::empty(204),
        "delete-alert-rule" => call.unknown(id),
        _ => return None,
    };
    Some(reply)
}

fn stamped(call: &Call<'_>, now: u64) -> Map<String, Value> {
    let mut rule = object(&call.body);
    rule.entry("enabled").or_insert(true.into());
    rule.insert("lastModifiedBy".into(), "user@example.com".into());
    rule.insert("lastModifiedOn".into(), now.into());
    rule
}
