//! How long a token lives, and what of its life is left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// The documented life of a token, for tokens that do not tell their own.
pub(crate) const DEFAULT_LIFE: Duration = Duration::from_secs(600);
/// A claim beyond this is taken for garbage.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// The part of its life after which a token is due for extension.
const DUE_PERCENT: u32 = 80;

/// How the tokens of a provider age.
#[derive(Debug)]
pub(crate) struct Terms {
    /// A token this near its end is not sent any more: it could die on its way.
    pub(crate) slack: Duration,
    /// The slack is at most this part of the life: 50 stands for 2 %.
    pub(crate) slack_part: u32,
    /// An extension that failed is left alone for a twentieth of the life, and no longer than this.
    pub(crate) longest_pause: Duration,
}

/// Tokens of Prisma Cloud: ten minutes, of which the last five seconds are not used.
pub(crate) static PRISMA_CLOUD: Terms = Terms {
    slack: Duration::from_secs(5),
    slack_part: 50,
    longest_pause: Duration::MAX,
};

/// The claims of a token that matter, read without verifying it: the server verifies, the client only plans.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// Seconds since the epoch, as the server's clock has it.
    pub(crate) issued: Option<u64>,
    /// Seconds since the epoch, as the server's clock has it.
    pub(crate) expires: Option<u64>,
}

impl Claims {
    /// Reads the payload of a JWT; anything else has no claims.
    pub(crate) fn of(token: &str) -> Self {
        let Some(claims) = payload(token) else {
            return Self::default();
        };
        let seconds = |name: &str| {
            let value = claims.get(name)?;
            value.as_u64().or_else(|| {
                let value = value.as_f64()?;
                // JWT allows fractions; what no u64 holds is no time.
                (value.is_finite() && (0.0..9e15).contains(&value)).then_some(value as u64)
            })
        };
        Self {
            issued: seconds("iat"),
            expires: seconds("exp"),
        }
    }

    /// `exp` minus `iat`: both are the server's, so no clock of ours enters into it.
    pub(crate) fn life(self) -> Duration {
        let told = self.expires.zip(self.issued);
        told.and_then(|(expires, issued)| life(expires.checked_sub(issued)?))
            .unwrap_or(DEFAULT_LIFE)
    }
}

/// `seconds` as the life of a token, if it can be one.
pub(crate) fn life(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds)).filter(|life| !life.is_zero() && *life <= LONGEST_LIFE)
}

/// All claims of a JWT.
pub(crate) fn payload(token: &str) -> Option<serde_json::Map<String, Value>> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    match serde_json::from_slice(&base64url(payload)?) {
        Ok(Value::Object(claims)) => Some(claims),
        _ => None,
    }
}

fn base64url(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=').as_bytes();
    if text.len() > 64 * 1024 || text.len() % 4 == 1 {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut held) = (0u32, 0u32);
    for digit in text {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            b'a'..=b'z' => digit - b'a' + 26,
            b'0'..=b'9' => digit - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xFFFF;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 0xFF) as u8);
        }
    }
    Some(bytes)
}

/// The life of one token on the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease {
    /// When it is worth extending.
    pub(crate) due: Instant,
    /// From when on it is not sent any more.
    pub(crate) unusable: Instant,
    pub(crate) life: Duration,
    longest_pause: Duration,
}

impl Lease {
    /// For a token that was asked for at `obtained`: before it was issued, so this errs on the safe side.
    pub(crate) fn new(terms: &Terms, obtained: Instant, life: Duration) -> Self {
        let slack = terms.slack.min(life / terms.slack_part);
        Self {
            due: obtained + life * DUE_PERCENT / 100,
            unusable: obtained + (life - slack),
            life,
            longest_pause: terms.longest_pause,
        }
    }

    /// For a token obtained elsewhere. Its age is unknown, so it is due at once; the time of day only
    /// shortens its life where it says something sensible, since it may be wrong.
    pub(crate) fn adopted(terms: &Terms, now: Instant, wall: SystemTime, claims: Claims) -> Self {
        let life = claims.life();
        let left = claims.expires.and_then(|expires| {
            let wall = wall.duration_since(UNIX_EPOCH).ok()?;
            Duration::from_secs(expires).checked_sub(wall)
        });
        let left = left.filter(|left| *left <= life).unwrap_or(life);
        Self {
            due: now,
            ..Self::new(terms, now, left)
        }
    }

    /// How long to leave an extension alone after one has failed: a twentieth of the life, so that a
    /// ten-minute token gets four tries before it ends.
    pub(crate) fn pause_after_failure(&self) -> Duration {
        (self.life / 20).min(self.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Base64url of `payload` between two other parts.
    fn jwt(payload: &str) -> String {
        const DIGITS: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut text = String::new();
        for chunk in payload.as_bytes().chunks(3) {
            let bits = chunk
                .iter()
                .enumerate()
                .fold(0u32, |bits, (i, b)| bits | u32::from(*b) << (16 - 8 * i));
            for digit in 0..=chunk.len() {
                text.push(char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]));
            }
        }
        format!("e30.{text}.sig")
    }

    #[test]
    fn the_life_is_the_difference_of_two_claims_or_ten_minutes() {
        for (token, seconds) in [
            (jwt(r#"{"iat":1000,"exp":1600}"#), 600),
            (jwt(r#"{"iat":1000,"exp":1090}"#), 90),
            (jwt(r#"{"iat":1000.5,"exp":1120.5}"#), 120),
            (jwt(r#"{"exp":1600}"#), 600),
            (jwt(r#"{"iat":1600,"exp":1000}"#), 600),
            (jwt(r#"{"iat":0,"exp":99999999999}"#), 600),
            (jwt(r#"{"iat":"x","exp":null}"#), 600),
            (jwt(r#"{"iat":-5,"exp":1e300}"#), 600),
            (jwt("[]"), 600),
            (jwt("{"), 600),
            ("opaque".into(), 600),
            ("a.b.c".into(), 600),
            ("a.b.c.d".into(), 600),
            ("..".into(), 600),
            (String::new(), 600),
            ("e30.\u{e9}\u{e9}.x".into(), 600),
        ] {
            assert_eq!(Claims::of(&token).life().as_secs(), seconds, "{token}");
        }
    }

    #[test]
    fn due_when_a_fifth_is_left_and_unusable_just_before_the_end() {
        let start = Instant::now();
        let lease = Lease::new(&PRISMA_CLOUD, start, Duration::from_secs(600));
        assert_eq!(lease.due - start, Duration::from_secs(480));
        assert_eq!(lease.unusable - start, Duration::from_secs(595));
        let lease = Lease::new(&PRISMA_CLOUD, start, Duration::from_secs(10));
        assert_eq!(lease.due - start, Duration::from_secs(8));
        assert_eq!(lease.unusable - start, Duration::from_millis(9_800));
    }

    #[test]
    fn an_adopted_token_is_due_at_once_and_a_wrong_clock_does_not_kill_it() {
        let now = Instant::now();
        let claims = Claims {
            issued: Some(10_000),
            expires: Some(10_600),
        };
        for (wall, left) in [
            (10_000, 600),
            (10_400, 200),
            (10_700, 600),
            (6_000, 600),
            (14_000, 600),
        ] {
            let wall = UNIX_EPOCH + Duration::from_secs(wall);
            let lease = Lease::adopted(&PRISMA_CLOUD, now, wall, claims);
            assert_eq!(lease.due, now);
            let slack = Duration::from_secs(5).min(Duration::from_secs(left) / 50);
            assert_eq!(lease.unusable - now, Duration::from_secs(left) - slack);
        }
    }
}
