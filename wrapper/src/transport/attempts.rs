//! The loop around the attempts at a call: what a call does that succeeds at once. The rest is in `aftermath`.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use prisma_cloud_api::{Operation, Product};
use reqwest::{Request, Response};
use tracing::Instrument;

use super::aftermath::Failed;
use super::{Call, Core, trace};
use crate::attempt::Expect;
use crate::dialect::{self, header_of};
use crate::error::{Error, ErrorKind};
use crate::placeholder;
use crate::session::state::CallKey;
use crate::wire::Tries;

/// How far a call has come.
pub(super) struct Course {
    pub(super) begin: Instant,
    /// When something last happened. The clock is not asked more often than it has to be.
    pub(super) now: Instant,
    pub(super) tries: Tries,
    /// For limits and before retries.
    pub(super) waited: Duration,
    /// The error of the last attempt.
    pub(super) last: Option<Error>,
    /// How often it was sent again with another token.
    pub(super) replays: u32,
    /// It has waited for a new token to reach all servers.
    pub(super) paused: bool,
    /// The id by which the provider finds the request.
    pub(super) marked: Option<String>,
    /// What an undocumented call is named by, in errors. The query may hold what the user searches for.
    pub(super) place: Option<(http::Method, String)>,
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
                tries: Tries::new(self.deadline(call, begin)),
                waited: Duration::ZERO,
                last: None,
                replays: 0,
                paused: false,
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
                    None => self.turn(call, course).await?,
                };
                // After the wait, so that the token is fresh when it is sent.
                let held = match call.authenticated {
                    true => match self.session.token_at(course.now) {
                        Some(held) => Some(held),
                        None => Some(self.token(course).await?),
                    },
                    false => None,
                };
                if course.tries.deadline.left(course.now).is_zero() {
                    return Err(out_of_time(call.operation, course));
                }
                match &held {
                    Some(held) => {
                        let headers = request.headers_mut();
                        headers.insert(header_of(product), held.token.header());
                    }
                    None => wire.source.dress(request),
                }
                let pools = &wire.shared.http;
                let (sent, repeatable) = pools.with(http, |http| send(http, request));
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
                            self.session
                                .succeeded(held, product, || key_of(product, request));
                        }
                        if call.expect == Expect::Stream {
                            return Ok(self.streamed(*response, call, course, held.as_deref()));
                        }
                        return Ok(response);
                    }
                    Err(failure) => failure,
                };
                let failed = Failed {
                    failure,
                    permit,
                    held,
                    key: key_of(product, request),
                    repeatable,
                };
                self.failed(failed, call, course).await?;
            }
        }
    }
}

/// By what a permission to make this call is known.
fn key_of(product: Product, request: &Request) -> CallKey {
    let mut hasher = DefaultHasher::new();
    (request.method(), request.url().path()).hash(&mut hasher);
    (product, hasher.finish())
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

/// The time of the call is used up: what came of the last attempt is its error.
#[cold]
pub(super) fn out_of_time(operation: &'static Operation, course: &mut Course) -> Error {
    let deadline = &course.tries.deadline;
    match course.last.take() {
        Some(error) => error.with_more_advice(deadline.no_time()),
        None => Error::new(
            ErrorKind::Timeout,
            format!(
                "the {} was used up before the request could be sent",
                deadline.in_words()
            ),
        )
        .with_operation(operation),
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

#[cfg(test)]
mod tests {
    use prisma_cloud_api::Transport;

    use super::*;

    /// From a kilobyte on glibc has no list of free blocks for the size, and searches.
    const LARGE: usize = 1024;

    #[tokio::test]
    async fn the_future_of_a_call_stays_small() {
        static OPERATION: Operation = Operation::undocumented(Product::Cspm);
        let client = crate::PrismaCloud::builder()
            .url("http://127.0.0.1:1")
            .access_key("id", "secret")
            .build()
            .unwrap();
        let url = url::Url::parse("http://127.0.0.1:1/x").unwrap();
        let request = Request::new(http::Method::GET, url);
        let core = client.core();
        let call = core.exchange(core.wire.shared.http.first(), request, &OPERATION);
        let size = size_of_val(&*call);
        println!("a call {size} bytes");
        assert!(size < LARGE, "{size}");
    }
}
