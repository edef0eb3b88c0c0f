//! The `X-RateLimit-*` headers.

use http::{HeaderMap, HeaderName};

const BURST: HeaderName = HeaderName::from_static("x-ratelimit-burst-capacity");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE: HeaderName = HeaderName::from_static("x-ratelimit-replenish-rate");
const COST: HeaderName = HeaderName::from_static("x-ratelimit-requested-tokens");

/// What an answer says about the limit of its operation: a token bucket kept by the server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct RateHeaders {
    /// How much the bucket holds.
    pub(crate) burst: Option<f64>,
    /// What was left when the request was judged.
    pub(crate) remaining: Option<f64>,
    /// What flows in, per second.
    pub(crate) rate: Option<f64>,
    /// What one request takes.
    pub(crate) cost: Option<f64>,
}

impl RateHeaders {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let get = |name| headers.get(name).and_then(|value| number(value.as_bytes()));
        Self {
            burst: get(&BURST).filter(|burst| *burst > 0.0),
            remaining: get(&REMAINING),
            // One in a quarter of an hour is the slowest that can be meant.
            rate: get(&RATE).filter(|rate| *rate > 0.001),
            cost: get(&COST).filter(|cost| *cost > 0.0),
        }
    }
}

/// A number that can be one of a limit; some gateways write several, of which the first counts.
pub(crate) fn number(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?;
    // Nearly always a small whole number.
    if let Ok(whole @ 0..=1_000_000_000) = text.parse::<u32>() {
        return Some(f64::from(whole));
    }
    let first = text.split([',', ';']).next()?.trim();
    let number: f64 = first.parse().ok()?;
    // -1 stands for "unknown" in the gateway that sends these headers.
    (number.is_finite() && (0.0..=1e9).contains(&number)).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_garbage() {
        for (value, expected) in [
            ("10", Some(10.0)),
            (" 0 ", Some(0.0)),
            ("2.5", Some(2.5)),
            ("5, 5;w=1", Some(5.0)),
            ("-1", None),
            ("inf", None),
            ("nan", None),
            ("1e300", None),
            ("ten", None),
            ("", None),
        ] {
            assert_eq!(number(value.as_bytes()), expected, "{value}");
        }
        assert_eq!(number(b"\xff"), None);
    }

    #[test]
    fn a_rate_of_nothing_is_no_rate() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-replenish-rate", "0".parse().unwrap());
        headers.insert("x-ratelimit-remaining", "0".parse().unwrap());
        let parsed = RateHeaders::of(&headers);
        assert_eq!((parsed.rate, parsed.remaining), (None, Some(0.0)));
    }
}
