//! Login and extension.

use serde_json::json;

use super::collection::millis;
use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    match call.id() {
        "app-login" => Some(login(state, call)),
        "extend-session" => {
            state.extensions += 1;
            Some(issue(state))
        }
        _ => None,
    }
}

fn login(state: &mut State, call: &Call<'_>) -> Reply {
    let given = (call.text("username"), call.text("password"));
    if given != (Some(state.key.0.as_str()), Some(state.key.1.as_str())) {
        return Reply::refused(401, "invalid_credentials", None);
    }
    state.logins += 1;
    state.alerts.login = millis(state.wall());
    issue(state)
}

fn issue(state: &mut State) -> Reply {
    let token = state.tokens.issue(state.now(), state.wall());
    Reply::json(
        200,
        &json!({
            "token": token,
            "message": "login_successful",
            "customerNames": [{ "customerName": "Example", "prismaId": "1", "tosAccepted": true }],
        }),
    )
}
