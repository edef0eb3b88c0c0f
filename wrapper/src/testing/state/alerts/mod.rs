//! Alerts: listings with filters and pages, with the habits of the real ones, and changes of status.

mod item;
mod query;
mod status;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(in crate::testing) use item::account_id;
use item::{Alert, number, policy_id, write_policy};
use query::{Now, Query, length};
use status::{Change, Status};

use super::collection::millis;
use super::policies;
use crate::testing::call::Call;
use crate::testing::routes::{Reply, member};
use crate::testing::server::State;

/// More in one page is refused.
const MOST: u64 = 10_000;
const DEFAULT_LIMIT: u64 = 100;

/// All alerts of a tenant: how many there are, and what changed.
#[derive(Debug)]
pub(in crate::testing) struct Alerts {
    total: u64,
    /// When the tenant began, in Unix milliseconds.
    origin: u64,
    /// When the last login was, in Unix milliseconds.
    pub(in crate::testing) login: u64,
    /// At least so many bytes has a page token.
    token_bytes: usize,
    changes: BTreeMap<u64, Change>,
    note_required: bool,
}

/// Where the next page begins.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    /// How many alerts have been looked at.
    looked: u64,
    limit: u64,
    total: u64,
    query: Query,
}

impl Place {
    fn token(&self) -> String {
        let text = serde_json::to_string(self).expect("a place is JSON");
        text.bytes()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
            + "."
    }
}

/// A token that every tenant takes, for samples.
pub(in crate::testing) fn example_token() -> String {
    let place = Place {
        looked: 100,
        limit: 100,
        total: 250,
        query: Query::all(),
    };
    place.token()
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let now = millis(state.wall());
    let alerts = &mut state.alerts;
    let reply = match call.id() {
        "get-alerts-v2" | "post-alerts-v2" => alerts.page(call, now),
        "get-alerts" | "post-alerts" => alerts.list(call, now),
        "get-alerts-grouped" | "post-alerts-grouped" => alerts.grouped(call, now),
        "get-alert-count" => {
            let wanted = call.parameter("status");
            let fits = |alert: &Alert<'_>| alert.status(now).name().eq_ignore_ascii_case(wanted);
            let count = (0..alerts.total)
                .filter(|number| fits(&alerts.at(*number)))
                .count();
            Ok(Reply::json(200, &json!({ "count": count })))
        }
        "get-alert" => alerts.one(call, now),
        "dismiss-alerts" => alerts.dismiss(call, now),
        "reopen-alerts" => alerts.reopen(call, now),
        "is-dismissal-note-required" => Ok(Reply::json(
            200,
            &json!({ "requireDismissalNote": alerts.note_required }),
        )),
        "set-dismissal-note-required" => {
            alerts.note_required = call.body["requireDismissalNote"] == true;
            Ok(Reply::empty(200))
        }
        _ => return None,
    };
    Some(reply.unwrap_or_else(|refusal| refusal))
}

impl Alerts {
    /// `total` open ones, the newest a minute before `origin`.
    pub(in crate::testing) fn new(total: u64, origin: u64, token_bytes: usize) -> Self {
        Self {
            total,
            origin,
            login: origin,
            token_bytes,
            changes: BTreeMap::new(),
            note_required: false,
        }
    }

    /// How many there are.
    pub(in crate::testing) fn total(&self) -> u64 {
        self.total
    }

    /// One of them, as it stands.
    pub(in crate::testing) fn value(&self, number: u64, now: u64) -> Value {
        let mut text = String::new();
        self.at(number).write(now, &mut text);
        serde_json::from_str(&text).expect("alerts are written as JSON")
    }

