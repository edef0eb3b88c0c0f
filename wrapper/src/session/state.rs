//! What to do for a call that needs a token: a state machine without I/O, told the time by its caller.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use prisma_cloud_api::Product;

use super::lifetime::Lease;
use super::token::Token;
use crate::dialect;

/// How long a call that was refused with a token newer than the one before counts as forbidden. While any call of a product
/// does, other refusals are checked by extending the token instead of by a login: so a missing permission costs about one
/// login a minute, however many calls lack it.
const FORBIDDEN_FOR: Duration = Duration::from_secs(60);
/// A token of this age may not have reached every server of the service yet.
const SPREADING: Duration = Duration::from_secs(2);
/// The pause before a token that may still be spreading is tried once more.
const SPREAD_PAUSE: Duration = Duration::from_millis(500);
/// The most calls that are remembered as forbidden.
const MOST_FORBIDDEN: usize = 1000;
/// The most often that a call is sent again with another token, should each be replaced while the call is under way.
const MOST_REPLAYS: u32 = 3;
/// A login that was refused because of its credentials is not repeated for this long, and then twice as long each time.
const FIRST_LOGIN_PAUSE: Duration = Duration::from_secs(30);
/// The longest such pause.
const LONGEST_LOGIN_PAUSE: Duration = Duration::from_secs(15 * 60);

/// A token and the login or extension it came from.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) token: Token,
    /// Grows by one with each new token. Requests that saw the same generation share one re-login.
    pub(crate) generation: u64,
    /// The life of a token that was over before it could be sent, and how long getting it took.
    pub(crate) stillborn: Option<(Duration, Duration)>,
    proven: Proven,
}

impl Held {
    /// A request with this token succeeded.
    pub(crate) fn proved(&self, product: Product) {
        let bit = Proven::bit(product);
        // Reading first keeps the cache line shared between threads: it is written once for each product.
        if self.proven.0.load(Relaxed) & bit == 0 {
            self.proven.0.fetch_or(bit, Relaxed);
        }
    }
}

/// The products for which a call with the token has succeeded, a bit each.
#[derive(Clone, Debug, Default)]
struct Proven(Arc<AtomicU32>);

impl Proven {
    fn bit(product: Product) -> u32 {
        1 << dialect::of(product).row
    }

    fn any(&self) -> bool {
        self.0.load(Relaxed) != 0
    }

    fn of(&self, product: Product) -> bool {
        self.0.load(Relaxed) & Self::bit(product) != 0
    }
}

/// A token that may be sent without asking [`State`], and until when.
#[derive(Debug)]
pub(crate) struct Good {
    pub(crate) held: Arc<Held>,
    pub(crate) until: Instant,
}

/// What the caller has to do.
#[derive(Debug)]
pub(crate) enum Step {
    /// The token is good.
    Use(Held),
    /// The token is good and somebody should extend it meanwhile.
    UseAndExtend(Held),
    /// There is no token that may be used; wait for a login.
    LogIn,
}

/// A call by what a permission is for: product, method and path, the last two as a hash.
pub(crate) type CallKey = (Product, u64);

/// A request that was refused as unauthorised.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused {
    /// Of the token that it carried.
    pub(crate) generation: u64,
    pub(crate) call: CallKey,
    /// The status was 401. Others may also mean a missing permission for the product as a whole.
    pub(crate) unauthorized: bool,
    /// How often the call has been sent again with another token.
    pub(crate) replays: u32,
    /// The call has waited once for its token to reach all servers.
    pub(crate) paused: bool,
}

/// What a refusal of a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The token may have been stale: ask for a token again, and send the request once more.
    Replay,
    /// The token is new and may not be known everywhere: send the request once more after this pause.
    ReplayAfter(Duration),
    /// Extend the token, which tells whether it is still good; then ask for a token and send the request once more.
    Probe,
    /// The refusal is the answer.
    Genuine {
        /// This call was refused with a token that was got because of a refusal. If not, such a thing happened to an
        /// earlier call of the same kind.
        tested: bool,
    },
}

#[derive(Debug)]
struct Current {
    token: Token,
    generation: u64,
    lease: Lease,
    obtained: Instant,
    /// It was issued just then, and not given to the client by its user.
    issued: bool,
    stillborn: Option<(Duration, Duration)>,
    proven: Proven,
    /// The server refused it, or said that it cannot be extended.
    dead: bool,
    /// No extension before this: the last one failed.
    extend_from: Instant,
}

