//! Waiting before the server has to refuse.

pub(crate) mod bucket;
pub(crate) mod headers;
pub(crate) mod published;

use std::collections::HashMap;
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
    /// Held by the one whose turn it is next. tokio's mutex hands over in the order of asking, and a task
    /// that is cancelled while it waits or holds it leaves the others in their order.
    turn: tokio::sync::Mutex<()>,
    /// Something was learnt: whoever has the turn looks again.
    news: Notify,
}

/// Leave to send one request. Dropping it says that the request is over.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    ticket: Ticket,
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

    /// Waits until a request may go that draws from `drawn`.
    pub(crate) async fn admit(&self, drawn: &Drawn) -> Permit {
        let gate = match drawn {
            Drawn::From(operation) => self.gate_of(operation),
            Drawn::Named(name) => self.gate(name),
        };
        let begin = self.clock.now();
        let (turn, mut waited) = match gate.turn.try_lock() {
            Ok(turn) => (turn, false),
            Err(_) => (gate.turn.lock().await, true),
        };
        let ticket = loop {
            // Registered before looking, so that nothing learnt in between is missed.
            let news = gate.news.notified();
            let now = if waited { self.clock.now() } else { begin };
            let next = lock(&gate.bucket).turn(now);
            if !matches!(next, Turn::Go(_)) {
                waited = true;
            }
            match next {
                Turn::Go(ticket) => break ticket,
                Turn::At(then) => {
                    let sleep = self.clock.sleep(then.saturating_duration_since(now));
                    futures_util::future::select(sleep, std::pin::pin!(news)).await;
                }
                Turn::AfterAnAnswer => news.await,
            }
        };
        drop(turn);
        let waited = match waited {
            true => self.clock.now().saturating_duration_since(begin),
            false => Duration::ZERO,
        };
        // Letting another one pass at the door is no wait worth telling.
        let waited = Some(waited).filter(|waited| *waited >= LEAST_WAIT);
        Permit {
            gate,
            ticket,
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
            turn: tokio::sync::Mutex::default(),
            news: Notify::new(),
        });
        gates.insert(key.to_owned(), gate.clone());
        gate
    }
}

impl Permit {
    /// What the answer says about the limit.
    pub(crate) fn learn(&self, said: RateHeaders, now: Instant) {
        lock(&self.gate.bucket).learn(self.ticket, said, now);
        self.gate.news.notify_waiters();
    }

    /// No answer came.
    pub(crate) fn unanswered(&self) {
        lock(&self.gate.bucket).unanswered();
    }

    /// The answer was 429.
    pub(crate) fn refused(&self, retry_after: Option<Duration>, now: Instant) {
        lock(&self.gate.bucket).refused(retry_after, now);
        self.gate.news.notify_waiters();
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        lock(&self.gate.bucket).done();
        self.gate.news.notify_waiters();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics between a change and its completion.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
