//! The one place that requests, and with them credentials, may go to.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Position, Url};

use crate::credentials::CUSTOM_URL;
use crate::error::{Error, ErrorKind};
use crate::region::{self, Region};

/// The base URL of an API, judged fit to receive credentials.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    url: Url,
    base: String,
    region: Option<Region>,
    loopback: bool,
}

impl Endpoint {
    /// The API of `region`.
    pub(crate) fn of_region(region: Region) -> Self {
        let base = region.api_url().to_owned();
        Self {
            url: Url::parse(&base).expect("the URLs of the regions are constants"),
            base,
            region: Some(region),
            loopback: false,
        }
    }

    /// The API at a host of Prisma Cloud's that is not in the table of regions.
    fn of_host(host: &str) -> Self {
        let base = format!("https://{host}");
        Self {
            url: Url::parse(&base).expect("the host is letters, digits and dots"),
            base,
            region: None,
            loopback: false,
        }
    }

    /// What a user pasted: a region in any form, or an address of the own machine.
    ///
    /// Any other host is refused: a look-alike must not get credentials by accident.
    pub(crate) fn pasted(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        let short = trimmed.to_ascii_lowercase();
        if let Some(region) = Region::of_short_name(&short) {
            return Ok(Self::of_region(region));
        }
        if let Some(host) = region::numbered(&format!("{short}.prismacloud.io")) {
            return Ok(Self::of_host(&host));
        }
        let url = parse(trimmed)?;
        if let Some(endpoint) = known(&url)? {
            return Ok(endpoint);
        }
        if is_loopback(&url) {
            return Self::custom(trimmed, false);
        }
        Err(unknown_region(trimmed))
    }

    /// A host that the caller names deliberately; `plain_http` is the caller's word that secrets may travel unencrypted.
    pub(crate) fn custom(text: &str, plain_http: bool) -> Result<Self, Error> {
        let trimmed = text.trim();
        let mut url = parse(trimmed)?;
        if let Some(endpoint) = known(&url)? {
            return Ok(endpoint);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused(
                trimmed,
                "a base URL has neither a query nor a fragment",
                "leave out everything from `?` or `#` on",
            ));
        }
        let loopback = is_loopback(&url);
        if url.scheme() == "http" && !loopback && !plain_http {
            return Err(refused(
                trimmed,
                "credentials would travel unencrypted",
                "write `https://`; if the host really speaks http only, call \
                 `allow_plain_http_exposing_credentials()` as well",
            ));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            url,
            base,
            region: None,
            loopback,
        })
    }

    /// The base URL without a slash at its end, as generated clients want it.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn region(&self) -> Option<Region> {
        self.region
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(crate) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// The host, for messages and traces.
    pub(crate) fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    pub(crate) fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// Whether credentials may be attached to a request for `url`: scheme, host and port are the configured ones.
    pub(crate) fn may_receive_credentials(&self, url: &Url) -> bool {
        // What stands before the path is scheme, name and password, host and port. Parsed URLs have one spelling, and the
        // configured one has neither name nor password. (`Url::origin` copies both hosts.)
        self.url[..Position::BeforePath] == url[..Position::BeforePath]
    }

    /// The URL of `path`, which begins with a slash.
    pub(crate) fn join(&self, path: &str) -> Result<Url, Error> {
        let refuse = |why: &str| {
            Error::new(
                ErrorKind::Config,
                format!("the path {:?} is not one of the API: {why}", shown(path)),
            )
        };
        if !path.starts_with('/') {
            return Err(refuse("it must begin with `/`"));
        }
        let url = Url::parse(&format!("{}{path}", self.base))
            .map_err(|source| refuse("it does not make a URL").with_source(source))?;
        if self.may_receive_credentials(&url) {
            Ok(url)
        } else {
            Err(refuse("it leads to another host"))
        }
    }
}

