//! The session: one token, shared by everybody, renewed by one.
//!
//! [`state`] decides, a [`source`] knows the exchanges ([`login`] is Prisma Cloud's), [`renewal`] carries them out as a
//! short task of its own, and this module joins them: a renewal goes on when the call that caused it is cancelled, calls
//! whose token is still good do not wait for it, and it ends with the client. Nothing runs between calls.

pub(crate) mod lifetime;
pub(crate) mod login;
mod renewal;
pub(crate) mod source;
pub(crate) mod state;
pub(crate) mod token;
pub(crate) mod told;

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use futures_util::future::{Either, select};
use prisma_cloud_api::Product;
use tokio::runtime::Handle;

use crate::attempt::Deadline;
use crate::error::{Error, ErrorKind};
use crate::time::in_words;
use crate::wire::Wire;
use lifetime::Lease;
use renewal::{Flight, Renewal, Waited};
pub(crate) use state::Held;
use state::{CallKey, Good, Refusal, Refused, RefusedLogin, State, Step};
use told::Told;

/// A renewal on another runtime is given up if that runtime, which nobody may be driving, runs nothing for this long.
const OTHER_RUNTIME: Duration = Duration::from_secs(2);

pub(crate) struct Session {
    wire: Arc<Wire>,
    inner: Mutex<Inner>,
    /// What `inner` says of the present token, for those who need nothing else: they take no lock, however many they are.
    good: ArcSwapOption<Good>,
    /// Some call counts as forbidden, so that successes are worth telling.
    wary: AtomicBool,
}

struct Inner {
    state: State,
    login: Option<Flight>,
    extension: Option<Flight>,
    /// How many renewals there have been.
    flights: u64,
    /// What login and extension have told so far.
    told: Option<Told>,
    /// Why the last extension failed.
    unextended: Option<Error>,
    /// The login was refused because of its credentials.
    refused_login: Option<RefusedLogin<Error>>,
}

impl Session {
    pub(crate) fn new(wire: Arc<Wire>) -> Result<Arc<Self>, Error> {
        let mut state = State::default();
        if let Some(secret) = wire.source.given() {
            let token = wire.source.token(secret).ok_or_else(|| {
                Error::config("the token that was given is empty or holds characters that no header carries; pass it as the API returned it")
            })?;
            let now = wire.shared.clock.now();
            let lease = Lease::adopted(
                wire.source.terms(),
                now,
                wire.shared.clock.wall(),
                token.claims(),
            );
            state.accept(token, lease, None, now);
        }
        Ok(Arc::new(Self {
            wire,
            good: ArcSwapOption::new(state.good().map(Arc::new)),
            wary: AtomicBool::new(false),
            inner: Mutex::new(Inner {
                state,
                login: None,
                extension: None,
                flights: 0,
                told: None,
                unextended: None,
                refused_login: None,
            }),
        }))
    }

    /// A token that may be sent now, for a call that has until `deadline`. Waits for a login only if there is none.
    pub(crate) async fn token(self: &Arc<Self>, deadline: Deadline) -> Result<Arc<Held>, Error> {
        match self.token_at(self.now()) {
            Some(held) => Ok(held),
            None => self.renewed(deadline).await.map(Arc::new),
        }
    }

    /// A token that may be sent now, for nobody's call in particular.
    #[cfg(any(feature = "cspm-access-keys", feature = "ibm-iam"))]
    pub(crate) async fn token_now(self: &Arc<Self>) -> Result<Arc<Held>, Error> {
        self.token(self.wire.deadline(self.now())).await
    }

    /// The token that may be sent at once, if it is `now`, and nothing else is to be done.
    pub(crate) fn token_at(&self, now: Instant) -> Option<Arc<Held>> {
        match &*self.good.load() {
            Some(good) if now < good.until => Some(good.held.clone()),
            _ => None,
        }
    }

