//! The state of a tenant, and what becomes of a request.

mod desk;
mod front;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use prisma_cloud_api::Product;
use wiremock::Request;

pub(super) use desk::{Backend, Desk};
pub(super) use front::Front;

use super::call::product;
use super::clock::SimulatedClock;
use super::control;
use super::fault::{Effect, Fault, FaultRule};
use super::limits::{ServerLimits, Verdict};
use super::record::{Recorded, Records};
use super::routes::{self, Reply};
use super::schema::documents::Operation;
use super::schema::router::{Found, find};
use super::state::access_keys::AccessKeys;
use super::state::jobs::Jobs;
use super::state::links::Links;
use super::state::search::{self, Saved};
use super::state::{
    Collection, account_groups, alert_rules, alerts::Alerts, collection, policies, suppressions,
};
use super::tokens::{TokenForm, Tokens};
use crate::clock::{Clock, SystemClock};
use crate::session::login::header_of;
use crate::timer::FAR;

/// Decides about each request whether and how it fails.
pub(super) type Rule = Box<dyn FnMut(&Recorded) -> Option<Fault> + Send>;

/// A longer request line is refused, as gateways do.
const LONGEST_URI: usize = 8 * 1024;

/// What a tenant is like in the beginning.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) clock: Option<SimulatedClock>,
    pub(super) latency: Duration,
    pub(super) form: TokenForm,
    pub(super) life: Duration,
    pub(super) alerts: u64,
    pub(super) repositories: u64,
    pub(super) key: (String, String),
    pub(super) customer: (String, String),
    pub(super) seed: u64,
    pub(super) token_bytes: usize,
    pub(super) published_limits: bool,
    pub(super) record: usize,
    pub(super) address: SocketAddr,
}

/// Everything a tenant knows.
pub(super) struct State {
    settings: Settings,
    /// How far its clock is ahead of the one it goes by.
    ahead: Duration,
    pub(super) begin: Instant,
    pub(super) seed: u64,
    pub(super) keys: AccessKeys,
    /// Name and id of the tenant.
    pub(super) customer: (String, String),
    pub(super) tokens: Tokens,
    pub(super) alerts: Alerts,
    pub(super) repositories: u64,
    pub(super) policies: Collection,
    /// The names of the policies that were created.
    pub(super) created: Vec<String>,
    pub(super) account_groups: Collection,
    pub(super) alert_rules: Collection,
    pub(super) suppressions: Collection,
    pub(super) limits: ServerLimits,
    pub(super) rule: Option<Rule>,
    pub(super) queue: VecDeque<Fault>,
    pub(super) faults: Vec<FaultRule>,
    pub(super) fixed: HashMap<String, Reply>,
    pub(super) records: Records,
    pub(super) logins: u64,
    pub(super) extensions: u64,
    pub(super) jobs: Jobs,
    pub(super) links: Links,
    pub(super) searches: Saved,
    /// IBM Cloud, if the server plays that instead of Prisma Cloud.
    #[cfg(feature = "ibm-iam")]
    pub(super) ibm: Option<super::ibm::State>,
}

/// What goes out.
#[derive(Debug)]
pub(super) struct Outcome {
    /// Nothing if the connection is closed instead.
    pub(super) reply: Option<Reply>,
    /// In real time.
    pub(super) delay: Duration,
    /// After so many bytes of the body the connection breaks.
    pub(super) cut: Option<usize>,
}

impl State {
    pub(super) fn new(settings: Settings) -> Self {
        let seed = settings.seed;
        let clock = settings.clock.clone();
        let begin = clock.as_ref().map_or_else(Instant::now, Clock::now);
        let wall = clock
            .as_ref()
            .map_or_else(|| SystemClock.wall(), Clock::wall);
        Self {
            ahead: Duration::ZERO,
            begin,
            seed,
            keys: AccessKeys::new(&settings.key.0, &settings.key.1, wall),
            customer: settings.customer.clone(),
            tokens: Tokens::new(settings.form, settings.life),
            alerts: Alerts::new(
                settings.alerts,
                collection::millis(wall),
                settings.token_bytes,
            ),
            repositories: settings.repositories,
            policies: policies::seeded(seed),
            created: Vec::new(),
            account_groups: account_groups::seeded(seed),
            alert_rules: alert_rules::seeded(seed),
            suppressions: suppressions::seeded(),
            limits: ServerLimits::new(settings.published_limits),
            rule: None,
            queue: VecDeque::new(),
            faults: Vec::new(),
            fixed: HashMap::new(),
            records: Records::new(settings.record),
            logins: 0,
            extensions: 0,
            jobs: Jobs::default(),
            links: Links::default(),
            searches: search::seeded(),
            #[cfg(feature = "ibm-iam")]
            ibm: None,
            settings,
        }
    }

    /// As it was in the beginning, without faults and records.
    pub(super) fn reset(&mut self) {
        #[cfg(feature = "ibm-iam")]
        let plays_ibm = self.ibm.is_some();
        *self = Self::new(self.settings.clone());
        #[cfg(feature = "ibm-iam")]
        if plays_ibm {
            super::ibm::play(self);
        }
    }

    pub(super) fn now(&self) -> Instant {
        let now = self
            .settings
            .clock
            .as_ref()
            .map_or_else(Instant::now, Clock::now);
        now + self.ahead
    }

    pub(super) fn wall(&self) -> SystemTime {
        let clock = self.settings.clock.as_ref();
        clock.map_or_else(|| SystemClock.wall(), Clock::wall) + self.ahead
    }

