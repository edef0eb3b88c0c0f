//! The session: one token, shared by everybody, renewed by one.
//!
//! [`state`] decides, a [`source`] knows the exchanges ([`login`] is Prisma Cloud's), this module joins them with
//! I/O. A renewal is a short task of its own: it goes on when the call that caused it is cancelled, calls whose
//! token is still good do not wait for it, and it ends with the client. Nothing runs between calls.

pub(crate) mod lifetime;
pub(crate) mod login;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod token;
pub(crate) mod told;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Instant, SystemTime};

use arc_swap::ArcSwapOption;
use prisma_cloud_api::{Operation, Product, ReadBody};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

use crate::attempt::{Expect, Failure};
use crate::error::{Error, ErrorKind};
use crate::observe::Event;
use crate::retry::class::Class;
use crate::wire::{Tries, Wire, millis};
use lifetime::Lease;
use source::{Asked, Gain, Obtained};
pub(crate) use state::Held;
use state::{Good, Refusal, State, Step};
use told::Told;

pub(crate) struct Session {
    wire: Arc<Wire>,
    inner: Mutex<Inner>,
    /// What `inner` says of the present token, for those who need nothing else: they take no lock, however many they are.
    good: ArcSwapOption<Good>,
}

struct Inner {
    state: State,
    flight: Option<Flight>,
    /// What login and extension have told so far.
    told: Option<Told>,
    /// Why the last extension failed.
    unextended: Option<Error>,
}

/// A renewal in progress.
struct Flight {
    /// How it ended. Closed without a value if its task was dropped with its runtime.
    ended: watch::Receiver<Option<Result<(), Error>>>,
    task: AbortHandle,
}

/// What is asked of the server.
enum Renewal {
    LogIn,
    Extend(Held),
}

/// A renewal that failed.
struct Unrenewed {
    error: Error,
    /// The server said that the token is no longer good.
    dead: bool,
}

impl Session {
    pub(crate) fn new(wire: Arc<Wire>) -> Result<Arc<Self>, Error> {
        let mut state = State::default();
        if let Some(secret) = wire.source.given() {
            let token = wire.source.token(secret).ok_or_else(|| {
                Error::config("the token that was given is empty or holds characters that no header carries; pass it as the API returned it")
            })?;
            let lease = Lease::adopted(
                wire.source.terms(),
                wire.shared.clock.now(),
                wire.shared.clock.wall(),
                token.claims(),
            );
            state.accept(token, lease);
        }
        Ok(Arc::new(Self {
            wire,
            good: ArcSwapOption::new(state.good().map(Arc::new)),
            inner: Mutex::new(Inner {
                state,
                flight: None,
                told: None,
                unextended: None,
            }),
        }))
    }

