//! The two exchanges of Prisma Cloud that yield a token: their requests, and what their answers say.

use std::time::Instant;

use bytes::Bytes;
use prisma_cloud_api::{Answer, Operation, Product};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lifetime::{Lease, PRISMA_CLOUD, Terms};
use super::source::{Asked, Gain, Obtained, TokenSource, Wanted};
use super::token::Token;
use super::told::Told;
use crate::credentials::{AccessKey, Credentials};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::retry::decision::Outcome;

pub(crate) use crate::dialect::header_of;

/// The path of the login, which alone needs no token.
pub(crate) const LOGIN_PATH: &str = "/login";
const EXTEND_PATH: &str = "/auth_token/extend";

pub(crate) static LOGIN: Operation =
    Operation::new(Product::Cspm, "POST", LOGIN_PATH, Answer::Json).called(
        "app-login",
        "app_login",
        "login",
    );

pub(crate) static EXTEND: Operation =
    Operation::new(Product::Cspm, "GET", EXTEND_PATH, Answer::Json).called(
        "extend-session",
        "extend_session",
        "login",
    );

impl TokenSource for Credentials {
    fn given(&self) -> Option<&SecretString> {
        self.token.as_ref()
    }

    fn token(&self, secret: &SecretString) -> Option<Token> {
        Token::new(secret)
    }

    fn terms(&self) -> &'static Terms {
        &PRISMA_CLOUD
    }

    fn can_log_in(&self) -> bool {
        self.key.is_some()
    }

    fn revision(&self) -> usize {
        self.key.revision()
    }

    fn can_extend(&self) -> bool {
        true
    }

    fn operation(&self, asked: Asked<'_>) -> &'static Operation {
        match asked {
            Asked::LogIn => &LOGIN,
            Asked::Extend(_) => &EXTEND,
        }
    }

    fn request(
        &self,
        endpoint: &Endpoint,
        asked: Asked<'_>,
        _: Option<&Token>,
    ) -> Result<reqwest::Request, Error> {
        match (asked, self.key.get()) {
            (Asked::Extend(token), _) => extend_request(endpoint, token),
            (Asked::LogIn, Some(key)) => login_request(endpoint, &key, self),
            (Asked::LogIn, None) => Err(Error::config("there is no access key to log in with")),
        }
    }

    fn obtained(&self, body: &[u8], sent: Instant, _: Option<&Token>) -> Obtained {
        match token_of(body) {
            Some((token, told)) => {
                let lease = Lease::new(&PRISMA_CLOUD, sent, token.claims().life());
                Obtained::Token(Gain { token, lease, told })
            }
            None => Obtained::Nothing,
        }
    }

    fn is_dead(&self, outcome: Outcome) -> bool {
        matches!(outcome, Outcome::Status(401))
    }

    fn dress(&self, _: &mut reqwest::Request) {}

    fn secrets(&self) -> Vec<SecretString> {
        let keys = self.key.secrets();
        keys.into_iter().chain(self.token.clone()).collect()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            credentials: "access key",
            issuer: "the Prisma Cloud API",
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LoginBody<'a> {
    username: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prisma_id: Option<&'a str>,
}

/// The request that logs in. Its body is wiped from memory when it is done with.
pub(crate) fn login_request(
    endpoint: &Endpoint,
    key: &AccessKey,
    credentials: &Credentials,
) -> Result<reqwest::Request, Error> {
    let body = LoginBody {
        username: &key.id,
        password: key.secret.expose_secret(),
        customer_name: credentials.customer_name.as_deref(),
        prisma_id: credentials.prisma_id.as_deref(),
    };
    // Large enough at once: growing would leave copies of the secret behind.
    let mut json = Zeroizing::new(Vec::with_capacity(
        512 + 6 * (body.username.len() + body.password.len()),
    ));
    serde_json::to_writer(&mut *json, &body)
        .map_err(|source| Error::config("the credentials make no login").with_source(source))?;
    let mut request = request(endpoint, &LOGIN)?;
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    *request.body_mut() = Some(Bytes::from_owner(json).into());
    Ok(request)
}

/// The request that extends `token`.
pub(crate) fn extend_request(
    endpoint: &Endpoint,
    token: &Token,
) -> Result<reqwest::Request, Error> {
    let mut request = request(endpoint, &EXTEND)?;
    request
        .headers_mut()
        .insert(header_of(EXTEND.product), token.header());
    Ok(request)
}

fn request(endpoint: &Endpoint, operation: &Operation) -> Result<reqwest::Request, Error> {
    let method = match operation.method {
        "POST" => reqwest::Method::POST,
        _ => reqwest::Method::GET,
    };
    let mut request = reqwest::Request::new(method, endpoint.join(operation.path)?);
    request
        .headers_mut()
        .insert(ACCEPT, HeaderValue::from_static("application/json"));
    Ok(request)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoginAnswer {
    #[serde(default)]
    token: Option<SecretString>,
    #[serde(default)]
    customer_names: Value,
    #[serde(default)]
    roles: Value,
}

/// The token in an answer of either exchange, and what else it tells.
pub(crate) fn token_of(body: &[u8]) -> Option<(Token, Told)> {
    // What is wrong with an answer that does not parse is of no interest, and may quote a token.
    let answer: LoginAnswer = prisma_cloud_api::read_json(body).ok()?;
    let told = Told::of(&answer.customer_names, &answer.roles);
    Some((Token::new(&answer.token?)?, told))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_from_the_answer_or_there_is_none() {
        for (body, token) in [
            (
                r#"{"token":"t1","message":"login_successful","customerNames":[]}"#,
                Some("t1"),
            ),
            (
                r#"{"token":"t2","roles":["x"],"extra":{"a":1}}"#,
                Some("t2"),
            ),
            (
                "\u{feff}{\"token\":\"t3\",\"customerNames\":[{\"customerName\":\"\\ud800\"}]}",
                Some("t3"),
            ),
            (r#"{"token":""}"#, None),
            (r#"{"token":null}"#, None),
            (r#"{"token":5}"#, None),
            (r#"{"message":"login_successful"}"#, None),
            ("[]", None),
            ("", None),
        ] {
            let found = token_of(body.as_bytes());
            let found = found.as_ref().map(|(token, _)| token.expose());
            assert_eq!(found, token, "{body}");
        }
    }

    #[test]
    fn the_login_carries_what_was_given() {
        let endpoint = Endpoint::pasted("app").unwrap();
        let key = AccessKey {
            id: "id".into(),
            secret: "se\"cret".into(),
        };
        let mut credentials = Credentials::default();
        let body = |credentials: &Credentials| {
            let request = login_request(&endpoint, &key, credentials).unwrap();
            assert_eq!(request.url().as_str(), "https://api.prismacloud.io/login");
            String::from_utf8(request.body().unwrap().as_bytes().unwrap().to_vec()).unwrap()
        };
        assert_eq!(
            body(&credentials),
            r#"{"username":"id","password":"se\"cret"}"#
        );
        credentials.customer_name = Some("Example".into());
        credentials.prisma_id = Some("42".into());
        assert_eq!(
            body(&credentials),
            r#"{"username":"id","password":"se\"cret","customerName":"Example","prismaId":"42"}"#
        );
    }
}
