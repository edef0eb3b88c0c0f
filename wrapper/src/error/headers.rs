//! The headers of an answer that an error keeps.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::printable::printable;
use super::scrub::{MARK, Scrubber};

/// Headers that are kept: those that tell what happened and carry no credentials. All others are left out, because a header that
/// nobody has heard of may hold a token: cookies, addresses to go to, challenges, tokens under names of their own.
const KEPT: [&str; 33] = [
    "age",
    "allow",
    "cache-control",
    "cf-ray",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "deprecation",
    "etag",
    "expires",
    "last-modified",
    "proxy-status",
    "retry-after",
    "server",
    "server-timing",
    "sunset",
    "trace-id",
    "traceparent",
    "transaction-id",
    "vary",
    "via",
    "warning",
    "x-amz-cf-id",
    "x-amz-cf-pop",
    "x-amzn-errortype",
    "x-amzn-requestid",
    "x-cache",
    "x-redlock-request-id",
    "x-redlock-status",
    "x-request-id",
];
/// How families of such headers begin.
const KEPT_BEGINNINGS: [&str; 3] = ["ratelimit", "x-ratelimit-", "x-squid-"];

/// How many bytes of headers an error keeps: those that go beyond it are left out.
const MAX_HEADERS: usize = 64 << 10;

/// The headers worth keeping, without secrets, and without characters that steer a terminal.
pub(crate) fn kept(headers: &HeaderMap, scrub: &Scrubber) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.len());
    let mut room = MAX_HEADERS;
    for (name, value) in headers.iter().filter(|(name, _)| is_kept(name)) {
        room = match room.checked_sub(name.as_str().len() + value.len()) {
            Some(room) => room,
            None => continue,
        };
        let text = String::from_utf8_lossy(value.as_bytes());
        let shown = printable(scrub.text(&text));
        let value = match shown == text {
            true => value.clone(),
            false => HeaderValue::from_bytes(shown.as_bytes())
                .unwrap_or_else(|_| HeaderValue::from_static(MARK)),
        };
        kept.append(name, value);
    }
    kept
}

fn is_kept(name: &HeaderName) -> bool {
    let name = name.as_str();
    KEPT.contains(&name) || KEPT_BEGINNINGS.iter().any(|begin| name.starts_with(begin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_headers_that_carry_no_credentials_are_kept() {
        let mut headers = HeaderMap::new();
        for name in KEPT {
            headers.insert(name, HeaderValue::from_static("shown"));
        }
        headers.insert("x-ratelimit-remaining", HeaderValue::from_static("shown"));
        assert_eq!(kept(&headers, &Scrubber::default()), headers);

        for name in [
            "authorization",
            "content-location",
            "cookie",
            "link",
            "location",
            "proxy-authenticate",
            "proxy-authorization",
            "refresh",
            "set-cookie",
            "www-authenticate",
            "x-api-key",
            "x-csrf-token",
            "x-original-url",
            "x-redlock-auth",
            "x-unheard-of",
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static("hidden"));
            assert_eq!(kept(&headers, &Scrubber::default()), HeaderMap::new());
        }
    }

    #[test]
    fn what_is_kept_is_scrubbed_and_printable() {
        let mut scrub = Scrubber::default();
        scrub.add("a-long-secret");
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("via", "proxy a-long%2Dsecret"),
            ("server", "nginx\u{9b}31m"),
            ("etag", "token=other&x"),
        ] {
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let kept = kept(&headers, &scrub);
        for (name, value) in [
            ("via", "proxy [redacted]"),
            ("server", r"nginx\u{9b}31m"),
            ("etag", "token=[redacted]&x"),
        ] {
            assert_eq!(kept[name], value);
        }
    }
}