    /// A token that may be sent now. Waits for a login only if there is none.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<Arc<Held>, Error> {
        match self.token_at(self.wire.shared.clock.now()) {
            Some(held) => Ok(held),
            None => self.renewed().await.map(Arc::new),
        }
    }

    /// The token that may be sent at once, if it is `now`, and nothing else is to be done.
    pub(crate) fn token_at(&self, now: Instant) -> Option<Arc<Held>> {
        match &*self.good.load() {
            Some(good) if now < good.until => Some(good.held.clone()),
            _ => None,
        }
    }

    /// A token that may be sent now, by way of the state.
    async fn renewed(self: &Arc<Self>) -> Result<Held, Error> {
        loop {
            let mut ended = {
                let mut inner = self.lock();
                match inner.state.step(self.wire.shared.clock.now()) {
                    Step::Use(held) => return Ok(held),
                    Step::UseAndExtend(held) if !self.wire.source.can_extend() => return Ok(held),
                    Step::UseAndExtend(held) => {
                        self.join_or_start(&mut inner, Renewal::Extend(held.clone()));
                        return Ok(held);
                    }
                    Step::LogIn => self.join_or_start(&mut inner, Renewal::LogIn),
                }
            };
            // A closed channel means that the task is gone with its runtime; the next round starts another.
            if let Ok(result) = ended.wait_for(Option::is_some).await
                && let Some(Err(error)) = &*result
            {
                return Err(error.clone());
            }
        }
    }

    /// What login and extension have told, after a login if there was none. Only an extension tells the `roles`, and whose a
    /// token is that was obtained elsewhere; one that fails is an error in the latter case.
    pub(crate) async fn told(self: &Arc<Self>, roles: bool) -> Result<Told, Error> {
        let complete = |told: &Told| !roles || told.roles.is_some();
        let known = || self.lock().told.clone();
        let held = self.token().await?;
        if let Some(told) = known().filter(complete) {
            return Ok(told);
        }
        let mut ended = {
            let mut inner = self.lock();
            inner.unextended = None;
            self.join_or_start(&mut inner, Renewal::Extend(Held::clone(&held)))
        };
        // How it went is seen from what is known now.
        let _ = ended.wait_for(Option::is_some).await;
        if let Some(told) = known() {
            return Ok(told);
        }
        // The token was no good: a login tells whose the next one is.
        self.token().await?;
        let inner = self.lock();
        match (&inner.told, &inner.unextended) {
            (Some(told), _) => Ok(told.clone()),
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Ok(Told::default()),
        }
    }

    /// Until when the present token is used, on the clock on the wall.
    pub(crate) fn expires(&self) -> Option<SystemTime> {
        let lease = self.lock().state.lease()?;
        let left = lease
            .unusable
            .saturating_duration_since(self.wire.shared.clock.now());
        Some(self.wire.shared.clock.wall() + left)
    }

    /// Goes on with the token of `other`, which has just logged in.
    #[cfg(feature = "cspm-access-keys")]
    pub(crate) fn continue_as(&self, other: &Self) {
        let (current, told) = {
            let other = other.lock();
            (other.state.current(), other.told.clone())
        };
        self.change(|inner| {
            if let Some((token, lease)) = current {
                inner.state.accept(token, lease);
            }
            inner.learn(told.unwrap_or_default());
        });
    }

    /// A request with this token was refused as unauthorised.
    pub(crate) fn refused(&self, held: &Held, product: Product) -> Refusal {
        if !self.wire.source.can_log_in() {
            // Another token cannot be had, and this one may be good for other calls.
            return Refusal::Genuine;
        }
        let now = self.wire.shared.clock.now();
        self.change(|inner| inner.state.refused(held.generation, product, now))
    }

    /// A request with this token succeeded.
    pub(crate) fn helped(&self, held: &Held, product: Product) {
        if held.on_trial(product) {
            self.change(|inner| inner.state.helped(held.generation, product));
        }
    }

    /// The replay of a request with another token was refused as well.
    pub(crate) fn refused_again(&self, product: Product) {
        let now = self.wire.shared.clock.now();
        self.change(|inner| inner.state.refused_again(product, now));
    }

    /// The renewal in progress, or else a new one.
    fn join_or_start(
        self: &Arc<Self>,
        inner: &mut Inner,
        renewal: Renewal,
    ) -> watch::Receiver<Option<Result<(), Error>>> {
        if let Some(flight) = &inner.flight
            // The task leaves the slot when it ends; one that was dropped cannot.
            && flight.ended.has_changed().is_ok()
        {
            return flight.ended.clone();
        }
        let (sender, ended) = watch::channel(None);
        let wire = self.wire.clone();
        // A task that kept the session alive would outlive the client.
        let session = Arc::downgrade(self);
        let task = tokio::spawn(
            async move {
                let result = renew(&wire, &session, renewal).await;
                if let Some(session) = session.upgrade() {
                    session.lock().flight = None;
                }
                // After the slot is free: who is woken finds the new state.
                let _ = sender.send(Some(result));
            }
            .in_current_span(),
        );
        inner.flight = Some(Flight {
            ended: ended.clone(),
            task: task.abort_handle(),
        });
        ended
    }

    /// Changes the state and makes it known to those who do not lock.
    fn change<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let mut inner = self.lock();
        let result = change(&mut inner);
        // Under the lock, so that an older state never replaces a newer one.
        self.good.store(inner.state.good().map(Arc::new));
        result
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics between a change and its completion.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn learn(&mut self, told: Told) {
        self.told.get_or_insert_default().learn(told);
        self.unextended = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(flight) = &self.lock().flight {
            flight.task.abort();
        }
    }
}

