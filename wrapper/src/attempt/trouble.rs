//! Why no connection came about, where another attempt would end in the same way.
//!
//! Neither reqwest nor the libraries below it tell this in types that hold for all of them: a proxy's refusal is a private type of
//! hyper-util's, and each library for TLS has errors of its own. So the texts are looked at, and tests with real connections
//! notice when they change.

use std::error::Error;

/// What stands in the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The proxy answered 407.
    ProxyWantsPassword,
    /// The proxy answered something else than 2xx; what it was is not told.
    ProxyRefused,
    /// There was no connection to the proxy.
    ProxyUnreachable,
    /// The certificate is for another name.
    WrongName,
    /// The certificate has expired, or is not valid yet.
    NotValidNow,
    /// Nobody that this machine trusts has signed the certificate.
    UnknownIssuer,
    /// Another fault of the server's certificate.
    BadCertificate,
    /// The server wants a certificate of the client's, or does not take the one it was shown.
    OwnCertificate,
}

impl Trouble {
    /// What the chain of causes behind `error` tells.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(trouble) = Self::of_text(&error.to_string()) {
                return Some(trouble);
            }
            next = error.source();
        }
        None
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if let Some(tunnel) = text.split("tunnel error: ").nth(1) {
            return match tunnel {
                tunnel if tunnel.starts_with("proxy authorization required") => {
                    Some(Self::ProxyWantsPassword)
                }
                tunnel if tunnel.starts_with("unsuccessful") => Some(Self::ProxyRefused),
                tunnel if tunnel.starts_with("failed to create") => Some(Self::ProxyUnreachable),
                _ => None,
            };
        }
        if !has(&["certificate", "unknownissuer", "unknownca", "ssl"]) {
            return None;
        }
        Some(if has(&["received fatal alert"]) {
            Self::OwnCertificate
        } else if has(&[
            "not valid for name",
            "notvalidforname",
            "hostname mismatch",
            "name mismatch",
        ]) {
            Self::WrongName
        } else if has(&["expired", "not valid yet", "notvalidyet", "not yet valid"]) {
            Self::NotValidNow
        } else if has(&[
            "unknownissuer",
            "unknown issuer",
            "self signed",
            "self-signed",
            "unable to get",
        ]) {
            Self::UnknownIssuer
        } else if has(&["certificate"]) {
            Self::BadCertificate
        } else {
            return None;
        })
    }

    /// Whether another attempt at the connection would end in the same way, or do harm: proxies lock the accounts of users
    /// whose password was wrong several times.
    pub(crate) fn is_final(self) -> bool {
        !matches!(self, Self::ProxyRefused | Self::ProxyUnreachable)
    }

    /// What happened, with `proxy` in between, if that is known.
    pub(crate) fn what(self, proxy: Option<&str>) -> String {
        let proxy = match proxy {
            Some(proxy) => format!("the proxy {proxy}"),
            None => "the proxy".to_owned(),
        };
        match self {
            Self::ProxyWantsPassword => {
                format!("{proxy} answered 407 Proxy Authentication Required")
            }
            Self::ProxyRefused => format!("{proxy} refused to let the connection through"),
            Self::ProxyUnreachable => format!("{proxy} cannot be reached"),
            Self::WrongName => "the server's certificate is for another name".into(),
            Self::NotValidNow => "the server's certificate has expired or is not valid yet".into(),
            Self::UnknownIssuer => "the server's certificate is from an unknown issuer".into(),
            Self::BadCertificate => "the server's certificate is not acceptable".into(),
            Self::OwnCertificate => {
                "the server refused this client's certificate, or the lack of one".into()
            }
        }
    }

    /// What the user can do about it.
    pub(crate) fn advice(self, host: &str) -> String {
        match self {
            Self::ProxyWantsPassword => {
                "check the user and the password for the proxy (`proxy_user` of the builder, or the address in HTTPS_PROXY); \
                 it is not tried again, since proxies lock accounts after several wrong passwords"
                    .into()
            }
            Self::ProxyRefused => format!(
                "ask who runs the proxy whether connections to {host} are allowed; if none is needed, call `no_proxy` or name \
                 the host in NO_PROXY"
            ),
            Self::ProxyUnreachable => {
                "check the address of the proxy (`proxy` of the builder, or HTTPS_PROXY in the environment)".into()
            }
            Self::WrongName => format!(
                "check that {host} is the name of the server that was meant, and that nobody else answers under it"
            ),
            Self::NotValidNow => {
                "check this machine's clock; if it is right, the server or a proxy that re-encrypts needs a new certificate"
                    .into()
            }
            Self::UnknownIssuer => format!(
                "{host} shows a certificate that this machine does not trust; if a proxy re-encrypts the traffic, give the \
                 builder its CA with `ca_bundle`"
            ),
            Self::BadCertificate => {
                format!("look at the certificate that {host} shows to this machine; no setting of the client makes it good")
            }
            Self::OwnCertificate => "give the builder the certificate to show with `client_identity`".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_several_libraries_are_told_apart() {
        for (text, trouble) in [
            (
                "tunnel error: proxy authorization required",
                Some(Trouble::ProxyWantsPassword),
            ),
            ("tunnel error: unsuccessful", Some(Trouble::ProxyRefused)),
            (
                "tunnel error: failed to create underlying connection",
                Some(Trouble::ProxyUnreachable),
            ),
            ("tunnel error: unexpected end of file", None),
            (
                "invalid peer certificate: UnknownIssuer",
                Some(Trouble::UnknownIssuer),
            ),
            (
                "invalid peer certificate: certificate not valid for name \"a.example\"; certificate is only valid for \
                 DnsName(\"unknown issuer.example\")",
                Some(Trouble::WrongName),
            ),
            (
                "invalid peer certificate: certificate expired: verification time 1",
                Some(Trouble::NotValidNow),
            ),
            (
                "invalid peer certificate: BadSignature",
                Some(Trouble::BadCertificate),
            ),
            (
                "certificate verify failed (hostname mismatch)",
                Some(Trouble::WrongName),
            ),
            (
                "certificate verify failed: (certificate has expired)",
                Some(Trouble::NotValidNow),
            ),
            (
                "certificate verify failed: (self-signed certificate in certificate chain)",
                Some(Trouble::UnknownIssuer),
            ),
            (
                "received fatal alert: CertificateRequired",
                Some(Trouble::OwnCertificate),
            ),
            ("connection refused", None),
        ] {
            assert_eq!(Trouble::of_text(text), trouble, "{text}");
        }
    }
}
