//! Searches: as many results as there are alerts, for every query that looks like one.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Value, json};

use crate::testing::call::Call;
use crate::testing::generic;
use crate::testing::routes::{Reply, member};
use crate::testing::schema::documents::JSON;
use crate::testing::server::State;

const DEFAULT_LIMIT: u64 = 100;

/// The id of a search that every tenant has. Samples are about it.
pub(in crate::testing) const SAVED: &str = "search-0";

/// What every tenant has.
pub(in crate::testing) fn seeded() -> Saved {
    let search = json!({
        "id": SAVED,
        "name": "Example search",
        "query": "config from cloud.resource where cloud.type = 'aws'",
        "timeRange": { "type": "to_now", "value": "EPOCH" },
    });
    [(SAVED.to_owned(), search)].into()
}

/// The searches that were saved, by id.
pub(in crate::testing) type Saved = BTreeMap<String, Value>;

/// The answer, if the path is one of search.
pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (method, path, asked) = (call.operation.method(), call.path, &call.body);
    if let Some(id) = path.strip_prefix("/search/history") {
        let id = id.trim_start_matches('/');
        return saved(&mut state.searches, method, id, asked);
    }
    if method != Method::POST {
        return None;
    }
    let wants_csv = call
        .headers
        .get(http::header::ACCEPT)
        .is_some_and(|accept| accept == "text/csv");
    if path == "/api/v1/permission" && !wants_csv {
        return None;
    }
    let query = asked["query"].as_str().unwrap_or_default();
    if path == "/search/suggest" {
        return Some(Reply::json(200, &suggestion(query)));
    }
    let total = state.alerts.total();
    let (page, wrapped) = match path {
        "/search/config/page" => (Some(page(asked, total, resource)), false),
        "/search/event/page" => (Some(page(asked, total, event)), false),
        "/search/config" => (Some(page(asked, total, resource)), true),
        "/search/event" => (Some(page(asked, total, event)), true),
        "/iam/api/v4/search/permission" => (Some(page(asked, total, permission)), true),
        "/search"
        | "/search/api/v1/config/download"
        | "/search/event/filtered/download"
        | "/api/v1/permission" => (None, true),
        _ => return None,
    };
    // Without a query it is a saved search, or everything.
    if wrapped
        && asked["query"].is_string()
        && let Err((place, word)) = parse(query)
    {
        let words = format!("line 1:{place} mismatched input '{word}' expecting 'from'");
        return Some(Reply::refused(400, "bad_rql", Some(&words)));
    }
    Some(match (page, wrapped) {
        (Some(page), false) => Reply::json(200, &page),
        (Some(page), true) => generic::with(state.seed, call, found(asked, page)),
        (None, _) if path == "/search" => {
            let nodes: Vec<Value> = (0..total).map(resource).collect();
            let data = json!({ "nodes": nodes, "connections": [] });
            generic::with(state.seed, call, found(asked, data))
        }
        (None, _) => csv(call, total),
    })
}

/// What every search tells besides what its document requires.
fn found(asked: &Value, data: Value) -> Value {
    let mut found = json!({ "id": "search-1", "data": data });
    for name in ["query", "timeRange"] {
        if let Some(value) = member(asked, name) {
            found[name] = value.clone();
        }
    }
    found
}

/// The place and the word at which a query stops being one: `config from …`, `asset where …`.
fn parse(query: &str) -> Result<(), (usize, &str)> {
    let mut words = query.split_whitespace();
    let second = match words.next().unwrap_or_default() {
        "asset" => "where",
        "config" | "event" | "network" => "from",
        word => return Err((0, word)),
    };
    match words.next() {
        Some(word) if word == second => Ok(()),
        Some(word) => Err((query.find(word).unwrap_or_default(), word)),
        None => Err((query.len(), "<EOF>")),
    }
}

fn suggestion(query: &str) -> Value {
    match parse(query) {
        Ok(()) => json!({ "valid": true, "offset": query.len(), "suggestions": [] }),
        Err((place, _)) => json!({ "valid": false, "offset": place, "suggestions": ["from"] }),
    }
}

/// One page, with a token as long as there are more.
fn page(asked: &Value, total: u64, item: fn(u64) -> Value) -> Value {
    let token = asked["pageToken"]
        .as_str()
        .or(asked["nextPageToken"].as_str());
    let offset: u64 = token
        .and_then(|token| token.strip_prefix("after-")?.parse().ok())
        .unwrap_or(0);
    let limit = asked["limit"].as_u64().unwrap_or(DEFAULT_LIMIT);
    let end = (offset + limit).min(total);
    let items: Vec<Value> = (offset..end).map(item).collect();
    let mut page = json!({ "totalRows": items.len(), "items": items });
    if end < total {
        page["nextPageToken"] = format!("after-{end}").into();
    }
    page
}

fn resource(index: u64) -> Value {
    json!({
        "id": format!("resource-{index}"),
        "name": format!("example-{index}"),
        "accountName": "Example account",
        "cloudType": "AWS",
        "regionName": "AWS Ireland",
        "service": "Amazon EC2",
        "data": {},
    })
}

fn event(index: u64) -> Value {
    json!({
        "id": index,
        "subject": format!("user-{index}"),
        "name": "ConsoleLogin",
        "eventTs": 1_767_225_600_000_u64 + index,
    })
}

fn permission(index: u64) -> Value {
    json!({
        "id": format!("permission-{index}"),
        "sourceResourceName": format!("user-{index}"),
        "effectiveActionName": "s3:GetObject",
    })
}

/// A table, under the media type that its document gives to files; where it offers JSON, the table was asked for.
fn csv(call: &Call<'_>, total: u64) -> Reply {
    let mut rows = "Name,Account,Region\n".to_owned();
    for index in 0..total {
        rows.push_str(&format!("example-{index},Example account,AWS Ireland\n"));
    }
    let mut reply = Reply::empty(200);
    let media_type = match call.operation.success() {
        (_, Some((media_type, _))) if media_type != JSON => media_type,
        _ => "text/csv",
    };
    reply.set("content-type", media_type);
    reply.body = rows.into_bytes();
    reply
}

fn saved(searches: &mut Saved, method: &Method, id: &str, body: &Value) -> Option<Reply> {
    Some(match (method.as_str(), id) {
        ("GET", "") => {
            let all: Vec<Value> = searches
                .iter()
                .map(|(id, search)| {
                    json!({
                        "id": id,
                        "searchName": search["name"],
                        "query": search["query"],
                        "searchModel": search,
                    })
                })
                .collect();
            Reply::json(200, &all)
        }
        ("GET", id) => match searches.get(id) {
            Some(search) => Reply::json(200, search),
            None => Reply::refused(404, "not_found", None),
        },
        ("POST", id) => {
            searches.insert(id.to_owned(), body.clone());
            Reply::json(200, body)
        }
        ("DELETE", id) => match searches.remove(id) {
            Some(_) => Reply::empty(204),
            None => Reply::refused(404, "not_found", None),
        },
        _ => return None,
    })
}
