//! What a status means, and how long to wait for the next one. No I/O.

use std::time::Duration;

use crate::error::ErrorKind;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask again later.
    Wait,
    /// Fetch the file.
    Fetch,
    /// The server has given up.
    GiveUp,
}

/// What `status` means. The spelling differs between services (`READY_TO_DOWNLOAD`, `in progress`, `Completed`); one that
/// nobody knows may well be on its way, and the deadline bounds it.
pub(crate) fn step(status: &str) -> Step {
    let word: String = status
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|character| character.to_ascii_lowercase())
        .collect();
    match word.as_str() {
        "readytodownload" | "ready" | "completed" | "complete" | "success" | "succeeded"
        | "successful" | "done" | "finished" | "available" => Step::Fetch,
        "failed" | "failure" | "error" | "errored" | "cancelled" | "canceled" | "aborted"
        | "expired" | "rejected" | "timedout" | "timeout" | "deleted" => Step::GiveUp,
        _ => Step::Wait,
    }
}

/// The pauses between polls: they grow from the first to the longest, so that short jobs are noticed soon and long ones
/// cost little of the limit that all programs of a user share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    next: Duration,
    longest: Duration,
}

impl Pace {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_secs(15);

    /// From one second to fifteen, or always `every`.
    pub(crate) fn new(every: Option<Duration>) -> Self {
        Self {
            next: every.unwrap_or(Self::FIRST),
            longest: every.unwrap_or(Self::LONGEST),
        }
    }

    /// How long to wait now. What the server asks for (`Retry-After`) is the least.
    pub(crate) fn pause(&mut self, asked: Option<Duration>) -> Duration {
        let pause = self.next.max(asked.unwrap_or_default());
        self.next = (self.next.saturating_mul(3) / 2).min(self.longest);
        pause
    }
}

/// So many polls in a row may fail. Each was sent several times already.
const MOST_FAILURES: u32 = 5;

/// Whether to go on after a poll that failed, the `failures`-th in a row: a job of an hour should survive a minute in
/// which the service or the network is away.
pub(crate) fn bearable(kind: ErrorKind, failures: u32) -> bool {
    failures <= MOST_FAILURES
        && matches!(
            kind,
            ErrorKind::Network
                | ErrorKind::RateLimited
                | ErrorKind::Server
                | ErrorKind::Timeout
                | ErrorKind::UnexpectedPage
        )
}

/// How long after its submission a job may be unknown to some of the service's machines.
const SETTLING: Duration = Duration::from_secs(30);

/// Whether a poll that found no such job may only have come too early: it came soon after the job was `submitted`, that long ago,
/// and none before has found it.
pub(crate) fn may_be_settling(kind: ErrorKind, submitted: Option<Duration>) -> bool {
    kind == ErrorKind::NotFound && submitted.is_some_and(|ago| ago < SETTLING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_in_every_spelling() {
        for (status, expected) in [
            ("SUBMITTED", Step::Wait),
            ("IN_PROGRESS", Step::Wait),
            ("in progress", Step::Wait),
            ("READY_TO_DOWNLOAD", Step::Fetch),
            ("COMPLETED", Step::Fetch),
            ("completed", Step::Fetch),
            ("Ready-To-Download", Step::Fetch),
            ("FAILED", Step::GiveUp),
            ("Timed Out", Step::GiveUp),
            ("NOT_STARTED", Step::Wait),
            ("QUEUED_SOMEHOW", Step::Wait),
            ("", Step::Wait),
        ] {
            assert_eq!(step(status), expected, "{status}");
        }
    }

    #[test]
    fn pauses_grow_and_the_server_can_ask_for_more() {
        let mut pace = Pace::new(None);
        let seconds: Vec<f64> = (0..9).map(|_| pace.pause(None).as_secs_f64()).collect();
        assert_eq!(seconds[..4], [1.0, 1.5, 2.25, 3.375]);
        assert_eq!(seconds[8], 15.0);
        assert_eq!(pace.pause(Some(Duration::from_secs(40))).as_secs(), 40);
        assert_eq!(pace.pause(Some(Duration::from_secs(4))).as_secs(), 15);

        let mut fixed = Pace::new(Some(Duration::from_secs(3)));
        for _ in 0..5 {
            assert_eq!(fixed.pause(None).as_secs(), 3);
        }
        let mut never = Pace::new(Some(Duration::MAX));
        assert_eq!(never.pause(None), Duration::MAX);
        assert!(never.pause(None) >= Duration::MAX / 2, "and no overflow");
    }

    #[test]
    fn a_service_that_is_away_for_a_while_is_borne() {
        assert!(bearable(ErrorKind::Server, 1));
        assert!(bearable(ErrorKind::Network, MOST_FAILURES));
        assert!(!bearable(ErrorKind::Network, MOST_FAILURES + 1));
        for kind in [ErrorKind::NotFound, ErrorKind::Forbidden, ErrorKind::Decode] {
            assert!(!bearable(kind, 1), "{kind:?}");
        }
    }
}
