//! When an access key ends.

use std::time::{Duration, SystemTime};

use crate::error::{Error, ErrorKind};
use crate::time::EpochMillis;

/// When an access key ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expiry {
    /// When it is deleted.
    Never,
    /// At this time.
    At(SystemTime),
    /// So long after it was made, by the clock of this machine.
    In(Duration),
}

impl From<SystemTime> for Expiry {
    fn from(time: SystemTime) -> Self {
        Self::At(time)
    }
}

impl From<Duration> for Expiry {
    fn from(duration: Duration) -> Self {
        Self::In(duration)
    }
}

impl Expiry {
    /// In Unix milliseconds, or `-1` for never. A key that has ended before it is made is refused.
    pub(super) fn on_wire(self, now: SystemTime) -> Result<i64, Error> {
        let time = match self {
            Self::Never => return Ok(EpochMillis::NEVER.as_millis()),
            Self::At(time) => Some(time),
            Self::In(duration) => now.checked_add(duration),
        };
        match time {
            Some(time) if time > now => Ok(EpochMillis::from(time).as_millis()),
            Some(_) => Err(Error::new(
                ErrorKind::InvalidRequest,
                "an access key cannot end before it is made; give a later time, or check the clock of this machine",
            )),
            None => Err(Error::new(
                ErrorKind::InvalidRequest,
                "no clock reaches the end of this access key; use `Expiry::Never`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_written_in_milliseconds_and_never_as_minus_one() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let day = Duration::from_secs(86_400);
        for (expiry, wire) in [
            (Expiry::Never, Some(-1)),
            (day.into(), Some(1_700_086_400_000)),
            ((now + day).into(), Some(1_700_086_400_000)),
            (now.into(), None),
            ((now - day).into(), None),
            (Duration::ZERO.into(), None),
            (Duration::MAX.into(), None),
        ] {
            assert_eq!(expiry.on_wire(now).ok(), wire, "{expiry:?}");
        }
    }
}
