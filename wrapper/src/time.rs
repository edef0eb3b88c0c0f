//! Points in time as the service writes them.

use std::fmt;
use std::time::{Duration, SystemTime};

/// `duration` in seconds: `7 s`, `1.5 s`. What was measured is as exact as to the millisecond.
pub(crate) fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds >= 0.001 {
        true => format!("{} s", (seconds * 1000.0).round() / 1000.0),
        false => format!("{seconds} s"),
    }
}

/// A point in time in Unix milliseconds (UTC), as the fields and parameters of the generated types hold it.
///
/// The generated types keep plain `i64`; this type gives that number its meaning. `-1` stands for never, as in the expiry
/// of an access key. Source: the published reference, which states milliseconds for every time of the two products.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use prisma_cloud::EpochMillis;
///
/// let expiry = EpochMillis::from(1_700_000_000_000);
/// let time = expiry.to_system_time().expect("not never");
/// assert_eq!(time, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
/// assert_eq!(EpochMillis::from(time), expiry);
/// assert!(EpochMillis::from(-1).is_never());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochMillis(i64);

impl EpochMillis {
    /// No point in time: what expires at it does not expire. Written as `-1`.
    pub const NEVER: Self = Self(-1);

    /// The number of milliseconds since 1970-01-01T00:00:00Z, or `-1` for never.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whether this stands for no point in time.
    pub const fn is_never(self) -> bool {
        self.0 == Self::NEVER.0
    }

    /// The time of the system's clock; `None` for never, and for what the platform cannot represent.
    pub fn to_system_time(self) -> Option<SystemTime> {
        if self.is_never() {
            return None;
        }
        let distance = Duration::from_millis(self.0.unsigned_abs());
        if self.0 >= 0 {
            SystemTime::UNIX_EPOCH.checked_add(distance)
        } else {
            SystemTime::UNIX_EPOCH.checked_sub(distance)
        }
    }
}

impl From<i64> for EpochMillis {
    fn from(milliseconds: i64) -> Self {
        Self(milliseconds)
    }
}

impl From<EpochMillis> for i64 {
    fn from(time: EpochMillis) -> Self {
        time.0
    }
}

impl From<SystemTime> for EpochMillis {
    /// Rounds down to whole milliseconds; times beyond the range of the number become its ends. The last millisecond
    /// before 1970 would read as never and becomes the one before it.
    fn from(time: SystemTime) -> Self {
        let milliseconds = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                let whole = before.as_millis() + u128::from(before.subsec_nanos() % 1_000_000 > 0);
                i64::try_from(whole).map_or(i64::MIN, |whole| -whole)
            }
        };
        Self(if milliseconds == Self::NEVER.0 {
            -2
        } else {
            milliseconds
        })
    }
}

impl fmt::Display for EpochMillis {
    /// `never`, or the number of milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_never() {
            f.write_str("never")
        } else {
            write!(f, "{}", self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_both_ways() {
        for milliseconds in [0, 1, 1_700_000_000_123, -2, -86_400_000] {
            let time = EpochMillis::from(milliseconds);
            let system = time.to_system_time().expect("a point in time");
            assert_eq!(EpochMillis::from(system), time);
            assert_eq!(i64::from(time), milliseconds);
        }
    }

    #[test]
    fn never_is_no_time_and_no_time_is_never() {
        assert_eq!(EpochMillis::NEVER.to_system_time(), None);
        assert_eq!(EpochMillis::NEVER.to_string(), "never");
        let last_before_1970 = SystemTime::UNIX_EPOCH - Duration::from_millis(1);
        assert!(!EpochMillis::from(last_before_1970).is_never());
    }

    #[test]
    fn rounds_down() {
        let after = SystemTime::UNIX_EPOCH + Duration::from_micros(1_999);
        assert_eq!(EpochMillis::from(after).as_millis(), 1);
        let before = SystemTime::UNIX_EPOCH - Duration::from_micros(2_001);
        assert_eq!(EpochMillis::from(before).as_millis(), -3);
    }
}
