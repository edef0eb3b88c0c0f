//! Whether to send a request again: a pure function.

use std::time::Duration;

use super::class::Class;
use super::policy::RetryPolicy;
use crate::attempt::Deadline;
use crate::time::in_words;

/// How an attempt ended, as far as the decision goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// An answer with this status, not a success.
    Status(u16),
    /// A page for people where data was expected, with this status.
    Page(u16),
    /// The server has seen nothing: no connection was made, or it says that it did not take the request.
    Unseen,
    /// The connection broke after the request may have been sent.
    Broken,
    /// The attempt took longer than allowed.
    TimedOut,
    /// Sending it again changes nothing: a redirect, an error of the client's own.
    Final,
}

/// What an attempt is judged by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attempt {
    /// 1 for the first one.
    pub(crate) number: u32,
    pub(crate) class: Class,
    pub(crate) outcome: Outcome,
    /// What the server asked for.
    pub(crate) retry_after: Option<Duration>,
    /// Of the time of the call as a whole.
    pub(crate) left: Duration,
    /// A random number from 0 to 1, for the jitter.
    pub(crate) random: f64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    /// Wait, then send it again. `cost` is what the budget shared by all calls is charged.
    Retry { wait: Duration, cost: u32 },
    /// Report the failure.
    GiveUp(GiveUp),
}

/// Why a request is not sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GiveUp {
    /// Sending it again would do harm or change nothing, or it was sent as often as the policy allows.
    Final,
    /// The server asks for a longer wait than the policy grants.
    TooLongAWait(Duration),
    /// The time of the call is used up, or would be before the next attempt; with the wait that the server asks for, if that
    /// is why.
    NoTime(Option<Duration>),
    /// The budget for retries is used up.
    Budget,
    /// Its body is a stream, which can be read only once.
    Unrepeatable,
}

impl GiveUp {
    /// What to add to the error, if it does not say so anyway.
    pub(crate) fn in_words(self, policy: &RetryPolicy, deadline: &Deadline) -> Option<String> {
        match self {
            Self::Final | Self::Unrepeatable => None,
            Self::TooLongAWait(asked) => Some(format!(
                "the server asks to wait {}, and the client waits no longer than {} (`max_retry_after`)",
                in_words(asked),
                in_words(policy.max_retry_after)
            )),
            Self::NoTime(None) => Some(deadline.no_time()),
            Self::NoTime(Some(asked)) => Some(format!(
                "the server asks to wait {}, and so much time is not left of the {}",
                in_words(asked),
                deadline.in_words()
            )),
            Self::Budget => Some(
                "it was not sent again, because too many calls of this client fail at present (the budget for retries is \
                 used up)"
                    .to_owned(),
            ),
        }
    }
}

/// Whether another attempt can do no harm after `outcome`.
fn harmless(class: Class, outcome: Outcome) -> bool {
    match outcome {
        // Refused before it was carried out; or it never arrived.
        Outcome::Status(429) | Outcome::Page(429) | Outcome::Unseen => true,
        // The server may have acted.
        Outcome::Status(408 | 500 | 502 | 503 | 504)
        | Outcome::Page(200..=299 | 408 | 500 | 502 | 503 | 504)
        | Outcome::Broken
        | Outcome::TimedOut => class == Class::Read,
        Outcome::Status(_) | Outcome::Page(_) | Outcome::Final => false,
    }
}

/// What another attempt costs. A time-out kept a connection of the server busy, so it costs double. A 429 costs nothing:
/// waiting until the limit allows it adds no load to a server in trouble.
pub(super) fn cost(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Status(429) | Outcome::Page(429) => 0,
        Outcome::TimedOut => 2 * COST,
        _ => COST,
    }
}

/// The price of one retry.
pub(super) const COST: u32 = 5;

