//! The tokens that a tenant hands out.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::base64::url_safe;

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenForm {
    /// A JWT with `iat` and `exp`, as the real service issues it.
    Jwt,
    /// A string that tells nothing.
    Opaque,
}

#[derive(Debug)]
pub(super) struct Tokens {
    pub(super) form: TokenForm,
    pub(super) life: Duration,
    /// More claims of a JWT, each after a comma.
    pub(super) claims: String,
    issued: HashMap<String, Instant>,
    /// All of them, in order.
    pub(super) all: Vec<String>,
    count: u64,
}

impl Tokens {
    pub(super) fn new(form: TokenForm, life: Duration) -> Self {
        Self {
            form,
            life,
            claims: String::new(),
            issued: HashMap::new(),
            all: Vec::new(),
            count: 0,
        }
    }

    /// A new token. Those issued before stay good until they expire.
    pub(super) fn issue(&mut self, now: Instant, wall: SystemTime) -> String {
        self.count += 1;
        // Spread over the digits, so that a part of a token is as telling as the whole.
        let id = self.count.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let token = match self.form {
            TokenForm::Opaque => format!("opaque-token-{id:016x}"),
            TokenForm::Jwt => {
                let iat = wall
                    .duration_since(UNIX_EPOCH)
                    .unwrap_or_default()
                    .as_secs();
                let exp = iat.saturating_add(self.life.as_secs());
                let payload = format!(
                    r#"{{"sub":"user","jti":"{id:016x}","iat":{iat},"exp":{exp}{}}}"#,
                    self.claims
                );
                format!(
                    "{}.{}.{}",
                    url_safe(br#"{"alg":"HS256"}"#),
                    url_safe(payload.as_bytes()),
                    url_safe(format!("signature-{id:016x}").as_bytes())
                )
            }
        };
        self.issued.insert(token.clone(), now);
        self.all.push(token.clone());
        token
    }

    /// Whether the tenant takes this token now.
    pub(super) fn is_good(&self, token: &str, now: Instant) -> bool {
        self.issued
            .get(token)
            .is_some_and(|issued| now.saturating_duration_since(*issued) < self.life)
    }

    /// None of those issued so far is good any more.
    pub(super) fn revoke_all(&mut self) {
        self.issued.clear();
    }
}
