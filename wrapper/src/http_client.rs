//! Making the `reqwest::Client` that a client uses on one runtime.

use reqwest::ClientBuilder;
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::settings::{POOL_IDLE_TIMEOUT, Timeouts, USER_AGENT};

/// Where requests go through.
#[derive(Clone, Default)]
pub(crate) enum ProxyChoice {
    /// What `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, for any host but the own machine.
    #[default]
    Environment,
    /// None, whatever the environment says.
    Direct,
    /// This one, for everything.
    Explicit(String),
}

/// How large the head of an answer may be over HTTP/2: 384 KiB, about what hyper takes over HTTP/1. Its default of 16 KiB
/// is less than the service writes into `x-redlock-status` at times, and a head that is too large ends the stream without a word.
#[cfg(feature = "http2")]
const MAX_HEAD: u32 = 384 << 10;

/// What is set about the connection.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) proxy: ProxyChoice,
    /// User and password for an explicit proxy.
    pub(crate) proxy_user: Option<(String, SecretString)>,
    pub(crate) user_agent: String,
    pub(crate) compression: bool,
    pub(crate) pool_idle_timeout: Duration,
    pub(crate) pool_max_idle: usize,
    /// PEM, one certificate or more.
    pub(crate) ca_bundle: Option<Vec<u8>>,
    /// PEM, the private key and the certificates.
    pub(crate) identity: Option<SecretString>,
    pub(crate) accept_any_certificate: bool,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            proxy: ProxyChoice::default(),
            proxy_user: None,
            user_agent: USER_AGENT.to_owned(),
            compression: true,
            pool_idle_timeout: POOL_IDLE_TIMEOUT,
            // With fewer than there are calls at once, HTTP/1.1 closes connections that the next calls open again.
            pool_max_idle: usize::MAX,
            ca_bundle: None,
            identity: None,
            accept_any_certificate: false,
        }
    }
}

/// Builds it on top of `builder`, whose redirects and retries are switched off in any case, for calls to `endpoints`.
pub(crate) fn build(
    builder: ClientBuilder,
    connection: &Connection,
    timeouts: &Timeouts,
    endpoints: &[Endpoint],
) -> Result<reqwest::Client, Error> {
    let mut builder = builder
        // reqwest takes `authorization` off a request that is redirected to another host, but not `x-redlock-auth`,
        // and it would send the credentials of a login once more.
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        // One layer of retries is enough, and this one would copy each request for itself.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .connect_timeout(timeouts.connect)
        .pool_idle_timeout(connection.pool_idle_timeout)
        .pool_max_idle_per_host(connection.pool_max_idle)
        .user_agent(&connection.user_agent)
        .https_only(endpoints.iter().all(|endpoint| endpoint.is_https()));
    builder = proxy(builder, connection, endpoints)?;
    #[cfg(feature = "http2")]
    {
        builder = builder.http2_max_header_list_size(MAX_HEAD);
    }
    #[cfg(feature = "gzip")]
    {
        builder = builder.gzip(connection.compression);
    }
    #[cfg(feature = "brotli")]
    {
        builder = builder.brotli(connection.compression);
    }
    builder = tls::configure(builder, connection, endpoints)?;
    builder.build().map_err(|source| {
        Error::config("the connection cannot be set up as configured").with_source(source)
    })
}

fn proxy(
    builder: ClientBuilder,
    connection: &Connection,
    endpoints: &[Endpoint],
) -> Result<ClientBuilder, Error> {
    if connection.proxy_user.is_some() && !matches!(connection.proxy, ProxyChoice::Explicit(_)) {
        return Err(Error::config(
            "`proxy_user` has no effect without a proxy; give its address with `proxy`, or leave out the user",
        ));
    }
    match &connection.proxy {
        // A proxy between the machine and itself would see secrets that http to loopback may carry.
        ProxyChoice::Environment if endpoints.iter().any(|endpoint| endpoint.is_loopback()) => {
            Ok(builder.no_proxy())
        }
        ProxyChoice::Environment => {
            crate::proxy::judge_environment(|name| std::env::var(name).ok())?;
            Ok(builder)
        }
        ProxyChoice::Direct => Ok(builder.no_proxy()),
        ProxyChoice::Explicit(url) => {
            crate::proxy::judge(url, "the setting `proxy`")?;
            // What is wrong with the URL is not repeated: it may hold a password.
            let proxy = reqwest::Proxy::all(url.as_str()).map_err(|_| {
                Error::config(
                    "the address of the proxy is no URL; write it as http://host:port, and give user and \
                     password with `proxy_user`",
                )
            })?;
            let proxy = match &connection.proxy_user {
                Some((name, password)) => proxy.basic_auth(name, password.expose_secret()),
                None => proxy,
            };
            Ok(builder.proxy(proxy))
        }
    }
}

/// The variables from which reqwest takes a proxy.
const PROXY_VARIABLES: [&str; 6] = [
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "https_proxy",
    "http_proxy",
];

/// The passwords in the addresses of the proxies that the environment names; `lookup` reads a variable.
pub(crate) fn passwords_in_environment(
    lookup: impl Fn(&str) -> Option<String>,
) -> Vec<SecretString> {
    let addresses = PROXY_VARIABLES.iter().filter_map(|name| lookup(name));
    addresses.flat_map(|url| passwords_in(&url)).collect()
}