/// Decides.
pub(crate) fn decide(policy: &RetryPolicy, attempt: &Attempt) -> Decision {
    let most = match attempt.outcome {
        Outcome::Status(429) | Outcome::Page(429) => policy.max_throttled_attempts,
        _ => policy.max_attempts,
    };
    if attempt.number >= most || !harmless(attempt.class, attempt.outcome) {
        return Decision::GiveUp(GiveUp::Final);
    }
    let asked = attempt.retry_after.unwrap_or_default();
    // Asking earlier is refused again, and waiting that long is nobody's wish.
    if asked > policy.max_retry_after {
        return Decision::GiveUp(GiveUp::TooLongAWait(asked));
    }
    // A limit lets so many through in a time, however often they come: half of that pause is certain, so that fewer are
    // refused once more.
    let random = match attempt.outcome {
        Outcome::Status(429) | Outcome::Page(429) => 0.5 + attempt.random / 2.0,
        _ => attempt.random,
    };
    // A server that asks for no pause gets one all the same: it has just failed, and for others too.
    let wait = asked.max(backoff(policy, attempt.number, random));
    // An attempt that cannot begin in time is not worth waiting for.
    if wait >= attempt.left {
        let asked = (!asked.is_zero() && asked >= attempt.left).then_some(asked);
        return Decision::GiveUp(GiveUp::NoTime(asked));
    }
    Decision::Retry {
        wait,
        cost: cost(attempt.outcome),
    }
}

