//! The session: one token, shared by everybody, renewed by one.
//!
//! [`state`] decides, [`login`] knows the two exchanges, this module joins them with I/O. A renewal is a short
//! task of its own: it goes on when the call that caused it is cancelled, calls whose token is still good do
//! not wait for it, and it ends with the client. Nothing runs between calls.

pub(crate) mod lifetime;
pub(crate) mod login;
pub(crate) mod state;
pub(crate) mod token;
pub(crate) mod told;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Instant, SystemTime};

use prisma_cloud_api::{Operation, Product};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

use crate::attempt::{Expect, Failure};
use crate::error::{Error, ErrorKind};
use crate::observe::Event;
use crate::retry::class::Class;
use crate::retry::decision::Outcome;
use crate::wire::{Tries, Wire, millis};
use lifetime::Lease;
use login::{EXTEND, LOGIN};
pub(crate) use state::Held;
use state::{Refusal, State, Step};
use token::Token;
use told::Told;

pub(crate) struct Session {
    wire: Arc<Wire>,
    inner: Mutex<Inner>,
}

struct Inner {
    state: State,
    flight: Option<Flight>,
    /// What login and extension have told so far.
    told: Option<Told>,
    /// Why the last extension failed.
    unextended: Option<Error>,
}

/// What a login or an extension yields.
struct Gain {
    token: Token,
    lease: Lease,
    told: Told,
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
        if let Some(secret) = &wire.credentials.token {
            let token = Token::new(secret).ok_or_else(|| {
                Error::config("the token that was given is empty or holds characters that no header carries; pass it as the API returned it")
            })?;
            let lease = Lease::adopted(wire.clock.now(), wire.clock.wall(), token.claims());
            state.accept(token, lease);
        }
        Ok(Arc::new(Self {
            wire,
            inner: Mutex::new(Inner {
                state,
                flight: None,
                told: None,
                unextended: None,
            }),
        }))
    }

    /// A token that may be sent now. Waits for a login only if there is none.
    pub(crate) async fn token(self: &Arc<Self>) -> Result<Held, Error> {
        loop {
            let mut ended = {
                let mut inner = self.lock();
                match inner.state.step(self.wire.clock.now()) {
                    Step::Use(held) => return Ok(held),
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
            self.join_or_start(&mut inner, Renewal::Extend(held))
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
            .saturating_duration_since(self.wire.clock.now());
        Some(self.wire.clock.wall() + left)
    }

    /// Goes on with the key and the token of `other`, which has just logged in.
    #[cfg(feature = "cspm-access-keys")]
    pub(crate) fn continue_as(&self, other: &Self) {
        if let Some(key) = other.wire.credentials.key.get() {
            self.wire.credentials.key.replace((*key).clone());
        }
        let (current, told) = {
            let other = other.lock();
            (other.state.current(), other.told.clone())
        };
        let mut inner = self.lock();
        if let Some((token, lease)) = current {
            inner.state.accept(token, lease);
        }
        inner.learn(told.unwrap_or_default());
    }

    /// A request with this token was refused as unauthorised.
    pub(crate) fn refused(&self, held: &Held, product: Product) -> Refusal {
        if !self.wire.credentials.key.is_some() {
            // Another token cannot be had, and this one may be good for other calls.
            return Refusal::Genuine;
        }
        self.lock()
            .state
            .refused(held.generation, product, self.wire.clock.now())
    }

    /// A request with this token succeeded.
    pub(crate) fn helped(&self, held: &Held, product: Product) {
        self.lock().state.helped(held.generation, product);
    }

    /// The replay of a request with another token was refused as well.
    pub(crate) fn refused_again(&self, product: Product) {
        self.lock()
            .state
            .refused_again(product, self.wire.clock.now());
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
    let begin = wire.clock.now();
    let result = match &renewal {
        Renewal::LogIn => log_in(wire).await,
        Renewal::Extend(held) => extend(wire, held).await,
    };
    let duration = wire.clock.now().saturating_duration_since(begin);
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
    let mut inner = session.lock();
    match (result, renewal) {
        (Ok(gain), _) => {
            inner.state.accept(gain.token, gain.lease);
            inner.learn(gain.told);
            Ok(())
        }
        (Err(failed), Renewal::LogIn) => Err(failed.error),
        (Err(failed), Renewal::Extend(held)) => {
            let now = wire.clock.now();
            inner
                .state
                .extension_failed(held.generation, failed.dead, now);
            inner.unextended = Some(failed.error);
            // Nobody fails for it: who waits looks again and finds that a login is due.
            Ok(())
        }
    }
}

async fn log_in(wire: &Wire) -> Result<Gain, Unrenewed> {
    let Some(mut key) = wire.credentials.key.get() else {
        return Err(Unrenewed {
            error: no_key(wire),
            dead: true,
        });
    };
    let mut tries = Tries::new(wire.clock.now());
    loop {
        let request = login::login_request(&wire.endpoint, &key, &wire.credentials)
            .map_err(|error| Unrenewed { error, dead: false })?;
        let sent = wire.clock.now();
        let failure = match exchange(wire, &LOGIN, request, &mut tries).await {
            Ok(body) => return accept(wire, &LOGIN, &body, sent, &tries),
            Err(failure) => failure,
        };
        // A rotation has put another key in place, so the failure of this one says nothing.
        if let Some(other) = wire.credentials.key.get()
            && !Arc::ptr_eq(&other, &key)
        {
            key = other;
            continue;
        }
        // A login changes nothing that a second one would change again.
        match wire.again(Class::Read, &failure, &mut tries) {
            Some(wait) => wire.pause(&LOGIN, &tries, wait).await,
            None => {
                return Err(Unrenewed {
                    error: wire.error(failure, &LOGIN, Class::Read, None, &tries, true),
                    dead: true,
                });
            }
        }
    }
}

/// One attempt: the token is still good, and the next call tries again if this fails.
async fn extend(wire: &Wire, held: &Held) -> Result<Gain, Unrenewed> {
    let mut tries = Tries::new(wire.clock.now());
    let request = login::extend_request(&wire.endpoint, &held.token)
        .map_err(|error| Unrenewed { error, dead: false })?;
    let sent = wire.clock.now();
    match exchange(wire, &EXTEND, request, &mut tries).await {
        Ok(body) => accept(wire, &EXTEND, &body, sent, &tries),
        Err(failure) => {
            let dead = matches!(failure.outcome, Outcome::Status(401));
            let error = wire.error(
                failure,
                &EXTEND,
                Class::Read,
                Some(&held.token),
                &tries,
                true,
            );
            Err(Unrenewed { error, dead })
        }
    }
}

async fn exchange(
    wire: &Wire,
    operation: &'static Operation,
    request: reqwest::Request,
    tries: &mut Tries,
) -> Result<bytes::Bytes, Failure> {
    let response = wire
        .attempt(&wire.http, operation, request, Expect::Json, tries)
        .await?;
    // Read already: this only takes it out.
    Ok(response.bytes().await.unwrap_or_default())
}

fn accept(
    wire: &Wire,
    operation: &'static Operation,
    body: &[u8],
    sent: Instant,
    tries: &Tries,
) -> Result<Gain, Unrenewed> {
    let Some((token, told)) = login::token_of(body) else {
        // The body is not kept: a token may be in it after all.
        let error = Error::new(ErrorKind::Decode, "the answer holds no token")
            .with_operation(operation)
            .with_attempts(tries.number)
            .with_advice(Some(format!(
                "check that {} is the address of the Prisma Cloud API",
                wire.endpoint.host()
            )));
        return Err(Unrenewed { error, dead: false });
    };
    wire.succeeded(tries);
    let lease = Lease::new(sent, token.claims().life());
    Ok(Gain { token, lease, told })
}

fn no_key(wire: &Wire) -> Error {
    Error::new(
        ErrorKind::Unauthorized,
        "the token that was given has expired or is refused, and there is no access key to log in with",
    )
    .with_operation(&LOGIN)
    .with_advice(Some(format!(
        "get a new token from {}, or give the builder an access key",
        wire.endpoint.host()
    )))
}
