//! Account groups.

use serde_json::{Map, Value, json};

use super::collection::{Collection, millis, object};
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// What their ids begin with.
pub(in crate::testing) const PREFIX: &str = "00000000-0000-4000-8001-";
/// Those that there are in the beginning, each with one account.
pub(in crate::testing) const NAMES: [&str; 4] = ["Development", "Production", "Sandbox", "Staging"];
/// How many there are in the beginning.
pub(in crate::testing) const SEEDED: u64 = NAMES.len() as u64;

pub(in crate::testing) fn seeded(seed: u64) -> Collection {
    let mut groups = Collection::seeded("id", PREFIX, "get-account-group", seed, SEEDED);
    for (index, group) in groups.iter_mut().enumerate() {
        group.insert("name".into(), NAMES[index].into());
        let accounts = json!([super::alerts::account_id(index as u64)]);
        group.insert("accountIds".into(), accounts);
        group.insert("cloudAccountCount".into(), 1.into());
        group.remove("cloudAccountInfos");
    }
    groups
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (now, id) = (millis(state.wall()), call.parameter("id"));
    let groups = &mut state.account_groups;
    let name = call.text("name").unwrap_or_default();
    let reply = match call.id() {
        "get-account-groups" => Reply::json(200, &groups.iter().collect::<Vec<_>>()),
        "get-account-group-name" => {
            let names: Vec<Value> = groups
                .iter()
                .map(|group| json!({ "id": group["id"], "name": group["name"], "autoCreated": false }))
                .collect();
            Reply::json(200, &names)
        }
        "get-account-group" => match groups.get(id) {
            Some(group) => Reply::json(200, group),
            None => call.refused(404, "account_group_not_found", id),
        },
        "add-account-group" | "update-account-group" if groups.has_name(name, id) => {
            call.refused(409, "account_group_already_exists", name)
        }
        "add-account-group" => Reply::json(200, groups.add(stamped(call, now))),
        "update-account-group" => match groups.change(id, stamped(call, now)) {
            Some(_) => Reply::empty(200),
            None => call.refused(404, "account_group_not_found", id),
        },
        "delete-account-group" if groups.remove(id) => Reply::empty(200),
        "delete-account-group" => call.refused(404, "account_group_not_found", id),
        _ => return None,
    };
    Some(reply)
}

fn stamped(call: &Call<'_>, now: u64) -> Map<String, Value> {
    let mut group = object(&call.body);
    let accounts = group["accountIds"].as_array().map_or(0, Vec::len);
    group.insert("cloudAccountCount".into(), accounts.into());
    group.insert("autoCreated".into(), false.into());
    group.insert("lastModifiedBy".into(), "user@example.com".into());
    group.insert("lastModifiedTs".into(), now.into());
    group
}
