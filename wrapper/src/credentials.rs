//! What proves who the caller is.

use std::fmt;

use secrecy::SecretString;

/// An access key: its id, and the secret that was shown once when it was made.
#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
}

/// Everything a session can start from. At least one of the two ways is given.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) key: Option<AccessKey>,
    /// A token obtained elsewhere.
    pub(crate) token: Option<SecretString>,
    pub(crate) customer_name: Option<String>,
    pub(crate) prisma_id: Option<String>,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The id may be a user's name; its beginning is enough to tell keys apart.
        let start: String = self.id.chars().take(4).collect();
        f.debug_struct("AccessKey")
            .field("id", &format_args!("{start}…"))
            .field("secret", &format_args!("[redacted]"))
            .finish()
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("key", &self.key)
            .field("token", &self.token.as_ref().map(|_| "[redacted]"))
            .field("customer_name", &self.customer_name)
            .field("prisma_id", &self.prisma_id)
            .finish()
    }
}
