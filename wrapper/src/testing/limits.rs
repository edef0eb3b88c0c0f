//! Rate limits as the service keeps them: a token bucket for each operation.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::record::Recorded;
use super::schema::documents::Operation;
use crate::limit::published;

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

/// All limits, by `METHOD /path`, `METHOD /path/{template}` or operation id.
#[derive(Debug, Default)]
pub(super) struct ServerLimits {
    limits: HashMap<String, ServerLimit>,
    /// Operations with a published limit have it.
    published: bool,
}

impl ServerLimits {
    pub(super) fn new(published: bool) -> Self {
        Self {
            limits: HashMap::new(),
            published,
        }
    }

    pub(super) fn set(&mut self, key: &str, rate: f64, burst: f64, whole_seconds: bool) {
        let limit = ServerLimit {
            rate,
            burst,
            level: burst,
            at: None,
            whole_seconds,
        };
        self.limits.insert(key.to_owned(), limit);
    }

    /// Takes tokens as another program of the same user would.
    pub(super) fn drain(&mut self, key: &str, tokens: f64) {
        if let Some(limit) = self.limits.get_mut(key) {
            limit.level = (limit.level - tokens).max(0.0);
        }
    }

    pub(super) fn judge(
        &mut self,
        record: &Recorded,
        operation: Option<&'static Operation>,
        origin: Instant,
        now: Instant,
    ) -> Option<Verdict> {
        if self.limits.is_empty() && !self.published {
            return None;
        }
        let path = format!("{} {}", record.method, record.path);
        let template = operation.map(Operation::key);
        if let Some(template) = template
            .as_ref()
            .filter(|key| self.published && !self.limits.contains_key(*key))
            && let Some(limit) = published::limit(&format!("cspm {template}"))
        {
            self.set(template, limit.rate, limit.burst, false);
        }
        let names = [
            Some(path.as_str()),
            template.as_deref(),
            operation.map(Operation::id),
        ];
        let known = names
            .into_iter()
            .flatten()
            .find(|name| self.limits.contains_key(*name))?;
        self.limits
            .get_mut(known)
            .map(|limit| limit.judge(origin, now))
    }
}
