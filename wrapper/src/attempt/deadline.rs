//! Until when a call may go on.

use std::time::{Duration, Instant};

use crate::time::in_words;

/// The time of a call as a whole, and the name of the setting that limits it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    pub(crate) begin: Instant,
    pub(crate) limit: Duration,
    name: &'static str,
}

impl Deadline {
    /// A call that begins at `begin` and has the overall time-out `limit`.
    pub(crate) fn overall(begin: Instant, limit: Duration) -> Self {
        Self {
            begin,
            limit,
            name: "overall time-out",
        }
    }

    /// The calls of a job that began at `begin` and has the deadline `limit`.
    pub(crate) fn of_job(begin: Instant, limit: Duration) -> Self {
        Self {
            begin,
            limit,
            name: "job's deadline",
        }
    }

    /// The one of the two that is over first, seen from `now`.
    pub(crate) fn or_sooner(self, other: Self, now: Instant) -> Self {
        if other.left(now) < self.left(now) {
            other
        } else {
            self
        }
    }

    /// How much is left at `now`; nothing once it is over.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        let spent = now.saturating_duration_since(self.begin);
        self.limit.saturating_sub(spent)
    }

    /// Why a request is not sent again.
    pub(crate) fn no_time(&self) -> String {
        let words = self.in_words();
        format!("it was not sent again, because no time is left of the {words}")
    }

    /// As in messages: `overall time-out of 7 s`.
    pub(crate) fn in_words(&self) -> String {
        format!("{} of {}", self.name, in_words(self.limit))
    }
}
