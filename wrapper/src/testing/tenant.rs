//! The tenant in a box.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use super::clock::SimulatedClock;
use super::fault::Fault;
use super::limits::ServerLimits;
use super::record::Recorded;
use super::routes::Reply;
use super::server::{Desk, Shared, State};
use super::tokens::{TokenForm, Tokens};
use crate::builder::Builder;
use crate::client::PrismaCloud;
use crate::clock::Clock;

/// A server in this process that behaves like a tenant of Prisma Cloud. It listens on loopback and ends when it is dropped.
pub struct Tenant {
    server: MockServer,
    pub(super) shared: Shared,
    pub(super) clock: Option<SimulatedClock>,
    key: (String, String),
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenant")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

/// What a tenant is like. Everything has a default.
#[derive(Debug)]
pub struct TenantBuilder {
    clock: Option<SimulatedClock>,
    latency: Duration,
    form: TokenForm,
    life: Duration,
    alerts: u64,
    repositories: u64,
    key: (String, String),
}

impl Default for TenantBuilder {
    fn default() -> Self {
        Self {
            clock: None,
            latency: Duration::ZERO,
            form: TokenForm::Jwt,
            life: Duration::from_secs(600),
            alerts: 250,
            repositories: 6,
            key: ("example-access-key".into(), "example-secret-key".into()),
        }
    }
}

impl TenantBuilder {
    /// The clock that tokens and limits go by. Default: the system's.
    pub fn clock(mut self, clock: &SimulatedClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }

    /// How long each answer takes, on the simulated clock. Default: no time.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How tokens look. Default: JWT.
    pub fn tokens(mut self, form: TokenForm) -> Self {
        self.form = form;
        self
    }

    /// How long tokens live. Default: 10 min.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.life = life;
        self
    }

    /// How many alerts there are. Default: 250.
    pub fn alerts(mut self, alerts: u64) -> Self {
        self.alerts = alerts;
        self
    }

    /// How many repositories there are. Default: 6.
    pub fn repositories(mut self, repositories: u64) -> Self {
        self.repositories = repositories;
        self
    }

    /// The access key that is accepted. Default: `example-access-key`, `example-secret-key`.
    pub fn access_key(mut self, id: &str, secret: &str) -> Self {
        self.key = (id.to_owned(), secret.to_owned());
        self
    }

    /// Starts it.
    pub async fn start(self) -> Tenant {
        let begin = self.clock.as_ref().map_or_else(Instant::now, Clock::now);
        let shared = Shared::new(State {
            clock: self.clock.clone(),
            latency: self.latency,
            begin,
            key: self.key.clone(),
            tokens: Tokens::new(self.form, self.life),
            alerts: self.alerts,
            repositories: self.repositories,
            policies: Vec::new(),
            limits: ServerLimits::default(),
            rule: None,
            queue: VecDeque::new(),
            fixed: HashMap::new(),
            records: Vec::new(),
            logins: 0,
            extensions: 0,
            #[cfg(feature = "ibm-iam")]
            ibm: None,
        });
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let desk = Desk {
            shared: shared.clone(),
            reply: Arc::new(Mutex::new(None)),
        };
        Mock::given(desk.clone())
            .respond_with_err(|_: &wiremock::Request| std::io::Error::other("closed on demand"))
            .mount(&server)
            .await;
        Mock::given(any()).respond_with(desk).mount(&server).await;
        Tenant {
            server,
            shared,
            clock: self.clock,
            key: self.key,
        }
    }
}

impl Tenant {
    /// A tenant as it comes.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A tenant to one's liking.
    pub fn builder() -> TenantBuilder {
        TenantBuilder::default()
    }

    /// The base URL, on loopback.
    pub fn url(&self) -> String {
        self.server.uri()
    }

    /// Begins to set up a client of this tenant: address, access key and clock are set.
    pub fn client(&self) -> Builder {
        let builder = PrismaCloud::builder()
            .url(self.url())
            .access_key(self.key.0.clone(), self.key.1.clone());
        match &self.clock {
            Some(clock) => builder.clock(clock.clone()),
            None => builder,
        }
    }
}

/// Making it fail.
impl Tenant {
    /// The next request fails like this; several are used up in order, before any [rule](Self::rule) is asked.
    pub fn fail_next(&self, fault: Fault) {
        self.shared.lock().queue.push_back(fault);
    }

    /// Asks `rule` about every request from now on.
    pub fn rule(&self, rule: impl FnMut(&Recorded) -> Option<Fault> + Send + 'static) {
        self.shared.lock().rule = Some(Box::new(rule));
    }

    /// Nothing fails any more.
    pub fn no_more_faults(&self) {
        let mut state = self.shared.lock();
        state.rule = None;
        state.queue.clear();
    }

    /// Every token issued so far is refused from now on.
    pub fn revoke_tokens(&self) {
        self.shared.lock().tokens.revoke_all();
    }

    /// Another access key is accepted from now on, and the old one is not.
    pub fn set_access_key(&self, id: &str, secret: &str) {
        self.shared.lock().key = (id.to_owned(), secret.to_owned());
    }

    /// Limits an operation, named as in `POST /v2/alert`, to `rate` a second with a burst.
    pub fn limit(&self, operation: &str, rate: f64, burst: f64) {
        self.shared.lock().limits.set(operation, rate, burst, false);
    }

    /// The same, refilled at whole seconds only, as some gateways do.
    pub fn limit_in_whole_seconds(&self, operation: &str, rate: f64, burst: f64) {
        self.shared.lock().limits.set(operation, rate, burst, true);
    }

    /// Spends tokens of a limit, as another program of the same user would.
    pub fn drain(&self, operation: &str, tokens: f64) {
        self.shared.lock().limits.drain(operation, tokens);
    }

    /// Gives `operation` (as in `GET /x`) this answer whenever the token is good.
    pub fn answer(
        &self,
        operation: &str,
        status: u16,
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
    ) {
        let mut reply = Reply::refused(status, "", None);
        reply.headers.clear();
        reply.set("content-type", content_type);
        reply.body = body.into();
        self.shared.lock().fixed.insert(operation.to_owned(), reply);
    }
}

/// Asking what it has seen.
impl Tenant {
    /// How many logins succeeded.
    pub fn logins(&self) -> u64 {
        self.shared.lock().logins
    }

    /// How many extensions succeeded.
    pub fn extensions(&self) -> u64 {
        self.shared.lock().extensions
    }

    /// All tokens that were ever issued.
    pub fn tokens(&self) -> Vec<String> {
        self.shared.lock().tokens.all.clone()
    }

    /// A new token, as from a login elsewhere.
    pub fn issue_token(&self) -> String {
        let mut state = self.shared.lock();
        let (now, wall) = (state.now(), state.wall());
        state.tokens.issue(now, wall)
    }

    /// All requests so far.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.lock().records.clone()
    }

    /// How many requests there were for this method and path.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.count_where(|record| record.method == method && record.path == path)
    }

    /// How many requests there were of which this holds.
    pub fn count_where(&self, test: impl Fn(&Recorded) -> bool) -> usize {
        self.shared
            .lock()
            .records
            .iter()
            .filter(|record| test(record))
            .count()
    }

    /// The names of the policies that were created, in order.
    pub fn policies(&self) -> Vec<String> {
        self.shared.lock().policies.clone()
    }
}