    fn at(&self, number: u64) -> Alert<'_> {
        Alert {
            number,
            origin: self.origin,
            change: self.changes.get(&number),
        }
    }

    fn times(&self, now: u64) -> Now {
        Now {
            now,
            login: self.login,
        }
    }

    /// The alerts that are looked at, beginning with the one after `looked` others.
    fn ordered(&self, query: &Query, looked: u64) -> impl Iterator<Item = Alert<'_>> {
        let ascending = query.ascending;
        (looked..self.total).map(move |place| {
            let number = if ascending {
                self.total - 1 - place
            } else {
                place
            };
            self.at(number)
        })
    }

    fn count(&self, query: &Query, now: u64) -> u64 {
        if self.changes.is_empty() && query.means_all_unchanged(self.origin) {
            return self.total;
        }
        let fits = |alert: &Alert<'_>| query.fits(*alert, now);
        self.ordered(query, 0).filter(fits).count() as u64
    }

    /// One page. Every page with data carries a token for the next, the last one too; an empty page carries none.
    fn page(&self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        let token = call.query("pageToken").or_else(|| call.text("pageToken"));
        let mut skip = 0;
        let mut place = match token {
            Some(token) => read_token(token)
                .ok_or_else(|| call.refused(400, "invalid_page_token", "pageToken"))?,
            None => {
                let query = Query::of(call, self.times(now))?;
                skip = whole(call, "offset")?.unwrap_or(0);
                Place {
                    looked: 0,
                    limit: limit(call)?.unwrap_or(DEFAULT_LIMIT),
                    total: self.count(&query, now),
                    query,
                }
            }
        };
        let mut items = String::from("[");
        let mut count = 0;
        let looked = place.looked;
        for alert in self.ordered(&place.query, looked) {
            if count == place.limit {
                break;
            }
            place.looked += 1;
            if !place.query.fits(alert, now) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if count > 0 {
                items.push(',');
            }
            alert.write(now, &mut items);
            count += 1;
        }
        items.push(']');
        let mut body = format!(r#"{{"totalRows":{},"items":{items}"#, place.total);
        if count > 0 {
            body += &format!(r#","nextPageToken":"{}""#, self.token(&place));
        }
        body.push('}');
        Ok(json_text(body))
    }

    /// Without pages.
    fn list(&self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        let query = Query::of(call, self.times(now))?;
        let (offset, limit) = window(call)?;
        let mut items = String::from("[");
        let fits = |alert: &Alert<'_>| query.fits(*alert, now);
        for alert in self
            .ordered(&query, 0)
            .filter(fits)
            .skip(offset)
            .take(limit)
        {
            if items.len() > 1 {
                items.push(',');
            }
            alert.write(now, &mut items);
        }
        items.push(']');
        Ok(json_text(items))
    }

    /// How many alerts each policy has.
    fn grouped(&self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        let query = Query::of(call, self.times(now))?;
        let mut counts = [0_u64; policies::SEEDED as usize];
        for alert in self
            .ordered(&query, 0)
            .filter(|alert| query.fits(*alert, now))
        {
            counts[alert.policy() as usize] += 1;
        }
        let mut items = Vec::new();
        for (policy, count) in counts
            .into_iter()
            .enumerate()
            .filter(|(_, count)| *count > 0)
        {
            let mut text = format!(
                r#"{{"alertCount":{count},"policyId":"{}","policy":"#,
                policy_id(policy as u64)
            );
            write_policy(policy as u64, &mut text);
            items.push(text + "}");
        }
        let (offset, limit) = window(call)?;
        let items: Vec<String> = items.into_iter().skip(offset).take(limit).collect();
        Ok(json_text(format!("[{}]", items.join(","))))
    }

    fn one(&self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        let id = call.parameter("id");
        let number = number(id).filter(|number| *number < self.total);
        let alert = self.at(number.ok_or_else(|| call.unknown(id))?);
        let mut text = String::new();
        alert.write(now, &mut text);
        Ok(json_text(text))
    }

    /// The alerts that a change of status names, or those that its filter and its policies mean.
    fn named(&self, call: &Call<'_>, now: u64) -> Result<Vec<u64>, Reply> {
        let texts = |name: &str| -> Vec<&str> {
            let list = call.body[name].as_array().into_iter().flatten();
            list.filter_map(Value::as_str).collect()
        };
        let ids = texts("alerts");
        if !ids.is_empty() {
            let known = |id: &&str| {
                let number = number(id).filter(|number| *number < self.total);
                number.ok_or_else(|| call.refused(400, "invalid_alert_id", id))
            };
            return ids.iter().map(known).collect();
        }
        let query = Query::of_body(&call.body["filter"], self.times(now))
            .map_err(|name| call.refused(400, "invalid_filter", &name))?;
        let policies = texts("policies");
        let fits = |alert: &Alert<'_>| {
            let policy = || policy_id(alert.policy());
            query.fits(*alert, now)
                && (policies.is_empty() || policies.contains(&policy().as_str()))
        };
        Ok(self
            .ordered(&query, 0)
            .filter(fits)
            .map(|alert| alert.number)
            .collect())
    }

    /// Dismisses alerts, or snoozes them if there is an end, which lies in the future.
    fn dismiss(&mut self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        let note = call.text("dismissalNote").unwrap_or_default();
        if self.note_required && note.is_empty() {
            return Err(call.refused(400, "dismissal_note_required", "dismissalNote"));
        }
        let until = match member(&call.body, "dismissalTimeRange") {
            None => None,
            Some(range) => {
                let value = &range["value"];
                let span = value["amount"].as_u64().map(|amount| {
                    amount.saturating_mul(length(value["unit"].as_str().unwrap_or_default()))
                });
                let end = span
                    .map(|span| now.saturating_add(span))
                    .or(value["endTime"].as_u64());
                let refused =
                    || call.refused(400, "invalid_dismissal_time_range", "dismissalTimeRange");
                Some(end.filter(|end| *end > now).ok_or_else(refused)?)
            }
        };
        let status = if until.is_some() {
            Status::Snoozed
        } else {
            Status::Dismissed
        };
        for number in self.named(call, now)? {
            self.change(number, status, now, until, note);
        }
        Ok(Reply::empty(200))
    }

    fn reopen(&mut self, call: &Call<'_>, now: u64) -> Result<Reply, Reply> {
        for number in self.named(call, now)? {
            if self.at(number).status(now) != Status::Open {
                self.change(number, Status::Open, now, None, "");
            }
        }
        Ok(Reply::empty(200))
    }

    fn change(&mut self, number: u64, status: Status, now: u64, until: Option<u64>, note: &str) {
        let before = self.changes.remove(&number);
        self.changes
            .insert(number, Change::new(status, now, until, note, before));
    }

    /// Real tokens say nothing to those who get them, and can be tens of kilobytes long.
    fn token(&self, place: &Place) -> String {
        let mut token = place.token();
        while token.len() < self.token_bytes {
            token.push('0');
        }
        token
    }
}

