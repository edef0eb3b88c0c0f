//! What the session and the transport share: a way to the server, time, patience and chance.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use prisma_cloud_api::{Operation, Product};
use reqwest::{Request, Response};
use secrecy::ExposeSecret;

use crate::attempt::{self, Deadline, Expect, Failure, Limits};
use crate::clock::Clock;
use crate::dialect;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::error::scrub::Scrubber;
use crate::observe::{Event, Observer};
use crate::panics;
use crate::proxy::InBetween;
use crate::report::{self, Context};
use crate::retry::budget::Budget;
use crate::retry::class::Class;
use crate::retry::decision::{Attempt, Decision, GiveUp, decide};
use crate::retry::policy::RetryPolicy;
use crate::retry::retry_after;
use crate::runtimes::Pools;
use crate::session::source::TokenSource;
use crate::session::token::Token;
use crate::settings::Timeouts;

/// What the ways to all hosts of a client share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) http: Arc<Pools>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) policy: RetryPolicy,
    pub(crate) timeouts: Timeouts,
    pub(crate) max_error_body: usize,
    /// How many bytes of a success are read into memory.
    pub(crate) max_answer: usize,
    pub(crate) observer: Option<Arc<dyn Observer>>,
    /// What must not show up in an error besides keys and tokens: the password of a proxy, for instance.
    pub(crate) other_secrets: Vec<secrecy::SecretString>,
    /// Which proxy is on the way, for errors.
    pub(crate) between: InBetween,
}

/// The way to one host. Its patience and its chance are its own.
pub(crate) struct Wire {
    pub(crate) endpoint: Endpoint,
    pub(crate) source: Arc<dyn TokenSource>,
    pub(crate) shared: Shared,
    pub(crate) budget: Budget,
    pub(crate) random: Mutex<fastrand::Rng>,
}

/// How often a call has been tried, and what that has cost.
pub(crate) struct Tries {
    pub(crate) deadline: Deadline,
    pub(crate) number: u32,
    /// When the last attempt began.
    attempt: Instant,
    /// It was refused with a token that was got because of a refusal.
    pub(crate) tested: bool,
    spent: u32,
}

impl Tries {
    pub(crate) fn new(deadline: Deadline) -> Self {
        Self {
            attempt: deadline.begin,
            deadline,
            number: 0,
            tested: false,
            spent: 0,
        }
    }
}

impl Wire {
    /// The way to `endpoint`, for those who hold a token of `source`.
    pub(crate) fn new(
        endpoint: Endpoint,
        source: Arc<dyn TokenSource>,
        shared: Shared,
        random: fastrand::Rng,
    ) -> Self {
        Self {
            endpoint,
            source,
            budget: Budget::new(shared.policy.budget),
            shared,
            random: Mutex::new(random),
        }
    }

    /// The same way to the server for a session with tokens of `source`.
    #[cfg(feature = "cspm-access-keys")]
    pub(crate) fn with_source(&self, source: Arc<dyn TokenSource>) -> Self {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        Self::new(
            self.endpoint.clone(),
            source,
            self.shared.clone(),
            random.fork(),
        )
    }