/// Gets a token and records what came of it. The result tells those who wait whether to look again.
async fn renew(wire: &Wire, session: &Weak<Session>, renewal: Renewal) -> Result<(), Error> {
    let begin = wire.shared.clock.now();
    let result = match &renewal {
        Renewal::LogIn if wire.source.can_log_in() => obtain(wire, Asked::LogIn).await,
        Renewal::LogIn => Err(Unrenewed {
            error: no_key(wire),
            dead: true,
        }),
        Renewal::Extend(held) => obtain(wire, Asked::Extend(&held.token)).await,
    };
    let duration = wire.shared.clock.now().saturating_duration_since(begin);
    let failure = result.as_ref().err().map(|failed| failed.error.kind());
    match &renewal {
        Renewal::LogIn => wire.observe(&Event::Login { failure, duration }),
        Renewal::Extend(_) => wire.observe(&Event::Extension { failure, duration }),
    }
    let what = match &renewal {
        Renewal::LogIn => "login",
        Renewal::Extend(_) => "extension",
    };
    match &failure {
        None => tracing::info!(
            target: "prisma_cloud",
            { prisma_cloud.duration_ms = millis(duration) },
            "{what} succeeded",
        ),
        Some(kind) => tracing::warn!(
            target: "prisma_cloud",
            { "error.type" = kind.as_str(), prisma_cloud.duration_ms = millis(duration) },
            "{what} failed",
        ),
    }
    let Some(session) = session.upgrade() else {
        return Ok(());
    };
    session.change(|inner| match (result, renewal) {
        (Ok(gain), _) => {
            inner.state.accept(gain.token, gain.lease);
            inner.learn(gain.told);
            Ok(())
        }
        (Err(failed), Renewal::LogIn) => Err(failed.error),
        (Err(failed), Renewal::Extend(held)) => {
            let now = wire.shared.clock.now();
            inner
                .state
                .extension_failed(held.generation, failed.dead, now);
            inner.unextended = Some(failed.error);
            // Nobody fails for it: who waits looks again and finds that a login is due.
            Ok(())
        }
    })
}

/// All exchanges that a source needs for a token.
///
/// A login is sent again like a read: a second one changes nothing. An extension gets one attempt: the token is
/// still good, and the next call tries again.
async fn obtain(wire: &Wire, asked: Asked<'_>) -> Result<Gain, Unrenewed> {
    let source = &*wire.source;
    let operation = source.operation(asked);
    let held = match asked {
        Asked::LogIn => None,
        Asked::Extend(token) => Some(token),
    };
    let mut tries = Tries::new(wire.shared.clock.now());
    let mut part = None;
    loop {
        let revision = source.revision();
        let request = source
            .request(&wire.endpoint, asked, part.as_ref())
            .map_err(|error| Unrenewed { error, dead: false })?;
        let sent = wire.shared.clock.now();
        let (failure, marked) = match exchange(wire, operation, request, &mut tries).await {
            Ok(body) => match source.obtained(&body, sent, part.as_ref()) {
                Obtained::Token(gain) => {
                    wire.succeeded(&tries);
                    return Ok(gain);
                }
                Obtained::Partly(token) => {
                    part = Some(token);
                    continue;
                }
                Obtained::Nothing => return Err(no_token(wire, operation, &tries)),
            },
            Err(failed) => failed,
        };
        // A rotation has put another key in place, so the failure of this one says nothing.
        if held.is_none() && source.revision() != revision {
            continue;
        }
        // A login changes nothing that a second one would change again.
        let again = match held {
            None => wire.again(Class::Read, &failure, &mut tries),
            Some(_) => None,
        };
        let Some(wait) = again else {
            let dead = held.is_none() || source.is_dead(failure.outcome);
            let token = held.or(part.as_ref());
            let error = wire.error(*failure, operation, Class::Read, token, &tries, true);
            return Err(Unrenewed {
                error: error.or_request_id(marked),
                dead,
            });
        };
        wire.pause(operation, &tries, wait).await;
    }
}

async fn exchange(
    wire: &Wire,
    operation: &'static Operation,
    mut request: reqwest::Request,
    tries: &mut Tries,
) -> Result<bytes::Bytes, (Box<Failure>, Option<String>)> {
    let marked = wire.mark(operation.product, &mut request);
    let sent = wire.shared.http.execute(request);
    let now = wire.shared.clock.now();
    let attempt = wire.attempt(operation, sent, Expect::Json, tries, now);
    let response = match attempt.await {
        Ok(response) => response,
        Err(failure) => return Err((failure, marked)),
    };
    // Read already: this only takes it out.
    Ok(ReadBody::of(*response).await.unwrap_or_default())
}

fn no_token(wire: &Wire, operation: &'static Operation, tries: &Tries) -> Unrenewed {
    // The body is not kept: a token may be in it after all.
    let error = Error::new(ErrorKind::Decode, "the answer holds no token")
        .with_operation(operation)
        .with_attempts(tries.number)
        .with_advice(Some(format!(
            "check that {} is the address of {}",
            wire.endpoint.host(),
            wire.source.wanted().issuer
        )));
    Unrenewed { error, dead: false }
}

fn no_key(wire: &Wire) -> Error {
    let wanted = wire.source.wanted();
    Error::new(
        ErrorKind::Unauthorized,
        format!(
            "the token that was given has expired or is refused, and there is no {} to log in with",
            wanted.credentials
        ),
    )
    .with_operation(wire.source.operation(Asked::LogIn))
    .with_advice(Some(format!(
        "get a new token from {}, or give the builder an {}",
        wire.endpoint.host(),
        wanted.credentials
    )))
}
