//! The rules of the Configuration API v1 and their attachments, with tags.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::routes::refusal;
use crate::testing::call::Call;
use crate::testing::routes::Reply;

/// All rules and attachments.
#[derive(Default)]
pub(super) struct Governance {
    rules: BTreeMap<String, Versioned>,
    /// By the rule's id and their own.
    attachments: BTreeMap<(String, String), Versioned>,
    made: u32,
}

/// A thing and how often it was changed.
struct Versioned {
    value: Value,
    version: u32,
}

impl Versioned {
    fn tag(&self) -> String {
        format!("\"v{}\"", self.version)
    }

    fn reply(&self) -> Reply {
        let mut reply = Reply::json(200, &self.value);
        reply.set("etag", &self.tag());
        reply
    }
}

impl Governance {
    /// The answer to a call that is about rules or their attachments.
    pub(super) fn answer(&mut self, call: &Call<'_>) -> Option<Reply> {
        if !call.operation.path().starts_with("/config/v1/rules") {
            return None;
        }
        let rule = call.parameter("rule_id").to_owned();
        let key = (rule.clone(), call.parameter("attachment_id").to_owned());
        let id = call.id();
        if !rule.is_empty() && !self.rules.contains_key(&rule) {
            return Some(refusal(404, "not_found", "There is no such rule"));
        }
        Some(match id {
            "create_rules" => self.create_rules(&call.body),
            "list_rules" => list(call, "rules", self.rules.values()),
            "create_rule_attachments" => self.attach(&rule, &call.body),
            "list_rule_attachments" => {
                let of_rule = self.attachments.iter().filter(|((of, _), _)| *of == rule);
                list(
                    call,
                    "attachments",
                    of_rule.map(|(_, attachment)| attachment),
                )
            }
            "get_rule" => read(self.rules.get(&rule)),
            "get_rule_attachment" => read(self.attachments.get(&key)),
            "update_rule" => update(self.rules.get_mut(&rule), call),
            "update_rule_attachment" => update(self.attachments.get_mut(&key), call),
            "delete_rule" => {
                self.attachments.retain(|(of, _), _| *of != rule);
                deleted(self.rules.remove(&rule))
            }
            "delete_rule_attachment" => deleted(self.attachments.remove(&key)),
            _ => return None,
        })
    }

    fn next_id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}-00000000-0000-4000-8000-{:012x}", self.made)
    }

    fn create_rules(&mut self, body: &Value) -> Reply {
        let mut answers = Vec::new();
        for asked in body["rules"].as_array().into_iter().flatten() {
            let id = self.next_id("rule");
            let mut rule = asked["rule"].clone();
            rule["rule_id"] = id.as_str().into();
            rule["rule_type"] = "user_defined".into();
            rule["creation_date"] = "2022-01-01T00:00:00Z".into();
            rule["number_of_attachments"] = 0.into();
            answers.push(json!({
                "request_id": asked["request_id"],
                "status_code": 201,
                "rule": rule,
            }));
            let made = Versioned {
                value: rule,
                version: 1,
            };
            self.rules.insert(id, made);
        }
        Reply::json(201, &json!({ "rules": answers }))
    }

    fn attach(&mut self, rule: &str, body: &Value) -> Reply {
        let mut answers = Vec::new();
        for asked in body["attachments"].as_array().into_iter().flatten() {
            let id = self.next_id("attachment");
            let mut attachment = asked.clone();
            attachment["attachment_id"] = id.as_str().into();
            attachment["rule_id"] = rule.into();
            answers.push(attachment.clone());
            let made = Versioned {
                value: attachment,
                version: 1,
            };
            self.attachments.insert((rule.to_owned(), id), made);
        }
        if let Some(rule) = self.rules.get_mut(rule) {
            let count = rule.value["number_of_attachments"].as_u64().unwrap_or(0);
            rule.value["number_of_attachments"] = (count + answers.len() as u64).into();
        }
        Reply::json(201, &json!({ "attachments": answers }))
    }
}

fn read(thing: Option<&Versioned>) -> Reply {
    thing.map_or_else(gone, Versioned::reply)
}

fn gone() -> Reply {
    refusal(404, "not_found", "There is no such thing")
}

fn deleted(thing: Option<Versioned>) -> Reply {
    let Some(_) = thing else { return gone() };
    Reply::empty(204)
}

/// Takes over what was sent, if the tag is the current one.
fn update(thing: Option<&mut Versioned>, call: &Call<'_>) -> Reply {
    let Some(thing) = thing else { return gone() };
    let given = call.headers.get(http::header::IF_MATCH);
    if given.is_none_or(|tag| tag.as_bytes() != thing.tag().as_bytes()) {
        return refusal(412, "precondition_failed", "The tag is not the current one");
    }
    for (name, value) in call.body.as_object().into_iter().flatten() {
        thing.value[name] = value.clone();
    }
    thing.version += 1;
    thing.reply()
}

/// A page by offset and limit, in the envelope of this API: links to the first and the last page, none to the next.
fn list<'a>(call: &Call<'_>, name: &str, things: impl Iterator<Item = &'a Versioned>) -> Reply {
    let number = |name: &str, or: usize| {
        let given = call.query(name).and_then(|text| text.parse().ok());
        given.unwrap_or(or)
    };
    let (offset, limit) = (number("offset", 0), number("limit", 100).max(1));
    let all: Vec<&Value> = things.map(|thing| &thing.value).collect();
    let page: Vec<&Value> = all.iter().skip(offset).take(limit).copied().collect();
    let last = all.len().saturating_sub(1) / limit * limit;
    let link = |offset: usize| json!({ "href": format!("https://compliance.example{}?offset={offset}&limit={limit}", call.path) });
    let mut body = json!({
        "offset": offset,
        "limit": limit,
        "total_count": all.len(),
        "first": link(0),
        "last": link(last),
    });
    body[name] = json!(page);
    Reply::json(200, &body)
}
