//! The loop around the attempts at a call.
//!
//! What a call does that succeeds at once stands in [`Core::attempts`]; what others need besides stands apart, so that it does
//! not lie in the way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prisma_cloud_api::{BoxFuture, Operation, Product};
use reqwest::{Request, Response};
use tracing::Instrument;

use super::{Call, Core, trace};
use crate::attempt::{Expect, Failure};
use crate::dialect::{self, header_of};
use crate::error::{Error, ErrorKind};
use crate::limit::Permit;
use crate::observe::Event;
use crate::placeholder;
use crate::retry::decision::Outcome;
use crate::retry::retry_after;
use crate::session::Held;
use crate::session::state::Refusal;
use crate::wire::{Tries, millis};

/// How far a call has come.
pub(super) struct Course {
    pub(super) begin: Instant,
    /// When something last happened. The clock is not asked more often than it has to be.
    now: Instant,
    pub(super) tries: Tries,
    /// For limits and before retries.
    pub(super) waited: Duration,
    /// Sent again with another token.
    replayed: bool,
    /// The id by which the provider finds the request.
    marked: Option<String>,
    /// What an undocumented call is named by, in errors. The query may hold what the user searches for.
    place: Option<(http::Method, String)>,
}

/// An attempt that failed.
struct Failed<'a> {
    failure: Box<Failure>,
    permit: Permit<'a>,
    held: Option<Arc<Held>>,
    /// The request can be sent again.
    repeatable: bool,
}

