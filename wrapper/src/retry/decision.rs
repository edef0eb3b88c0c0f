//! Whether to send a request again: a pure function.

use std::time::Duration;

use super::class::Class;
use super::policy::RetryPolicy;

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
    /// Since the first attempt began.
    pub(crate) elapsed: Duration,
    /// A random number from 0 to 1, for the jitter.
    pub(crate) random: f64,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    /// Wait, then send it again. `cost` is what the budget shared by all calls is charged.
    Retry { wait: Duration, cost: u32 },
    /// Report the failure.
    GiveUp,
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
fn cost(outcome: Outcome) -> u32 {
    match outcome {
        Outcome::Status(429) | Outcome::Page(429) => 0,
        Outcome::TimedOut => 10,
        _ => 5,
    }
}

/// Decides.
pub(crate) fn decide(policy: &RetryPolicy, attempt: &Attempt) -> Decision {
    let most = match attempt.outcome {
        Outcome::Status(429) | Outcome::Page(429) => policy.max_throttled_attempts,
        _ => policy.max_attempts,
    };
    if attempt.number >= most || !harmless(attempt.class, attempt.outcome) {
        return Decision::GiveUp;
    }
    let wait = match attempt.retry_after {
        Some(asked) => asked.min(policy.max_retry_after),
        None => backoff(policy, attempt.number, attempt.random),
    };
    // An attempt that cannot begin in time is not worth waiting for.
    if attempt.elapsed.saturating_add(wait) >= policy.overall_timeout {
        return Decision::GiveUp;
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
    ceiling.mul_f64(random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Class = Class::Read;
    const UNSAFE: Class = Class::Unsafe;

    fn attempt(class: Class, outcome: Outcome) -> Attempt {
        Attempt {
            number: 1,
            class,
            outcome,
            retry_after: None,
            elapsed: Duration::ZERO,
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
        assert_eq!(decide(&policy, &last), Decision::GiveUp);
        last.outcome = Outcome::Status(429);
        assert!(matches!(decide(&policy, &last), Decision::Retry { .. }));
        last.number = policy.max_throttled_attempts;
        assert_eq!(decide(&policy, &last), Decision::GiveUp);
        let mut late = attempt(READ, Outcome::Status(503));
        late.elapsed = policy.overall_timeout - Duration::from_millis(100);
        assert_eq!(decide(&policy, &late), Decision::GiveUp);
        late.random = 0.0;
        assert!(matches!(decide(&policy, &late), Decision::Retry { .. }));
        let off = RetryPolicy::off();
        assert_eq!(
            decide(&off, &attempt(READ, Outcome::Status(429))),
            Decision::GiveUp
        );
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
    fn the_server_says_when_within_limits() {
        let policy = RetryPolicy::default();
        for (asked, seconds) in [(0, 0), (7, 7), (120, 120), (86_400, 120)] {
            let mut attempt = attempt(READ, Outcome::Status(503));
            attempt.retry_after = Some(Duration::from_secs(asked));
            assert_eq!(
                decide(&policy, &attempt),
                Decision::Retry {
                    wait: Duration::from_secs(seconds),
                    cost: 5
                }
            );
        }
    }
}
