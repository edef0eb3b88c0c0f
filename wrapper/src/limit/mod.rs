//! Waiting before the server has to refuse.

pub(crate) mod bucket;
pub(crate) mod headers;
pub(crate) mod published;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::clock::Clock;
use bucket::{Bucket, Ticket, Turn};
use headers::RateHeaders;

/// More buckets than there are operations come from raw calls only.
const MOST_GATES: usize = 2048;

/// The buckets of one user: one for each operation, shared by all clones of a client and both products.
#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    gates: Mutex<HashMap<String, Arc<Gate>>>,
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
        }
    }

    /// Waits until a request of the operation called `key` may go.
    pub(crate) async fn admit(&self, key: &str) -> Permit {
        let gate = self.gate(key);
        let begin = self.clock.now();
        let turn = gate.turn.lock().await;
        let ticket = loop {
            // Registered before looking, so that nothing learnt in between is missed.
            let news = gate.news.notified();
            let now = self.clock.now();
            let next = lock(&gate.bucket).turn(now);
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
        Permit {
            gate,
            ticket,
            waited: self.clock.now().saturating_duration_since(begin),
        }
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