    /// A token that may be sent now, by way of the state.
    async fn renewed(self: &Arc<Self>, deadline: Deadline) -> Result<Held, Error> {
        let mut again = true;
        loop {
            let login = {
                let mut inner = self.lock();
                let now = self.now();
                match inner.state.step(now) {
                    Step::Use(held) => return Ok(held),
                    Step::UseAndExtend(held) if !self.wire.source.can_extend() => return Ok(held),
                    Step::UseAndExtend(held) => {
                        inner.join_or_start(self, Renewal::Extend(held.clone()));
                        return Ok(held);
                    }
                    Step::LogIn => match inner.remembered_refusal(&self.wire, now) {
                        Some(error) => return Err(error),
                        None => inner.join_or_start(self, Renewal::LogIn),
                    },
                }
            };
            match self.wait(&login, deadline).await {
                // It is tried once, even if it came so late that its life is over.
                Waited::Ended(Ok(Some(held))) => return Ok(held),
                Waited::Ended(Ok(None)) => {}
                Waited::Ended(Err(error)) => return Err(error),
                Waited::Late => return Err(self.late(deadline)),
                Waited::Idle | Waited::Died if again => again = false,
                Waited::Idle | Waited::Died => return Err(self.died()),
            }
        }
    }

    /// Waits for `flight` until `deadline`.
    async fn wait(&self, flight: &Flight, deadline: Deadline) -> Waited {
        let mut ended = flight.ended.clone();
        let mut end = Box::pin(async move {
            match ended.wait_for(Option::is_some).await {
                Ok(result) => result.clone().map_or(Waited::Died, Waited::Ended),
                Err(_) => Waited::Died,
            }
        });
        let elsewhere = Handle::current().id() != flight.runtime.id();
        loop {
            let left = deadline.left(self.now());
            let (limit, sign) = match elsewhere && OTHER_RUNTIME < left {
                true => (OTHER_RUNTIME, Some(flight.runtime.spawn(async {}))),
                false => (left, None),
            };
            // The client waits, it exchanges nothing: a simulated clock may skip. A runtime without timers has no limit to
            // offer, and panics; the renewal then fails there, and tells.
            let sleep = AssertUnwindSafe(|| self.wire.shared.clock.sleep(limit));
            let limit = catch_unwind(sleep).unwrap_or_else(|_| Box::pin(pending()));
            match (select(&mut end, limit).await, sign) {
                (Either::Left((ended, _)), _) => return ended,
                (Either::Right(_), None) => return Waited::Late,
                // The other runtime is driven, and the renewal takes its time.
                (Either::Right(_), Some(sign)) if sign.is_finished() => {}
                (Either::Right(_), Some(sign)) => {
                    sign.abort();
                    self.lock().give_up(flight);
                    return Waited::Idle;
                }
            }
        }
    }

    /// Extends `held` and waits for it.
    async fn extend(self: &Arc<Self>, held: &Held, deadline: Deadline) -> Waited {
        let flight = {
            let mut inner = self.lock();
            inner.unextended = None;
            inner.join_or_start(self, Renewal::Extend(held.clone()))
        };
        self.wait(&flight, deadline).await
    }

    /// What login and extension have told, after a login if there was none. Only an extension tells the `roles`, and whose a
    /// token is that was obtained elsewhere; one that fails is an error in the latter case.
    pub(crate) async fn told(self: &Arc<Self>, roles: bool) -> Result<Told, Error> {
        let deadline = self.wire.deadline(self.now());
        let complete = |told: &Told| !roles || told.roles.is_some();
        let known = || self.lock().told.clone();
        // Twice: a login that becomes due ends an extension.
        for _ in 0..2 {
            let held = self.token(deadline).await?;
            if let Some(told) = known().filter(complete) {
                return Ok(told);
            }
            match self.extend(&held, deadline).await {
                Waited::Late => return Err(self.late(deadline)),
                Waited::Ended(_) => break,
                Waited::Idle | Waited::Died => {}
            }
        }
        if let Some(told) = known() {
            return Ok(told);
        }
        // The token was no good: a login tells whose the next one is.
        self.token(deadline).await?;
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
        let left = lease.unusable.saturating_duration_since(self.now());
        self.wire.shared.clock.wall().checked_add(left)
    }

    /// Goes on with the token of `other`, which has just logged in.
    #[cfg(feature = "cspm-access-keys")]
    pub(crate) fn continue_as(&self, other: &Self) {
        let (current, told) = {
            let other = other.lock();
            (other.state.current(), other.told.clone())
        };
        let now = self.now();
        self.change(|inner| {
            if let Some((token, lease)) = current {
                let took = Some(Duration::ZERO);
                inner.state.accept(token, lease, took, now);
            }
            inner.refused_login = None;
            inner.learn(told.unwrap_or_default());
        });
    }

