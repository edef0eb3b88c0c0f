//! IAM as a source of tokens: form-encoded grants, and what their answers say.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderValue, Method, header};
use prisma_cloud_api::{Answer, Operation, Product};
use reqwest::Request;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use super::credentials::{ComputeProfile, Credentials, Grant, TrustedProfile};
use super::dialect::TOKEN_PATH;
use crate::base64;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::retry::decision::Outcome;
use crate::session::lifetime::{self, Lease, Terms};
use crate::session::source::{Asked, Gain, Obtained, TokenSource, Wanted};
use crate::session::token::Token;
use crate::session::told::Told;

/// Tokens of IAM: an hour, of which the last ten seconds are not used.
static IAM: Terms = Terms {
    slack: Duration::from_secs(10),
    // For tokens that live for seconds only.
    slack_part: 2,
    longest_pause: Duration::from_secs(60),
};

const URN: &str = "urn:ibm:params:oauth:grant-type:";

/// What IAM says instead of a refresh token to a caller without a client id.
const NO_REFRESH_TOKEN: &str = "not_supported";

static GET_TOKEN: Operation = Operation::new(Product::IbmIam, "POST", TOKEN_PATH, Answer::Json)
    .called("get_token", "get_token", "ibm-iam");

impl TokenSource for Credentials {
    fn given(&self) -> Option<&SecretString> {
        match self.base_token() {
            Some(_) => None,
            None => self.token.as_ref(),
        }
    }

    fn token(&self, secret: &SecretString) -> Option<Token> {
        Token::with_scheme("Bearer ", secret)
    }

