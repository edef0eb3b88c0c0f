//! What proves to IAM who the caller is.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

use crate::credentials::regular;
use crate::error::Error;

/// A trusted profile, whose identity another one takes on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustedProfile {
    /// By its id, such as `Profile-0a1b…`.
    Id(String),
    /// By its CRN.
    Crn(String),
    /// By its name within an account.
    Name {
        /// The name.
        name: String,
        /// The id of the account.
        account: String,
    },
}

/// The trusted profile that a compute resource is linked to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ComputeProfile {
    /// By its id.
    Id(String),
    /// By its name.
    Name(String),
}

/// The token that a compute resource is given by its platform.
#[derive(Clone)]
#[non_exhaustive]
pub enum ComputeToken {
    /// The token itself; it lives an hour or less.
    Value(SecretString),
    /// The file in which the platform keeps a fresh one. It is read at every login.
    File(PathBuf),
}

impl ComputeToken {
    pub(super) fn read(&self) -> Result<SecretString, Error> {
        match self {
            Self::Value(token) => Ok(token.clone()),
            // A few hundred bytes from memory: not worth a thread of its own.
            Self::File(path) => {
                let failed = |what: &dyn fmt::Display| {
                    Error::config(format!(
                        "the token of the compute resource cannot be read from {}; check that the platform mounts it there",
                        what
                    ))
                };
                let file = regular(path).map_err(|error| failed(&error).with_source(error))?;
                let text = std::io::read_to_string(file)
                    .map_err(|source| failed(&path.display()).with_source(source))?;
                Ok(text.trim().into())
            }
        }
    }
}

impl fmt::Debug for ComputeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(_) => f.write_str("Value([redacted])"),
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
        }
    }
}

/// The first exchange of a login.
#[derive(Clone)]
pub(super) enum Grant {
    ApiKey(SecretString),
    /// The token is in [`Recent`], since every exchange may bring another one.
    Refresh,
    ComputeResource(ComputeToken, ComputeProfile),
}

/// Everything that a session of IBM Cloud can start from.
#[derive(Default)]
pub(crate) struct Credentials {
    pub(super) grant: Option<Grant>,
    pub(super) client: Option<(String, SecretString)>,
    pub(super) scope: Option<String>,
    pub(super) profile: Option<TrustedProfile>,
    /// A token obtained elsewhere.
    pub(super) token: Option<SecretString>,
    pub(super) recent: Mutex<Recent>,
}

/// Secrets that change while a session lasts.
#[derive(Clone, Default)]
pub(super) struct Recent {
    pub(super) refresh: Option<SecretString>,
    pub(super) compute: Option<SecretString>,
}

impl Credentials {
    pub(super) fn recent(&self) -> Recent {
        self.lock().clone()
    }

    pub(super) fn remember(&self, change: impl FnOnce(&mut Recent)) {
        change(&mut self.lock());
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Recent> {
        // Nothing panics while it is held.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API key, if that is what tokens are had for.
    pub(super) fn api_key(&self) -> Option<&SecretString> {
        match &self.grant {
            Some(Grant::ApiKey(key)) => Some(key),
            _ => None,
        }
    }

    /// The token with which a profile is assumed, where there is no other way to one.
    pub(super) fn base_token(&self) -> Option<&SecretString> {
        let is_base = self.grant.is_none() && self.profile.is_some();
        self.token.as_ref().filter(|_| is_base)
    }

    /// Finds what cannot work, before anything is sent.
    pub(super) fn judge(&self) -> Result<(), Error> {
        use secrecy::ExposeSecret;

        const MAKE: &str = "make an API key in the console under Manage > Access (IAM) > API keys";
        let is_empty = |secret: &SecretString| secret.expose_secret().trim().is_empty();
        match &self.grant {
            None if self.token.is_none() => {
                return Err(Error::config(format!(
                    "no credentials were given; call `api_key` ({MAKE}), or one of the other grants"
                )));
            }
            Some(Grant::ApiKey(key)) if is_empty(key) => {
                return Err(Error::config(format!("the API key is empty; {MAKE}")));
            }
            Some(Grant::Refresh) if self.client.is_none() => {
                return Err(Error::config(
                    "a refresh token is good only with the client id and secret it was issued to; call `client`",
                ));
            }
            Some(Grant::Refresh) if self.recent().refresh.as_ref().is_none_or(is_empty) => {
                return Err(Error::config(
                    "the refresh token is empty; give the one that IAM issued, or another grant",
                ));
            }
            _ => {}
        }
        if self.token.as_ref().is_some_and(is_empty) {
            return Err(Error::config(format!(
                "the token is empty; leave it out and call `api_key` ({MAKE}), or one of the other grants"
            )));
        }
        if self.scope.as_deref() == Some("") {
            return Err(Error::config(
                "the scope is empty; leave it out for IAM's own",
            ));
        }
        match &self.client {
            Some((id, _)) if id.is_empty() || id.contains(':') => Err(Error::config(
                "the client id is empty or holds a colon, which ends it in the header; check the id",
            )),
            Some((_, secret)) if is_empty(secret) => Err(Error::config(
                "the client secret is empty; id and secret go together",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grant = self.grant.as_ref().map(|grant| match grant {
            Grant::ApiKey(_) => "API key",
            Grant::Refresh => "refresh token",
            Grant::ComputeResource(..) => "compute resource",
        });
        f.debug_struct("Credentials")
            .field("grant", &grant)
            .field("client", &self.client.as_ref().map(|(id, _)| id))
            .field("scope", &self.scope)
            .field("profile", &self.profile)
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .finish()
    }
}
