//! Login and extension.

use serde_json::json;

use super::collection::millis;
use crate::session::login::CSPM_HEADER;
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    match call.id() {
        "app-login" => Some(login(state, call)),
        "extend-session" => {
            state.extensions += 1;
            let token = call.headers.get(CSPM_HEADER);
            let token = token.and_then(|token| token.to_str().ok());
            let owner = token.and_then(|token| state.keys.owner(token));
            Some(issue(state, owner, true))
        }
        _ => None,
    }
}

fn login(state: &mut State, call: &Call<'_>) -> Reply {
    let given = |name| call.text(name).unwrap_or_default();
    let now = state.wall();
    let Some(owner) = state.keys.log_in(given("username"), given("password"), now) else {
        return Reply::refused(401, "invalid_credentials", None);
    };
    state.logins += 1;
    state.alerts.login = millis(now);
    issue(state, Some(owner), false)
}

/// The answer to a login or an extension; only the latter tells the roles.
fn issue(state: &mut State, owner: Option<String>, extension: bool) -> Reply {
    let token = state.tokens.issue(state.now(), state.wall());
    if let Some(owner) = owner {
        state.keys.issued(&token, &owner);
    }
    let (name, id) = &state.customer;
    let mut answer = json!({
        "token": token,
        "message": "login_successful",
        "customerNames": [{ "customerName": name, "prismaId": id, "tosAccepted": true }],
    });
    if extension {
        answer["roles"] = json!(["System Admin"]);
    }
    Reply::json(200, &answer)
}