    /// Time passes for the tenant alone.
    pub(super) fn advance(&mut self, duration: Duration) {
        // No instant is as far away as the longest duration.
        self.ahead = self.ahead.saturating_add(duration).min(FAR);
    }

    /// Handles a request from beginning to end.
    pub(super) fn handle(&mut self, request: &Request) -> Outcome {
        if let Some(reply) = control::answer(self, request) {
            return Outcome {
                reply: Some(reply),
                delay: Duration::ZERO,
                cut: None,
            };
        }
        let (method, path) = (&request.method, request.url.path());
        let operation = match find(method, path) {
            Found::Operation(operation, _) => Some(operation),
            _ => None,
        };
        let mut record = Recorded {
            method: method.clone(),
            path: path.to_owned(),
            query: request.url.query().map(str::to_owned),
            headers: request.headers.clone(),
            body: request.body.clone(),
            status: None,
            operation: operation.map(Operation::id),
        };
        let outcome = self.outcome(&record, operation);
        record.status = outcome.reply.as_ref().map(|reply| reply.status);
        self.records.add(record);
        if let Some(clock) = &self.settings.clock
            && !self.settings.latency.is_zero()
        {
            clock.advance(self.settings.latency);
        }
        outcome
    }

    fn outcome(&mut self, record: &Recorded, operation: Option<&'static Operation>) -> Outcome {
        let mut outcome = Outcome {
            reply: None,
            delay: Duration::ZERO,
            cut: None,
        };
        let Some(Fault { effect, acts }) = self.fault(record, operation) else {
            outcome.reply = Some(self.judge(record, operation));
            return outcome;
        };
        match effect {
            Effect::Revoke => self.tokens.revoke_all(),
            Effect::Delay(duration) => outcome.delay = duration,
            Effect::Cut(bytes) => outcome.cut = Some(bytes),
            _ => {}
        }
        let right = acts.then(|| self.judge(record, operation));
        outcome.reply = match effect {
            Effect::Reset => None,
            // Nobody acts for a caller who is refused anyway.
            Effect::Answer(_) if right.as_ref().is_some_and(|right| right.status >= 400) => right,
            Effect::Answer(reply) => Some(reply),
            Effect::Damage(seed) => {
                right.map(|right| right.damaged(seed.wrapping_add(self.records.seen())))
            }
            _ => right,
        };
        outcome
    }

    /// The fault of this request: those for the next requests first, then the test's own rule, then the script.
    fn fault(&mut self, record: &Recorded, operation: Option<&'static Operation>) -> Option<Fault> {
        if let Some(fault) = self.queue.pop_front() {
            return Some(fault);
        }
        if let Some(fault) = self.rule.as_mut().and_then(|rule| rule(record)) {
            return Some(fault);
        }
        // Every rule counts every call that it is about, also while another one is at work.
        let mut faults = self.faults.iter_mut();
        faults.by_ref().fold(None, |found, rule| {
            let fault = rule.meets(record, operation);
            found.or(fault)
        })
    }

    /// The right answer.
    fn judge(&mut self, record: &Recorded, operation: Option<&'static Operation>) -> Reply {
        #[cfg(feature = "ibm-iam")]
        if let Some(mut ibm) = self.ibm.take() {
            let reply = ibm.answer(self, record);
            self.ibm = Some(ibm);
            return reply;
        }
        let limit = self.limits.judge(record, operation, self.begin, self.now());
        let mut reply = match &limit {
            Some(verdict) if !verdict.allowed => Reply::empty(429),
            _ => self.judge_token(record, operation),
        };
        if let Some(verdict) = limit {
            verdict.tell(&mut reply);
        }
        reply.set(
            "x-redlock-request-id",
            &format!("request-{}", self.records.seen() + 1),
        );
        reply
    }

    fn judge_token(&mut self, record: &Recorded, operation: Option<&'static Operation>) -> Reply {
        let uri = record.path.len() + record.query.as_ref().map_or(0, String::len);
        if uri > LONGEST_URI {
            return Reply::empty(414);
        }
        if let Some(reply) = self.links.get(&record.path) {
            return reply.clone();
        }
        let product = operation.map_or_else(|| product(&record.path), Operation::product);
        let good = || {
            let token = record.headers.get(header_of(product));
            token
                .and_then(|value| value.to_str().ok())
                .is_some_and(|token| {
                    self.tokens.is_good(token, self.now()) && self.keys.allows(token, self.wall())
                })
        };
        if operation.is_some_and(|operation| !operation.needs_token()) || good() {
            let key = format!("{} {}", record.method, record.path);
            return match self.fixed.get(&key) {
                Some(reply) => reply.clone(),
                None => routes::answer(self, record),
            };
        }
        match product {
            Product::Code => Reply::json(403, &serde_json::json!({ "message": "Forbidden" })),
            _ => Reply::refused(401, "token_expired", None),
        }
    }
}

impl Verdict {
    /// The headers of a token bucket.
    pub(super) fn tell(&self, reply: &mut Reply) {
        reply.set("x-ratelimit-burst-capacity", &self.burst.to_string());
        reply.set("x-ratelimit-remaining", &self.remaining.to_string());
        reply.set("x-ratelimit-replenish-rate", &self.rate.to_string());
        reply.set("x-ratelimit-requested-tokens", "1");
    }
}

/// The state, shared by the tenant and the server's thread.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<State>>);

impl Shared {
    pub(super) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
