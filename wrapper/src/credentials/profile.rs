//! A tenant and the way into it, as it was found.

use std::fmt;

use super::environment::CUSTOM_URL;
use super::pieces::Pieces;
pub use super::pieces::Verify;
use super::{beginning, ca_bundle};
use crate::builder::Builder;
use crate::endpoint::{self, Endpoint};
use crate::error::Error;

/// A tenant and the way into it, as [`CredentialLoader`](super::CredentialLoader) found it. `Debug` shows no secret.
#[derive(Clone)]
pub struct Profile {
    pub(super) pieces: Pieces,
    /// Where it was looked for, for errors.
    pub(super) source: String,
    /// Which variables are set, for errors about what is missing. Never their values.
    pub(super) set: Option<String>,
}

impl Profile {
    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.pieces.name.as_deref()
    }

    /// The address of the console or the API, as it was written.
    pub fn url(&self) -> Option<&str> {
        let pieces = &self.pieces;
        pieces.custom_url.as_deref().or(pieces.url.as_deref())
    }

    /// The id of the access key.
    pub fn access_key_id(&self) -> Option<&str> {
        self.pieces.identity.as_deref()
    }

    /// Whose certificates to believe, if that is said.
    pub fn verify(&self) -> Option<&Verify> {
        self.pieces.verify.as_ref()
    }

    /// Begins to set up a client of this tenant. What is set on the builder after that counts more.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming the source, if it tells no address or no credentials, or names a bundle of
    /// certificates that cannot be read.
    pub fn client(&self) -> Result<Builder, Error> {
        let builder = crate::PrismaCloud::builder().with_profile(self)?;
        self.judge(self.url().is_some(), self.pieces.proves())?;
        Ok(builder)
    }

    /// Fails for what is neither set elsewhere nor found.
    pub(crate) fn judge(&self, has_url: bool, has_credentials: bool) -> Result<(), Error> {
        let source = match &self.set {
            Some(set) => format!("{} ({set})", self.source),
            None => self.source.clone(),
        };
        if !has_credentials {
            return Err(Error::config(format!(
                "{source}: no credentials were found; give the id of an access key and its secret (PC_IDENTITY and \
                 PC_SECRET in the environment, \"identity\" and \"secret\" in a file)"
            )));
        }
        if !has_url {
            return Err(Error::config(format!(
                "{source}: no address was found; give that of the console (PC_URL in the environment, \"url\" in a file)"
            )));
        }
        Ok(())
    }

    /// Fails for an address that is none of the service's.
    pub(crate) fn judge_url(&self, url: &str) -> Result<(), Error> {
        match Endpoint::pasted(url) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::config(format!(
                "{}: the address: {error}",
                self.source
            ))),
        }
    }

    /// Fails for what cannot be the address of any host, custom or not.
    pub(crate) fn judge_custom_url(&self, url: &str) -> Result<(), Error> {
        // Over which protocol is for the builder to say, and it may not have been asked yet.
        match Endpoint::custom(url, true) {
            Ok(_) => Ok(()),
            Err(error) => Err(Error::config(format!("{CUSTOM_URL}: {error}"))),
        }
    }

    pub(crate) fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    /// The PEM text of the bundle that `verify` names.
    pub(crate) fn ca_bundle(&self) -> Result<Option<Vec<u8>>, Error> {
        match &self.pieces.verify {
            Some(Verify::Bundle(path)) => ca_bundle::read(path).map(Some),
            _ => Ok(None),
        }
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pieces = &self.pieces;
        let hidden = |is_set: bool| is_set.then_some("[redacted]");
        f.debug_struct("Profile")
            .field("name", &pieces.name)
            .field("url", &self.url().map(endpoint::shown))
            .field("access_key_id", &pieces.identity.as_deref().map(beginning))
            .field("secret", &hidden(pieces.secret.is_some()))
            .field("token", &hidden(pieces.token.is_some()))
            .field("customer_name", &pieces.customer_name)
            .field("prisma_id", &pieces.prisma_id)
            .field("verify", &pieces.verify)
            .field("source", &self.source)
            .finish()
    }
}
