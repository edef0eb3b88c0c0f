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
    /// How many bytes of the value stand before the token.
    scheme: usize,
    claims: Claims,
}

impl Token {
    /// Fails if no header can carry it; then it is no token.
    pub(crate) fn new(secret: &SecretString) -> Option<Self> {
        Self::with_scheme("", secret)
    }

    /// A token before which headers name a `scheme`, such as `Bearer `.
    pub(crate) fn with_scheme(scheme: &str, secret: &SecretString) -> Option<Self> {
        let text = secret.expose_secret().trim();
        if text.is_empty() {
            return None;
        }
        // Large enough at once: growing would leave a copy of the token behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(scheme.len() + text.len()));
        bytes.extend_from_slice(scheme.as_bytes());
        bytes.extend_from_slice(text.as_bytes());
        let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(bytes)).ok()?;
        value.set_sensitive(true);
        Some(Self {
            value,
            scheme: scheme.len(),
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
        // Not `to_str`, which fails for letters outside ASCII. The token was a text before it became a header.
        let token = self.value.as_bytes().get(self.scheme..);
        std::str::from_utf8(token.unwrap_or_default()).unwrap_or_default()
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
        let foreign = Token::new(&SecretString::from("schlüssel")).unwrap();
        assert_eq!(foreign.expose(), "schlüssel", "the scrubber has to know it");
        assert!(!format!("{token:?} {:?}", token.header()).contains("abc"));
    }

    #[test]
    fn a_scheme_stands_in_the_header_and_is_no_part_of_the_token() {
        let token = Token::with_scheme("Bearer ", &SecretString::from("abc\n")).unwrap();
        assert_eq!(token.header(), "Bearer abc");
        assert_eq!(token.expose(), "abc");
    }

    #[test]
    fn what_no_header_carries_is_no_token() {
        for text in ["", "  ", "a\nb", "a\0b"] {
            assert!(Token::new(&SecretString::from(text)).is_none(), "{text:?}");
        }
    }
}
