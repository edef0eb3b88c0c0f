//! `POST /policy` and `GET /policy`: something that must not happen twice.

use serde_json::{Value, json};

use super::routes::Reply;

/// Creates whatever it is asked to, as often as it is asked.
pub(super) fn create(body: &[u8], policies: &mut Vec<String>) -> Reply {
    let Ok(Value::Object(asked)) = serde_json::from_slice::<Value>(body) else {
        return Reply::refused(400, "bad_request", None);
    };
    let Some(name) = asked.get("name").and_then(Value::as_str) else {
        return Reply::refused(400, "missing_required_parameter", Some("name"));
    };
    policies.push(name.to_owned());
    let mut answer = asked.clone();
    answer.insert(
        "policyId".into(),
        format!("policy-{}", policies.len()).into(),
    );
    Reply::json(200, &answer)
}

pub(super) fn list(policies: &[String]) -> Reply {
    let policies: Vec<Value> = policies
        .iter()
        .enumerate()
        .map(|(index, name)| json!({ "policyId": format!("policy-{}", index + 1), "name": name }))
        .collect();
    Reply::json(200, &policies)
}