/// The password in the address of a proxy, as it stands there and decoded. Where there is none, the name alone may be a token.
pub(crate) fn passwords_in(url: &str) -> Vec<SecretString> {
    let url = match url.contains("://") {
        true => url.trim().to_owned(),
        // As reqwest reads it.
        false => format!("http://{}", url.trim()),
    };
    let parsed = url::Url::parse(&url).ok();
    let name = |url: &url::Url| Some(url.username().to_owned()).filter(|name| !name.is_empty());
    let Some(encoded) = parsed
        .as_ref()
        .and_then(|url| url.password().map(str::to_owned).or_else(|| name(url)))
    else {
        return Vec::new();
    };
    let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8();
    let mut passwords = vec![SecretString::from(encoded.as_str())];
    passwords.extend(decoded.ok().map(|text| SecretString::from(&*text)));
    passwords
}

/// Makes ring the cryptography of rustls in this process, unless another provider has been chosen before.
///
/// Building a [`PrismaCloud`](crate::PrismaCloud) does this by itself. Call it first if you build a `reqwest::Client` of your
/// own before that: reqwest panics where no provider is chosen.
#[cfg(feature = "rustls")]
pub fn install_crypto_provider() {
    // An error says that there is one already, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls"))]
mod tls {
    use super::{ClientBuilder, Connection, Endpoint, Error, ExposeSecret};

    pub(super) fn configure(
        mut builder: ClientBuilder,
        connection: &Connection,
        endpoints: &[Endpoint],
    ) -> Result<ClientBuilder, Error> {
        #[cfg(feature = "rustls")]
        {
            super::install_crypto_provider();
        }
        #[cfg(any(feature = "rustls", feature = "rustls-aws-lc"))]
        {
            // Where another crate of the program enables native-tls too, this one's choice holds for this client.
            builder = builder.tls_backend_rustls();
        }
        if let Some(pem) = &connection.ca_bundle {
            let certificates = reqwest::Certificate::from_pem_bundle(pem).map_err(|source| {
                Error::config("the CA bundle is not PEM with certificates").with_source(source)
            })?;
            if certificates.is_empty() {
                return Err(Error::config(
                    "the CA bundle holds no certificate; it has to be PEM",
                ));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        if let Some(pem) = &connection.identity {
            builder = builder.identity(identity(pem.expose_secret())?);
        }
        if connection.accept_any_certificate {
            tracing::warn!(
                target: "prisma_cloud",
                { server.address = endpoints.first().map_or("", |endpoint| endpoint.host()) },
                "TLS certificates are not verified: anybody on the way can read and change everything, credentials included",
            );
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        Ok(builder)
    }

    #[cfg(any(feature = "rustls", feature = "rustls-aws-lc"))]
    fn identity(pem: &str) -> Result<reqwest::Identity, Error> {
        // What is wrong is not repeated: it may quote the key.
        reqwest::Identity::from_pem(pem.as_bytes()).map_err(|_| {
            Error::config("the client identity is not PEM with a private key and its certificates")
        })
    }

    #[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc")))]
    fn identity(pem: &str) -> Result<reqwest::Identity, Error> {
        reqwest::Identity::from_pkcs8_pem(pem.as_bytes(), pem.as_bytes()).map_err(|_| {
            Error::config(
                "the client identity is not PEM with a PKCS #8 private key and its certificates",
            )
        })
    }
}

#[cfg(not(any(feature = "rustls", feature = "rustls-aws-lc", feature = "native-tls")))]
mod tls {
    use super::{ClientBuilder, Connection, Endpoint, Error};

    pub(super) fn configure(
        builder: ClientBuilder,
        _: &Connection,
        endpoints: &[Endpoint],
    ) -> Result<ClientBuilder, Error> {
        if endpoints.iter().any(|endpoint| endpoint.is_https()) {
            return Err(Error::config(
                "this build has no TLS; enable one of the features rustls, rustls-aws-lc and native-tls of prisma-cloud",
            ));
        }
        Ok(builder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_a_proxy_is_found_in_its_address() {
        for (url, expected) in [
            (
                "http://u:p%2Fw%25@proxy.example:3128",
                vec!["p%2Fw%25", "p/w%"],
            ),
            ("http://u:plain@proxy.example", vec!["plain", "plain"]),
            ("http://u:%zz%f@proxy.example", vec!["%zz%f", "%zz%f"]),
            ("u:bare@proxy.example:3128", vec!["bare", "bare"]),
            ("http://a-token@proxy.example", vec!["a-token", "a-token"]),
            ("http://proxy.example", vec![]),
            ("nonsense", vec![]),
        ] {
            let found = passwords_in(url);
            let found: Vec<_> = found
                .iter()
                .map(|password| password.expose_secret())
                .collect();
            assert_eq!(found, expected, "{url}");
        }
    }

    #[test]
    fn each_variable_that_names_a_proxy_is_searched() {
        for name in PROXY_VARIABLES {
            let lookup = |asked: &str| {
                (asked == name).then(|| "http://user:of-the-proxy@proxy.example".to_owned())
            };
            let found = passwords_in_environment(lookup);
            assert_eq!(found[0].expose_secret(), "of-the-proxy", "{name}");
        }
    }
}
