//! What proves who the caller is, and where it is found.

mod ca_bundle;
mod csv;
mod environment;
mod file;
#[cfg(feature = "keyring")]
mod keyring;
mod loader;
mod open;
mod pieces;
mod profile;
mod record;
mod secret_store;
mod slot;
mod trim;

use std::fmt;

use secrecy::SecretString;

pub(crate) use environment::CUSTOM_URL;
#[cfg(feature = "keyring")]
pub use keyring::SystemKeyring;
pub use loader::CredentialLoader;
#[cfg(feature = "ibm-iam")]
pub(crate) use open::regular;
pub(crate) use open::sort;
pub use profile::{Profile, Verify};
pub use secret_store::SecretStore;
pub(crate) use slot::KeySlot;
pub(crate) use trim::{trimmed, trimmed_secret};

/// An access key: its id, and the secret that was shown once when it was made.
#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// Everything a session can start from. At least one of the two ways is given.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) key: KeySlot,
    /// A token obtained elsewhere.
    pub(crate) token: Option<SecretString>,
    pub(crate) customer_name: Option<String>,
    pub(crate) prisma_id: Option<String>,
}

impl Credentials {
    /// Whether a session can start from them.
    pub(crate) fn is_given(&self) -> bool {
        self.key.is_some() || self.token.is_some()
    }
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey")
            .field("id", &format_args!("{}", beginning(&self.id)))
            .field("secret", &format_args!("[redacted]"))
            .finish()
    }
}

/// The id may be a user's name; its beginning is enough to tell keys apart.
pub(crate) fn beginning(id: &str) -> String {
    let start: String = id.chars().take(4).collect();
    format!("{start}…")
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key", &self.key.get())
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("customer_name", &self.customer_name)
            .field("prisma_id", &self.prisma_id)
            .finish()
    }
}
