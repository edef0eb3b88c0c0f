//! What to do for a call that needs a token: a state machine without I/O, told the time by its caller.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prisma_cloud_api::Product;

use super::lifetime::Lease;
use super::token::Token;

/// After a fresh token was refused, refusals of the same product count as genuine for this long.
/// It bounds the logins that a caller without permission can cause to one a minute.
const QUIET: Duration = Duration::from_secs(60);

/// A token and the login or extension it came from.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) token: Token,
    /// Grows by one with each new token. Requests that saw the same generation share one re-login.
    pub(crate) generation: u64,
    /// For which products it was got because of a refusal, and has helped nobody yet. Hardly ever any.
    on_trial: Vec<Product>,
}

impl Held {
    /// Whether its first success with this product is worth telling.
    pub(crate) fn on_trial(&self, product: Product) -> bool {
        self.on_trial.contains(&product)
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

/// What a refusal of a request means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The token may have been stale: ask for a token again, and send the request once more.
    Replay,
    /// The token is as good as any; the refusal is the answer.
    Genuine,
}

#[derive(Debug)]
struct Current {
    token: Token,
    generation: u64,
    lease: Lease,
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
    quiet_until: HashMap<Product, Instant>,
    /// The generation that was got, or will be, because of a refusal of this product, until it is seen to help.
    on_trial: HashMap<Product, u64>,
}

impl State {
    /// What to do for a call that starts now.
    pub(crate) fn step(&self, now: Instant) -> Step {
        match &self.current {
            Some(current) if !current.dead && now < current.lease.unusable => {
                let held = self.hold(current);
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
            held: Arc::new(self.hold(current)),
            until: current.extend_from.min(current.lease.unusable),
        })
    }

    fn hold(&self, current: &Current) -> Held {
        Held {
            token: current.token.clone(),
            generation: current.generation,
            on_trial: self
                .on_trial
                .iter()
                .filter(|(_, generation)| **generation == current.generation)
                .map(|(product, _)| *product)
                .collect(),
        }
    }

    /// A login or an extension gave a token.
    pub(crate) fn accept(&mut self, token: Token, lease: Lease) {
        self.generation += 1;
        self.current = Some(Current {
            token,
            generation: self.generation,
            extend_from: lease.due,
            lease,
            dead: false,
        });
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

    /// The server refused a request that carried the token of `generation`.
    pub(crate) fn refused(&mut self, generation: u64, product: Product, now: Instant) -> Refusal {
        let quiet = self
            .quiet_until
            .get(&product)
            .is_some_and(|until| now < *until);
        // A token that was got because of such a refusal, and has helped nobody yet.
        let on_trial = self.on_trial.get(&product) == Some(&generation);
        let next = self.generation + 1;
        let refusal = match self.of(generation) {
            // Somebody has got another token since.
            None => Refusal::Replay,
            // Somebody has condemned it already, and a login is on its way.
            Some(current) if current.dead => Refusal::Replay,
            Some(_) if quiet || on_trial => Refusal::Genuine,
            Some(current) => {
                current.dead = true;
                self.on_trial.insert(product, next);
                Refusal::Replay
            }
        };
        if refusal == Refusal::Genuine && on_trial {
            self.refused_again(product, now);
        }
        refusal
    }

    /// A request that carried the token of `generation` succeeded.
    pub(crate) fn helped(&mut self, generation: u64, product: Product) {
        if self.on_trial.get(&product) == Some(&generation) {
            self.on_trial.remove(&product);
        }
    }

    /// A request was refused with a token that was got for it: the refusal has nothing to do with tokens.
    pub(crate) fn refused_again(&mut self, product: Product, now: Instant) {
        self.on_trial.remove(&product);
        self.quiet_until.insert(product, now + QUIET);
    }

    fn of(&mut self, generation: u64) -> Option<&mut Current> {
        self.current
            .as_mut()
            .filter(|current| current.generation == generation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::lifetime::PRISMA_CLOUD;

    const LIFE: Duration = Duration::from_secs(600);

    fn token(text: &str) -> Token {
        Token::new(&text.into()).unwrap()
    }

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn fresh(start: Instant) -> State {
        let mut state = State::default();
        state.accept(token("first"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        state
    }

    fn name(step: &Step) -> &'static str {
        match step {
            Step::Use(_) => "use",
            Step::UseAndExtend(_) => "use and extend",
            Step::LogIn => "log in",
        }
    }

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
        state.accept(token("second"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        state.extension_failed(1, true, start);
        assert_eq!(state.refused(1, Product::Cspm, start), Refusal::Replay);
        assert_eq!(name(&state.step(start)), "use");
    }

    #[test]
    fn all_who_saw_the_same_token_share_one_login() {
        let start = Instant::now();
        let mut state = fresh(start);
        for _ in 0..1000 {
            assert_eq!(state.refused(1, Product::Cspm, start), Refusal::Replay);
        }
        assert_eq!(name(&state.step(start)), "log in");
        state.accept(token("second"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        assert_eq!(state.refused(1, Product::Cspm, start), Refusal::Replay);
        assert_eq!(name(&state.step(start)), "use");
    }

    #[test]
    fn a_token_on_trial_is_not_replaced_before_it_has_helped() {
        let start = Instant::now();
        let mut state = fresh(start);
        assert_eq!(state.refused(1, Product::Code, start), Refusal::Replay);
        state.accept(token("second"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        let mut helped = fresh(start);
        assert_eq!(helped.refused(1, Product::Code, start), Refusal::Replay);
        helped.accept(token("second"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        helped.helped(2, Product::Code);
        // Another call, not the replay.
        assert_eq!(state.refused(2, Product::Code, start), Refusal::Genuine);
        assert_eq!(name(&state.step(start)), "use");
        assert_eq!(helped.refused(2, Product::Code, start), Refusal::Replay);
        assert_eq!(name(&helped.step(start)), "log in");
    }

    #[test]
    fn a_genuine_refusal_causes_no_storm() {
        let start = Instant::now();
        let mut state = fresh(start);
        assert_eq!(state.refused(1, Product::Code, start), Refusal::Replay);
        state.accept(token("second"), Lease::new(&PRISMA_CLOUD, start, LIFE));
        state.refused_again(Product::Code, start);
        assert_eq!(
            state.refused(2, Product::Code, at(start, 59)),
            Refusal::Genuine
        );
        assert_eq!(name(&state.step(at(start, 59))), "use");
        // The other product is judged on its own, and so is the next minute.
        assert_eq!(
            state.refused(2, Product::Code, at(start, 60)),
            Refusal::Replay
        );
        state.accept(
            token("third"),
            Lease::new(&PRISMA_CLOUD, at(start, 60), LIFE),
        );
        state.refused_again(Product::Code, at(start, 60));
        assert_eq!(
            state.refused(3, Product::Cspm, at(start, 61)),
            Refusal::Replay
        );
    }
}