fn read_token(token: &str) -> Option<Place> {
    let (digits, _) = token.split_once('.')?;
    let bytes: Option<Vec<u8>> = (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok())
        .collect();
    serde_json::from_slice(&bytes?).ok()
}

fn json_text(body: String) -> Reply {
    Reply::text(200, "application/json; charset=UTF-8", body)
}

/// A number of the body or of the query.
fn whole(call: &Call<'_>, name: &str) -> Result<Option<u64>, Reply> {
    let sent = member(&call.body, name).and_then(Value::as_f64);
    let asked = call.query(name).and_then(|text| text.parse().ok());
    match sent.or(asked) {
        Some(number) if number < 0.0 => Err(call.refused(400, "invalid_parameter_value", name)),
        number => Ok(number.map(|number| number as u64)),
    }
}

/// How many items are left out, and how many are wanted at most, of a listing that counts them.
fn window(call: &Call<'_>) -> Result<(usize, usize), Reply> {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let offset = whole(call, "offset")?.unwrap_or(0);
    Ok((number(offset), number(limit(call)?.unwrap_or(MOST))))
}

fn limit(call: &Call<'_>) -> Result<Option<u64>, Reply> {
    match whole(call, "limit")? {
        Some(limit) if limit > MOST => Err(call.refused(400, "limit_exceeds_max", "limit")),
        Some(0) => Err(call.refused(400, "invalid_parameter_value", "limit")),
        limit => Ok(limit),
    }
}
