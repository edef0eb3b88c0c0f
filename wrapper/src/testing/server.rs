//! The state of a tenant, and its way to wiremock.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use prisma_cloud_api::Product;
use wiremock::{Match, Request, Respond, ResponseTemplate};

use super::clock::SimulatedClock;
use super::fault::{Fault, How};
use super::limits::ServerLimits;
use super::record::Recorded;
use super::routes::{self, Reply};
use super::tokens::Tokens;
use crate::clock::{Clock, SystemClock};
use crate::session::login::{LOGIN_PATH, header_of};

/// Decides about each request whether and how it fails.
pub(super) type Rule = Box<dyn FnMut(&Recorded) -> Option<Fault> + Send>;

/// Everything a tenant knows.
pub(super) struct State {
    pub(super) clock: Option<SimulatedClock>,
    pub(super) latency: Duration,
    pub(super) begin: Instant,
    pub(super) key: (String, String),
    pub(super) tokens: Tokens,
    pub(super) alerts: u64,
    pub(super) repositories: u64,
    pub(super) policies: Vec<String>,
    pub(super) limits: ServerLimits,
    pub(super) rule: Option<Rule>,
    pub(super) queue: VecDeque<Fault>,
    pub(super) fixed: HashMap<String, Reply>,
    pub(super) records: Vec<Recorded>,
    pub(super) logins: u64,
    pub(super) extensions: u64,
    /// IBM Cloud, if the server plays that instead of Prisma Cloud.
    #[cfg(feature = "ibm-iam")]
    pub(super) ibm: Option<super::ibm::State>,
}

impl State {
    pub(super) fn now(&self) -> Instant {
        match &self.clock {
            Some(clock) => clock.now(),
            None => Instant::now(),
        }
    }

    pub(super) fn wall(&self) -> SystemTime {
        match &self.clock {
            Some(clock) => clock.wall(),
            None => SystemClock.wall(),
        }
    }

    /// Handles a request from beginning to end. No reply means that the connection is closed.
    fn handle(&mut self, request: &Request) -> (Option<Reply>, Duration) {
        let mut record = Recorded {
            method: request.method.clone(),
            path: request.url.path().to_owned(),
            query: request.url.query().map(str::to_owned),
            headers: request.headers.clone(),
            body: request.body.clone(),
            status: None,
        };
        let fault = self
            .queue
            .pop_front()
            .or_else(|| self.rule.as_mut().and_then(|rule| rule(&record)));
        let mut delay = Duration::ZERO;
        let reply = match fault {
            None => Some(self.judge(&record)),
            Some(Fault { how, acts }) => {
                if matches!(how, How::Revoke) {
                    self.tokens.revoke_all();
                }
                let right = acts.then(|| self.judge(&record));
                match how {
                    How::Revoke => right,
                    How::Delay(duration) => {
                        delay = duration;
                        right
                    }
                    How::Reset => None,
                    // Nobody acts for a caller who is refused anyway.
                    How::Answer { .. }
                        if right.as_ref().is_some_and(|right| right.status >= 400) =>
                    {
                        right
                    }
                    How::Answer {
                        status,
                        headers,
                        body,
                    } => Some(Reply {
                        status,
                        headers,
                        body,
                    }),
                }
            }
        };
        record.status = reply.as_ref().map(|reply| reply.status);
        self.records.push(record);
        if let Some(clock) = &self.clock
            && !self.latency.is_zero()
        {
            clock.advance(self.latency);
        }
        (reply, delay)
    }

    /// The right answer.
    fn judge(&mut self, record: &Recorded) -> Reply {
        #[cfg(feature = "ibm-iam")]
        if let Some(mut ibm) = self.ibm.take() {
            let reply = ibm.answer(self, record);
            self.ibm = Some(ibm);
            return reply;
        }
        let (method, path) = (&record.method, record.path.as_str());
        let limit = self
            .limits
            .judge(&format!("{method} {path}"), self.begin, self.now());
        let mut reply = match &limit {
            Some(verdict) if !verdict.allowed => Reply {
                status: 429,
                headers: http::HeaderMap::new(),
                body: Vec::new(),
            },
            _ => self.judge_token(record),
        };
        if let Some(verdict) = limit {
            reply.set("x-ratelimit-burst-capacity", &verdict.burst.to_string());
            reply.set("x-ratelimit-remaining", &verdict.remaining.to_string());
            reply.set("x-ratelimit-replenish-rate", &verdict.rate.to_string());
            reply.set("x-ratelimit-requested-tokens", "1");
        }
        reply.set(
            "x-redlock-request-id",
            &format!("request-{}", self.records.len() + 1),
        );
        reply
    }

    fn judge_token(&mut self, record: &Recorded) -> Reply {
        if record.path == LOGIN_PATH {
            return routes::login(self, &record.body);
        }
        let product = routes::product(&record.path);
        let good = record
            .headers
            .get(header_of(product))
            .and_then(|value| value.to_str().ok())
            .is_some_and(|token| self.tokens.is_good(token, self.now()));
        match (good, product) {
            (true, _) => routes::answer(self, &record.method, &record.path, &record.body),
            (false, Product::Code) => {
                Reply::json(403, &serde_json::json!({ "message": "Forbidden" }))
            }
            (false, _) => Reply::refused(401, "token_expired", None),
        }
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

/// wiremock closes a connection only for a mock that was chosen for it, so the request is handled while choosing. It
/// handles one request at a time, so one place for the reply is enough.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) shared: Shared,
    pub(super) reply: Arc<Mutex<Option<ResponseTemplate>>>,
}

impl Match for Desk {
    fn matches(&self, request: &Request) -> bool {
        let (reply, delay) = self.shared.lock().handle(request);
        let template = reply.map(|reply| template(reply).set_delay(delay));
        let closes = template.is_none();
        *self.reply.lock().unwrap_or_else(PoisonError::into_inner) = template;
        closes
    }
}

impl Respond for Desk {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        self.reply
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
            .unwrap_or_else(|| ResponseTemplate::new(500))
    }
}

fn template(reply: Reply) -> ResponseTemplate {
    let content_type = reply
        .headers
        .get(http::header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let mut template = ResponseTemplate::new(reply.status);
    for (name, value) in &reply.headers {
        template = template.append_header(name.clone(), value.clone());
    }
    if reply.body.is_empty() {
        template
    } else {
        template.set_body_raw(reply.body, &content_type)
    }
}
