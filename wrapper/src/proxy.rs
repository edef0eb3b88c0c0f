//! The proxy in between: which one it is, and whether it can be used.

use hyper_util::client::proxy::matcher::Matcher;
use std::sync::Arc;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http_client::ProxyChoice;

/// What the connection can be made through.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Which proxy is in between, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) enum InBetween {
    /// None, or nobody can tell: the `reqwest::Client` is the caller's.
    #[default]
    Unknown,
    /// This one, for everything; host and port only.
    Always(String),
    /// What the environment says about a host.
    Environment(Arc<Matcher>),
}

impl InBetween {
    /// What reqwest makes of `choice`. It asks the environment in the same way.
    pub(crate) fn of(choice: &ProxyChoice) -> Self {
        match choice {
            ProxyChoice::Direct => Self::Unknown,
            ProxyChoice::Environment => Self::Environment(Arc::new(Matcher::from_system())),
            ProxyChoice::Explicit(url) => place(url).map_or(Self::Unknown, Self::Always),
        }
    }

    /// The proxy on the way to `endpoint`: host and port, without what is secret.
    pub(crate) fn to(&self, endpoint: &Endpoint) -> Option<String> {
        match self {
            Self::Unknown => None,
            Self::Always(proxy) => Some(proxy.clone()),
            // To the own machine the client goes without one.
            Self::Environment(_) if endpoint.is_loopback() => None,
            Self::Environment(matcher) => {
                let proxy = matcher.intercept(&endpoint.base().parse().ok()?)?;
                place(&proxy.uri().to_string())
            }
        }
    }
}

/// Host and port of the proxy at `url`, which may lack a scheme.
fn place(url: &str) -> Option<String> {
    let parsed = url::Url::parse(&with_scheme(url)).ok()?;
    let host = parsed.host_str()?;
    let port = parsed.port().or(match parsed.scheme() {
        "http" => Some(80),
        "https" => Some(443),
        _ => Some(1080),
    })?;
    Some(format!("{host}:{port}"))
}

fn with_scheme(url: &str) -> String {
    match url.contains("://") {
        true => url.to_owned(),
        false => format!("http://{url}"),
    }
}

/// Refuses a proxy of a kind that does not work. `source` is where its address stands, which is not shown: it may hold a password.
pub(crate) fn judge(url: &str, source: &str) -> Result<(), Error> {
    let Some((scheme, _)) = url.trim().split_once("://") else {
        return Ok(());
    };
    if SCHEMES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
    {
        return Ok(());
    }
    // A password holds no `://`, but what stands before it may be anything if the address is no address.
    let shown =
        match scheme.chars().all(|letter| letter.is_ascii_alphanumeric()) && scheme.len() <= 10 {
            true => format!("{scheme}://"),
            false => "its scheme".to_owned(),
        };
    Err(Error::config(format!(
        "{source} names a proxy of a kind that does not work ({shown}); write its address with one of {}",
        SCHEMES.map(|scheme| format!("{scheme}://")).join(", ")
    )))
}

/// The same for the proxies that the environment names for `https`: one that cannot be used would be passed by without a word.
pub(crate) fn judge_environment(lookup: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
    for names in [
        ["HTTPS_PROXY", "https_proxy"],
        ["HTTP_PROXY", "http_proxy"],
        ["ALL_PROXY", "all_proxy"],
    ] {
        let set = names.iter().find_map(|name| Some((name, lookup(name)?)));
        if let Some((name, url)) = set {
            judge(&url, &format!("the environment variable {name}"))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_by_host_and_port_alone() {
        for (url, expected) in [
            (
                "http://u:p@proxy.example:3128/x",
                Some("proxy.example:3128"),
            ),
            ("proxy.example:3128", Some("proxy.example:3128")),
            ("u:p@proxy.example", Some("proxy.example:80")),
            ("https://proxy.example", Some("proxy.example:443")),
            ("socks5h://u:p@[::1]", Some("[::1]:1080")),
            ("", None),
        ] {
            assert_eq!(place(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_environment_tells_the_proxy_to_a_host() {
        let matcher = Matcher::builder()
            .https("http://u:p@proxy.example:3128")
            .no("api2.prismacloud.io")
            .build();
        let between = InBetween::Environment(Arc::new(matcher));
        let to = |url: &str| between.to(&Endpoint::pasted(url).unwrap());
        assert_eq!(to("app").as_deref(), Some("proxy.example:3128"));
        assert_eq!(to("app2"), None);
        assert_eq!(to("http://127.0.0.1:9"), None);
    }

    #[test]
    fn proxies_of_unknown_kinds_are_refused_wherever_they_are_named() {
        for name in ["HTTPS_PROXY", "http_proxy", "all_proxy"] {
            let lookup =
                |asked: &str| (asked == name).then(|| "ftp://u:hunter2@proxy.example".into());
            let error = judge_environment(lookup).unwrap_err();
            let shown = format!("{error} {error:?}");
            assert!(error.is_config() && !shown.contains("hunter2"), "{shown}");
            assert!(
                shown.contains(name) && shown.contains("socks5://"),
                "{shown}"
            );
        }
        let good = |asked: &str| (asked == "ALL_PROXY").then(|| "socks5://proxy.example".into());
        judge_environment(good).unwrap();
        judge("proxy.example:3128", "").unwrap();
        assert!(
            !judge("hun/ter2://x", "it")
                .unwrap_err()
                .to_string()
                .contains("hun")
        );
    }
}
