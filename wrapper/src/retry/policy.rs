//! What can be set about retries.

use std::time::Duration;

/// How often, how long and how patiently a call is tried.
///
/// What is sent again at all is not a setting: after 429, or when no connection was made, any call;
/// after 408, 500, 502, 503, 504, a broken connection, a time-out or an unexpected page only those that merely read.
///
/// ```
/// use std::time::Duration;
/// use prisma_cloud::RetryPolicy;
///
/// let policy = RetryPolicy::default()
///     .with_max_attempts(8)
///     .with_overall_timeout(Duration::from_secs(60));
/// assert_eq!((policy.max_attempts, policy.budget), (8, 100));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The first attempt and all retries together. Default 5.
    pub max_attempts: u32,
    /// The same where the last answer was 429. Default 10: such a request was refused before it was carried out, so
    /// asking again is harmless, and it is asked no sooner than the limit allows.
    pub max_throttled_attempts: u32,
    /// The longest wait before the first retry; it doubles with each further one. Default 500 ms. The wait is random: from
    /// nothing to the longest, after a 429 from half of it.
    pub base_delay: Duration,
    /// The longest wait that the client chooses itself. Default 30 s.
    pub max_delay: Duration,
    /// The longest wait that the server's `Retry-After` is granted. Default 120 s. A call whose server asks for more ends at
    /// once with that answer as its error, which says how long it was asked to wait. Other calls of the operation wait along,
    /// where the answer was 429 and the wait is granted.
    pub max_retry_after: Duration,
    /// From the beginning of the first attempt until the answer has been read: the wait for a login, pauses, retries and
    /// answers that come slowly are within it. Waiting for the rate limit before the first attempt and reading a body that
    /// is streamed to the caller do not count. Default 10 min.
    pub overall_timeout: Duration,
    /// So many retries in a row, without a success in between, may all calls of a client make together, so that an outage is
    /// not made worse. Each success brings back what its own retries took, and a little more. Retries after 429 cost
    /// nothing, those after a time-out count twice, and the first retry of each call that was under way when calls began to
    /// fail is free, so that one hiccup ends no call. An outage that lasts is met with at most 1.2 times the calls, if there are
    /// 600 or more in a minute. Each host has a budget of its own. 0 leaves only retries that cost nothing. Default 100.
    pub budget: u32,
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
            budget: 100,
        }
    }
}

macro_rules! setters {
    ($($setter:ident $field:ident: $type:ty),+ $(,)?) => {
        $(
            #[doc = concat!("Sets [`", stringify!($field), "`](Self::", stringify!($field), ").")]
            #[must_use]
            pub fn $setter(mut self, $field: $type) -> Self {
                self.$field = $field;
                self
            }
        )+
    };
}

impl RetryPolicy {
    setters! {
        with_max_attempts max_attempts: u32,
        with_max_throttled_attempts max_throttled_attempts: u32,
        with_base_delay base_delay: Duration,
        with_max_delay max_delay: Duration,
        with_max_retry_after max_retry_after: Duration,
        with_overall_timeout overall_timeout: Duration,
        with_budget budget: u32,
    }

    /// One attempt, whatever happens.
    pub fn off() -> Self {
        Self {
            max_attempts: 1,
            max_throttled_attempts: 1,
            ..Self::default()
        }
    }
}