    fn terms(&self) -> &'static Terms {
        &IAM
    }

    fn can_log_in(&self) -> bool {
        self.grant.is_some() || self.base_token().is_some()
    }

    fn can_extend(&self) -> bool {
        // IAM extends nothing: it issues another token for the same grant.
        self.can_log_in()
    }

    fn operation(&self, _: Asked<'_>) -> &'static Operation {
        &GET_TOKEN
    }

    fn request(
        &self,
        endpoint: &Endpoint,
        _: Asked<'_>,
        part: Option<&Token>,
    ) -> Result<Request, Error> {
        let base = self.base_token().map(ExposeSecret::expose_secret);
        let form = match (&self.profile, part.map(Token::expose).or(base)) {
            (Some(profile), Some(token)) => self.assume(profile, token),
            _ => self.first()?,
        };
        let mut request = Request::new(Method::POST, endpoint.join(TOKEN_PATH)?);
        let headers = request.headers_mut();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        *request.body_mut() = Some(Bytes::from_owner(form).into());
        self.dress(&mut request);
        Ok(request)
    }

    fn obtained(&self, body: &[u8], sent: Instant, part: Option<&Token>) -> Obtained {
        // What is wrong with an answer that does not parse is of no interest, and may quote a token.
        let Ok(answer) = prisma_cloud_api::read_json::<TokenAnswer>(body) else {
            return Obtained::Nothing;
        };
        let Some(token) = answer.access_token.as_ref().and_then(|t| self.token(t)) else {
            return Obtained::Nothing;
        };
        let refresh = answer
            .refresh_token
            .as_ref()
            .filter(|token| !matches!(token.expose_secret(), "" | NO_REFRESH_TOKEN));
        if matches!(self.grant, Some(Grant::Refresh))
            && part.is_none()
            && let Some(refresh) = refresh
        {
            self.remember(|recent| recent.refresh = Some(refresh.clone()));
        }
        if self.profile.is_some() && part.is_none() && self.base_token().is_none() {
            return Obtained::Partly(token);
        }
        let lease = Lease::new(&IAM, sent, answer.life(&token));
        Obtained::Token(Gain {
            token,
            lease,
            // IAM tells nothing but the token.
            told: Told::default(),
        })
    }

    fn is_dead(&self, _: Outcome) -> bool {
        // What IAM refuses is the grant. Tokens that it has issued stay good.
        false
    }

    fn dress(&self, request: &mut Request) {
        let Some((id, secret)) = &self.client else {
            return;
        };
        let secret = secret.expose_secret();
        let mut plain = Zeroizing::new(Vec::with_capacity(id.len() + 1 + secret.len()));
        plain.extend_from_slice(id.as_bytes());
        plain.push(b':');
        plain.extend_from_slice(secret.as_bytes());
        let mut text = Zeroizing::new(Vec::with_capacity(8 + plain.len() * 2));
        text.extend_from_slice(b"Basic ");
        base64::standard(&plain, &mut text);
        if let Ok(mut value) = HeaderValue::from_maybe_shared(Bytes::from_owner(text)) {
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
    }

    fn secrets(&self) -> Vec<SecretString> {
        let recent = self.recent();
        let client = self.client.as_ref().map(|(_, secret)| secret);
        [
            self.api_key(),
            client,
            self.token.as_ref(),
            recent.refresh.as_ref(),
            recent.compute.as_ref(),
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            credentials: "API key",
            issuer: "IBM Cloud IAM",
        }
    }
}

/// A form, wiped from memory when it is done with.
type Form = Zeroizing<String>;

impl Credentials {
    /// The form of the first exchange.
    fn first(&self) -> Result<Form, Error> {
        let recent = self.recent();
        match (&self.grant, &recent.refresh) {
            (Some(Grant::ApiKey(key)), _) => {
                Ok(self.form(&format!("{URN}apikey"), &[("apikey", key.expose_secret())]))
            }
            (Some(Grant::Refresh), Some(token)) => {
                Ok(self.form("refresh_token", &[("refresh_token", token.expose_secret())]))
            }
            (Some(Grant::ComputeResource(token, profile)), _) => {
                let token = token.read()?;
                let profile = match profile {
                    ComputeProfile::Id(id) => ("profile_id", id.as_str()),
                    ComputeProfile::Name(name) => ("profile_name", name.as_str()),
                };
                let fields = [("cr_token", token.expose_secret()), profile];
                let form = self.form(&format!("{URN}cr-token"), &fields);
                self.remember(|recent| recent.compute = Some(token.clone()));
                Ok(form)
            }
            _ => Err(Error::config("there is nothing to get a token for")),
        }
    }

    /// The form of the second exchange: `token` becomes one of `profile`.
    fn assume(&self, profile: &TrustedProfile, token: &str) -> Form {
        let mut fields = vec![("access_token", token)];
        match profile {
            TrustedProfile::Id(id) => fields.push(("profile_id", id)),
            TrustedProfile::Crn(crn) => fields.push(("profile_crn", crn)),
            TrustedProfile::Name { name, account } => {
                fields.extend([("profile_name", name.as_str()), ("account", account)]);
            }
        }
        self.form(&format!("{URN}assume"), &fields)
    }

    fn form(&self, grant_type: &str, fields: &[(&str, &str)]) -> Form {
        let scope = self.scope.as_deref().map(|scope| ("scope", scope));
        let all = [("grant_type", grant_type), ("response_type", "cloud_iam")]
            .into_iter()
            .chain(scope)
            .chain(fields.iter().copied());
        // Large enough at once: growing would leave copies of the secret behind.
        let room = all
            .clone()
            .map(|(name, value)| name.len() + 3 * value.len() + 2);
        let text = String::with_capacity(room.sum());
        let mut form = form_urlencoded::Serializer::new(text);
        form.extend_pairs(all);
        Zeroizing::new(form.finish())
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    access_token: Option<SecretString>,
    #[serde(default)]
    refresh_token: Option<SecretString>,
    /// Seconds.
    #[serde(default)]
    expires_in: Value,
    /// Seconds since the epoch, as the server's clock has it.
    #[serde(default)]
    expiration: Value,
}

impl TokenAnswer {
    /// How long the token lives, by the server's figures alone: the clock of this machine may be wrong.
    fn life(&self, token: &Token) -> Duration {
        let until = seconds(&self.expiration)
            .zip(token.claims().issued)
            .and_then(|(end, begin)| end.checked_sub(begin));
        seconds(&self.expires_in)
            .and_then(lifetime::life)
            .or_else(|| until.and_then(lifetime::life))
            .unwrap_or_else(|| token.claims().life())
    }
}

fn seconds(value: &Value) -> Option<u64> {
    value
        .as_u64()
        .or_else(|| value.as_str().and_then(|text| text.trim().parse().ok()))
}

/// The account that `token` is of, as it says itself: the claim `account.bss`.
pub(super) fn account_of(token: &Token) -> Option<String> {
    let claims = lifetime::payload(token.expose())?;
    let account = claims.get("account")?.get("bss")?.as_str()?;
    (!account.is_empty()).then(|| account.to_owned())
}

#[cfg(test)]
#[path = "source_tests.rs"]
mod tests;
