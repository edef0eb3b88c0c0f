//! The way of a call to the server and back: wait for the limit, carry the token, send, learn, and perhaps again.
//!
//! Every decision is made elsewhere, by something without I/O; this is the loop around them.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use prisma_cloud_api::{BoxFuture, Operation, Product, Transport};
use reqwest::{Request, Response};
use tracing::{Instrument, Span, field};

use crate::attempt::{Expect, Failure};
use crate::credentials::Credentials;
use crate::dialect::{self, header_of};
use crate::error::{Error, ErrorKind};
use crate::limit::headers::RateHeaders;
use crate::limit::{Drawn, Limiter, published};
use crate::observe::{Event, product_name};
use crate::placeholder;
use crate::retry::class::{self, Class};
use crate::retry::decision::Outcome;
use crate::retry::retry_after;
use crate::session::Session;
use crate::session::state::Refusal;
use crate::wire::{Tries, Wire, millis};

/// Everything that clones of a client share.
pub(crate) struct Core {
    pub(crate) wire: Arc<Wire>,
    pub(crate) session: Arc<Session>,
    pub(crate) limiter: Limiter,
    /// Of a client of Prisma Cloud: which tenant is meant, and the key that a rotation replaces.
    pub(crate) credentials: Option<Arc<Credentials>>,
}

/// A call, judged once.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) drawn: Drawn,
    pub(crate) class: Class,
    pub(crate) expect: Expect,
    /// The login alone carries no token.
    pub(crate) authenticated: bool,
}

impl Call {
    pub(crate) fn of(operation: &'static Operation, request: &Request) -> Self {
        let method = request.method();
        let (path, drawn) = if operation.path.is_empty() {
            let path = request.url().path();
            let name = published::key_of_path(operation.product, method.as_str(), path);
            (path, Drawn::Named(name))
        } else {
            (operation.path, Drawn::From(operation))
        };
        Self {
            operation,
            drawn,
            class: class::of(operation, method),
            expect: operation.answer.into(),
            authenticated: path != dialect::of(operation.product).login_path,
        }
    }
}

impl Transport for Core {
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        let call = Call::of(operation, &request);
        let request = Box::new(request);
        Box::pin(async move {
            Ok(match self.run(client, request, &call).await {
                Ok(response) => response,
                Err(error) => carrier(error),
            })
        })
    }
}

/// A response that brings `error` to where the generated call fails.
fn carrier(error: Error) -> Response {
    let status = match error.status() {
        // A page with status 200 must fail as well.
        Some(status) if !status.is_success() && !status.is_informational() => status,
        Some(_) => StatusCode::BAD_GATEWAY,
        // No answer came. 599 is assigned to nothing.
        None => StatusCode::from_u16(599).unwrap_or(StatusCode::BAD_GATEWAY),
    };
    let mut response = http::Response::new("");
    *response.status_mut() = status;
    response.extensions_mut().insert(error);
    response.into()
}

impl Core {
    /// Carries out `call`.
    ///
    /// The request and the larger futures are in boxes of their own here and below. In one piece they would make a future of
    /// several kilobytes, copied from layer to layer and more expensive for the allocator than all the rest of a call: what is
    /// over a kilobyte makes glibc tidy up its free lists first. (A test holds it below.)
    pub(crate) async fn run(
        &self,
        http: &reqwest::Client,
        request: Box<Request>,
        call: &Call,
    ) -> Result<Response, Error> {
        let endpoint = &self.wire.endpoint;
        let operation = call.operation;
        let span = tracing::info_span!(
            target: "prisma_cloud",
            "prisma_cloud.call",
            otel.name = %format_args!("{} {}", request.method(), operation.path),
            otel.kind = "client",
            "http.request.method" = %request.method(),
            "url.template" = operation.path,
            "url.scheme" = endpoint.scheme(),
            server.address = endpoint.host(),
            "server.port" = endpoint.port(),
            "prisma_cloud.product" = product_name(operation.product),
            "prisma_cloud.operation" = operation.id,
            "http.response.status_code" = field::Empty,
            "http.request.resend_count" = field::Empty,
            "error.type" = field::Empty,
            "prisma_cloud.request_id" = field::Empty,
            "prisma_cloud.wait_ms" = field::Empty,
            "prisma_cloud.duration_ms" = field::Empty,
        );
        let begin = self.wire.shared.clock.now();
        let mut tries = Tries::new(begin);
        let mut waited = Duration::ZERO;
        let result = self
            .attempts(http, request, call, &mut tries, &mut waited)
            .instrument(span.clone())
            .await;
        // Where nobody looks, nothing is worked out.
        if !span.is_disabled() || self.wire.shared.observer.is_some() {
            let duration = self
                .wire
                .shared
                .clock
                .now()
                .saturating_duration_since(begin);
            record(&span, &result, &tries, waited, duration);
            self.wire.observe(&Event::Finished {
                product: operation.product,
                operation: operation.id,
                failure: result.as_ref().err().map(Error::kind),
                attempts: tries.number,
                duration,
            });
        }
        span.in_scope(|| tracing::debug!(target: "prisma_cloud", "finished"));
        result
    }

