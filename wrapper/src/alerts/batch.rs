//! The same change for many alerts: in batches, with what became of each.

use std::collections::{HashSet, VecDeque};

use crate::error::{Error, ErrorKind};

/// What became of a change for many alerts.
#[derive(Clone, Debug, Default)]
#[must_use = "some of the alerts may have failed"]
#[non_exhaustive]
pub struct BatchReport {
    /// The ids of which the service took the change.
    pub done: Vec<String>,
    /// The ids of which it did not, by error.
    pub failed: Vec<BatchFailure>,
    /// The ids that were not tried any more, because what failed would fail for them too: no permission, no valid
    /// credentials, no connection.
    pub untried: Vec<String>,
}

/// Some ids that failed for one reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchFailure {
    /// Which ids.
    pub ids: Vec<String>,
    /// Why.
    pub error: Error,
}

impl BatchReport {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.untried.is_empty()
    }

    /// Nothing if everything was done, else the first error.
    ///
    /// # Errors
    /// The first of [`failed`](Self::failed).
    pub fn into_result(self) -> Result<(), Error> {
        match self.failed.into_iter().next() {
            Some(failure) => Err(failure.error),
            None => Ok(()),
        }
    }
}

/// What is still to be sent. Pure: it is told how each batch went and says which comes next.
pub(super) struct Batches {
    waiting: VecDeque<Vec<String>>,
    report: BatchReport,
}

impl Batches {
    /// `ids` without repetitions, at most `size` together.
    pub(super) fn new(ids: Vec<String>, size: usize) -> Self {
        let mut seen = HashSet::new();
        let mut unique = ids;
        unique.retain(|id| seen.insert(id.clone()));
        Self {
            waiting: unique.chunks(size.max(1)).map(<[String]>::to_vec).collect(),
            report: BatchReport::default(),
        }
    }

    pub(super) fn next(&mut self) -> Option<Vec<String>> {
        self.waiting.pop_front()
    }

    pub(super) fn done(&mut self, batch: Vec<String>) {
        self.report.done.extend(batch);
    }

    /// The service refuses a batch as a whole for a single id that it does not know. So one that is refused is halved
    /// until the ids that are at fault are alone.
    pub(super) fn failed(&mut self, mut batch: Vec<String>, error: Error) {
        match error.kind() {
            ErrorKind::InvalidRequest | ErrorKind::NotFound | ErrorKind::Conflict
                if batch.len() > 1 =>
            {
                let second = batch.split_off(batch.len() / 2);
                self.waiting.push_front(second);
                self.waiting.push_front(batch);
                return;
            }
            ErrorKind::Config
            | ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::Network
            | ErrorKind::Redirect
            | ErrorKind::UnexpectedPage => {
                self.report.untried = self.waiting.drain(..).flatten().collect();
            }
            _ => {}
        }
        self.report.failed.push(BatchFailure { ids: batch, error });
    }

    pub(super) fn report(self) -> BatchReport {
        self.report
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(range: std::ops::Range<u32>) -> Vec<String> {
        range.map(|index| format!("P-{index}")).collect()
    }

    /// Sends everything to `service`, and counts the requests.
    fn run(
        ids: Vec<String>,
        size: usize,
        mut service: impl FnMut(&[String]) -> Result<(), ErrorKind>,
    ) -> (BatchReport, usize) {
        let mut batches = Batches::new(ids, size);
        let mut requests = 0;
        while let Some(batch) = batches.next() {
            requests += 1;
            match service(&batch) {
                Ok(()) => batches.done(batch),
                Err(kind) => batches.failed(batch, Error::new(kind, "no")),
            }
        }
        (batches.report(), requests)
    }

    #[test]
    fn each_id_is_sent_once_and_in_order() {
        let mut sent = Vec::new();
        let twice = [ids(0..10), ids(5..10)].concat();
        let (report, requests) = run(twice, 4, |batch| {
            assert!(batch.len() <= 4);
            sent.extend_from_slice(batch);
            Ok(())
        });
        assert_eq!((requests, &sent), (3, &ids(0..10)));
        assert!(report.is_complete());
        assert_eq!(report.done, ids(0..10));
        assert_eq!(run(Vec::new(), 4, |_| Ok(())).1, 0);
        assert_eq!(
            run(ids(0..2), 0, |_| Ok(())).1,
            2,
            "a size of nothing is one"
        );
    }

    #[test]
    fn the_ids_at_fault_are_found() {
        let bad = ["P-13".to_owned(), "P-77".to_owned()];
        let (report, requests) = run(ids(0..100), 50, |batch| {
            match batch.iter().any(|id| bad.contains(id)) {
                true => Err(ErrorKind::InvalidRequest),
                false => Ok(()),
            }
        });
        let failed: Vec<_> = report
            .failed
            .iter()
            .map(|failure| failure.ids.clone())
            .collect();
        assert_eq!(failed, [["P-13"], ["P-77"]]);
        assert_eq!(report.done.len(), 98);
        assert!(report.untried.is_empty());
        assert!(requests <= 2 * (1 + 2 * 6), "{requests}");
        assert_eq!(
            report.into_result().unwrap_err().kind(),
            ErrorKind::InvalidRequest
        );
    }

    #[test]
    fn what_would_fail_for_all_is_not_tried_for_all() {
        let mut calls = 0;
        let (report, requests) = run(ids(0..30), 10, |_| {
            calls += 1;
            if calls == 2 {
                Err(ErrorKind::Forbidden)
            } else {
                Ok(())
            }
        });
        assert_eq!(requests, 2);
        assert_eq!(report.done, ids(0..10));
        assert_eq!(report.failed[0].ids, ids(10..20));
        assert_eq!(report.untried, ids(20..30));
    }

    #[test]
    fn one_time_out_does_not_end_the_others() {
        let mut calls = 0;
        let (report, _) = run(ids(0..30), 10, |_| {
            calls += 1;
            if calls == 2 {
                Err(ErrorKind::Timeout)
            } else {
                Ok(())
            }
        });
        assert_eq!(report.done.len(), 20);
        assert_eq!(report.failed[0].ids, ids(10..20));
        assert!(report.untried.is_empty() && !report.is_complete());
    }
}