impl Core {
    /// Carries out `call`, and tells those who look on.
    ///
    /// The future of a call, and whatever else it allocates, has less than a kilobyte: what has more makes glibc tidy up its
    /// free lists, which costs more than all the rest here. (A test sees to it.) So the request is in a box, and here and
    /// below blocks stand in place of asynchronous functions, which keep each argument twice.
    #[allow(clippy::manual_async_fn)]
    pub(crate) fn run<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: &'a mut Box<Request>,
        call: &'a Call,
    ) -> impl Future<Output = Result<Box<Response>, Error>> + Send + 'a {
        async move {
            let span = trace::span(call.operation, request, &self.wire.endpoint);
            let begin = self.wire.shared.clock.now();
            let mut course = Course {
                begin,
                now: begin,
                tries: Tries::new(begin),
                waited: Duration::ZERO,
                replayed: false,
                marked: None,
                place: None,
            };
            let result = self
                .attempts(http, request, call, &mut course)
                .instrument(span.clone())
                .await;
            self.finished(&span, call.operation, &course, &result);
            result
        }
    }

    /// The loop.
    #[allow(clippy::manual_async_fn)]
    fn attempts<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: &'a mut Box<Request>,
        call: &'a Call,
        course: &'a mut Course,
    ) -> impl Future<Output = Result<Box<Response>, Error>> + Send + 'a {
        async move {
            let wire = &*self.wire;
            let product = call.operation.product;
            if !wire.endpoint.may_receive_credentials(request.url()) {
                return Err(elsewhere(call.operation, request));
            }
            if placeholder::is_in(request, call.operation) {
                self.fill(request, call, course).await?;
            }
            if call.operation.path.is_empty() {
                course.place = Some((request.method().clone(), request.url().path().to_owned()));
            }
            course.marked = wire.mark(product, request);
            if call.expect == Expect::Stream
                && let Some(files) = &dialect::of(product).files
            {
                let accept = request.headers_mut().entry(http::header::ACCEPT);
                accept.or_insert_with(|| files.clone());
            }
            loop {
                let mut permit = match self.limiter.at_once(&call.drawn, course.now) {
                    Some(permit) => permit,
                    None => self.turn(call, course).await,
                };
                // After the wait, so that the token is fresh when it is sent.
                let held = match call.authenticated {
                    true => match self.session.token_at(course.now) {
                        Some(held) => Some(held),
                        None => Some(self.token(course).await?),
                    },
                    false => None,
                };
                match &held {
                    Some(held) => {
                        let headers = request.headers_mut();
                        headers.insert(header_of(product), held.token.header());
                    }
                    None => wire.source.dress(request),
                }
                let (sent, repeatable) = send(http, request);
                let tries = &mut course.tries;
                let result = wire
                    .attempt(call.operation, sent, call.expect, tries, course.now)
                    .await;
                course.now = wire.shared.clock.now();
                let failure = match result {
                    Ok(response) => {
                        permit.learn(response.headers(), course.now);
                        wire.succeeded(&course.tries);
                        if let Some(held) = &held {
                            self.session.helped(held, product);
                        }
                        return Ok(response);
                    }
                    Err(failure) => failure,
                };
                let failed = Failed {
                    failure,
                    permit,
                    held,
                    repeatable,
                };
                self.failed(failed, call, course).await?;
            }
        }
    }

    /// Puts the id of the session's tenant into a request that wants it.
    #[cold]
    fn fill<'a>(
        &'a self,
        request: &'a mut Box<Request>,
        call: &'a Call,
        course: &'a mut Course,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            // May log in, and then the first attempt finds a session.
            let id = self.prisma_id().await?;
            placeholder::fill(request, call.operation, &id)?;
            course.now = self.wire.shared.clock.now();
            Ok(())
        })
    }

    /// Leave for a call that may have to wait for it.
    #[cold]
    fn turn<'s: 'c, 'c>(
        &'s self,
        call: &'s Call,
        course: &'c mut Course,
    ) -> BoxFuture<'c, Permit<'s>> {
        Box::pin(async move {
            let permit = self.limiter.in_turn(&call.drawn, course.now).await;
            if permit.waited.is_zero() {
                return permit;
            }
            course.now = self.wire.shared.clock.now();
            course.waited += permit.waited;
            self.throttled(call.operation, permit.waited);
            if course.tries.number == 0 {
                // What was spent in the queue is the limit's, not the call's.
                course.tries = Tries::new(course.now);
            }
            permit
        })
    }

    /// A token for a call that finds none, or one that should be replaced.
    #[cold]
    fn token<'a>(&'a self, course: &'a mut Course) -> BoxFuture<'a, Result<Arc<Held>, Error>> {
        Box::pin(async move {
            let held = self.session.token().await?;
            course.now = self.wire.shared.clock.now();
            Ok(held)
        })
    }

    /// What follows from a failure: another attempt, before which this waits, or the error of the call.
    #[cold]
    fn failed<'a>(
        &'a self,
        failed: Failed<'a>,
        call: &'a Call,
        course: &'a mut Course,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let wire = &*self.wire;
            let Failed {
                failure,
                mut permit,
                held,
                repeatable,
            } = failed;
            if failure.status.is_some() {
                permit.learn(&failure.headers, course.now);
            } else {
                permit.unanswered();
            }
            if matches!(failure.outcome, Outcome::Status(429) | Outcome::Page(429)) {
                let wait = retry_after::of(&failure.headers, wire.shared.clock.wall());
                permit.refused(wait, course.now);
            }
            drop(permit);

            if let Some(held) = &held
                && may_be_stale(call.operation.product, &failure)
            {
                if course.replayed {
                    self.session.refused_again(call.operation.product);
                } else if self.session.refused(held, call.operation.product) == Refusal::Replay {
                    if !repeatable {
                        let error = self.report(*failure, call, course, Some(held));
                        return Err(not_replayable(error, call.operation));
                    }
                    tracing::debug!(target: "prisma_cloud", "the token was refused; once more with another one");
                    course.replayed = true;
                    return Ok(());
                }
            }
            let again = wire.again(call.class, &failure, &mut course.tries);
            let (Some(wait), true) = (again, repeatable) else {
                let error = self.report(*failure, call, course, held.as_deref());
                return Err(match again {
                    Some(_) => not_replayable(error, call.operation),
                    None => error,
                });
            };
            wire.pause(call.operation, &course.tries, wait).await;
            course.waited += wait;
            course.now = wire.shared.clock.now();
            Ok(())
        })
    }

    /// The error for `failure`.
    fn report(&self, failure: Failure, call: &Call, course: &Course, held: Option<&Held>) -> Error {
        let token = held.map(|held| &held.token);
        let login = !call.authenticated;
        let error = self
            .wire
            .error(
                failure,
                call.operation,
                call.class,
                token,
                &course.tries,
                login,
            )
            .or_request_id(course.marked.clone());
        match &course.place {
            Some((method, path)) => error.with_place(method, path),
            None => error,
        }
    }

    fn throttled(&self, operation: &Operation, wait: Duration) {
        tracing::debug!(
            target: "prisma_cloud",
            { prisma_cloud.operation = operation.id, prisma_cloud.wait_ms = millis(wait) },
            "throttled",
        );
        self.wire.observe(&Event::Throttled {
            operation: operation.id,
            wait,
        });
    }
}

