//! A place for secrets other than files.

use std::fmt;

use secrecy::SecretString;

use crate::error::Error;

/// A place for secrets by name: the keyring of the system (`SystemKeyring`, feature `keyring`), or one of your own.
///
/// A profile is stored as the text of its JSON object: `{"url": …, "identity": …, "secret": …}`.
pub trait SecretStore: Send + Sync + fmt::Debug {
    /// What it is called in errors.
    fn name(&self) -> &str;

    /// The secret called `profile`; nothing if there is none.
    ///
    /// # Errors
    /// Whatever keeps it from being read; without the secret.
    fn get(&self, profile: &str) -> Result<Option<SecretString>, Error>;

    /// Stores the secret called `profile`, in place of the one there is.
    ///
    /// # Errors
    /// Whatever keeps it from being written; without the secret.
    fn set(&self, profile: &str, secret: &SecretString) -> Result<(), Error>;

    /// Removes the secret called `profile`. That there is none is no error.
    ///
    /// # Errors
    /// Whatever keeps it from being removed.
    fn delete(&self, profile: &str) -> Result<(), Error>;
}
