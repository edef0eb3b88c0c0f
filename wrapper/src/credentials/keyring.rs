//! The keyring of the system.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error as KeyringError};
use secrecy::{ExposeSecret, SecretString};

use super::secret_store::SecretStore;
use crate::error::{Error, ErrorKind};

/// What profiles are filed under unless set.
const SERVICE: &str = "prisma-cloud";

/// The keyring of the system: Keychain on macOS, Credential Manager on Windows, the Secret Service elsewhere. Feature `keyring`.
///
/// ```no_run
/// use prisma_cloud::{CredentialLoader, PrismaCloud, SecretStore, SystemKeyring};
///
/// let keyring = SystemKeyring::new();
/// let profile = r#"{"url": "app.eu.prismacloud.io", "identity": "the id", "secret": "the secret"}"#;
/// keyring.set("production", &profile.into())?;
/// let client = PrismaCloud::builder()
///     .credentials(CredentialLoader::store(keyring, "production"))
///     .build()?;
/// # Ok::<(), prisma_cloud::Error>(())
/// ```
///
/// Reading may block for as long as the system asks the user to unlock it. If the program has set a default store of
/// `keyring-core`, the system's own takes its place with the first use.
#[derive(Clone, Debug)]
pub struct SystemKeyring {
    service: String,
    /// Another store than the system's.
    store: Option<Arc<CredentialStore>>,
}

impl Default for SystemKeyring {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemKeyring {
    /// Profiles filed under the service `prisma-cloud`.
    pub fn new() -> Self {
        Self {
            service: SERVICE.to_owned(),
            store: None,
        }
    }

    /// Files profiles under another service.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.service = name.into();
        self
    }

    fn entry(&self, profile: &str) -> Result<Entry, Error> {
        let entry = match &self.store {
            Some(store) => store.build(&self.service, profile, None),
            None => match keyring::Entry::store_status() {
                Ok(()) => keyring::Entry::new(&self.service, profile).map(|entry| entry.inner),
                Err(error) => return Err(problem(profile, error)),
            },
        };
        entry.map_err(|error| problem(profile, &error))
    }
}

impl SecretStore for SystemKeyring {
    fn name(&self) -> &str {
        "the keyring of the system"
    }

    fn get(&self, profile: &str) -> Result<Option<SecretString>, Error> {
        match self.entry(profile)?.get_password() {
            Ok(secret) => Ok(Some(secret.into())),
            Err(KeyringError::NoEntry) => Ok(None),
            Err(error) => Err(problem(profile, &error)),
        }
    }

    fn set(&self, profile: &str, secret: &SecretString) -> Result<(), Error> {
        let set = self.entry(profile)?.set_password(secret.expose_secret());
        set.map_err(|error| problem(profile, &error))
    }

    fn delete(&self, profile: &str) -> Result<(), Error> {
        match self.entry(profile)?.delete_credential() {
            Ok(()) | Err(KeyringError::NoEntry) => Ok(()),
            Err(error) => Err(problem(profile, &error)),
        }
    }
}

/// The error is not kept as the source: it may hold the secret itself.
fn problem(profile: &str, error: &KeyringError) -> Error {
    let what = match error {
        KeyringError::BadEncoding(_) | KeyringError::BadDataFormat(..) => {
            "what is stored there is no text; store the profile anew".to_owned()
        }
        KeyringError::NoStorageAccess(_) => {
            format!("{error}; unlock it, or start its service, and try again")
        }
        KeyringError::NoDefaultStore => "this system has none that is supported".to_owned(),
        error => error.to_string(),
    };
    let message = format!("the profile {profile:?} in the keyring of the system: {what}");
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use keyring_core::mock;

    use super::*;
    use crate::CredentialLoader;

    const PROFILE: &str = r#"{"url": "app", "identity": "an-id", "secret": "kept-in-the-keyring"}"#;

    fn keyring() -> SystemKeyring {
        SystemKeyring {
            service: "test".to_owned(),
            store: Some(mock::Store::new().unwrap()),
        }
    }

    #[test]
    fn a_profile_goes_in_and_comes_out() {
        let keyring = keyring();
        assert!(keyring.get("a").unwrap().is_none());
        keyring.set("a", &PROFILE.into()).unwrap();
        let loader = CredentialLoader::store(keyring.clone(), "a");
        let client = crate::PrismaCloud::builder().credentials(loader).build();
        assert_eq!(client.unwrap().base_url(), "https://api.prismacloud.io");
        keyring.delete("a").unwrap();
        keyring.delete("a").unwrap();
        let error = CredentialLoader::store(keyring, "a").load().unwrap_err();
        let text = error.to_string();
        assert!(text.contains("there is no profile called \"a\""), "{text}");
    }

    #[test]
    fn a_failure_names_the_profile_and_no_secret() {
        let keyring = keyring();
        keyring.set("a", &PROFILE.into()).unwrap();
        let entry = keyring.entry("a").unwrap();
        let mock: &mock::Cred = entry.as_any().downcast_ref().unwrap();
        mock.set_error(KeyringError::BadEncoding(PROFILE.as_bytes().to_vec()));
        let error = keyring.get("a").unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("the profile \"a\"") && shown.contains("no text"),
            "{shown}"
        );
        assert!(!shown.contains("kept-in"), "{shown}");

        keyring
            .set("b", &"{ \"secret\": \"kept-in-the-keyring\" }".into())
            .unwrap();
        let error = CredentialLoader::store(keyring, "b").load().unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("line 1: beside \"secret\""), "{shown}");
        assert!(!shown.contains("kept-in"), "{shown}");
    }
}
