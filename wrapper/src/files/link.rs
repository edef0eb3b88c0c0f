//! Files that the service keeps elsewhere, behind an address that is a secret of its own.

use futures_util::future::{Either, select};
use reqwest::Url;

use super::{Download, of_response};
use crate::attempt::{Origin, Trouble};
use crate::client::PrismaCloud;
use crate::error::{Error, ErrorKind};

impl PrismaCloud {
    /// Fetches the file behind a pre-signed link, such as `reportLink` of an SBOM report or the URL of a template.
    ///
    /// The link alone is the permission. Nothing of the session goes with the request: no token, no key. Redirects are not
    /// followed. Errors name the host and never the link.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`] for a link that is not `https` (`http` is allowed to this machine only); otherwise as any
    /// call. A refusal mostly means that the link has expired: they live for minutes.
    pub async fn follow_link(&self, link: &str) -> Result<Download, Error> {
        let url = judge(link)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let wire = &self.core().wire;
        let pools = &wire.shared.http;
        let exchange = pools.with(pools.first(), |http| http.get(url).send());
        let exchange = std::pin::pin!(exchange);
        let limit = wire.shared.timeouts.attempt;
        let response = match select(exchange, wire.shared.clock.timeout(limit)).await {
            Either::Left((Ok(response), _)) => response,
            Either::Left((Err(source), _)) => {
                let kind = if source.is_timeout() {
                    ErrorKind::Timeout
                } else {
                    ErrorKind::Network
                };
                let trouble = Trouble::of(&source);
                let why =
                    trouble.map_or(String::new(), |trouble| format!(": {}", trouble.what(None)));
                return Err(
                    Error::new(kind, format!("{host} did not send the file{why}"))
                        .with_attempts(1)
                        .with_advice(trouble.map(|trouble| trouble.advice(&host)))
                        .with_source(source.without_url()),
                );
            }
            Either::Right(_) => {
                return Err(Error::new(
                    ErrorKind::Timeout,
                    format!("{host} did not answer within {limit:?}"),
                )
                .with_attempts(1));
            }
        };
        let status = response.status();
        if !status.is_success() {
            return Err(Error::new(
                ErrorKind::of_status(status),
                format!("{host} refuses the file: {status}"),
            )
            .with_status(status)
            .with_attempts(1)
            .with_advice(Some(
                "links expire within minutes; ask the service for a new one".into(),
            )));
        }
        of_response(self.guarded(response))
    }

    /// The same answer, whose body fails when it stalls.
    fn guarded(&self, response: reqwest::Response) -> reqwest::Response {
        let wire = &self.core().wire;
        let origin = Origin::of(&response);
        crate::attempt::guarded(
            response,
            wire.shared.clock.clone(),
            wire.shared.timeouts.stall,
            origin,
        )
    }
}

/// The address, if it is one that may be asked.
fn judge(link: &str) -> Result<Url, Error> {
    let refuse = |what: &str| {
        Err(Error::new(
            ErrorKind::InvalidRequest,
            format!("the link was not followed: {what}"),
        ))
    };
    let Ok(url) = Url::parse(link.trim()) else {
        return refuse("it is not a URL");
    };
    let local = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => return refuse("it names no host"),
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if local => Ok(url),
        _ => refuse("only https links are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_links_leave_this_machine() {
        for link in [
            "https://files.example/sbom.csv?signature=x",
            "http://127.0.0.1:9/x",
            "http://[::1]/x",
            " http://localhost/x ",
        ] {
            assert!(judge(link).is_ok(), "{link}");
        }
        for link in [
            "http://files.example/secret-signature",
            "http://127.0.0.1.example/secret-signature",
            "ftp://files.example/secret-signature",
            "file:///secret-signature",
            "secret-signature",
            "",
        ] {
            let error = judge(link).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{link}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
