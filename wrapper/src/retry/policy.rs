//! What can be set about retries.

use std::time::Duration;

/// How often, how long and how patiently a call is tried.
///
/// What is sent again at all is not a setting: after 429, or when no connection was made, any call;
/// after 408, 500, 502, 503, 504, a broken connection, a time-out or an unexpected page only those that merely read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The first attempt and all retries together. Default 5.
    pub max_attempts: u32,
    /// The same where the last answer was 429. Default 10: such a request was refused before it was carried out, so
    /// asking again is harmless, and it is asked no sooner than the limit allows.
    pub max_throttled_attempts: u32,
    /// The longest wait before the first retry; it doubles with each further one. Default 500 ms.
    pub base_delay: Duration,
    /// The longest wait that the client chooses itself. Default 30 s.
    pub max_delay: Duration,
    /// The longest wait that the server's `Retry-After` is granted. Default 120 s.
    pub max_retry_after: Duration,
    /// From the beginning of the first attempt until no further one begins or goes on. Waiting for the rate
    /// limit before the first attempt and reading a streamed body do not count. Default 10 min.
    pub overall_timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 5,
            max_throttled_attempts: 10,
            base_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(120),
            overall_timeout: Duration::from_secs(600),
        }
    }
}

impl RetryPolicy {
    /// One attempt, whatever happens.
    pub fn off() -> Self {
        Self {
            max_attempts: 1,
            max_throttled_attempts: 1,
            ..Self::default()
        }
    }
}
