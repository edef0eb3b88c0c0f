//! Sending a request once, and reading what comes back.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, FutureExt, select};
use http::{HeaderMap, StatusCode, header};
use prisma_cloud_api::{Answer, ReadBody};
use reqwest::{Response, ResponseBuilderExt};

use crate::clock::Clock;
use crate::error::body::is_html;
use crate::error::{Error, ErrorKind};
use crate::http2;
use crate::retry::decision::Outcome;
use crate::settings::Timeouts;

/// What a success has to carry, and how it is handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// Data; read to its end here, so that an answer that breaks off can be asked for again.
    Json,
    /// The same; nothing at all counts as `null`.
    JsonOrEmpty,
    /// Anything, read to its end here, but no page in place of data.
    Buffered,
    /// Anything, handed on while it comes.
    Stream,
    /// Nothing.
    Empty,
}

impl From<Answer> for Expect {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Json => Self::Json,
            Answer::JsonOrEmpty => Self::JsonOrEmpty,
            Answer::Empty => Self::Empty,
            _ => Self::Stream,
        }
    }
}

/// As much memory is taken for an announced body before it comes: a false announcement must not cost more.
const MOST_ROOM: usize = 64 << 20;

/// An attempt that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) kind: ErrorKind,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) body_cut: bool,
    /// What happened, where no answer tells.
    pub(crate) what: String,
    pub(crate) source: Option<reqwest::Error>,
}

impl Failure {
    fn silent(outcome: Outcome, kind: ErrorKind, what: impl Into<String>) -> Self {
        Self {
            outcome,
            kind,
            status: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_cut: false,
            what: what.into(),
            source: None,
        }
    }

    /// No answer began.
    fn unanswered(error: reqwest::Error) -> Self {
        // Only here: of a body that is reset the server has made at least the beginning, whatever it says.
        let unprocessed = http2::is_unprocessed(&error);
        let failure = Self::of_reqwest(error);
        if unprocessed {
            Self {
                outcome: Outcome::Unseen,
                what: "the server did not take the request".into(),
                ..failure
            }
        } else {
            failure
        }
    }

    fn of_reqwest(error: reqwest::Error) -> Self {
        let (outcome, kind, what) = if error.is_builder() {
            (
                Outcome::Final,
                ErrorKind::Config,
                "the request cannot be built",
            )
        } else if error.is_connect() && error.is_timeout() {
            (
                Outcome::Unseen,
                ErrorKind::Timeout,
                "no connection came about in time",
            )
        } else if error.is_connect() {
            (
                Outcome::Unseen,
                ErrorKind::Network,
                "no connection came about",
            )
        } else if error.is_timeout() {
            (
                Outcome::TimedOut,
                ErrorKind::Timeout,
                "the server took longer than allowed",
            )
        } else if error.is_redirect() {
            (
                Outcome::Final,
                ErrorKind::Redirect,
                "the server redirects without end",
            )
        } else {
            (Outcome::Broken, ErrorKind::Network, "the connection broke")
        };
        Self {
            // The query may hold what the user searches for.
            source: Some(error.without_url()),
            ..Self::silent(outcome, kind, what)
        }
    }
}

/// What an attempt needs besides the request.
pub(crate) struct Limits<'a> {
    pub(crate) clock: &'a dyn Clock,
    pub(crate) timeouts: Timeouts,
    /// Until the head of the answer: the attempt's own limit, or what is left of the whole call's.
    pub(crate) head: Duration,
    pub(crate) max_error_body: usize,
}

/// The head of an answer that is a failure.
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

impl Head {
    /// Only the body is of use in `response` afterwards.
    fn taken_from(response: &mut Response) -> Self {
        Self {
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
        }
    }
}

/// Awaits the answer of an `exchange`. The response of a success has its body read already, as [`ReadBody`], unless it is
/// streamed.
pub(crate) async fn send(
    exchange: impl Future<Output = reqwest::Result<Response>>,
    expect: Expect,
    limits: &Limits<'_>,
    clock: &std::sync::Arc<dyn Clock>,
) -> Result<Response, Box<Failure>> {
    let exchange = pin!(exchange);
    let response = match select(exchange, limits.clock.timeout(limits.head)).await {
        Either::Left((Ok(response), _)) => response,
        Either::Left((Err(error), _)) => return Err(Box::new(Failure::unanswered(error))),
        Either::Right(_) => {
            return Err(Box::new(Failure::silent(
                Outcome::TimedOut,
                ErrorKind::Timeout,
                format!("no answer came within {:?}", limits.head),
            )));
        }
    };
    if response.status().is_success() {
        success(response, expect, limits, clock).await
    } else {
        Err(Box::new(Box::pin(refusal(response, limits)).await))
    }
}

