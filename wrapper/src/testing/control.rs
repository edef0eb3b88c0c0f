//! Requests to the tenant itself, below `/__tenant`, for programs in other languages.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::Request;

use super::fault::FaultRule;
use super::record::Recorded;
use super::routes::Reply;
use super::server::State;

const HELP: &str = "GET, DELETE /__tenant/requests; POST, DELETE /__tenant/faults; POST /__tenant/limits; \
POST /__tenant/clock; POST /__tenant/reset";

/// The answer, if the request is one to the tenant itself. It is not recorded and never fails.
pub(super) fn answer(state: &mut State, request: &Request) -> Option<Reply> {
    let what = request.url.path().strip_prefix("/__tenant")?;
    let result = match (request.method.as_str(), what) {
        ("GET", "/requests") => Ok(Reply::json(200, &requests(state, request))),
        ("DELETE", "/requests") => {
            state.records.clear();
            Ok(Reply::empty(204))
        }
        ("POST", "/faults") => faults(state, &request.body),
        ("DELETE", "/faults") => {
            state.faults.clear();
            Ok(Reply::empty(204))
        }
        ("POST", "/limits") => limit(state, &request.body),
        ("POST", "/clock") => clock(state, &request.body),
        ("POST", "/reset") => {
            state.reset();
            Ok(Reply::empty(204))
        }
        _ => return Some(Reply::json(404, &json!({ "message": HELP }))),
    };
    Some(result.unwrap_or_else(|message| Reply::json(400, &json!({ "message": message }))))
}

fn read(body: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))
}

/// All of a list or none.
fn faults(state: &mut State, body: &[u8]) -> Result<Reply, String> {
    let rules = match read(body)? {
        Value::Array(rules) => rules,
        rule => vec![rule],
    };
    let rules: Result<Vec<_>, _> = rules.iter().map(FaultRule::from_json).collect();
    state.faults.extend(rules?);
    Ok(Reply::json(201, &json!({ "faults": state.faults.len() })))
}

fn limit(state: &mut State, body: &[u8]) -> Result<Reply, String> {
    let body = read(body)?;
    let number = |name: &str| {
        let number = body[name].as_f64().filter(|number| *number > 0.0);
        number.ok_or_else(|| format!("{name} must be a number above 0"))
    };
    let on = body["on"]
        .as_str()
        .ok_or("on must be an operation id, or method and path")?;
    state
        .limits
        .set(on, number("rate")?, number("burst")?, false);
    Ok(Reply::empty(204))
}

fn clock(state: &mut State, body: &[u8]) -> Result<Reply, String> {
    let seconds = read(body)?["advance_seconds"].as_u64();
    let seconds = seconds.ok_or("advance_seconds must be a whole number")?;
    // A year is more than any test needs, and all that an `Instant` is sure to hold.
    if seconds > 365 * 86_400 {
        return Err("advance_seconds must be at most a year".to_owned());
    }
    state.advance(Duration::from_secs(seconds));
    Ok(Reply::empty(204))
}

/// The last requests, or those of the operation that the query names.
fn requests(state: &State, request: &Request) -> Vec<Value> {
    let wanted = request
        .url
        .query_pairs()
        .find(|(name, _)| name == "operation");
    let fits = |record: &&Recorded| match &wanted {
        Some((_, wanted)) => record.operation == Some(wanted),
        None => true,
    };
    state.records.iter().filter(fits).map(shown).collect()
}

/// Without what logs in, or is logged in.
fn shown(record: &Recorded) -> Value {
    const HIDDEN: [&str; 3] = ["authorization", "cookie", "x-redlock-auth"];
    let headers: serde_json::Map<String, Value> = record
        .headers
        .iter()
        .map(|(name, value)| {
            let value = match HIDDEN.contains(&name.as_str()) {
                true => "(hidden)".into(),
                false => String::from_utf8_lossy(value.as_bytes()),
            };
            (name.to_string(), value.into())
        })
        .collect();
    let text = || String::from_utf8_lossy(&record.body).into();
    let mut body = serde_json::from_slice(&record.body).unwrap_or_else(|_| text());
    if record.operation == Some("app-login") {
        body = match body {
            Value::Object(mut members) => {
                members
                    .entry("password")
                    .and_modify(|password| *password = "(hidden)".into());
                members.into()
            }
            _ => "(hidden)".into(),
        };
    }
    json!({
        "operation": record.operation,
        "method": record.method.as_str(),
        "path": record.path,
        "query": record.query,
        "headers": headers,
        "body": body,
        "status": record.status,
    })
}