/// Begins to send `request`, and says whether a copy of it is left in its place.
fn send(
    http: &reqwest::Client,
    request: &mut Box<Request>,
) -> (
    impl Future<Output = reqwest::Result<Response>> + Unpin + use<>,
    bool,
) {
    // The copy stays: it has no room to grow, as the request has, and reqwest adds headers.
    let copy = copied(request);
    let repeatable = copy.is_some();
    let copy = copy.unwrap_or_else(|| Box::new(empty(request)));
    (http.execute(*std::mem::replace(request, copy)), repeatable)
}

/// A copy of `request`, unless its body is a stream.
///
/// What is not used here is not copied: most requests have neither a body nor settings of reqwest's.
fn copied(request: &Request) -> Option<Box<Request>> {
    if request.body().is_some() || request.timeout().is_some() {
        return request.try_clone().map(Box::new);
    }
    let mut copy = Box::new(empty(request));
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

fn empty(request: &Request) -> Request {
    Request::new(request.method().clone(), request.url().clone())
}

/// Whether the refusal may mean an expired or revoked token. A page counts for 401 only: 403 is what firewalls say.
fn may_be_stale(product: Product, failure: &Failure) -> bool {
    match failure.outcome {
        Outcome::Page(401) => true,
        Outcome::Status(status) => dialect::of(product).stale.contains(&status),
        _ => false,
    }
}

#[cold]
fn elsewhere(operation: &'static Operation, request: &Request) -> Error {
    Error::config(format!(
        "the request is for {}, which is not the configured API; nothing was sent",
        request.url().origin().ascii_serialization()
    ))
    .with_operation(operation)
}

#[cold]
fn not_replayable(error: Error, operation: &'static Operation) -> Error {
    Error::new(
        ErrorKind::BodyNotReplayable,
        "the request has to be sent again, and its body is a stream that can be read only once",
    )
    .with_operation(operation)
    .with_attempts(error.attempts())
    .with_advice(Some(
        "hand over a body that is in memory, or send the call again".into(),
    ))
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From a kilobyte on glibc has no list of free blocks for the size, and searches.
    const LARGE: usize = 1024;

    #[tokio::test]
    async fn the_futures_of_a_call_stay_small() {
        static OPERATION: Operation = Operation::undocumented(Product::Cspm);
        let client = crate::PrismaCloud::builder()
            .url("http://127.0.0.1:1")
            .access_key("id", "secret")
            .build()
            .unwrap();
        let core = client.core();
        let url = url::Url::parse("http://127.0.0.1:1/x").unwrap();
        let mut request = Box::new(Request::new(http::Method::GET, url));
        let call = Call::of(&OPERATION, &request);
        let http = &core.wire.shared.http;
        let sent = http.execute(request.try_clone().unwrap());
        let now = core.wire.shared.clock.now();
        let mut tries = Tries::new(now);

        let run = core.run(http, &mut request, &call);
        let run = size_of_val(&run) + size_of::<Call>();
        let attempt = core
            .wire
            .attempt(&OPERATION, sent, Expect::Json, &mut tries, now);
        let attempt = size_of_val(&attempt);
        println!("a call {run} bytes, an attempt {attempt}");
        assert!(run < LARGE, "{run}");
        assert!(attempt < LARGE, "{attempt}");
    }
}
