//! `POST /identity/token`, with the refusals of the real one.

use std::collections::{HashMap, HashSet};

use http::header;
use serde_json::{Value, json};

use super::{API_KEY, CLIENT, COMPUTE_TOKEN};
use crate::base64;
use crate::testing::record::Recorded;
use crate::testing::routes::Reply;
use crate::testing::server::State as Server;

/// What IAM remembers.
#[derive(Default)]
pub(super) struct Iam {
    refresh: HashSet<String>,
    issued: u32,
}

/// Why there is no token: status, code and words.
type Refused = (u16, &'static str, &'static str);

const NO_GRANT_TYPE: Refused = (400, "BXNIM0109E", "Property missing or empty: grant_type");
const BAD_RESPONSE_TYPE: Refused = (400, "BXNIM0106E", "Unknown response type");
const BAD_KEY: Refused = (400, "BXNIM0415E", "No such API key");
const BAD_GRANT: Refused = (401, "BXNIM0400E", "Authentication failed");
const BAD_METHOD: Refused = (405, "BXNIM0060E", "This method is not allowed");

impl Iam {
    pub(super) fn issue_refresh_token(&mut self) -> String {
        self.issued += 1;
        let token = format!(
            "refresh-token-{:08x}",
            self.issued.wrapping_mul(0x9E37_79B9)
        );
        self.refresh.insert(token.clone());
        token
    }

    /// The answer to a request for a token.
    pub(super) fn answer(&mut self, server: &mut Server, record: &Recorded) -> Reply {
        match self.judge(server, record) {
            Ok(with_client) => {
                server.logins += 1;
                let (now, wall) = (server.now(), server.wall());
                let token = server.tokens.issue(now, wall);
                let life = server.tokens.life.as_secs();
                let begin = wall.duration_since(std::time::UNIX_EPOCH);
                let refresh = match with_client {
                    true => self.issue_refresh_token(),
                    false => "not_supported".to_owned(),
                };
                Reply::json(
                    200,
                    &json!({
                        "access_token": token,
                        "refresh_token": refresh,
                        "token_type": "Bearer",
                        "expires_in": life,
                        "expiration": begin.unwrap_or_default().as_secs() + life,
                        "scope": "ibm openid",
                    }),
                )
            }
            Err(refused) => refusal(refused, server.records.seen()),
        }
    }

    /// Whether the grant is good, and if so whether a client stands behind it.
    fn judge(&mut self, server: &Server, record: &Recorded) -> Result<bool, Refused> {
        if record.method != http::Method::POST {
            return Err(BAD_METHOD);
        }
        let content_type = record.headers.get(header::CONTENT_TYPE);
        let form: HashMap<String, String> = match content_type.and_then(|value| value.to_str().ok())
        {
            Some("application/x-www-form-urlencoded") => url::form_urlencoded::parse(&record.body)
                .into_owned()
                .collect(),
            _ => HashMap::new(),
        };
        let field = |name: &str| form.get(name).map_or("", String::as_str);
        let is_client = match record.headers.get(header::AUTHORIZATION) {
            None => false,
            Some(given) if given.as_bytes() == basic() => true,
            Some(_) => return Err(BAD_GRANT),
        };
        if !matches!(field("response_type"), "" | "cloud_iam") {
            return Err(BAD_RESPONSE_TYPE);
        }
        let is_profile = |names: &[&str]| {
            let given: Vec<_> = names
                .iter()
                .filter(|name| !field(name).is_empty())
                .collect();
            given.len() == 1
                && (*given[0] != "profile_name" || names.len() == 2 || !field("account").is_empty())
        };
        let grant = field("grant_type");
        let good = match grant.rsplit(':').next().unwrap_or_default() {
            "" => return Err(NO_GRANT_TYPE),
            "apikey" if field("apikey") == API_KEY => true,
            "apikey" => return Err(BAD_KEY),
            // A refresh token is good once.
            "refresh_token" => is_client && self.refresh.remove(field("refresh_token")),
            "cr-token" => {
                field("cr_token") == COMPUTE_TOKEN && is_profile(&["profile_id", "profile_name"])
            }
            "assume" => {
                server.tokens.is_good(field("access_token"), server.now())
                    && is_profile(&["profile_id", "profile_crn", "profile_name"])
            }
            _ => false,
        };
        if good { Ok(is_client) } else { Err(BAD_GRANT) }
    }
}

fn basic() -> Vec<u8> {
    let mut value = b"Basic ".to_vec();
    base64::standard(format!("{}:{}", CLIENT.0, CLIENT.1).as_bytes(), &mut value);
    value
}

fn refusal((status, code, message): Refused, number: u64) -> Reply {
    let context: Value = json!({
        "requestId": format!("request-{number}"),
        "requestType": "incoming.Identity_Token",
        "host": "iamid.example",
        "locale": "en_US",
    });
    Reply::json(
        status,
        &json!({
            "errorCode": code,
            "errorMessage": message,
            "errorDetails": "Made up by a cloud in a box.",
            "context": context,
        }),
    )
}
