//! Waiting before the server has to refuse.

pub(crate) mod bucket;
pub(crate) mod headers;
pub(crate) mod published;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use prisma_cloud_api::Operation;
use tokio::sync::Notify;

use crate::clock::Clock;
use bucket::{Bucket, Ticket, Turn};
use headers::RateHeaders;

/// More buckets than there are operations come from raw calls only.
const MOST_GATES: usize = 2048;
/// What is shorter does not count as waiting for a limit.
const LEAST_WAIT: Duration = Duration::from_millis(1);

/// The bucket that a call draws from.
#[derive(Clone, Debug)]
pub(crate) enum Drawn {
    /// That of a documented operation.
    From(&'static Operation),
    /// The one of this name; see [`published::key_of_path`].
    Named(String),
}

/// The buckets of one user: one for each operation, shared by all clones of a client and both products.
#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
    /// Those of `gates` that documented operations have found before, by the address of the operation: neither a name nor
    /// a lock is needed to find them again.
    found: ArcSwap<HashMap<usize, Arc<Gate>>>,
}

#[derive(Debug)]
struct Gate {
    bucket: Mutex<Bucket>,
    /// How many calls could not go at once. Where there is none, nobody has to be let go first, and nobody to be told.
    waiting: AtomicUsize,
    /// Held by the one whose turn it is next. tokio's mutex hands over in the order of asking, and a task
    /// that is cancelled while it waits or holds it leaves the others in their order.
    turn: tokio::sync::Mutex<()>,
    /// Something was learnt: whoever has the turn looks again.
    news: Notify,
}

/// Leave to send one request, which is over when its answer has been learnt from, or when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    ticket: Option<Ticket>,
    /// How long it had to be waited for.
    pub(crate) waited: Duration,
}

impl Limiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            gates: Mutex::default(),
            found: ArcSwap::default(),
        }
    }

    /// Waits until a request may go that draws from `drawn`; it is `begin` now.
    pub(crate) async fn admit(&self, drawn: &Drawn, begin: Instant) -> Permit {
        let gate = match drawn {
            Drawn::From(operation) => self.gate_of(operation),
            Drawn::Named(name) => self.gate(name),
        };
        let (ticket, waited) = match gate.at_once(begin) {
            Some(ticket) => (ticket, Duration::ZERO),
            None => {
                let ticket = Box::pin(gate.in_turn(&*self.clock)).await;
                (ticket, self.clock.now().saturating_duration_since(begin))
            }
        };
        // Letting another one pass at the door is no wait worth telling.
        let waited = Some(waited).filter(|waited| *waited >= LEAST_WAIT);
        Permit {
            gate,
            ticket: Some(ticket),
            waited: waited.unwrap_or_default(),
        }
    }

    fn gate_of(&self, operation: &'static Operation) -> Arc<Gate> {
        let address = std::ptr::from_ref(operation).addr();
        if let Some(gate) = self.found.load().get(&address) {
            return gate.clone();
        }
        let gate = self.gate(&published::key(
            operation.product,
            operation.method,
            operation.path,
        ));
        self.found.rcu(|found| {
            let mut found = HashMap::clone(found);
            found.insert(address, gate.clone());
            found
        });
        gate
    }

    fn gate(&self, key: &str) -> Arc<Gate> {
        let mut gates = lock(&self.gates);
        if let Some(gate) = gates.get(key) {
            return gate.clone();
        }
        if gates.len() >= MOST_GATES {
            // Raw calls make a bucket for each path; those nobody waits at are not worth keeping.
            gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let gate = Arc::new(Gate {
            bucket: Mutex::new(Bucket::new(published::limit(key), self.clock.now())),
            waiting: AtomicUsize::new(0),
            turn: tokio::sync::Mutex::default(),
            news: Notify::new(),
        });
        gates.insert(key.to_owned(), gate.clone());
        gate
    }
}

impl Gate {
    /// Leave for a call that finds nobody waiting and need not wait itself, as nearly all do.
    fn at_once(&self, now: Instant) -> Option<Ticket> {
        if self.waiting.load(Ordering::SeqCst) > 0 {
            return None;
        }
        match lock(&self.bucket).turn(now) {
            Turn::Go(ticket) => Some(ticket),
            _ => None,
        }
    }

    /// Leave after all who asked before.
    async fn in_turn(&self, clock: &dyn Clock) -> Ticket {
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
    fn change(&self, change: impl FnOnce(&mut Bucket)) {
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

impl Permit {
    /// What the answer says about the limit. The request is over.
    pub(crate) fn learn(&mut self, said: RateHeaders, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.change(|bucket| {
                bucket.learn(ticket, said, now);
                bucket.done();
            });
        }
    }

    /// No answer came. The request is over.
    pub(crate) fn unanswered(&mut self) {
        if self.ticket.take().is_some() {
            self.gate.change(|bucket| {
                bucket.unanswered();
                bucket.done();
            });
        }
    }

    /// The answer was 429.
    pub(crate) fn refused(&self, retry_after: Option<Duration>, now: Instant) {
        self.gate.change(|bucket| bucket.refused(retry_after, now));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.gate.change(Bucket::done);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between a change and its completion.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