    /// A request was refused as unauthorised.
    pub(crate) fn refused(&self, refused: &Refused) -> Refusal {
        if !self.wire.source.can_log_in() {
            // Another token cannot be had, and this one may be good for other calls.
            return Refusal::Genuine { tested: false };
        }
        let (now, can_probe) = (self.now(), self.wire.source.can_extend());
        self.change(|inner| inner.state.refused(refused, can_probe, now))
    }

    /// Finds out whether the token of a refused request is still good. Afterwards there is another one, or a login is due.
    pub(crate) async fn probe(self: &Arc<Self>, held: &Held, product: Product, deadline: Deadline) {
        self.extend(held, deadline).await;
        // If it is still the present one, the extension failed for another reason.
        let now = self.now();
        self.change(|inner| inner.state.probe_failed(held.generation, product, now));
    }

    /// A call succeeded with this token.
    pub(crate) fn succeeded(&self, held: &Held, product: Product, call: impl FnOnce() -> CallKey) {
        held.proved(product);
        if self.wary.load(Relaxed) {
            self.change(|inner| inner.state.allowed(call()));
        }
    }

    /// Changes the state and makes it known to those who do not lock.
    fn change<R>(&self, change: impl FnOnce(&mut Inner) -> R) -> R {
        let mut inner = self.lock();
        let result = change(&mut inner);
        // Under the lock, so that an older state never replaces a newer one.
        self.good.store(inner.state.good().map(Arc::new));
        self.wary.store(inner.state.is_wary(), Relaxed);
        result
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics between a change and its completion.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Instant {
        self.wire.shared.clock.now()
    }

    #[cold]
    fn late(&self, deadline: Deadline) -> Error {
        Renewal::LogIn.error(
            &self.wire,
            ErrorKind::Timeout,
            format!("no token came within the {}", deadline.in_words()),
        )
    }

    #[cold]
    fn died(&self) -> Error {
        Renewal::LogIn.error(
            &self.wire,
            ErrorKind::Other,
            "the login was begun twice, and twice the runtime that it ran on was dropped or not driven; keep the runtime \
             running while calls are made",
        )
    }
}

impl Inner {
    /// The renewal of this sort that is in progress, or else a new one.
    fn join_or_start(&mut self, session: &Arc<Session>, renewal: Renewal) -> Flight {
        let slot = match renewal {
            Renewal::LogIn => &mut self.login,
            Renewal::Extend(_) => &mut self.extension,
        };
        if let Some(flight) = slot.as_ref().filter(|flight| flight.is_alive()) {
            return flight.clone();
        }
        self.flights += 1;
        let login = matches!(renewal, Renewal::LogIn);
        let flight = Flight::start(session, renewal, self.flights);
        let (slot, other) = match login {
            true => (&mut self.login, self.extension.take()),
            false => (&mut self.extension, None),
        };
        *slot = Some(flight.clone());
        // The token that it would extend is no longer good.
        if let Some(extension) = other {
            extension.task.abort();
        }
        flight
    }

    /// The renewal of this number is over.
    fn landed(&mut self, number: u64) {
        for slot in [&mut self.login, &mut self.extension] {
            slot.take_if(|flight| flight.number == number);
        }
    }

    /// The runtime of this renewal is not driven.
    fn give_up(&mut self, flight: &Flight) {
        self.landed(flight.number);
        flight.task.abort();
    }

    /// The error of a login that was refused a short while ago with the same credentials.
    fn remembered_refusal(&self, wire: &Wire, now: Instant) -> Option<Error> {
        if self.login.as_ref().is_some_and(Flight::is_alive) {
            return None;
        }
        let refused = self.refused_login.as_ref()?;
        let left = refused.left(wire.source.revision(), now)?;
        Some(refused.error.clone().with_more_advice(format!(
            "refused logins are repeated ever less often, so that no account is locked: this one not for another {}",
            in_words(Duration::from_secs(left.as_secs_f64().ceil() as u64))
        )))
    }

    fn learn(&mut self, told: Told) {
        self.told.get_or_insert_default().learn(told);
        self.unextended = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let inner = self.lock();
        for flight in [&inner.login, &inner.extension].into_iter().flatten() {
            flight.task.abort();
        }
    }
}
