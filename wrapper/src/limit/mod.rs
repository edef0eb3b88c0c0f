//! Waiting before the server has to refuse.

pub(crate) mod bucket;
mod found;
mod gate;
pub(crate) mod headers;
pub(crate) mod published;

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::HeaderMap;
use prisma_cloud_api::{BoxFuture, Operation};

use crate::clock::Clock;
use bucket::{Bucket, Ticket};
use found::Found;
use gate::Gate;
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
    /// Those of `gates` that documented operations have found before.
    found: Found,
}

/// The gate of a call. Counting the users of one that is kept anyway would only make all threads write to one place.
#[derive(Debug)]
enum At<'a> {
    Kept(&'a Gate),
    Named(Arc<Gate>),
}

impl Deref for At<'_> {
    type Target = Gate;

    fn deref(&self) -> &Gate {
        match self {
            Self::Kept(gate) => gate,
            Self::Named(gate) => gate,
        }
    }
}

/// Leave to send one request, which is over when its answer has been learnt from, or when this is dropped.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    gate: At<'a>,
    ticket: Option<Ticket>,
    /// How long it had to be waited for.
    pub(crate) waited: Duration,
}

impl Limiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            gates: Mutex::default(),
            found: Found::default(),
        }
    }

    /// Leave for a request that draws from `drawn`, if it is `now` and none has to wait.
    pub(crate) fn at_once(&self, drawn: &Drawn, now: Instant) -> Option<Permit<'_>> {
        let gate = self.gate_of(drawn);
        let ticket = gate.at_once(now)?;
        Some(Permit {
            gate,
            ticket: Some(ticket),
            waited: Duration::ZERO,
        })
    }

    /// Waits until a request may go that draws from `drawn`; it is `begin` now.
    #[cold]
    pub(crate) fn in_turn<'a>(
        &'a self,
        drawn: &'a Drawn,
        begin: Instant,
    ) -> BoxFuture<'a, Permit<'a>> {
        Box::pin(async move {
            let gate = self.gate_of(drawn);
            let ticket = gate.in_turn(&*self.clock).await;
            let waited = self.clock.now().saturating_duration_since(begin);
            Permit {
                gate,
                ticket: Some(ticket),
                // Letting another one pass at the door is no wait worth telling.
                waited: Some(waited)
                    .filter(|waited| *waited >= LEAST_WAIT)
                    .unwrap_or_default(),
            }
        })
    }

    fn gate_of(&self, drawn: &Drawn) -> At<'_> {
        match drawn {
            Drawn::From(operation) => {
                let name = || published::key(operation.product, operation.method, operation.path);
                match self.found.gate(operation, || self.gate(&name())) {
                    Some(gate) => At::Kept(gate),
                    None => At::Named(self.gate(&name())),
                }
            }
            Drawn::Named(name) => At::Named(self.gate(name)),
        }
    }

    fn gate(&self, key: &str) -> Arc<Gate> {
        // Nothing panics between a change and its completion.
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(key) {
            return gate.clone();
        }
        if gates.len() >= MOST_GATES {
            // Raw calls make a bucket for each path; those nobody waits at are not worth keeping.
            gates.retain(|_, gate| Arc::strong_count(gate) > 1);
        }
        let bucket = Bucket::new(published::limit(key), self.clock.now());
        let gate = Arc::new(Gate::new(bucket));
        gates.insert(key.to_owned(), gate.clone());
        gate
    }
}

impl Permit<'_> {
    /// What the answer with these headers says about the limit. The request is over.
    pub(crate) fn learn(&mut self, headers: &HeaderMap, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.change(|bucket| {
                if bucket.wants_news(now) {
                    bucket.learn(ticket, RateHeaders::of(headers), now);
                }
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

    /// The answer was 429. What its headers say and that it was refused is learnt in one step, so that nobody goes in
    /// between. The request is over.
    pub(crate) fn refused(
        &mut self,
        headers: &HeaderMap,
        retry_after: Option<Duration>,
        now: Instant,
    ) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.change(|bucket| {
                bucket.learn(ticket, RateHeaders::of(headers), now);
                bucket.refused(retry_after, now);
                bucket.done();
            });
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.ticket.is_some() {
            self.gate.change(Bucket::done);
        }
    }
}