/// The session's state.
#[derive(Debug, Default)]
pub(crate) struct State {
    current: Option<Current>,
    generation: u64,
    /// Calls that were refused with a token got for them, and until when they count as forbidden.
    forbidden: HashMap<CallKey, Instant>,
    /// The generation that was got, or will be, because of a refusal of this product.
    on_trial: HashMap<Product, u64>,
}

impl State {
    /// What to do for a call that starts now.
    pub(crate) fn step(&self, now: Instant) -> Step {
        match &self.current {
            Some(current) if !current.dead && now < current.lease.unusable => {
                let held = current.held();
                if now >= current.extend_from {
                    Step::UseAndExtend(held)
                } else {
                    Step::Use(held)
                }
            }
            _ => Step::LogIn,
        }
    }

    /// What [`step`](Self::step) will say until the next change: use this, and do nothing else.
    pub(crate) fn good(&self) -> Option<Good> {
        let current = self.current.as_ref().filter(|current| !current.dead)?;
        Some(Good {
            held: Arc::new(current.held()),
            until: current.extend_from.min(current.lease.unusable),
        })
    }

    /// A login or an extension that took `took` gave a token; nothing took any time if it was obtained elsewhere.
    pub(crate) fn accept(
        &mut self,
        token: Token,
        lease: Lease,
        took: Option<Duration>,
        now: Instant,
    ) -> Held {
        self.generation += 1;
        let late = lease.unusable <= now;
        let current = self.current.insert(Current {
            token,
            generation: self.generation,
            extend_from: lease.due,
            lease,
            obtained: now,
            issued: took.is_some(),
            stillborn: took.filter(|_| late).map(|took| (lease.life, took)),
            proven: Proven::default(),
            dead: false,
        });
        current.held()
    }

    /// The life of the present token.
    pub(crate) fn lease(&self) -> Option<Lease> {
        self.current.as_ref().map(|current| current.lease)
    }

    /// The present token and its life.
    #[cfg(feature = "cspm-access-keys")]
    pub(crate) fn current(&self) -> Option<(Token, Lease)> {
        let current = self.current.as_ref()?;
        Some((current.token.clone(), current.lease))
    }

    /// An extension failed. The token stays good unless the server said that it is not (`dead`).
    pub(crate) fn extension_failed(&mut self, generation: u64, dead: bool, now: Instant) {
        if let Some(current) = self.of(generation) {
            if dead {
                current.dead = true;
            } else {
                current.extend_from = now + current.lease.pause_after_failure();
            }
        }
    }

    /// The server refused a request. `can_probe`: an extension can tell whether the token is still good.
    pub(crate) fn refused(&mut self, refused: &Refused, can_probe: bool, now: Instant) -> Refusal {
        let product = refused.call.0;
        self.forbidden.retain(|_, until| now < *until);
        let known = self.forbidden.contains_key(&refused.call);
        let wary = self.forbidden.keys().any(|(of, _)| *of == product);
        let on_trial = self.on_trial.get(&product) == Some(&refused.generation);
        let Some(current) = self.of(refused.generation).filter(|current| !current.dead) else {
            // Somebody has another token already, or a login is on its way.
            return if refused.replays < MOST_REPLAYS {
                Refusal::Replay
            } else {
                Refusal::Genuine { tested: true }
            };
        };
        // 401 is about the token, so a success with any product speaks for it; 403 may be about the product.
        let proven = if refused.unauthorized {
            current.proven.any()
        } else {
            current.proven.of(product)
        };
        let age = now.saturating_duration_since(current.obtained);
        if known {
            return Refusal::Genuine { tested: false };
        }
        // Once it has worked, some servers may still not know it. That is worth a pause only before the refusal is final.
        let spreading = current.issued && age < SPREADING && (!proven || refused.replays > 0);
        if spreading && !refused.paused {
            return Refusal::ReplayAfter(SPREAD_PAUSE);
        }
        // It has helped nobody so far, so it may have been revoked in turn, or the product is forbidden as a whole.
        let unclear = on_trial && !proven && age < FORBIDDEN_FOR;
        if refused.replays > 0 || unclear && !can_probe {
            if self.forbidden.len() < MOST_FORBIDDEN {
                self.forbidden.insert(refused.call, now + FORBIDDEN_FOR);
            }
            return Refusal::Genuine { tested: true };
        }
        if (wary || unclear) && can_probe {
            return Refusal::Probe;
        }
        self.condemn(refused.generation, product);
        Refusal::Replay
    }

