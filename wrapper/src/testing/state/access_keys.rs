//! The access keys of a tenant's one user: two at most, each with an expiry and a switch, each with its own tokens.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::testing::call::Call;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// More than this many keys of one role are refused.
const MOST: usize = 2;
const NEVER: i64 = -1;

#[derive(Clone, Debug)]
struct Key {
    id: String,
    secret: String,
    name: String,
    created: i64,
    expires: i64,
    active: bool,
    last_used: i64,
}

impl Key {
    fn is_live(&self, now: i64) -> bool {
        self.active && (self.expires == NEVER || now < self.expires)
    }

    /// What is told of one key; a listing tells more.
    fn brief(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "expiresOn": self.expires })
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "createdBy": "user@example.com",
            "createdTs": self.created,
            "expiresOn": self.expires,
            "lastUsedTime": self.last_used,
            "status": if self.active { "active" } else { "inactive" },
            "role": { "id": "role-1", "name": "System Admin" },
            "roleType": "System Admin",
            "username": "user@example.com",
        })
    }
}

#[derive(Debug)]
pub(in crate::testing) struct AccessKeys {
    keys: Vec<Key>,
    created: u64,
    /// Whose token it is.
    tokens: HashMap<String, String>,
}

impl AccessKeys {
    /// One key that never expires.
    pub(in crate::testing) fn new(id: &str, secret: &str, now: SystemTime) -> Self {
        Self {
            keys: vec![Key {
                id: id.to_owned(),
                secret: secret.to_owned(),
                name: "example".to_owned(),
                created: millis(now),
                expires: NEVER,
                active: true,
                last_used: NEVER,
            }],
            created: 0,
            tokens: HashMap::new(),
        }
    }

    /// The id of the live key that a login names.
    pub(in crate::testing) fn log_in(
        &mut self,
        id: &str,
        secret: &str,
        now: SystemTime,
    ) -> Option<String> {
        let now = millis(now);
        let key = self
            .keys
            .iter_mut()
            .find(|key| key.id == id && key.secret == secret && key.is_live(now))?;
        key.last_used = now;
        Some(key.id.clone())
    }

    /// Notes that `token` was issued to the key called `id`.
    pub(in crate::testing) fn issued(&mut self, token: &str, id: &str) {
        self.tokens.insert(token.to_owned(), id.to_owned());
    }

    /// The key that `token` was issued to.
    pub(in crate::testing) fn owner(&self, token: &str) -> Option<String> {
        self.tokens.get(token).cloned()
    }

    /// Whether the key of `token` is still good. A token of no key came from elsewhere.
    pub(in crate::testing) fn allows(&self, token: &str, now: SystemTime) -> bool {
        let Some(owner) = self.tokens.get(token) else {
            return true;
        };
        let key = self.keys.iter().find(|key| key.id == *owner);
        key.is_some_and(|key| key.is_live(millis(now)))
    }

    /// The ids of all keys, and whether they can log in.
    pub(in crate::testing) fn ids(&self, now: SystemTime) -> Vec<(String, bool)> {
        let live = |key: &Key| (key.id.clone(), key.is_live(millis(now)));
        self.keys.iter().map(live).collect()
    }

    /// All secrets there are.
    pub(in crate::testing) fn secrets(&self) -> Vec<String> {
        self.keys.iter().map(|key| key.secret.clone()).collect()
    }

    fn get(&mut self, call: &Call<'_>, act: impl FnOnce(&mut Key) -> Reply) -> Reply {
        let id = call.parameter("id");
        match self.keys.iter_mut().find(|key| key.id == id) {
            Some(key) => act(key),
            None => Reply::refused(404, "not_found", Some("id")),
        }
    }

    fn create(&mut self, call: &Call<'_>, now: SystemTime) -> Reply {
        let Some(name) = call.text("name").filter(|name| !name.is_empty()) else {
            return Reply::refused(400, "missing_required_parameter", Some("name"));
        };
        if self.keys.iter().any(|key| key.name == name) {
            return Reply::refused(400, "access_key_name_already_exists", Some("name"));
        }
        if self.keys.len() >= MOST {
            return Reply::refused(400, "access_keys_limit_reached", None);
        }
        let expires = call.body["expiresOn"].as_i64().unwrap_or(NEVER);
        if expires != NEVER && expires <= millis(now) {
            return Reply::refused(400, "invalid_expiry", Some("expiresOn"));
        }
        self.created += 1;
        // Spread over the digits, so that a part of a secret is as telling as the whole.
        let spread = self.created.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let key = Key {
            id: format!("{:08x}-0000-4000-8000-{:012x}", self.created, self.created),
            secret: format!("generated-secret-{spread:016x}"),
            name: name.to_owned(),
            created: millis(now),
            expires,
            active: true,
            last_used: NEVER,
        };
        let answer = json!({ "id": key.id, "secretKey": key.secret });
        self.keys.push(key);
        Reply::json(200, &answer)
    }
}

pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let now = state.wall();
    let keys = &mut state.keys;
    let reply = match call.id() {
        "get-my-access-keys" => {
            let shown: Vec<Value> = keys.keys.iter().map(Key::shown).collect();
            Reply::json(200, &shown)
        }
        "add-access-keys" => keys.create(call, now),
        "get-access-key-by-id" => keys.get(call, |key| Reply::json(200, &key.brief())),
        "delete-access-keys" => {
            let deleted = keys.get(call, |_| Reply::empty(200));
            keys.keys.retain(|key| key.id != call.parameter("id"));
            deleted
        }
        "update-access-key-status" => keys.get(call, |key| {
            key.active = call.parameter("status") == "true";
            Reply::empty(200)
        }),
        _ => return None,
    };
    Some(reply)
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