async fn success(
    mut response: Response,
    expect: Expect,
    limits: &Limits<'_>,
    clock: &std::sync::Arc<dyn Clock>,
) -> Result<Response, Box<Failure>> {
    match expect {
        Expect::Stream => return Ok(guarded(response, clock.clone(), limits.timeouts.stall)),
        Expect::Empty if !says_html(response.headers()) => return Ok(response),
        _ => {}
    }
    let body = match Box::pin(read(&mut response, limits, usize::MAX)).await {
        Ok((body, _)) => body,
        Err(mut failure) => {
            let head = Head::taken_from(&mut response);
            failure.status = Some(head.status);
            failure.headers = head.headers;
            return Err(failure);
        }
    };
    if is_html(&body, content_type(response.headers())) {
        let head = Head::taken_from(&mut response);
        return Err(Box::new(page(head, body, limits.max_error_body)));
    }
    let body = if expect == Expect::JsonOrEmpty && body.trim_ascii().is_empty() {
        Bytes::from_static(b"null")
    } else {
        body
    };
    response.extensions_mut().insert(ReadBody(body));
    Ok(response)
}

/// An answer that is no success, with its body.
async fn refusal(mut response: Response, limits: &Limits<'_>) -> Failure {
    let head = Head::taken_from(&mut response);
    // A body that breaks off must not hide the status it explains.
    let (body, cut) = read(&mut response, limits, limits.max_error_body)
        .await
        .unwrap_or_default();
    if is_html(&body, content_type(&head.headers)) {
        return Failure {
            body_cut: cut,
            ..page(head, body, limits.max_error_body)
        };
    }
    let status = head.status;
    let outcome = if status.is_redirection() {
        Outcome::Final
    } else {
        Outcome::Status(status.as_u16())
    };
    Failure {
        status: Some(status),
        headers: head.headers,
        body,
        body_cut: cut,
        ..Failure::silent(outcome, ErrorKind::of_status(status), "")
    }
}

/// A page for people. Its status stands for something only where no success is claimed.
fn page(head: Head, body: Bytes, most: usize) -> Failure {
    let kind = match head.status.as_u16() {
        401 | 403 | 404 | 429 => ErrorKind::of_status(head.status),
        _ => ErrorKind::UnexpectedPage,
    };
    Failure {
        status: Some(head.status),
        headers: head.headers,
        body_cut: body.len() > most,
        body: body.slice(..body.len().min(most)),
        ..Failure::silent(Outcome::Page(head.status.as_u16()), kind, "")
    }
}

/// Reads the body up to `most` bytes; the flag says whether there was more.
async fn read(
    response: &mut Response,
    limits: &Limits<'_>,
    most: usize,
) -> Result<(Bytes, bool), Box<Failure>> {
    let told = response.content_length();
    let mut piece = async || next(response, limits.clock, limits.timeouts.stall).await;
    let Some(mut first) = piece().await? else {
        return Ok((Bytes::new(), false));
    };
    if first.len() > most {
        first.truncate(most);
        return Ok((first, true));
    }
    // Most answers come in one piece, which is handed on as it is.
    let Some(second) = piece().await? else {
        return Ok((first, false));
    };
    // Room for all that was announced, so that nothing is copied again while it grows.
    let told = usize::try_from(told.unwrap_or_default()).unwrap_or(usize::MAX);
    let room = told.min(MOST_ROOM).min(most);
    let mut body = BytesMut::with_capacity(room.max(first.len() + second.len()).min(most));
    body.extend_from_slice(&first);
    drop(first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        let room = most - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            return Ok((body.freeze(), true));
        }
        next = piece().await?;
    }
    Ok((body.freeze(), false))
}

/// The next piece of the body, if it comes before the body counts as stalled.
async fn next(
    response: &mut Response,
    clock: &dyn Clock,
    stall: Duration,
) -> Result<Option<Bytes>, Box<Failure>> {
    // Most pieces are there already, and need no timer.
    let piece = match response.chunk().now_or_never() {
        Some(piece) => piece,
        None => match select(pin!(response.chunk()), clock.timeout(stall)).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => {
                return Err(Box::new(Failure::silent(
                    Outcome::TimedOut,
                    ErrorKind::Timeout,
                    format!("the answer stalled: nothing more came for {stall:?}"),
                )));
            }
        },
    };
    piece.map_err(|error| {
        Box::new(Failure {
            what: "the connection broke in the middle of the answer".into(),
            ..Failure::of_reqwest(error)
        })
    })
}

/// The same response, whose body fails when it stalls.
pub(crate) fn guarded(
    response: Response,
    clock: std::sync::Arc<dyn Clock>,
    stall: Duration,
) -> Response {
    let url = response.url().clone();
    let mut head = http::Response::builder()
        .status(response.status())
        .version(response.version())
        .url(url)
        .body(())
        .expect("the parts come from a response");
    *head.headers_mut() = response.headers().clone();
    let pieces = futures_util::stream::try_unfold(response, move |mut response| {
        let clock = clock.clone();
        async move {
            match next(&mut response, &*clock, stall).await {
                Ok(Some(piece)) => Ok(Some((piece, response))),
                Ok(None) => Ok(None),
                Err(failure) => Err(stream_error(*failure)),
            }
        }
    });
    head.map(|()| reqwest::Body::wrap_stream(pieces)).into()
}

fn stream_error(failure: Failure) -> Error {
    let error = Error::new(failure.kind, failure.what).with_attempts(1);
    match failure.source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

fn says_html(headers: &HeaderMap) -> bool {
    is_html(b"", content_type(headers))
}
