//! Generated types as `Debug` shows them: without the values of members that hold secrets.

use std::fmt::{self, Debug, DebugStruct};

/// What members that hold a secret are called, on the wire, without regard to case, `_` and `-`.
const SECRET: [&str; 4] = ["apikey", "crtoken", "integrationconfig", "token"];
/// How other such names end. Tokens that lead to the next page are none of them.
const SECRET_ENDS: [&str; 11] = [
    "accesstoken",
    "apitoken",
    "authtoken",
    "idtoken",
    "passphrase",
    "password",
    "privatekey",
    "refreshtoken",
    "secret",
    "secretkey",
    "sessiontoken",
];

/// Whether the member called `wire` holds a secret.
pub fn is_secret(wire: &str) -> bool {
    let name: String = wire
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    SECRET.contains(&name.as_str()) || SECRET_ENDS.iter().any(|end| name.ends_with(end))
}

/// Stands for a secret.
struct Redacted;

impl Debug for Redacted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Adds a required field.
pub fn required(shown: &mut DebugStruct<'_, '_>, name: &str, wire: &str, value: &dyn Debug) {
    if is_secret(wire) {
        shown.field(name, &Redacted);
    } else {
        shown.field(name, value);
    }
}

/// Adds an optional field; whether there is a secret is no secret.
pub fn optional<T: Debug>(
    shown: &mut DebugStruct<'_, '_>,
    name: &str,
    wire: &str,
    value: &Option<T>,
) {
    if is_secret(wire) {
        shown.field(name, &value.as_ref().map(|_| Redacted));
    } else {
        shown.field(name, value);
    }
}

/// Members that are no fields.
pub struct Extra<'a, T>(pub &'a std::collections::BTreeMap<String, T>);

impl<T: Debug> Debug for Extra<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (key, value) in self.0 {
            if is_secret(key) {
                map.entry(key, &Redacted);
            } else {
                map.entry(key, value);
            }
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets() {
        for secret in [
            "password",
            "secretKey",
            "clientSecret",
            "client_secret",
            "private_key",
            "token",
            "access_token",
            "apiToken",
            "apikey",
            "api-key",
            "integrationConfig",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in [
            "nextPageToken",
            "pageToken",
            "token_type",
            "tokenUri",
            "accessKey",
            "private_key_id",
            "clientSecretIsBlank",
            "secret_name",
            "secrets",
            "key",
            "passwordPolicy",
        ] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
