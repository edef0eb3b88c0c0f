//! A budget for retries, shared by all clones of a client.
//!
//! When a service fails for everybody, retries multiply the load just when it can bear the least. So retries
//! are paid from a budget that only successes refill: single failures are retried freely, an outage soon is not.
//! The figures are those of the AWS SDKs.

use std::sync::Mutex;

/// A hundred retries in a row.
const CAPACITY: u32 = 500;

#[derive(Debug)]
pub(crate) struct Budget(Mutex<u32>);

impl Default for Budget {
    fn default() -> Self {
        Self(Mutex::new(CAPACITY))
    }
}

impl Budget {
    /// Takes `cost`, if there is that much.
    pub(crate) fn take(&self, cost: u32) -> bool {
        let mut left = self.lock();
        match left.checked_sub(cost) {
            Some(rest) => {
                *left = rest;
                true
            }
            None => false,
        }
    }

    /// A call succeeded after its retries had cost `spent`: they were worth it and come back. A call without
    /// retries gives a little.
    pub(crate) fn give(&self, spent: u32) {
        let mut left = self.lock();
        *left = left.saturating_add(spent.max(1)).min(CAPACITY);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, u32> {
        // A number is never half-written.
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_ends_retries_and_successes_bring_them_back() {
        let budget = Budget::default();
        let retries = (0..1000).filter(|_| budget.take(5)).count();
        assert_eq!(retries, 100);
        assert!(!budget.take(5));
        assert!(
            budget.take(0),
            "a retry that costs nothing is always paid for"
        );
        for _ in 0..5 {
            budget.give(0);
        }
        assert!(budget.take(5) && !budget.take(5));
        budget.give(10_000);
        assert!(budget.take(500) && !budget.take(1));
    }
}