    /// The token of `generation` is taken for stale, because of a refusal of `product`.
    fn condemn(&mut self, generation: u64, product: Product) {
        let next = self.generation + 1;
        if let Some(current) = self.of(generation) {
            current.dead = true;
            self.on_trial.insert(product, next);
        }
    }

    /// The extension that should tell whether the token is still good failed for another reason. A token on trial that
    /// has not helped is kept then, so that the bound on logins holds.
    pub(crate) fn probe_failed(&mut self, generation: u64, product: Product, now: Instant) {
        let on_trial = self.on_trial.get(&product) == Some(&generation);
        let unclear = self.of(generation).is_some_and(|current| {
            let age = now.saturating_duration_since(current.obtained);
            !current.proven.of(product) && age < FORBIDDEN_FOR
        });
        if !(on_trial && unclear) {
            self.condemn(generation, product);
        }
    }

    /// Some call counts as forbidden.
    pub(crate) fn is_wary(&self) -> bool {
        !self.forbidden.is_empty()
    }

    /// The call succeeded, so it is not forbidden any more.
    pub(crate) fn allowed(&mut self, call: CallKey) {
        self.forbidden.remove(&call);
    }

    fn of(&mut self, generation: u64) -> Option<&mut Current> {
        self.current
            .as_mut()
            .filter(|current| current.generation == generation)
    }
}

impl Current {
    fn held(&self) -> Held {
        Held {
            token: self.token.clone(),
            generation: self.generation,
            stillborn: self.stillborn,
            proven: self.proven.clone(),
        }
    }
}

/// A login that was refused because of its credentials, and until when it is not repeated.
#[derive(Debug)]
pub(crate) struct RefusedLogin<E> {
    /// Of the credentials, as [`TokenSource::revision`](super::source::TokenSource::revision) counts them.
    revision: usize,
    pub(crate) error: E,
    pause: Duration,
    until: Instant,
}

impl<E> RefusedLogin<E> {
    /// After `error`; `before` is the refusal before this one.
    pub(crate) fn next(before: Option<Self>, revision: usize, error: E, now: Instant) -> Self {
        let pause = match before {
            Some(before) if before.revision == revision => {
                before.pause.saturating_mul(2).min(LONGEST_LOGIN_PAUSE)
            }
            _ => FIRST_LOGIN_PAUSE,
        };
        Self {
            revision,
            error,
            pause,
            until: now + pause,
        }
    }

