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
        // One pass over the few headers there are is cheaper than four searches.
        for (name, value) in headers {
            let Some(what) = name.as_str().strip_prefix("x-ratelimit-") else {
                continue;
            };
            let field = match what {
                "burst-capacity" => &mut said.burst,
                "remaining" => &mut said.remaining,
                "replenish-rate" => &mut said.rate,
                "requested-tokens" => &mut said.cost,
                _ => continue,
            };
            *field = field.or_else(|| number(value.as_bytes()));
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
    // Nearly always a small whole number.
    if (1..=9).contains(&value.len()) && value.iter().all(u8::is_ascii_digit) {
        let digits = value.iter().map(|digit| u32::from(digit - b'0'));
        return Some(f64::from(
            digits.fold(0, |number, digit| number * 10 + digit),
        ));
    }
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
