//! What one source of credentials says, and how sources go together.

use std::path::PathBuf;

use secrecy::SecretString;

/// Whose certificates to believe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verify {
    /// Those that the system trusts.
    System,
    /// Anybody's: see [`Builder::danger_accept_any_certificate`](crate::Builder::danger_accept_any_certificate).
    Nobody,
    /// Those that the system trusts, and those in this PEM file.
    Bundle(PathBuf),
}

impl Verify {
    /// From the text that files and variables hold: `true` or nothing, `false`, or the path of a bundle.
    pub(super) fn of(text: &str) -> Self {
        match text.trim() {
            "" => Self::System,
            text if text.eq_ignore_ascii_case("true") => Self::System,
            text if text.eq_ignore_ascii_case("false") => Self::Nobody,
            path => Self::Bundle(path.into()),
        }
    }

    /// From a text that says whether to skip it; nothing if it says neither.
    pub(super) fn unless_skipped(text: &str) -> Option<Self> {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Self::Nobody),
            "false" | "0" | "" => Some(Self::System),
            _ => None,
        }
    }
}

/// What one source says. An empty value counts as none.
#[derive(Clone, Default)]
pub(crate) struct Pieces {
    pub(crate) name: Option<String>,
    pub(crate) url: Option<String>,
    /// A host that is none of the service's, and counts more than `url`.
    pub(crate) custom_url: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) secret: Option<SecretString>,
    pub(crate) token: Option<SecretString>,
    pub(crate) customer_name: Option<String>,
    pub(crate) prisma_id: Option<String>,
    pub(crate) verify: Option<Verify>,
}

impl Pieces {
    /// Whether there is something to log in with, or a token.
    pub(crate) fn proves(&self) -> bool {
        self.token.is_some() || (self.identity.is_some() && self.secret.is_some())
    }

    /// Whether an address is said.
    pub(crate) fn has_url(&self) -> bool {
        self.url.is_some() || self.custom_url.is_some()
    }

    /// Fills what is not said here with what `lower` says. Credentials stay together, and with them the tenant they are
    /// for: an id of one source never meets the secret of another.
    pub(super) fn or(self, lower: Self) -> Self {
        let (own, other) = match self.proves() {
            true => (
                self,
                Self {
                    identity: None,
                    secret: None,
                    token: None,
                    customer_name: None,
                    prisma_id: None,
                    ..lower
                },
            ),
            false => (self, lower),
        };
        Self {
            name: own.name.or(other.name),
            url: own.url.or(other.url),
            custom_url: own.custom_url.or(other.custom_url),
            identity: own.identity.or(other.identity),
            secret: own.secret.or(other.secret),
            token: own.token.or(other.token),
            customer_name: own.customer_name.or(other.customer_name),
            prisma_id: own.prisma_id.or(other.prisma_id),
            verify: own.verify.or(other.verify),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn pieces(url: Option<&str>, key: Option<(&str, &str)>, customer: Option<&str>) -> Pieces {
        Pieces {
            url: url.map(Into::into),
            identity: key.map(|(id, _)| id.into()),
            secret: key.map(|(_, secret)| secret.into()),
            customer_name: customer.map(Into::into),
            ..Pieces::default()
        }
    }

    #[test]
    fn credentials_of_two_sources_never_mix() {
        let file = pieces(
            Some("file-url"),
            Some(("file-id", "file-secret")),
            Some("File"),
        );
        let shown = |pieces: Pieces| {
            let secret = pieces
                .secret
                .map(|secret| secret.expose_secret().to_owned());
            (pieces.url, pieces.identity, secret, pieces.customer_name)
        };
        let some = |text: &str| Some(text.to_owned());
        let with_key = pieces(None, Some(("env-id", "env-secret")), None);
        assert_eq!(
            shown(with_key.or(file.clone())),
            (some("file-url"), some("env-id"), some("env-secret"), None)
        );
        let with_url = pieces(Some("env-url"), None, Some("Env"));
        assert_eq!(
            shown(with_url.or(file)),
            (
                some("env-url"),
                some("file-id"),
                some("file-secret"),
                some("Env")
            )
        );
    }

    #[test]
    fn verify_is_a_word_or_a_path() {
        for (text, verify) in [
            ("true", Verify::System),
            ("TRUE", Verify::System),
            ("", Verify::System),
            (" ", Verify::System),
            ("false", Verify::Nobody),
            ("False", Verify::Nobody),
            ("/etc/ca.pem", Verify::Bundle("/etc/ca.pem".into())),
        ] {
            assert_eq!(Verify::of(text), verify, "{text:?}");
        }
    }
}
