//! `POST /v2/alert`, with the habits of the real one.

use serde_json::{Value, json};

use super::routes::Reply;

/// More in one page is refused.
const MOST: u64 = 10_000;
const DEFAULT_LIMIT: u64 = 100;
const SEVERITIES: [&str; 5] = ["critical", "high", "medium", "low", "informational"];

/// One page. Every page with data carries a token for the next, the last one too; an empty page carries none.
pub(super) fn page(body: &[u8], total: u64) -> Reply {
    let asked: Value = match body {
        b"" => json!({}),
        body => match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(_) => return Reply::refused(400, "bad_request", None),
        },
    };
    let (offset, limit) = match asked.get("pageToken").and_then(Value::as_str) {
        Some(token) => match read_token(token) {
            Some(place) => place,
            None => return Reply::refused(400, "invalid_page_token", Some("pageToken")),
        },
        None => (
            number(&asked, "offset").unwrap_or(0),
            number(&asked, "limit").unwrap_or(DEFAULT_LIMIT),
        ),
    };
    if limit > MOST {
        return Reply::refused(400, "limit_exceeds_max", Some("limit"));
    }
    let end = (offset + limit).min(total);
    let items: Vec<Value> = (offset..end).map(alert).collect();
    let mut answer = json!({ "totalRows": total, "items": items });
    if offset < end {
        answer["nextPageToken"] = token(end, limit).into();
    }
    Reply::json(200, &answer)
}

fn number(asked: &Value, name: &str) -> Option<u64> {
    let value = asked.get(name)?;
    value
        .as_u64()
        .or_else(|| value.as_f64().map(|value| value as u64))
}

fn token(offset: u64, limit: u64) -> String {
    format!("page-{offset}-{limit}")
}

fn read_token(token: &str) -> Option<(u64, u64)> {
    let (offset, limit) = token.strip_prefix("page-")?.split_once('-')?;
    Some((offset.parse().ok()?, limit.parse().ok()?))
}

pub(super) fn alert(index: u64) -> Value {
    let severity = SEVERITIES[(index % 5) as usize];
    json!({
        "id": format!("P-{index}"),
        "status": "open",
        "alertTime": 1_767_225_600_000_u64 + index * 60_000,
        "firstSeen": 1_767_225_600_000_u64,
        "lastSeen": 1_767_225_600_000_u64 + index * 60_000,
        "reason": "NEW_ALERT",
        "policy": {
            "policyId": format!("00000000-0000-0000-0000-{:012}", index % 20),
            "name": format!("Example policy {}", index % 20),
            "policyType": "config",
            "severity": severity,
            "systemDefault": true,
        },
        "resource": {
            "id": format!("resource-{index}"),
            "name": format!("example-{index}"),
            "account": "Example account",
            "accountId": "123456789012",
            "cloudType": "aws",
            "region": "AWS Ireland",
            "data": null,
        },
        "metadata": null,
    })
}
