//! A login or an extension as a task of its own.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::future::FutureExt;
use prisma_cloud_api::{Operation, ReadBody};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tracing::Instrument;

use super::Session;
use super::source::{Asked, Gain, Obtained};
use super::state::{Held, RefusedLogin};
use crate::attempt::{Expect, Failure};
use crate::error::{Error, ErrorKind};
use crate::observe::Event;
use crate::panics;
use crate::retry::class::Class;
use crate::retry::decision::{GiveUp, Outcome};
use crate::wire::{Tries, Wire, millis};

/// How a renewal ended: with a token, or without one and nobody fails for it.
pub(super) type Ended = Result<Option<Held>, Error>;

/// What came of waiting for a renewal.
pub(super) enum Waited {
    Ended(Ended),
    /// Its task is gone, with its runtime or because another renewal took its place.
    Died,
    /// Its runtime is another one, which does not seem to be driven.
    Idle,
    /// The time of the call that waited is used up.
    Late,
}

/// A renewal in progress.
#[derive(Clone)]
pub(super) struct Flight {
    pub(super) number: u64,
    /// How it ended. Closed without a value if its task was dropped.
    pub(super) ended: watch::Receiver<Option<Ended>>,
    pub(super) task: AbortHandle,
    pub(super) runtime: Handle,
}

/// What is asked of the server.
pub(super) enum Renewal {
    LogIn,
    Extend(Held),
}

/// A renewal that failed.
struct Unrenewed {
    error: Error,
    /// The server said that the token is no longer good.
    dead: bool,
    /// The revision of the credentials because of which the login was refused.
    refused: Option<usize>,
}

impl Flight {
    /// Begins a renewal on the present runtime.
    pub(super) fn start(session: &Arc<Session>, renewal: Renewal, number: u64) -> Self {
        let (sender, ended) = watch::channel(None);
        let wire = session.wire.clone();
        // A task that kept the session alive would outlive the client.
        let session = Arc::downgrade(session);
        let renewing = async move {
            let begin = wire.shared.clock.now();
            let renewed = AssertUnwindSafe(renew(&wire, &session, &renewal)).catch_unwind();
            let result = renewed
                .await
                .unwrap_or_else(|panic| Err(panicked(&wire, &renewal, &*panic)));
            if let Some(session) = session.upgrade() {
                session.lock().landed(number);
            }
            let failure = result.as_ref().err().map(Error::kind);
            let (ended, failure) = match (result, &renewal) {
                // Nobody fails for it: who waits looks again and finds that a login is due.
                (Err(_), Renewal::Extend(_)) => (Ok(None), failure),
                (result, _) => (result, failure),
            };
            // After the slot is free, so that who is woken finds the new state, and before anybody else is told: that is
            // code of the caller's.
            let _ = sender.send(Some(ended));
            let duration = wire.shared.clock.now().saturating_duration_since(begin);
            tell(&wire, &renewal, failure, duration);
        };
        let task = tokio::spawn(renewing.in_current_span());
        Self {
            number,
            ended,
            task: task.abort_handle(),
            runtime: Handle::current(),
        }
    }

    /// The task leaves its slot when it ends; one that was dropped with its runtime cannot.
    pub(super) fn is_alive(&self) -> bool {
        self.ended.has_changed().is_ok()
    }
}

impl Renewal {
    fn asked(&self) -> Asked<'_> {
        match self {
            Self::LogIn => Asked::LogIn,
            Self::Extend(held) => Asked::Extend(&held.token),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::LogIn => "login",
            Self::Extend(_) => "extension",
        }
    }

    /// A failure of this renewal that no server is to blame for.
    pub(super) fn error(&self, wire: &Wire, kind: ErrorKind, message: impl Into<String>) -> Error {
        Error::new(kind, message).with_operation(wire.source.operation(self.asked()))
    }
}

#[cold]
fn panicked(wire: &Wire, renewal: &Renewal, panic: &(dyn Any + Send)) -> Error {
    let message = panics::message(panic);
    let name = renewal.name();
    renewal
        .error(
            wire,
            ErrorKind::Other,
            format!("the {name} panicked: {message}"),
        )
        .with_advice(Some(
            "calls need a runtime of tokio with timers and I/O (`enable_all`)".into(),
        ))
}

/// Tells those who look on how a renewal ended.
fn tell(wire: &Wire, renewal: &Renewal, failure: Option<ErrorKind>, duration: Duration) {
    let name = renewal.name();
    match failure {
        None => tracing::info!(
            target: "prisma_cloud",
            { prisma_cloud.duration_ms = millis(duration) },
            "{name} succeeded",
        ),
        Some(kind) => tracing::warn!(
            target: "prisma_cloud",
            { "error.type" = kind.as_str(), prisma_cloud.duration_ms = millis(duration) },
            "{name} failed",
        ),
    }
    wire.observe(&match renewal {
        Renewal::LogIn => Event::Login { failure, duration },
        Renewal::Extend(_) => Event::Extension { failure, duration },
    });
}