/// Parses an address of which the scheme may be missing, and refuses what parsers read differently.
fn parse(text: &str) -> Result<Url, Error> {
    let refuse = |why: &str, next: &str| Err(refused(text, why, next));
    const PASTE: &str = "paste the address of the console, such as https://app2.eu.prismacloud.io";
    if text.is_empty() {
        return refuse("it is empty", PASTE);
    }
    if text
        .chars()
        .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
    {
        return refuse(
            "it holds a space, a control character or a backslash",
            PASTE,
        );
    }
    let with_scheme = if text.contains("://") {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    // What comes before the path is judged as text too: a parser that decodes `%2e` or drops what
    // stands before `@` must not decide alone who gets the secret.
    let after = with_scheme.split_once("://").map_or("", |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() {
        return refuse("it has no host", PASTE);
    }
    if authority.contains('@') {
        return refuse("it holds a user name or `@` before the host", PASTE);
    }
    if !authority.is_ascii() || authority.contains('%') {
        return refuse("its host is not plain ASCII", PASTE);
    }
    let mut url = match Url::parse(&with_scheme) {
        Ok(url) => url,
        Err(source) => {
            return Err(refused(text, "it is no URL", PASTE).with_source(source));
        }
    };
    if !matches!(url.scheme(), "https" | "http") {
        return refuse("its scheme is neither https nor http", PASTE);
    }
    let Some(host) = url.host_str() else {
        return refuse("it has no host", PASTE);
    };
    // A name that means another one, as `0x7f.1` means 127.0.0.1, is not what the user reads.
    let same = authority.starts_with('[')
        || authority
            .get(..host.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(host));
    if !same || !url.username().is_empty() || url.password().is_some() {
        return refuse("its host is not what it looks like", PASTE);
    }
    if let Some(host) = host.strip_suffix('.').map(str::to_owned) {
        // `api.prismacloud.io.` is the same host, fully qualified.
        if url.set_host(Some(&host)).is_err() {
            return refuse("its host is no host", PASTE);
        }
    }
    Ok(url)
}

/// The API, if the host is one of Prisma Cloud's: anything but https on its standard port is a slip of the pen.
fn known(url: &Url) -> Result<Option<Endpoint>, Error> {
    let host = url.host_str().unwrap_or_default();
    let endpoint = match (Region::of_host(host), region::numbered(host)) {
        (Some(region), _) => Endpoint::of_region(region),
        (None, Some(host)) => Endpoint::of_host(&host),
        (None, None) => return Ok(None),
    };
    if url.scheme() != "https" || url.port_or_known_default() != Some(443) {
        return Err(refused(
            url.as_str(),
            "Prisma Cloud speaks https on port 443 only",
            &format!("use {}", endpoint.base),
        ));
    }
    Ok(Some(endpoint))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => Ipv4Addr::is_loopback(&ip),
        Some(Host::Ipv6(ip)) => Ipv6Addr::is_loopback(&ip),
        None => false,
    }
}

pub(crate) fn unknown_region(text: &str) -> Error {
    refused(
        text,
        "it is no known region of Prisma Cloud",
        &format!(
            "copy the address from the browser's address bar while the console is open; if the host is right and new, or one \
             of your own, name it with `custom_url`, or in the environment variable {CUSTOM_URL}"
        ),
    )
}

fn refused(text: &str, why: &str, next: &str) -> Error {
    Error::new(
        ErrorKind::Config,
        format!("the address {:?} was refused: {why}; {next}", shown(text)),
    )
}

/// An address without what may be a password: nothing before an `@` is shown, no query and no fragment, nothing after a colon that
/// is no port; and then cut, never before.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 200;
    // A percent-encoded `@`, and the one of double width, may have been meant as one.
    let at = ["@", "%40", "\u{ff20}"]
        .iter()
        .filter_map(|at| Some(text.rfind(at)? + at.len()))
        .max();
    let (hidden, rest) = match at {
        Some(at) => ("…@", &text[at..]),
        None => ("", text),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // `https://user:password` without a host: what stands for the port may be the password.
    let begin = rest.find("://").map_or(0, |at| at + 3);
    let end = rest[begin..]
        .find(['/', '\\'])
        .map_or(rest.len(), |at| begin + at);
    let port = rest[begin..end]
        .rfind(':')
        .filter(|_| !rest[begin..end].ends_with(']'))
        .map(|at| begin + at + 1)
        .filter(|at| !rest[*at..end].bytes().all(|byte| byte.is_ascii_digit()));
    let rest = match port {
        Some(at) => format!("{}…", &rest[..at]),
        None => rest.to_owned(),
    };
    let short: String = rest.chars().take(LONGEST).collect();
    format!("{hidden}{short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_refused() {
        for text in [
            "api.prismacloud.io.example.com",
            "https://api.prismacloud.io.example.com/",
            "api.prismacloud.io@evil.example",
            "https://api.prismacloud.io@evil.example",
            "https://api.prismacloud.io:443@evil.example",
            "https://api.prismacloud.io\\@evil.example",
            "https://evil.example/api.prismacloud.io",
            "https://evil.example#api.prismacloud.io",
            "https://evil.example?api.prismacloud.io",
            "https://evil-api.prismacloud.io",
            "https://api.prismacloud.io-evil.example",
            "https://api-prismacloud.io",
            "https://api.prismacl0ud.io",
            "https:///api.prismacloud.io",
            "/api.prismacloud.io",
            "https:////user@evil.example",
            "http://0x7f.1",
            "http://2130706433",
            "https://apİ.prismacloud.io",
            "https://api.prisma\u{0441}loud.io",
            "https://api%2eprismacloud%2eio",
            "https://api.prismacloud.io%00.evil.example",
            "https://xyz.prismacloud.io",
            "https://app.xx.prismacloud.io",
            "https://api.prismacloud.com",
            "http://api.prismacloud.io",
            "https://api.prismacloud.io:8443",
            "ftp://api.prismacloud.io",
            "api .prismacloud.io",
            "https://",
            "",
            "https:api.evil.example",
            "//evil.example",
            "nonsense",
            "http://169.254.169.254",
        ] {
            let error = Endpoint::pasted(text).expect_err(text);
            assert!(error.is_config(), "{text}");
        }
    }

    #[test]
    fn hosts_beside_the_table_follow_the_rule() {
        for (text, base) in [
            ("api0.prismacloud.io", "https://api0.prismacloud.io"),
            (
                "https://app0.prismacloud.io/home",
                "https://api0.prismacloud.io",
            ),
            (" APP5.PrismaCloud.io. ", "https://api5.prismacloud.io"),
            (
                "app12.eu.prismacloud.io:443",
                "https://api12.eu.prismacloud.io",
            ),
            (
                "https://app3.anz.prismacloud.io",
                "https://api3.anz.prismacloud.io",
            ),
            ("api2.prismacloud.cn", "https://api2.prismacloud.cn"),
            ("app0", "https://api0.prismacloud.io"),
            ("api3.gov", "https://api3.gov.prismacloud.io"),
        ] {
            let endpoint = Endpoint::pasted(text).expect(text);
            assert_eq!(endpoint.base(), base, "{text}");
            assert_eq!(endpoint.region(), None, "{text}");
            assert!(!endpoint.is_loopback() && endpoint.is_https());
            if text.contains('.') && text.to_ascii_lowercase().contains("prismacloud") {
                assert_eq!(Endpoint::custom(text, false).unwrap().base(), base);
            }
        }
        for text in [
            "api0.prismacloud.io.example.com",
            "api0.prismacloud.io@evil.example",
            "evil-api0.prismacloud.io",
            "api0-evil.prismacloud.io",
            "api0x.prismacloud.io",
            "api123.prismacloud.io",
            "app.app.prismacloud.io",
            "api.prismacloud.prismacloud.io",
            "x.api.prismacloud.io",
            "api.eu.gov.prismacloud.io",
            "api..prismacloud.io",
            "api0.xx.prismacloud.io",
            "api\u{0660}.prismacloud.io",
            "http://api0.prismacloud.io",
            "https://api0.prismacloud.io:8443",
            "api0.prismacloud.com",
            "api0.evilprismacloud.io",
        ] {
            Endpoint::pasted(text).expect_err(text);
        }
    }

    #[test]
    fn a_refused_address_is_shown_without_its_password() {
        let long = "hunter2".repeat(50);
        for (address, shown) in [
            (
                "https://user:hunter2@evil.example/?key=hunter2".to_owned(),
                "…@evil.example/",
            ),
            (
                format!("https://user:{long}@evil.example/x"),
                "…@evil.example/x",
            ),
            (
                "https://user:hunter2/@evil.example".to_owned(),
                "…@evil.example",
            ),
            (
                "https://user:hunter2#@evil.example".to_owned(),
                "…@evil.example",
            ),
            (
                "https://user:hunter2%40evil.example".to_owned(),
                "…@evil.example",
            ),
            (
                "https://user:hunter2\u{ff20}evil.example".to_owned(),
                "…@evil.example",
            ),
            ("https://user:hunter2".to_owned(), "https://user:…"),
            ("user:hunter2/path".to_owned(), "user:…"),
            (
                "https://host.example:8443x/p".to_owned(),
                "https://host.example:…",
            ),
            (
                "http://evil.example:80/p".to_owned(),
                "http://evil.example:80/p",
            ),
        ] {
            for error in [
                Endpoint::pasted(&address).unwrap_err(),
                Endpoint::custom(&address, false).unwrap_err(),
            ] {
                let text = format!("{error} {error:?} {error:#?}");
                assert!(!text.contains("hunter2"), "{text}");
                assert!(text.contains(&format!("{shown:?} was refused")), "{text}");
            }
        }
    }

    #[test]
    fn other_hosts_need_to_be_named_and_encrypted() {
        for (text, base) in [
            (
                "https://prisma.corp.example/",
                "https://prisma.corp.example",
            ),
            (
                "https://gateway.example:8443/prisma/",
                "https://gateway.example:8443/prisma",
            ),
            ("http://127.0.0.1:9999", "http://127.0.0.1:9999"),
            ("http://[::1]:9999/", "http://[::1]:9999"),
            ("http://localhost:9999", "http://localhost:9999"),
            (
                "https://app.eu.prismacloud.io/home",
                "https://api.eu.prismacloud.io",
            ),
            (
                "api.prismacloud.io.example.com",
                "https://api.prismacloud.io.example.com",
            ),
        ] {
            assert_eq!(Endpoint::custom(text, false).unwrap().base(), base);
        }
        for text in [
            "http://prisma.corp.example",
            "http://localhost.example",
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://0.0.0.0",
            "https://u:p@prisma.corp.example",
            "https://prisma.corp.example?x",
            "/%2@e",
            "https:///%2@e",
            "///u:p@e",
            "https://0x7f.1",
        ] {
            Endpoint::custom(text, false).expect_err(text);
        }
        assert!(Endpoint::custom("http://10.0.0.1", true).is_ok());
        assert!(Endpoint::custom("https://u:p@10.0.0.1", true).is_err());
        assert!(
            Endpoint::pasted("http://127.0.0.1:1")
                .unwrap()
                .is_loopback()
        );
    }

    #[test]
    fn credentials_stay_with_scheme_host_and_port() {
        let endpoint = Endpoint::of_region(Region::App);
        for (url, may) in [
            ("https://api.prismacloud.io/alert", true),
            ("https://api.prismacloud.io:443/alert", true),
            ("http://api.prismacloud.io/alert", false),
            ("https://api.prismacloud.io:444/alert", false),
            ("https://api2.prismacloud.io/alert", false),
            ("https://api.prismacloud.io.example.com/alert", false),
            ("https://u:p@api.prismacloud.io/", false),
            ("https://u@api.prismacloud.io/", false),
            ("https://:p@api.prismacloud.io/", false),
            ("HTTPS://API.PRISMACLOUD.IO?x", true),
            ("wss://api.prismacloud.io/alert", false),
            ("data:text/plain,x", false),
        ] {
            assert_eq!(
                endpoint.may_receive_credentials(&Url::parse(url).unwrap()),
                may,
                "{url}"
            );
        }
        for path in [
            "alert",
            "",
            "@evil.example",
            ".evil.example/",
            ":1@evil.example/",
        ] {
            endpoint.join(path).expect_err(path);
        }
        assert_eq!(
            endpoint.join("//evil.example/x").unwrap().host_str(),
            Some("api.prismacloud.io")
        );
    }
}
