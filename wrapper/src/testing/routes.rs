//! Who answers what: those who keep state first, and the documents for everything else.

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::{Value, json};

use super::call::Call;
use super::record::Recorded;
use super::server::State;
use super::{generic, state};

/// An answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Boxed, because replies are returned as errors, too.
    pub(super) headers: Box<HeaderMap>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// No body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Box::default(),
            body: Vec::new(),
        }
    }

    pub(super) fn text(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let mut reply = Self::empty(status);
        reply.set("content-type", content_type);
        reply.body = body.into();
        reply
    }

    pub(super) fn json(status: u16, body: &(impl Serialize + ?Sized)) -> Self {
        let body = serde_json::to_vec(body).expect("what tests answer is JSON");
        Self::text(status, "application/json; charset=UTF-8", body)
    }

    /// A refusal by the API itself, which says why in a header and leaves the body empty.
    pub(super) fn refused(status: u16, key: &str, subject: Option<&str>) -> Self {
        let mut reply = Self::empty(status);
        let entry = json!([{ "i18nKey": key, "severity": "error", "subject": subject }]);
        reply.set("x-redlock-status", &ascii(&entry.to_string()));
        reply
    }

    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
    }
}

/// JSON that a header can hold.
fn ascii(json: &str) -> String {
    let mut text = String::new();
    for unit in json.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => text.push(char::from(byte)),
            _ => text += &format!("\\u{unit:04x}"),
        }
    }
    text
}

/// Answers the calls that it knows.
type Route = fn(&mut State, &Call<'_>) -> Option<Reply>;

/// The first one that knows a call answers it.
const STATEFUL: [Route; 10] = [
    state::session::answer,
    state::access_keys::answer,
    state::alerts::answer,
    state::jobs::answer,
    state::search::answer,
    state::policies::answer,
    state::account_groups::answer,
    state::alert_rules::answer,
    state::suppressions::answer,
    state::repositories::answer,
];

/// The answer to a request whose token is good, or that needs none.
pub(super) fn answer(state: &mut State, record: &Recorded) -> Reply {
    let call = match Call::of(record) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    STATEFUL
        .iter()
        .find_map(|route| route(state, &call))
        .unwrap_or_else(|| generic::answer(state.seed, &call))
}

/// The member `name` of a JSON object, or nothing if it is null.
pub(super) fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.get(name).filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_may_have_any_letters() {
        let reply = Reply::refused(400, "invalid_id", Some("ü€𝄞\n"));
        let header = reply.headers["x-redlock-status"].to_str().unwrap();
        let entry: Value = serde_json::from_str(header).unwrap();
        assert_eq!(entry[0]["subject"], "ü€𝄞\n");
    }
}