/// Gets a token and records what came of it.
async fn renew(wire: &Wire, session: &Weak<Session>, renewal: &Renewal) -> Ended {
    let begin = wire.shared.clock.now();
    let result = match renewal {
        Renewal::LogIn if !wire.source.can_log_in() => Err(Unrenewed {
            error: no_key(wire),
            dead: true,
            refused: None,
        }),
        renewal => obtain(wire, renewal.asked()).await,
    };
    let Some(session) = session.upgrade() else {
        return Ok(None);
    };
    let now = wire.shared.clock.now();
    session.change(|inner| match (result, renewal) {
        (Ok(gain), renewal) => {
            let took = Some(now.saturating_duration_since(begin));
            let held = inner.state.accept(gain.token, gain.lease, took, now);
            inner.learn(gain.told);
            if let Renewal::LogIn = renewal {
                inner.refused_login = None;
            }
            Ok(Some(held))
        }
        (Err(failed), Renewal::LogIn) => {
            if let Some(revision) = failed.refused {
                let before = inner.refused_login.take();
                let error = failed.error.clone();
                inner.refused_login = Some(RefusedLogin::next(before, revision, error, now));
            }
            Err(failed.error)
        }
        (Err(failed), Renewal::Extend(held)) => {
            inner
                .state
                .extension_failed(held.generation, failed.dead, now);
            inner.unextended = Some(failed.error.clone());
            Err(failed.error)
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
    let mut tries = Tries::new(wire.deadline(wire.shared.clock.now()));
    let mut part = None;
    loop {
        let revision = source.revision();
        let request = source
            .request(&wire.endpoint, asked, part.as_ref())
            .map_err(|error| Unrenewed {
                error,
                dead: false,
                refused: None,
            })?;
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
            None => wire.again(Class::Read, &failure, &mut tries, true),
            Some(_) => Err(GiveUp::Final),
        };
        let why = match again {
            Ok(wait) => {
                wire.pause(operation, &tries, wait).await;
                continue;
            }
            Err(why) => why,
        };
        {
            let dead = held.is_none() || source.is_dead(failure.outcome);
            // A page comes from something in between, which says nothing of the credentials.
            let answered = matches!(failure.outcome, Outcome::Status(_));
            let token = held.or(part.as_ref());
            let error = wire.error(*failure, operation, Class::Read, token, &tries, true);
            let error = wire.given_up(error, why, &tries);
            let refused = held.is_none() && answered && error.is_unauthorized();
            return Err(Unrenewed {
                error: error.or_request_id(marked),
                dead,
                refused: refused.then_some(revision),
            });
        }
    }
}

async fn exchange(
    wire: &Wire,
    operation: &'static Operation,
    mut request: reqwest::Request,
    tries: &mut Tries,
) -> Result<bytes::Bytes, (Box<Failure>, Option<String>)> {
    let marked = wire.mark(operation.product, &mut request);
    let pools = &wire.shared.http;
    let sent = pools.with(pools.first(), |http| http.execute(request));
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
    Unrenewed {
        error,
        dead: false,
        refused: None,
    }
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

#[cfg(all(test, feature = "testing", feature = "cspm-access-keys"))]
mod tests {
    use std::sync::Mutex;

    use crate::credentials::{AccessKey, Credentials, KeySlot};
    use crate::testing::{Fault, Tenant};

    use super::*;

    fn key(secret: &str) -> AccessKey {
        AccessKey {
            id: "example-access-key".into(),
            secret: secret.into(),
        }
    }

    /// A session of `tenant` whose key is wrong, and its credentials.
    fn session(tenant: &Tenant) -> (Arc<Session>, Arc<Credentials>) {
        let client = tenant.client().build().unwrap();
        let credentials = Arc::new(Credentials {
            key: KeySlot::new(key("former-secret")),
            ..Credentials::default()
        });
        let wire = client.core().wire.with_source(credentials.clone());
        (Session::new(Arc::new(wire)).unwrap(), credentials)
    }

    #[tokio::test]
    async fn the_refusal_of_a_key_that_was_replaced_meanwhile_says_nothing() {
        let tenant = Tenant::start().await;
        let (session, credentials) = session(&tenant);
        let next = Mutex::new(Some(key("example-secret-key")));
        tenant.rule(move |record| -> Option<Fault> {
            // While the login with the former key is under way.
            if record.path == "/login"
                && let Some(next) = next.lock().unwrap().take()
            {
                credentials.key.replace(next);
            }
            None
        });
        session.token_now().await.unwrap();
        assert_eq!(tenant.count("POST", "/login"), 2);
    }

    #[tokio::test]
    async fn a_key_that_replaces_a_refused_one_is_tried_at_once() {
        let tenant = Tenant::start().await;
        let (session, credentials) = session(&tenant);
        for _ in 0..3 {
            session.token_now().await.unwrap_err();
        }
        assert_eq!(tenant.count("POST", "/login"), 1);
        credentials.key.replace(key("example-secret-key"));
        session.token_now().await.unwrap();
        assert_eq!(tenant.count("POST", "/login"), 2);
    }
}