    /// The loop.
    async fn attempts(
        &self,
        http: &reqwest::Client,
        request: Box<Request>,
        call: &Call,
        tries: &mut Tries,
        waited: &mut Duration,
    ) -> Result<Response, Error> {
        let wire = &*self.wire;
        if !wire.endpoint.may_receive_credentials(request.url()) {
            return Err(elsewhere(call.operation, &request));
        }
        let mut request = request;
        let mut now = tries.begin;
        if placeholder::is_in(&request, call.operation) {
            // May log in, and then the first attempt finds a session.
            let id = Box::pin(self.prisma_id()).await?;
            placeholder::fill(&mut request, call.operation, &id)?;
            now = wire.shared.clock.now();
        }
        // What an undocumented call is named by, in errors. The query may hold what the user searches for.
        let place = operation_place(call.operation, &request);
        let marked = wire.mark(call.operation.product, &mut request);
        if call.expect == Expect::Stream
            && let Some(files) = &dialect::of(call.operation.product).files
        {
            request
                .headers_mut()
                .entry(http::header::ACCEPT)
                .or_insert_with(|| files.clone());
        }
        let mut replayed = false;
        loop {
            let mut permit = self.limiter.admit(&call.drawn, now).await;
            if !permit.waited.is_zero() {
                now = wire.shared.clock.now();
                *waited += permit.waited;
                self.throttled(call.operation, permit.waited);
                if tries.number == 0 {
                    // What was spent in the queue is the limit's, not the call's.
                    *tries = Tries::new(now);
                }
            }
            // After the wait, so that the token is fresh when it is sent.
            let held = match call.authenticated {
                true => Some(self.session.token_at(now).await?),
                false => None,
            };
            if let Some(held) = &held {
                request
                    .headers_mut()
                    .insert(header_of(call.operation.product), held.token.header());
            } else {
                wire.source.dress(&mut request);
            }
            // What is sent is a copy, so that the request itself is there for the next round.
            let (sent, repeatable) = match copied(&request) {
                Some(copy) => (copy, true),
                None => (take(&mut request), false),
            };
            let sent = http.execute(sent);
            let attempt = wire.attempt(call.operation, sent, call.expect, tries);
            let result = Box::pin(attempt).await;
            let headers = match &result {
                Ok(response) => response.headers(),
                Err(failure) => &failure.headers,
            };
            now = wire.shared.clock.now();
            let answered = result
                .as_ref()
                .map_or_else(|failure| failure.status.is_some(), |_| true);
            if answered {
                permit.learn(RateHeaders::of(headers), now);
            } else {
                permit.unanswered();
            }
            let failure = match result {
                Ok(response) => {
                    wire.succeeded(tries);
                    if let Some(held) = &held {
                        self.session.helped(held, call.operation.product);
                    }
                    return Ok(response);
                }
                Err(failure) => failure,
            };
            if failure.outcome == Outcome::Status(429) || failure.outcome == Outcome::Page(429) {
                permit.refused(
                    retry_after::of(&failure.headers, wire.shared.clock.wall()),
                    now,
                );
            }
            drop(permit);

            let token = held.as_ref().map(|held| held.token.clone());
            let report = |failure: Box<Failure>, tries: &Tries| {
                let login = !call.authenticated;
                let error = wire
                    .error(
                        *failure,
                        call.operation,
                        call.class,
                        token.as_ref(),
                        tries,
                        login,
                    )
                    .or_request_id(marked.clone());
                match &place {
                    Some((method, path)) => error.with_place(method, path),
                    None => error,
                }
            };
            if let Some(held) = &held
                && may_be_stale(call.operation.product, &failure)
            {
                if replayed {
                    self.session.refused_again(call.operation.product);
                } else if self.session.refused(held, call.operation.product) == Refusal::Replay {
                    if !repeatable {
                        return Err(not_replayable(report(failure, tries), call.operation));
                    }
                    tracing::debug!(target: "prisma_cloud", "the token was refused; once more with another one");
                    replayed = true;
                    continue;
                }
            }
            let Some(wait) = wire.again(call.class, &failure, tries) else {
                return Err(report(failure, tries));
            };
            if !repeatable {
                return Err(not_replayable(report(failure, tries), call.operation));
            }
            Box::pin(wire.pause(call.operation, tries, wait)).await;
            *waited += wait;
            now = wire.shared.clock.now();
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

/// A copy of `request`, unless its body is a stream.
///
/// What is not used here is not copied: most requests have neither a body nor settings of reqwest's.
fn copied(request: &Request) -> Option<Request> {
    if request.body().is_some() || request.timeout().is_some() {
        return request.try_clone();
    }
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// The request, in exchange for an empty one.
fn take(request: &mut Request) -> Request {
    let empty = Request::new(http::Method::GET, request.url().clone());
    std::mem::replace(request, empty)
}

/// What is known about a call at its end.
fn record(
    span: &Span,
    result: &Result<Response, Error>,
    tries: &Tries,
    waited: Duration,
    duration: Duration,
) {
    match result {
        Ok(response) => {
            span.record("http.response.status_code", response.status().as_u16());
        }
        Err(error) => {
            span.record("error.type", error.kind().as_str());
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status.as_u16());
            }
            if let Some(request_id) = error.request_id() {
                span.record("prisma_cloud.request_id", request_id);
            }
        }
    }
    span.record("http.request.resend_count", tries.number.saturating_sub(1));
    span.record("prisma_cloud.wait_ms", millis(waited));
    span.record("prisma_cloud.duration_ms", millis(duration));
}

/// Whether the refusal may mean an expired or revoked token. A page counts for 401 only: 403 is what firewalls say.
fn may_be_stale(product: Product, failure: &Failure) -> bool {
    match failure.outcome {
        Outcome::Page(401) => true,
        Outcome::Status(status) => dialect::of(product).stale.contains(&status),
        _ => false,
    }
}

fn operation_place(operation: &Operation, request: &Request) -> Option<(http::Method, String)> {
    operation
        .path
        .is_empty()
        .then(|| (request.method().clone(), request.url().path().to_owned()))
}

fn elsewhere(operation: &'static Operation, request: &Request) -> Error {
    Error::config(format!(
        "the request is for {}, which is not the configured API; nothing was sent",
        request.url().origin().ascii_serialization()
    ))
    .with_operation(operation)
}

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
        let request = Request::new(http::Method::GET, url);
        let call = Call::of(&OPERATION, &request);
        let http = &core.wire.shared.http;
        let sent = http.execute(request.try_clone().unwrap());
        let mut tries = Tries::new(core.wire.shared.clock.now());

        let run = core.run(http, Box::new(request), &call);
        let run = size_of_val(&run) + size_of::<Call>();
        let attempt = core
            .wire
            .attempt(&OPERATION, sent, Expect::Json, &mut tries);
        let attempt = size_of_val(&attempt);
        println!("a call {run} bytes, an attempt {attempt}");
        assert!(run < LARGE, "{run}");
        assert!(attempt < LARGE, "{attempt}");
    }
}
