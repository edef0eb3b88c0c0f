//! Who answers what.

use http::{HeaderMap, HeaderName, HeaderValue};
use prisma_cloud_api::Product;
use serde::Serialize;
use serde_json::{Value, json};

use super::record::Recorded;
use super::server::State;
use super::{alerts, jobs, policies, repositories, search};
use crate::session::login::CSPM_HEADER;

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Reply {
    pub(super) fn json(status: u16, body: &(impl Serialize + ?Sized)) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/json; charset=UTF-8"),
        );
        Self {
            status,
            headers,
            body: serde_json::to_vec(body).expect("what tests answer is JSON"),
        }
    }

    /// Nothing but a status.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Vec::new(),
        }
    }

    /// A refusal by the API itself, which says why in a header and leaves the body empty.
    pub(super) fn refused(status: u16, key: &str, subject: Option<&str>) -> Self {
        let mut reply = Self::empty(status);
        let entry = json!([{ "i18nKey": key, "severity": "error", "subject": subject }]);
        reply.set("x-redlock-status", &entry.to_string());
        reply
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// The product whose header a path wants.
pub(super) fn product(path: &str) -> Product {
    const CODE: [&str; 4] = [
        "/code/",
        "/bridgecrew/",
        "/api/v1/vcs-repository/",
        "/api/v2/",
    ];
    if CODE.iter().any(|start| path.starts_with(start)) {
        Product::Code
    } else {
        Product::Cspm
    }
}

/// The answer to a request whose token is good.
pub(super) fn answer(state: &mut State, record: &Recorded) -> Reply {
    let (method, path, body) = (&record.method, record.path.as_str(), &*record.body);
    if let Some(reply) = state.fixed.get(&format!("{method} {path}")) {
        return reply.clone();
    }
    if let Some(reply) = jobs::answer(state, method, path, body) {
        return reply;
    }
    if let Some(reply) = search::answer(state, method, path, body) {
        return reply;
    }
    match (method.as_str(), path) {
        ("GET", "/auth_token/extend") => {
            state.extensions += 1;
            let token = record.headers.get(CSPM_HEADER);
            let token = token.and_then(|token| token.to_str().ok());
            let owner = token.and_then(|token| state.keys.owner(token));
            session(state, owner, true)
        }
        ("POST", "/v2/alert") => alerts::page(body, state.alerts),
        ("GET", "/code/api/v1/repositories") => repositories::list(state.repositories),
        ("POST", "/policy") => policies::create(body, &mut state.policies),
        ("GET", "/policy") => policies::list(&state.policies),
        _ => {
            let now = state.wall();
            let reply = state.keys.answer(method, path, body, now);
            reply.unwrap_or_else(|| Reply::refused(404, "not_found", None))
        }
    }
}

/// The answer to `POST /login`.
pub(super) fn login(state: &mut State, body: &[u8]) -> Reply {
    let asked: Value = serde_json::from_slice(body).unwrap_or_default();
    let given = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
    let now = state.wall();
    let Some(owner) = state.keys.log_in(given("username"), given("password"), now) else {
        return Reply::refused(401, "invalid_credentials", None);
    };
    state.logins += 1;
    session(state, Some(owner), false)
}

/// The answer to a login or an extension; only the latter tells the roles.
fn session(state: &mut State, owner: Option<String>, extension: bool) -> Reply {
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