    /// Carries out `exchange`, which is an attempt at `operation` that begins `now`.
    ///
    /// It is handed over as reqwest makes it of a request: that is two words, and a request is a quarter of a kilobyte.
    pub(crate) fn attempt<'a>(
        &'a self,
        operation: &'static Operation,
        exchange: impl Future<Output = reqwest::Result<Response>> + Send + Unpin + 'a,
        expect: Expect,
        tries: &mut Tries,
        now: Instant,
    ) -> impl Future<Output = Result<Box<Response>, Box<Failure>>> + Send + 'a {
        tries.number += 1;
        tries.attempt = now;
        let limits = Limits {
            shared: &self.shared,
            operation,
            deadline: tries.deadline,
        };
        let number = tries.number;
        async move {
            let result = attempt::send(exchange, expect, limits).await;
            if self.shared.observer.is_some() {
                let status = match &result {
                    Ok(response) => Some(response.status().as_u16()),
                    Err(failure) => failure.status.map(|status| status.as_u16()),
                };
                self.observe(&Event::Attempt {
                    product: operation.product,
                    operation: operation.id,
                    number,
                    status,
                    duration: self.shared.clock.now().saturating_duration_since(now),
                });
            }
            result
        }
    }

    /// Gives `request` an id by which the provider's support finds it, where the provider takes one and the caller has not
    /// set it. Returns the id that is sent.
    pub(crate) fn mark(&self, product: Product, request: &mut Request) -> Option<String> {
        let name = dialect::of(product).transaction.as_ref()?;
        if let Some(given) = request.headers().get(name) {
            return given.to_str().ok().map(str::to_owned);
        }
        let bits = self
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .u128(..);
        let id = dialect::uuid(bits);
        let value = http::HeaderValue::from_str(&id).ok()?;
        request.headers_mut().insert(name.clone(), value);
        Some(id)
    }

    /// The time of a call that begins now.
    pub(crate) fn deadline(&self, begin: Instant) -> Deadline {
        Deadline::overall(begin, self.shared.policy.overall_timeout)
    }

    /// How long to wait before sending again what ended in `failure`, or why it is not to be sent again; `repeatable`: it
    /// can be.
    pub(crate) fn again(
        &self,
        class: Class,
        failure: &Failure,
        tries: &mut Tries,
        repeatable: bool,
    ) -> Result<Duration, GiveUp> {
        let now = self.shared.clock.now();
        let random = self
            .random
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64();
        let decision = decide(
            &self.shared.policy,
            &Attempt {
                number: tries.number,
                class,
                outcome: failure.outcome,
                retry_after: retry_after::of(&failure.headers, self.shared.clock.wall()),
                left: tries.deadline.left(now),
                random,
            },
        );
        match decision {
            Decision::Retry { .. } if !repeatable => Err(GiveUp::Unrepeatable),
            Decision::Retry { wait, cost } => {
                let first = tries.number == 1;
                match self.budget.take(cost, first, tries.attempt, now) {
                    Some(taken) => {
                        tries.spent += taken;
                        Ok(wait)
                    }
                    None => Err(GiveUp::Budget),
                }
            }
            Decision::GiveUp(why) => Err(why),
        }
    }

    /// `error` of a call that is not sent again.
    pub(crate) fn given_up(&self, error: Error, why: GiveUp, tries: &Tries) -> Error {
        match why.in_words(&self.shared.policy, &tries.deadline) {
            // A time-out says so itself.
            Some(_) if why == GiveUp::NoTime(None) && error.is_timeout() => error,
            Some(words) => error.with_more_advice(words),
            None => error,
        }
    }

    /// Waits before a retry.
    pub(crate) async fn pause(&self, operation: &'static Operation, tries: &Tries, wait: Duration) {
        tracing::debug!(
            target: "prisma_cloud",
            { prisma_cloud.operation = operation.id, http.request.resend_count = tries.number, prisma_cloud.wait_ms = millis(wait) },
            "retry",
        );
        self.observe(&Event::Retry {
            operation: operation.id,
            number: tries.number,
            wait,
        });
        if !wait.is_zero() {
            self.shared.clock.sleep(wait).await;
        }
    }

    /// The call succeeded.
    pub(crate) fn succeeded(&self, tries: &Tries) {
        self.budget.give(tries.spent);
    }

    /// The error for `failure`.
    pub(crate) fn error(
        &self,
        failure: Failure,
        operation: &'static Operation,
        class: Class,
        token: Option<&Token>,
        tries: &Tries,
        login: bool,
    ) -> Error {
        report::error(
            failure,
            &Context {
                operation,
                class,
                endpoint: &self.endpoint,
                proxy: self.shared.between.to(&self.endpoint),
                scrubber: &self.scrubber(token),
                attempts: tries.number,
                wall: self.shared.clock.wall(),
                login,
                tested: tries.tested,
                has_key: self.source.can_log_in(),
                wanted: self.source.wanted().credentials,
            },
        )
    }

    /// Knows all secrets that were sent.
    pub(crate) fn scrubber(&self, token: Option<&Token>) -> Scrubber {
        let mut scrubber = Scrubber::default();
        for secret in self.source.secrets() {
            scrubber.add(secret.expose_secret());
        }
        if let Some(token) = token {
            scrubber.add(token.expose());
        }
        for secret in &self.shared.other_secrets {
            scrubber.add(secret.expose_secret());
        }
        scrubber
    }

    pub(crate) fn observe(&self, event: &Event<'_>) {
        let Some(observer) = &self.shared.observer else {
            return;
        };
        // It is the caller's code: its panics must neither end a call nor leave a renewal half done.
        let told = catch_unwind(AssertUnwindSafe(|| observer.on_event(event)));
        if let Err(panic) = told {
            tracing::error!(
                target: "prisma_cloud",
                "the observer panicked: {}",
                panics::message(&*panic),
            );
        }
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
