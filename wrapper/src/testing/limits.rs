//! Rate limits as the service keeps them: a token bucket for each operation.

use std::collections::HashMap;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct ServerLimit {
    rate: f64,
    burst: f64,
    level: f64,
    at: Option<Instant>,
    /// Refills at whole seconds only, as some gateways do.
    whole_seconds: bool,
}

/// What the headers say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) allowed: bool,
    pub(super) remaining: u64,
    pub(super) rate: f64,
    pub(super) burst: f64,
}

impl ServerLimit {
    fn judge(&mut self, origin: Instant, now: Instant) -> Verdict {
        let now = if self.whole_seconds {
            origin + Duration::from_secs(now.saturating_duration_since(origin).as_secs())
        } else {
            now
        };
        let passed = self
            .at
            .map_or(0.0, |at| now.saturating_duration_since(at).as_secs_f64());
        // A hair is forgiven, as by any server that counts in whole numbers.
        self.level = (self.level + passed * self.rate).min(self.burst);
        self.at = Some(now);
        let allowed = self.level + 1e-6 >= 1.0;
        if allowed {
            self.level -= 1.0;
        }
        Verdict {
            allowed,
            remaining: self.level.max(0.0) as u64,
            rate: self.rate,
            burst: self.burst,
        }
    }
}

/// All limits, by `METHOD /path`.
#[derive(Debug, Default)]
pub(super) struct ServerLimits(HashMap<String, ServerLimit>);

impl ServerLimits {
    pub(super) fn set(&mut self, key: &str, rate: f64, burst: f64, whole_seconds: bool) {
        let limit = ServerLimit {
            rate,
            burst,
            level: burst,
            at: None,
            whole_seconds,
        };
        self.0.insert(key.to_owned(), limit);
    }

    /// Takes tokens as another program of the same user would.
    pub(super) fn drain(&mut self, key: &str, tokens: f64) {
        if let Some(limit) = self.0.get_mut(key) {
            limit.level = (limit.level - tokens).max(0.0);
        }
    }

    pub(super) fn judge(&mut self, key: &str, origin: Instant, now: Instant) -> Option<Verdict> {
        self.0.get_mut(key).map(|limit| limit.judge(origin, now))
    }
}