/// Exponential with full jitter: anything from nothing to `base * 2^(n-1)`, so that clients that failed together
/// do not come back together.
fn backoff(policy: &RetryPolicy, number: u32, random: f64) -> Duration {
    let factor = 2u32.saturating_pow(number.saturating_sub(1).min(31));
    let ceiling = policy
        .base_delay
        .saturating_mul(factor)
        .min(policy.max_delay);
    // The longest duration that a number of seconds can say is rounded up beyond what there is.
    Duration::try_from_secs_f64(ceiling.as_secs_f64() * random.clamp(0.0, 1.0)).unwrap_or(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Class = Class::Read;
    const UNSAFE: Class = Class::Unsafe;
    const FINAL: Decision = Decision::GiveUp(GiveUp::Final);

    fn attempt(class: Class, outcome: Outcome) -> Attempt {
        Attempt {
            number: 1,
            class,
            outcome,
            retry_after: None,
            left: Duration::from_secs(600),
            random: 1.0,
        }
    }

    #[test]
    fn what_is_sent_again() {
        let policy = RetryPolicy::default();
        for (outcome, read, unsafe_) in [
            (Outcome::Status(429), true, true),
            (Outcome::Page(429), true, true),
            (Outcome::Unseen, true, true),
            (Outcome::Status(408), true, false),
            (Outcome::Status(500), true, false),
            (Outcome::Status(502), true, false),
            (Outcome::Status(503), true, false),
            (Outcome::Status(504), true, false),
            (Outcome::Page(200), true, false),
            (Outcome::Page(503), true, false),
            (Outcome::Broken, true, false),
            (Outcome::TimedOut, true, false),
            (Outcome::Status(400), false, false),
            (Outcome::Status(401), false, false),
            (Outcome::Status(403), false, false),
            (Outcome::Page(403), false, false),
            (Outcome::Status(404), false, false),
            (Outcome::Status(409), false, false),
            (Outcome::Status(501), false, false),
            (Outcome::Status(302), false, false),
            (Outcome::Final, false, false),
        ] {
            for (class, retried) in [(READ, read), (UNSAFE, unsafe_)] {
                let decision = decide(&policy, &attempt(class, outcome));
                assert_eq!(
                    matches!(decision, Decision::Retry { .. }),
                    retried,
                    "{class:?} {outcome:?}"
                );
            }
        }
    }

    #[test]
    fn attempts_and_time_are_bounded() {
        let policy = RetryPolicy::default();
        let mut last = attempt(READ, Outcome::Status(503));
        last.number = policy.max_attempts;
        assert_eq!(decide(&policy, &last), FINAL);
        last.outcome = Outcome::Status(429);
        assert!(matches!(decide(&policy, &last), Decision::Retry { .. }));
        last.number = policy.max_throttled_attempts;
        assert_eq!(decide(&policy, &last), FINAL);
        let mut late = attempt(READ, Outcome::Status(503));
        late.left = Duration::from_millis(100);
        assert_eq!(
            decide(&policy, &late),
            Decision::GiveUp(GiveUp::NoTime(None))
        );
        late.retry_after = Some(Duration::from_secs(90));
        late.left = Duration::from_secs(60);
        let no_time = GiveUp::NoTime(late.retry_after);
        assert_eq!(decide(&policy, &late), Decision::GiveUp(no_time));
        let deadline = Deadline::overall(std::time::Instant::now(), Duration::from_secs(60));
        assert_eq!(
            no_time.in_words(&policy, &deadline).unwrap(),
            "the server asks to wait 90 s, and so much time is not left of the overall time-out of 60 s"
        );
        late = attempt(READ, Outcome::Status(503));
        late.left = Duration::from_millis(100);
        late.random = 0.0;
        assert!(matches!(decide(&policy, &late), Decision::Retry { .. }));
        let off = RetryPolicy::off();
        assert_eq!(decide(&off, &attempt(READ, Outcome::Status(429))), FINAL);
    }

    #[test]
    fn waits_grow_with_full_jitter_up_to_a_cap() {
        let policy = RetryPolicy::default();
        for (number, random, millis) in [
            (1, 0.0, 0),
            (1, 0.5, 250),
            (1, 1.0, 500),
            (2, 1.0, 1_000),
            (3, 1.0, 2_000),
            (7, 1.0, 30_000),
            (40, 1.0, 30_000),
        ] {
            assert_eq!(
                backoff(&policy, number, random),
                Duration::from_millis(millis),
                "{number}"
            );
        }
    }

    #[test]
    fn half_of_the_pause_for_a_limit_is_certain() {
        let policy = RetryPolicy::default();
        for (outcome, random, millis) in [
            (Outcome::Status(429), 0.0, 250),
            (Outcome::Page(429), 0.5, 375),
            (Outcome::Status(429), 1.0, 500),
            (Outcome::Status(503), 0.0, 0),
        ] {
            let attempt = Attempt {
                random,
                ..attempt(READ, outcome)
            };
            let Decision::Retry { wait, .. } = decide(&policy, &attempt) else {
                panic!("{outcome:?} is sent again");
            };
            assert_eq!(wait, Duration::from_millis(millis), "{outcome:?}");
        }
    }

    #[test]
    fn the_longest_waits_do_not_overflow() {
        let policy = RetryPolicy {
            base_delay: Duration::MAX,
            max_delay: Duration::MAX,
            ..RetryPolicy::default()
        };
        assert_eq!(backoff(&policy, 40, 1.0), Duration::MAX);
        assert_eq!(backoff(&policy, 40, f64::NAN), Duration::MAX);
    }

    #[test]
    fn the_server_says_when_within_limits() {
        let policy = RetryPolicy::default();
        // Half a second is the client's own wait, and the least.
        for (asked, millis) in [(0, 500), (7, 7_000), (120, 120_000)] {
            let mut attempt = attempt(READ, Outcome::Status(503));
            attempt.retry_after = Some(Duration::from_secs(asked));
            let wait = Duration::from_millis(millis);
            let retry = Decision::Retry { wait, cost: 5 };
            assert_eq!(decide(&policy, &attempt), retry);
        }
        let mut long = attempt(READ, Outcome::Status(503));
        let asked = Duration::from_secs(121);
        long.retry_after = Some(asked);
        let given_up = Decision::GiveUp(GiveUp::TooLongAWait(asked));
        assert_eq!(decide(&policy, &long), given_up);
    }
}
