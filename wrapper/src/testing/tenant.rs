//! The tenant in a box.

use std::time::Duration;

use super::builder::TenantBuilder;
use super::clock::SimulatedClock;
use super::fault::{Fault, FaultRule};
use super::record::Recorded;
use super::routes::Reply;
use super::server::{Backend, Front, Shared};
use super::state::access_keys::AccessKeys;
use crate::builder::Builder;
use crate::client::PrismaCloud;

/// A server in this process that behaves like a tenant of Prisma Cloud. It listens on loopback and ends when it is dropped.
pub struct Tenant {
    pub(super) front: Front,
    /// It ends with the tenant.
    pub(super) _server: Backend,
    pub(super) shared: Shared,
    pub(super) clock: Option<SimulatedClock>,
    pub(super) key: (String, String),
}

impl std::fmt::Debug for Tenant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tenant")
            .field("url", &self.url())
            .finish_non_exhaustive()
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
        format!("http://{}", self.front.address)
    }

    /// Begins to set up a client of this tenant: address, access key and clock are set.
    pub fn client(&self) -> Builder {
        let builder = PrismaCloud::builder()
            .url(self.url())
            .access_key(self.key.0.clone(), self.key.1.clone())
            .with_choices_open();
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

    /// Adds a rule to the script of faults. Of several that are due the first one acts.
    pub fn add_fault(&self, rule: FaultRule) {
        self.shared.lock().faults.push(rule);
    }

    /// Nothing fails any more.
    pub fn no_more_faults(&self) {
        let mut state = self.shared.lock();
        state.rule = None;
        state.queue.clear();
        state.faults.clear();
    }

    /// Every token issued so far is refused from now on.
    pub fn revoke_tokens(&self) {
        self.shared.lock().tokens.revoke_all();
    }

    /// Time passes for the tenant alone: tokens expire, limits refill, snoozes end.
    pub fn advance(&self, duration: Duration) {
        self.shared.lock().advance(duration);
    }

    /// Everything is as it was in the beginning: nothing recorded, no faults, no tokens, nothing created.
    pub fn reset(&self) {
        self.shared.lock().reset();
    }

    /// Another access key is accepted from now on, and the old one is not.
    pub fn set_access_key(&self, id: &str, secret: &str) {
        let mut state = self.shared.lock();
        state.keys = AccessKeys::new(id, secret, state.wall());
    }

    /// Limits an operation to `rate` a second with a burst. It is named by its id, or as in `POST /v2/alert`, with the
    /// path as sent or as a template.
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
        let reply = Reply::text(status, content_type, body);
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

    /// The requests so far, at most as many as [`TenantBuilder::record`] says.
    pub fn recorded(&self) -> Vec<Recorded> {
        self.shared.lock().records.iter().cloned().collect()
    }

    /// How many requests there were for this method and path.
    pub fn count(&self, method: &str, path: &str) -> usize {
        self.count_where(|record| record.method == method && record.path == path)
    }

    /// How many requests there were of an operation, by its id.
    pub fn count_of(&self, operation: &str) -> usize {
        self.count_where(|record| record.operation == Some(operation))
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

    /// The ids of the access keys there are, each with whether it can log in now.
    pub fn access_keys(&self) -> Vec<(String, bool)> {
        let state = self.shared.lock();
        state.keys.ids(state.wall())
    }

    /// The secrets of all access keys there are, for looking for them where they must not be.
    pub fn secrets(&self) -> Vec<String> {
        self.shared.lock().keys.secrets()
    }

    /// The names of the policies that were created, in order.
    pub fn policies(&self) -> Vec<String> {
        self.shared.lock().created.clone()
    }
}
