//! Where the calls of one operation queue for its bucket.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::Notify;

use super::bucket::{Bucket, Ticket, Turn};
use crate::clock::Clock;

#[derive(Debug)]
pub(crate) struct Gate {
    bucket: Mutex<Bucket>,
    /// How many calls could not go at once. Where there is none, nobody has to be let go first, and nobody to be told.
    waiting: AtomicUsize,
    /// Held by the one whose turn it is next. tokio's mutex hands over in the order of asking, and a task
    /// that is cancelled while it waits or holds it leaves the others in their order.
    turn: tokio::sync::Mutex<()>,
    /// Something was learnt: whoever has the turn looks again.
    news: Notify,
}

impl Gate {
    pub(crate) fn new(bucket: Bucket) -> Self {
        Self {
            bucket: Mutex::new(bucket),
            waiting: AtomicUsize::new(0),
            turn: tokio::sync::Mutex::default(),
            news: Notify::new(),
        }
    }

    /// Leave for a call that finds nobody waiting and need not wait itself, as nearly all do.
    pub(crate) fn at_once(&self, now: Instant) -> Option<Ticket> {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return None;
        }
        match lock(&self.bucket).turn(now) {
            Turn::Go(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// Leave after all who asked before.
    pub(crate) async fn in_turn(&self, clock: &dyn Clock) -> Ticket {
        let _waiting = Waiting::at(self);
        let _turn = self.turn.lock().await;
        loop {
            // Registered before looking, so that nothing learnt in between is missed.
            let news = self.news.notified();
            let now = clock.now();
            let next = lock(&self.bucket).turn(now);
            match next {
                Turn::Go(ticket) => return ticket,
                Turn::At(then) => {
                    let sleep = clock.sleep(then.saturating_duration_since(now));
                    futures_util::future::select(sleep, std::pin::pin!(news)).await;
                }
                Turn::AfterAnAnswer => news.await,
            }
        }
    }

    /// Changes the bucket and tells those who wait. They have counted themselves before they looked at the bucket, so that
    /// whoever changes it after they looked sees them.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Bucket)) {
        change(&mut lock(&self.bucket));
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.news.notify_waiters();
        }
    }
}

/// Counts a call among those that wait, as long as it exists.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn at(gate: &'a Gate) -> Self {
        gate.waiting.fetch_add(1, Ordering::SeqCst);
        Self(&gate.waiting)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn lock(bucket: &Mutex<Bucket>) -> MutexGuard<'_, Bucket> {
    // Nothing panics between a change and its completion.
    bucket.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::limit::published::Limit;
    use crate::testing::SimulatedClock;

    #[tokio::test]
    async fn first_come_first_served() {
        let clock = SimulatedClock::new();
        let limit = Limit {
            rate: 1.0,
            burst: 1.0,
        };
        let gate = Arc::new(Gate::new(Bucket::new(Some(limit), clock.now())));
        assert!(gate.at_once(clock.now()).is_some());
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..20 {
            let (clock, gate, served) = (clock.clone(), gate.clone(), served.clone());
            tasks.spawn(async move {
                gate.in_turn(&clock).await;
                served.lock().unwrap().push(number);
                // Nobody who comes later overtakes those who wait.
                let waiting = gate.waiting.load(Ordering::SeqCst) > 0;
                if waiting {
                    let later = clock.now() + std::time::Duration::from_secs(10);
                    assert_eq!(gate.at_once(later), None);
                }
            });
        }
        tasks.join_all().await;
        assert_eq!(*served.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod order {
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use prisma_cloud_api::BoxFuture;
    use tokio::sync::oneshot;

    use super::*;
    use crate::limit::published::Limit;

    /// A clock that wakes whoever went to sleep last first: timers that end together have no order.
    #[derive(Debug)]
    struct Backwards {
        now: Mutex<Instant>,
        asleep: Mutex<Vec<oneshot::Sender<()>>>,
    }

    impl Clock for Backwards {
        fn now(&self) -> Instant {
            *self.now.lock().unwrap()
        }

        fn wall(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
            let (wake, woken) = oneshot::channel();
            self.asleep.lock().unwrap().push(wake);
            Box::pin(async {
                let _ = woken.await;
            })
        }
    }

    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn the_order_of_asking_counts_and_not_that_of_timers() {
        let start = Instant::now();
        let clock = Arc::new(Backwards {
            now: Mutex::new(start),
            asleep: Mutex::default(),
        });
        let limit = Limit {
            rate: 1.0,
            burst: 1.0,
        };
        let gate = Arc::new(Gate::new(Bucket::new(Some(limit), start)));
        assert!(gate.at_once(start).is_some());
        let served = Arc::new(Mutex::new(Vec::new()));
        for number in 0..5 {
            let (clock, gate, served) = (clock.clone(), gate.clone(), served.clone());
            tokio::spawn(async move {
                gate.in_turn(&*clock).await;
                served.lock().unwrap().push(number);
            });
            settle().await;
        }
        for _ in 0..5 {
            *clock.now.lock().unwrap() += Duration::from_secs(1);
            let asleep = std::mem::take(&mut *clock.asleep.lock().unwrap());
            for wake in asleep.into_iter().rev() {
                let _ = wake.send(());
                settle().await;
            }
        }
        assert_eq!(*served.lock().unwrap(), [0, 1, 2, 3, 4]);
    }
}
