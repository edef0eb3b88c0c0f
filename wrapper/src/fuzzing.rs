//! The parsers of what comes from outside, for fuzzing. Not part of the public interface.

use std::time::{Instant, SystemTime};

use http::{HeaderMap, HeaderValue};

/// `x-redlock-status`.
pub fn redlock_status(bytes: &[u8]) -> usize {
    let header = String::from_utf8_lossy(bytes);
    crate::error::redlock::read([&*header]).entries.len()
}

/// Bodies of failures, with and without a content type.
pub fn error_body(bytes: &[u8]) {
    for content_type in [None, Some("application/json"), Some("text/html")] {
        let facts = crate::error::body::parse(bytes, content_type);
        assert!(
            facts
                .message
                .is_none_or(|message| message.chars().count() <= 500)
        );
    }
}

/// Taking a page apart, and reading a few members of each item.
pub fn page(bytes: &[u8]) {
    crate::paging::fuzzed(bytes);
}

/// Taking a secret out of a body.
pub fn scrub(secret: &str, bytes: &[u8]) {
    let mut scrubber = crate::error::scrub::Scrubber::default();
    scrubber.add(secret);
    let scrubbed = scrubber.bytes(bytes::Bytes::copy_from_slice(bytes));
    let secret = secret.trim();
    if secret.len() >= 6 && !"[redacted]".contains(secret) && !secret.contains("[redacted]") {
        let joined_by_the_mark =
            secret.contains('[') || secret.contains(']') || "redacted".contains(secret);
        assert!(
            joined_by_the_mark
                || !scrubbed
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
        );
    }
}

/// `Retry-After`, with and without `Date`.
pub fn retry_after(bytes: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let mut headers = HeaderMap::new();
    headers.insert(http::header::RETRY_AFTER, value.clone());
    let _ = crate::retry::retry_after::of(&headers, SystemTime::UNIX_EPOCH);
    headers.insert(http::header::DATE, value);
    let _ = crate::retry::retry_after::of(&headers, SystemTime::now());
}

/// The `X-RateLimit-*` headers, and a bucket that believes them.
pub fn rate_limit(lines: [&[u8]; 4], refused: bool) {
    const NAMES: [&str; 4] = [
        "x-ratelimit-burst-capacity",
        "x-ratelimit-remaining",
        "x-ratelimit-replenish-rate",
        "x-ratelimit-requested-tokens",
    ];
    let mut headers = HeaderMap::new();
    for (name, line) in NAMES.into_iter().zip(lines) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.insert(name, value);
        }
    }
    let said = crate::limit::headers::RateHeaders::of(&headers);
    let now = Instant::now();
    let mut bucket = crate::limit::bucket::Bucket::new(None, now);
    if let crate::limit::bucket::Turn::Go(ticket) = bucket.turn(now) {
        bucket.learn(ticket, said, now);
        if refused {
            bucket.refused(None, now);
        }
        bucket.done();
        for _ in 0..3 {
            let _ = bucket.turn(now);
        }
    }
}

/// Addresses. What is pasted must lead to Prisma Cloud or to this machine, whoever reads the URL: to a region of the table,
/// or to a host of its form that is in no table, such as `api0.prismacloud.io`.
pub fn address(text: &str) {
    use crate::endpoint::Endpoint;

    if let Ok(endpoint) = Endpoint::pasted(text) {
        match endpoint.region() {
            Some(region) => assert_eq!(endpoint.base(), region.api_url()),
            None => assert!(endpoint.is_loopback() || is_numbered(endpoint.base())),
        }
    }
    if let Ok(endpoint) = Endpoint::custom(text, false) {
        assert!(endpoint.is_https() || endpoint.is_loopback());
        assert!(!endpoint.base().ends_with('/'));
        assert!(endpoint.join("/login").is_ok());
    }
}

/// Returns true for https addresses without a path whose host begins with `api` and is below a domain of Prisma Cloud. It is
/// written apart from the parser, which would otherwise judge itself.
fn is_numbered(base: &str) -> bool {
    base.strip_prefix("https://api")
        .and_then(|rest| {
            rest.strip_suffix(".prismacloud.io")
                .or_else(|| rest.strip_suffix(".prismacloud.cn"))
        })
        .is_some_and(|middle| {
            middle
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
        })
}

/// JWTs.
pub fn jwt(text: &str) {
    let claims = crate::session::lifetime::Claims::of(text);
    let life = claims.life();
    let now = Instant::now();
    let lease =
        crate::session::lifetime::Lease::new(&crate::session::lifetime::PRISMA_CLOUD, now, life);
    assert!(lease.due <= lease.unusable || life.is_zero());
    let _ = crate::session::lifetime::Lease::adopted(
        &crate::session::lifetime::PRISMA_CLOUD,
        now,
        SystemTime::now(),
        claims,
    );
    let _ = crate::session::login::token_of(text.as_bytes());
}

/// A refused query and what the service says of it.
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
pub fn rql(query: &str, words: &str, offset: usize) {
    crate::search::fuzzed(query, words, offset);
}

/// Saved positions: what is read is written as the same.
pub fn position(text: &str) {
    if let Ok(position) = text.parse::<crate::paging::Position>() {
        let written = position.to_string();
        assert!(
            written
                .parse()
                .is_ok_and(|again: crate::paging::Position| again == position)
        );
        let _ = format!("{position:?}");
    }
}

/// Paths of raw calls: what is taken leads to where it seems to.
pub fn path(path: &str) {
    if !path.starts_with('/') || crate::path::check(path, None).is_err() {
        return;
    }
    let Ok(url) = url::Url::parse(&format!("https://api.example{path}")) else {
        return;
    };
    assert_eq!(url.host_str(), Some("api.example"));
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let segments = |path: &str| path.split('/').count();
    assert_eq!(segments(url.path()), segments(&path[..end]));
}
