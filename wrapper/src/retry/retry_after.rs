//! The `Retry-After` header.

use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

/// How long the server asks to wait: seconds, or a date compared with the answer's own `Date`, since both are
/// the server's clock; `wall` serves where the answer has none.
pub(crate) fn of(headers: &HeaderMap, wall: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    let date = headers.get(DATE).and_then(|value| value.to_str().ok());
    parse(value, date, wall)
}

pub(crate) fn parse(value: &str, date: Option<&str>, wall: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Too many digits: as long as can be said.
        return Some(Duration::from_secs(
            value.parse().unwrap_or(u64::from(u32::MAX)),
        ));
    }
    if let Ok(seconds) = value.parse::<f64>() {
        // Not in the standard, and seen: "0.5".
        return (seconds.is_finite() && seconds >= 0.0)
            .then(|| Duration::from_secs_f64(seconds.min(f64::from(u32::MAX))));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    let now = date
        .and_then(|date| httpdate::parse_http_date(date.trim()).ok())
        .unwrap_or(wall);
    Some(until.duration_since(now).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_dates_and_garbage() {
        let noon = "Sun, 06 Nov 1994 12:00:00 GMT";
        let wall = httpdate::parse_http_date("Sun, 06 Nov 1994 13:00:00 GMT").unwrap();
        for (value, date, millis) in [
            ("0", None, Some(0)),
            (" 30 ", None, Some(30_000)),
            ("0.5", None, Some(500)),
            ("99999999999999999999999", None, Some(4_294_967_295_000)),
            ("Sun, 06 Nov 1994 12:00:20 GMT", Some(noon), Some(20_000)),
            ("Sun, 06 Nov 1994 11:59:00 GMT", Some(noon), Some(0)),
            ("Sun, 06 Nov 1994 13:00:20 GMT", None, Some(20_000)),
            (
                "Sun, 06 Nov 1994 13:00:20 GMT",
                Some("garbage"),
                Some(20_000),
            ),
            ("-1", None, None),
            ("NaN", None, None),
            ("inf", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            let expected = millis.map(Duration::from_millis);
            assert_eq!(parse(value, date, wall), expected, "{value:?} {date:?}");
        }
    }
}