    /// How long the credentials of `revision` are still left alone.
    pub(crate) fn left(&self, revision: usize, now: Instant) -> Option<Duration> {
        let left = self.until.saturating_duration_since(now);
        (revision == self.revision && !left.is_zero()).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::lifetime::PRISMA_CLOUD;

    const LIFE: Duration = Duration::from_secs(600);
    const GOOD: CallKey = (Product::Cspm, 1);
    const BAD: CallKey = (Product::Cspm, 2);

    fn token(text: &str) -> Token {
        Token::new(&text.into()).unwrap()
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    impl State {
        fn give(&mut self, now: Instant) -> Held {
            let lease = Lease::new(&PRISMA_CLOUD, now, LIFE);
            self.accept(token("next"), lease, Some(Duration::ZERO), now)
        }

        fn sees(&mut self, refused: Refused, now: Instant) -> Refusal {
            self.refused(&refused, true, now)
        }
    }

    fn fresh(start: Instant) -> State {
        let mut state = State::default();
        state.give(start);
        state
    }

    /// A first refusal, of a call that has waited already.
    fn refusal(generation: u64, call: CallKey) -> Refused {
        Refused {
            generation,
            call,
            unauthorized: true,
            replays: 0,
            paused: true,
        }
    }

    /// The refusal of a call that was sent again with another token.
    fn again(generation: u64, call: CallKey) -> Refused {
        Refused {
            replays: 1,
            ..refusal(generation, call)
        }
    }

    fn name(step: &Step) -> &'static str {
        match step {
            Step::Use(_) => "use",
            Step::UseAndExtend(_) => "use and extend",
            Step::LogIn => "log in",
        }
    }

    const TESTED: Refusal = Refusal::Genuine { tested: true };
    const UNTESTED: Refusal = Refusal::Genuine { tested: false };

    #[test]
    fn fresh_then_due_then_expired() {
        let start = Instant::now();
        assert_eq!(name(&State::default().step(start)), "log in");
        let state = fresh(start);
        for (seconds, step) in [
            (0, "use"),
            (479, "use"),
            (480, "use and extend"),
            (594, "use and extend"),
            (595, "log in"),
            (600, "log in"),
            (100_000, "log in"),
        ] {
            assert_eq!(name(&state.step(at(start, seconds))), step, "{seconds} s");
        }
    }

    #[test]
    fn a_failed_extension_keeps_the_token_and_is_tried_again_later() {
        let start = Instant::now();
        let mut state = fresh(start);
        state.extension_failed(1, false, at(start, 480));
        for (seconds, step) in [
            (480, "use"),
            (509, "use"),
            (510, "use and extend"),
            (595, "log in"),
        ] {
            assert_eq!(name(&state.step(at(start, seconds))), step, "{seconds} s");
        }
    }

    #[test]
    fn a_token_that_cannot_be_extended_any_more_is_dead() {
        let start = Instant::now();
        let mut state = fresh(start);
        state.extension_failed(1, true, at(start, 480));
        assert_eq!(name(&state.step(at(start, 480))), "log in");
    }

    #[test]
    fn news_about_an_older_token_changes_nothing() {
        let start = Instant::now();
        let mut state = fresh(start);
        state.give(start);
        state.extension_failed(1, true, start);
        assert_eq!(state.sees(refusal(1, GOOD), start), Refusal::Replay);
        // Nor does that of a replay: the newer token may be good for this call.
        assert_eq!(state.sees(again(1, GOOD), start), Refusal::Replay);
        assert!(!state.is_wary());
        assert_eq!(name(&state.step(start)), "use");
    }

    #[test]
    fn a_call_is_not_sent_again_for_ever() {
        let start = Instant::now();
        let mut state = fresh(start);
        state.give(start);
        let often = Refused {
            replays: MOST_REPLAYS,
            ..refusal(1, GOOD)
        };
        assert_eq!(state.sees(often, start), TESTED);
    }

    #[test]
    fn all_who_saw_the_same_token_share_one_login() {
        let start = Instant::now();
        let mut state = fresh(start);
        for _ in 0..1000 {
            assert_eq!(state.sees(refusal(1, GOOD), start), Refusal::Replay);
        }
        assert_eq!(name(&state.step(start)), "log in");
        state.give(start);
        assert_eq!(state.sees(refusal(1, GOOD), start), Refusal::Replay);
        assert_eq!(name(&state.step(start)), "use");
    }

    #[test]
    fn a_token_on_trial_is_not_replaced_before_it_has_helped_or_a_minute_has_passed() {
        let start = Instant::now();
        for (helped, can_probe, seconds, expected) in [
            (false, false, 3, TESTED),
            (false, false, 59, TESTED),
            (false, true, 59, Refusal::Probe),
            (false, true, 60, Refusal::Replay),
            (true, true, 3, Refusal::Replay),
        ] {
            let mut state = fresh(start);
            assert_eq!(state.sees(refusal(1, BAD), start), Refusal::Replay);
            let held = state.give(start);
            if helped {
                held.proved(Product::Code);
            }
            // Another call, not the replay.
            let seen = state.refused(&refusal(2, GOOD), can_probe, at(start, seconds));
            assert_eq!(seen, expected, "{helped} {can_probe} {seconds} s");
        }
    }

    #[test]
    fn a_success_with_one_product_does_not_explain_a_403_of_another() {
        let start = Instant::now();
        let mut state = fresh(start);
        let code = Refused {
            unauthorized: false,
            ..refusal(1, (Product::Code, 1))
        };
        assert_eq!(state.sees(code, start), Refusal::Replay);
        state.give(start).proved(Product::Cspm);
        let next = Refused {
            generation: 2,
            ..code
        };
        assert_eq!(state.refused(&next, false, start), TESTED);
    }

    #[test]
    fn a_probe_that_fails_does_not_replace_a_token_on_trial() {
        let start = Instant::now();
        for (helped, seconds, step) in [
            (false, 59, "use"),
            (false, 60, "log in"),
            (true, 3, "log in"),
        ] {
            let mut state = fresh(start);
            assert_eq!(state.sees(refusal(1, BAD), start), Refusal::Replay);
            let held = state.give(start);
            if helped {
                held.proved(Product::Cspm);
            }
            state.probe_failed(2, Product::Cspm, at(start, seconds));
            assert_eq!(name(&state.step(at(start, seconds))), step, "{helped}");
        }
    }

    #[test]
    fn a_forbidden_call_costs_one_login_a_minute_and_nobody_else_pays_for_it() {
        let start = Instant::now();
        let mut state = fresh(start);
        assert_eq!(state.sees(refusal(1, BAD), start), Refusal::Replay);
        state.give(start).proved(Product::Cspm);
        assert_eq!(state.sees(again(2, BAD), start), TESTED);
        // It is known now, for a minute.
        assert_eq!(state.sees(refusal(2, BAD), at(start, 59)), UNTESTED);
        // Another call may have met a revoked token; an extension tells, where there is one.
        assert_eq!(state.sees(refusal(2, GOOD), at(start, 59)), Refusal::Probe);
        let code = refusal(2, (Product::Code, 1));
        let mut other = fresh(start);
        other.forbidden.insert(BAD, at(start, 60));
        let code = Refused {
            generation: 1,
            ..code
        };
        assert_eq!(other.sees(code, start), Refusal::Replay, "another product");
        assert_eq!(
            state.refused(&refusal(2, GOOD), false, at(start, 59)),
            Refusal::Replay,
            "it has worked, and no extension can tell"
        );
        state.give(at(start, 60)).proved(Product::Cspm);
        assert_eq!(state.sees(refusal(3, BAD), at(start, 62)), Refusal::Replay);
    }

    #[test]
    fn a_success_takes_back_that_a_call_is_forbidden() {
        let start = Instant::now();
        let mut state = fresh(start);
        assert_eq!(state.sees(refusal(1, BAD), start), Refusal::Replay);
        state.give(start);
        assert_eq!(state.sees(again(2, BAD), start), TESTED);
        assert!(state.is_wary());
        state.allowed(BAD);
        assert!(!state.is_wary());
    }

    #[test]
    fn a_new_token_is_tried_once_more_after_a_pause() {
        let start = Instant::now();
        let soon = Refused {
            paused: false,
            ..refusal(1, GOOD)
        };
        let mut state = fresh(start);
        assert_eq!(state.sees(soon, start), Refusal::ReplayAfter(SPREAD_PAUSE));
        assert_eq!(state.sees(soon, at(start, 2)), Refusal::Replay);
        let mut proven = State::default();
        proven.give(start).proved(Product::Cspm);
        // Another server knew it already; this one may not yet.
        let soon_again = Refused { replays: 1, ..soon };
        assert_eq!(
            proven.sees(soon_again, start),
            Refusal::ReplayAfter(SPREAD_PAUSE)
        );
        assert_eq!(proven.sees(soon, start), Refusal::Replay);
        let mut given = State::default();
        let lease = Lease::new(&PRISMA_CLOUD, start, LIFE);
        given.accept(token("given"), lease, None, start);
        assert_eq!(given.sees(soon, start), Refusal::Replay, "it is not new");
    }

    #[test]
    fn a_token_that_is_over_on_arrival_says_so() {
        let now = Instant::now();
        let mut state = State::default();
        let second = Duration::from_secs(1);
        let took = Duration::from_millis(1100);
        let lease = Lease::new(&PRISMA_CLOUD, now, second);
        let held = state.accept(token("late"), lease, Some(took), now + took);
        assert_eq!(held.stillborn, Some((second, took)));
        assert_eq!(name(&state.step(now + took)), "log in");
        assert_eq!(fresh(now).give(now).stillborn, None);
    }

    #[test]
    fn a_refused_login_is_left_alone_longer_each_time() {
        let start = Instant::now();
        let mut now = start;
        let mut refused = None;
        let pauses: Vec<u64> = (0..7)
            .map(|_| {
                let next = RefusedLogin::next(refused.take(), 0, (), now);
                let pause = next.left(0, now).unwrap();
                assert_eq!(next.left(1, now), None, "another key");
                now += pause;
                assert_eq!(next.left(0, now), None, "its time is over");
                refused = Some(next);
                pause.as_secs()
            })
            .collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 900, 900]);
        let other = RefusedLogin::next(refused, 1, (), now);
        assert_eq!(other.left(1, now), Some(FIRST_LOGIN_PAUSE));
    }
}
