//! The `X-RateLimit-*` headers.

use http::HeaderMap;

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
        let mut said = Self::default();
        // One pass over the few headers there are is cheaper than four searches, and most are not even as long.
        for (name, value) in headers {
            let field = match (name.as_str().len(), name.as_str()) {
                (26, "x-ratelimit-burst-capacity") => &mut said.burst,
                (21, "x-ratelimit-remaining") => &mut said.remaining,
                (26, "x-ratelimit-replenish-rate") => &mut said.rate,
                (28, "x-ratelimit-requested-tokens") => &mut said.cost,
                _ => continue,
            };
            if field.is_none() {
                *field = number(value.as_bytes());
            }
        }
        Self {
            burst: said.burst.filter(|burst| *burst > 0.0),
            remaining: said.remaining,
            // One in a quarter of an hour is the slowest that can be meant.
            rate: said.rate.filter(|rate| *rate > 0.001),
            cost: said.cost.filter(|cost| *cost > 0.0),
        }
    }
}

/// A number that can be one of a limit; some gateways write several, of which the first counts.
pub(crate) fn number(value: &[u8]) -> Option<f64> {
    small(value).or_else(|| other(value))
}

/// As nearly all are: whole and of nine digits at most.
fn small(value: &[u8]) -> Option<f64> {
    if value.is_empty() || value.len() > 9 {
        return None;
    }
    let mut number = 0;
    for byte in value {
        let digit = u32::from(byte.wrapping_sub(b'0'));
        if digit > 9 {
            return None;
        }
        number = number * 10 + digit;
    }
    Some(f64::from(number))
}

#[cold]
fn other(value: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(value).ok()?;
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
            ("999999999", Some(999_999_999.0)),
            ("1000000000", Some(1e9)),
            ("1000000001", None),
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
