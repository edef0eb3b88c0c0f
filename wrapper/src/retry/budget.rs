//! A budget for retries, shared by all clones of a client.
//!
//! When a service fails for everybody, retries multiply the load just when it can bear the least. So retries are paid from a
//! budget that only successes refill: single failures are retried freely, an outage soon is not. The figures are those of
//! the AWS SDKs.
//!
//! One hiccup (a connection that carried a thousand calls ends, a gateway restarts) is no outage, however many calls it
//! meets. So the first retry of each call that was under way when things began to fail is free. What begins later pays:
//! over a minute of outage that is one more request for each call of its first second.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::decision::COST;

/// Attempts that begin this soon after the first failure of a hiccup still belong to it.
const HICCUP: Duration = Duration::from_secs(1);
/// The least time from one hiccup to the next: a service that fails every other call has no hiccups, it is broken.
const BETWEEN_HICCUPS: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(crate) struct Budget {
    capacity: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    left: u32,
    /// When the last hiccup began.
    hiccup: Option<Instant>,
    /// A call has succeeded since.
    recovered: bool,
}

impl Budget {
    /// One for so many `retries` in a row.
    pub(crate) fn new(retries: u32) -> Self {
        let capacity = retries.saturating_mul(COST);
        Self {
            capacity,
            state: Mutex::new(State {
                left: capacity,
                hiccup: None,
                recovered: true,
            }),
        }
    }

    /// Pays for a retry after an attempt that began at `begin` and has failed `now`, if the budget has `cost`. Returns how
    /// much was taken; `first`: it is the first retry of its call.
    pub(crate) fn take(&self, cost: u32, first: bool, begin: Instant, now: Instant) -> Option<u32> {
        // Without a budget there are no hiccups either: somebody wants no retries but those that cost nothing.
        if cost == 0 || self.capacity == 0 {
            return (cost == 0).then_some(0);
        }
        let mut state = self.lock();
        let next = state
            .hiccup
            .is_none_or(|last| now.saturating_duration_since(last) >= BETWEEN_HICCUPS);
        if state.recovered && next {
            state.hiccup = Some(now);
            state.recovered = false;
        }
        let free = first && state.hiccup.is_some_and(|start| begin <= start + HICCUP);
        let taken = if free { 0 } else { cost };
        state.left = state.left.checked_sub(taken)?;
        Some(taken)
    }

    /// A call succeeded after its retries had cost `spent`: they were worth it and come back. A call without
    /// retries gives a little.
    pub(crate) fn give(&self, spent: u32) {
        let mut state = self.lock();
        state.recovered = true;
        state.left = state.left.saturating_add(spent.max(1)).min(self.capacity);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics between a change and its completion.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    /// How many of `count` retries are paid for of calls that began when the attempt did.
    fn paid(budget: &Budget, count: u32, cost: u32, begin: Instant, now: Instant) -> usize {
        let retries = 0..count;
        retries
            .filter(|_| budget.take(cost, true, begin, now).is_some())
            .count()
    }

    #[test]
    fn an_outage_ends_retries_and_successes_bring_them_back() {
        let start = Instant::now();
        let budget = Budget::new(100);
        assert!(budget.take(5, true, start, start).is_some(), "it begins");
        let later = seconds(start, 2);
        assert_eq!(paid(&budget, 1000, 5, later, later), 100);
        assert!(
            budget.take(0, true, later, later).is_some(),
            "a retry that costs nothing is always paid for"
        );
        for _ in 0..5 {
            budget.give(0);
        }
        assert_eq!(paid(&budget, 2, 5, later, later), 1);
        budget.give(10_000);
        assert_eq!(paid(&budget, 2, 500, later, later), 1);
    }

    #[test]
    fn a_time_out_costs_as_much_as_two_other_failures() {
        let start = Instant::now();
        let later = seconds(start, 2);
        for (outcome, retries) in [
            (crate::retry::decision::Outcome::Broken, 100),
            (crate::retry::decision::Outcome::TimedOut, 50),
        ] {
            let budget = Budget::new(100);
            budget.take(5, true, start, start);
            let cost = crate::retry::decision::cost(outcome);
            assert_eq!(paid(&budget, 1000, cost, later, later), retries);
        }
    }

    #[test]
    fn the_first_retries_after_a_hiccup_are_free_and_no_others() {
        let start = Instant::now();
        let budget = Budget::new(1);
        assert_eq!(paid(&budget, 10_000, 5, start, start), 10_000);
        // Those of the same calls that fail again are not.
        assert!(budget.take(5, false, start, start).is_some());
        assert!(budget.take(5, false, start, start).is_none());
        // Nor those of calls that began later.
        let later = seconds(start, 2);
        assert_eq!(paid(&budget, 10, 5, later, later), 0);
        // As long as nothing succeeds, and shortly after, there is no other hiccup.
        let long_after = seconds(start, 60);
        assert_eq!(paid(&budget, 10, 5, long_after, long_after), 0);
        budget.give(0);
        assert_eq!(paid(&budget, 10, 5, long_after, long_after), 10);
        budget.give(0);
        let soon = seconds(long_after, 9);
        assert_eq!(paid(&budget, 10, 5, soon, soon), 0);
    }

    #[test]
    fn no_budget_means_no_retries_that_cost_anything() {
        let now = Instant::now();
        let budget = Budget::new(0);
        assert_eq!(paid(&budget, 10, 5, now, now), 0);
        assert!(budget.take(0, true, now, now).is_some());
    }
}
