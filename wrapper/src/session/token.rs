//! The token itself.

use bytes::Bytes;
use http::HeaderValue;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::lifetime::Claims;

/// A token, ready to be sent. Its memory is wiped when the last request that carries it is gone.
#[derive(Clone)]
pub(crate) struct Token {
    value: HeaderValue,
    claims: Claims,
}

impl Token {
    /// Fails if no header can carry it; then it is no token.
    pub(crate) fn new(secret: &SecretString) -> Option<Self> {
        let text = secret.expose_secret().trim();
        if text.is_empty() {
            return None;
        }
        let wiped = Bytes::from_owner(Zeroizing::new(text.as_bytes().to_vec()));
        let mut value = HeaderValue::from_maybe_shared(wiped).ok()?;
        value.set_sensitive(true);
        Some(Self {
            value,
            claims: Claims::of(text),
        })
    }

    /// The value of the header; marked sensitive, so that nobody prints it.
    pub(crate) fn header(&self) -> HeaderValue {
        self.value.clone()
    }

    pub(crate) fn claims(&self) -> Claims {
        self.claims
    }

    /// For looking it up in what others sent.
    pub(crate) fn expose(&self) -> &str {
        self.value.to_str().unwrap_or_default()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(&SecretString::from(" abc.def.ghi\n")).unwrap();
        assert_eq!(token.expose(), "abc.def.ghi");
        assert!(!format!("{token:?} {:?}", token.header()).contains("abc"));
    }

    #[test]
    fn what_no_header_carries_is_no_token() {
        for text in ["", "  ", "a\nb", "a\0b"] {
            assert!(Token::new(&SecretString::from(text)).is_none(), "{text:?}");
        }
    }
}
