//! Access keys: listing, creating with an expiry, switching off, deleting, and [rotating](AccessKeys::rotate) them. Feature
//! `cspm-access-keys`.
//!
//! ```no_run
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::access_keys::RotateError;
//!
//! client
//!     .access_keys()
//!     .rotate(|key| async move {
//!         // Put `key.id` and `key.secret` where the next start of the program finds them.
//!         # let _ = key;
//!         Ok::<(), std::io::Error>(())
//!     })
//!     .await
//!     .map_err(|error: RotateError| error.into())
//!     .map(|rotated| println!("{} replaces {}", rotated.new_id, rotated.old_id))
//! # }
//! ```

mod error;
mod expiry;
mod info;
mod plan;
mod rotation;

use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::UserAccessKeyRequestModel;
use secrecy::SecretString;

use crate::client::PrismaCloud;
use crate::error::{Error, ErrorKind};

pub use error::{RotateError, RotateStep, ToDo};
pub use expiry::Expiry;
pub use info::AccessKeyInfo;
pub use rotation::{Rotated, Rotation};

/// The access keys of the client's user; see [`PrismaCloud::access_keys`].
#[derive(Clone, Debug)]
pub struct AccessKeys {
    client: PrismaCloud,
}

/// A key to be made: its name and its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAccessKey {
    name: String,
    expires: Expiry,
    service_account: Option<String>,
}

impl NewAccessKey {
    /// A key called `name` that [ends](Expiry) then: after a `Duration`, at a `SystemTime`, or `Expiry::Never`.
    pub fn new(name: impl Into<String>, expires: impl Into<Expiry>) -> Self {
        Self {
            name: name.into(),
            expires: expires.into(),
            service_account: None,
        }
    }

    /// Makes it a key of this service account.
    #[must_use]
    pub fn service_account(mut self, name: impl Into<String>) -> Self {
        self.service_account = Some(name.into());
        self
    }
}

/// A key that was made. The service tells the secret this once.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CreatedAccessKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: SecretString,
}

impl PrismaCloud {
    /// The access keys of the client's user.
    pub fn access_keys(&self) -> AccessKeys {
        AccessKeys {
            client: self.clone(),
        }
    }
}

impl AccessKeys {
    /// All keys that the user may see.
    ///
    /// # Errors
    /// As any call.
    pub async fn list(&self) -> Result<Vec<AccessKeyInfo>, Error> {
        let keys = self.client.cspm().get_my_access_keys().send().await?;
        Ok(keys.into_inner().into_iter().map(Into::into).collect())
    }

    /// Makes a key. There can be two for each role of a user.
    ///
    /// # Errors
    /// As any call; [`ErrorKind::InvalidRequest`] for an end in the past, before anything is sent. It is not sent again where a
    /// second key might come of it: after a time-out look with [`list`](Self::list).
    pub async fn create(&self, key: NewAccessKey) -> Result<CreatedAccessKey, Error> {
        let expires = key
            .expires
            .on_wire(self.client.core().wire.shared.clock.wall())?;
        let mut body = UserAccessKeyRequestModel::new(key.name).expires_on(expires);
        if let Some(account) = key.service_account {
            body = body.service_account_name(account);
        }
        let made = self
            .client
            .cspm()
            .add_access_keys()
            .body(body)
            .send()
            .await?;
        let made = made.into_inner();
        match (made.id, made.secret_key) {
            (Some(id), Some(secret)) => Ok(CreatedAccessKey {
                id,
                secret: secret.into(),
            }),
            _ => Err(Error::new(
                ErrorKind::Decode,
                "the answer to the creation of an access key lacks its id or its secret; if `list` shows the key, delete \
                 it and make another",
            )),
        }
    }

    /// Switches a key off: nobody logs in with it any more.
    ///
    /// # Errors
    /// As any call.
    pub async fn disable(&self, id: &str) -> Result<(), Error> {
        self.switch(id, false).await
    }

    /// Switches a key on again.
    ///
    /// # Errors
    /// As any call.
    pub async fn enable(&self, id: &str) -> Result<(), Error> {
        self.switch(id, true).await
    }

    async fn switch(&self, id: &str, active: bool) -> Result<(), Error> {
        let call = self.client.cspm().update_access_key_status();
        call.id(id).status(active).send().await?;
        Ok(())
    }

    /// Deletes a key for good.
    ///
    /// # Errors
    /// As any call.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        self.client
            .cspm()
            .delete_access_keys()
            .id(id)
            .send()
            .await?;
        Ok(())
    }
}
