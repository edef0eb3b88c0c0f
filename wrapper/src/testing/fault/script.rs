//! When faults happen.

use super::Fault;
use crate::testing::record::Recorded;
use crate::testing::schema::documents::Operation;

/// A fault, the calls it is about, and which of them fail. Without more it is about every call.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use prisma_cloud::testing::{Fault, FaultRule, Tenant};
///
/// let tenant = Tenant::start().await;
/// // By operation id, or by method and path template.
/// tenant.add_fault(FaultRule::new(Fault::status(503)).on("post-alerts-v2").every(5));
/// tenant.add_fault(FaultRule::new(Fault::cut_after(100)).on("GET /alert/{id}").once());
/// tenant.add_fault(FaultRule::new(Fault::expire()).at(3));
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FaultRule {
    fault: Fault,
    on: Option<String>,
    first: u64,
    every: u64,
    most: u64,
    /// Calls it was about.
    met: u64,
    /// Calls that failed.
    failed: u64,
}

impl FaultRule {
    /// Every call fails like this.
    pub fn new(fault: Fault) -> Self {
        Self {
            fault,
            on: None,
            first: 1,
            every: 1,
            most: u64::MAX,
            met: 0,
            failed: 0,
        }
    }

    /// Only calls of one operation: its id, as in `post-alerts-v2`, or method and path template, as in
    /// `GET /alert/{id}`. A path that no document has is compared as it is.
    pub fn on(mut self, operation: &str) -> Self {
        self.on = Some(operation.to_owned());
        self
    }

    /// From the `n`-th call on, counted from 1.
    pub fn from(mut self, n: u64) -> Self {
        self.first = n.max(1);
        self
    }

    /// Only the `n`-th call, counted from 1.
    pub fn at(self, n: u64) -> Self {
        self.from(n).times(1)
    }

    /// Every `n`-th call: the first that fails is the `n`-th, or the one that [`from`](Self::from) says.
    pub fn every(mut self, n: u64) -> Self {
        self.every = n.max(1);
        if self.first == 1 {
            self.first = self.every;
        }
        self
    }

    /// No more than `n` calls.
    pub fn times(mut self, n: u64) -> Self {
        self.most = n;
        self
    }

    /// No more than one call.
    pub fn once(self) -> Self {
        self.times(1)
    }

    /// Counts a call, and says how it fails.
    pub(in crate::testing) fn meets(
        &mut self,
        record: &Recorded,
        operation: Option<&'static Operation>,
    ) -> Option<Fault> {
        if let Some(on) = &self.on {
            let matches = match operation {
                Some(operation) => on == operation.id() || *on == operation.key(),
                None => *on == format!("{} {}", record.method, record.path),
            };
            if !matches {
                return None;
            }
        }
        self.met += 1;
        let due = self.met >= self.first && (self.met - self.first).is_multiple_of(self.every);
        if !due || self.failed >= self.most {
            return None;
        }
        self.failed += 1;
        Some(self.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::testing::schema::documents::operation;

    fn failing(mut rule: FaultRule, id: &str) -> Vec<u64> {
        let operation = operation(id);
        let record = Recorded {
            method: Method::GET,
            path: "/somewhere".into(),
            query: None,
            headers: HeaderMap::new(),
            body: Vec::new(),
            status: None,
            operation: operation.map(Operation::id),
        };
        (1..=10)
            .filter(|_| rule.meets(&record, operation).is_some())
            .collect()
    }

    #[test]
    fn the_calls_that_fail_are_counted() {
        let rule = || FaultRule::new(Fault::reset());
        assert_eq!(failing(rule().at(3), "get-alert"), [3]);
        assert_eq!(failing(rule().from(8), "get-alert"), [8, 9, 10]);
        assert_eq!(failing(rule().every(4), "get-alert"), [4, 8]);
        assert_eq!(failing(rule().from(2).every(4), "get-alert"), [2, 6, 10]);
        assert_eq!(failing(rule().times(2), "get-alert"), [1, 2]);
        assert_eq!(failing(rule().once().on("get-alert"), "get-alert"), [1]);
        assert_eq!(
            failing(rule().once().on("GET /alert/{id}"), "get-alert"),
            [1]
        );
        assert!(failing(rule().once().on("GET /alert/{id}"), "get-policy").is_empty());
        assert_eq!(
            failing(rule().once().on("GET /somewhere"), "no such id"),
            [1]
        );
    }
}
