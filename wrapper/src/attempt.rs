//! Sending a request once, and reading what comes back.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::future::{Either, select};
use http::{HeaderMap, StatusCode, header};
use prisma_cloud_api::Answer;
use reqwest::{Request, Response, ResponseBuilderExt};

use crate::clock::Clock;
use crate::error::body::is_html;
use crate::error::{Error, ErrorKind};
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

    fn of_reqwest(error: reqwest::Error) -> Self {
        let (outcome, kind, what) = if error.is_builder() {
            (
                Outcome::Final,
                ErrorKind::Config,
                "the request cannot be built",
            )
        } else if error.is_connect() && error.is_timeout() {
            (
                Outcome::NotConnected,
                ErrorKind::Timeout,
                "no connection came about in time",
            )
        } else if error.is_connect() {
            (
                Outcome::NotConnected,
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

/// The head of an answer, kept while its body is read.
struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

/// Sends `request` once. The response of a success has its body read already, unless it is streamed.
pub(crate) async fn send(
    http: &reqwest::Client,
    request: Request,
    expect: Expect,
    limits: &Limits<'_>,
    clock: &std::sync::Arc<dyn Clock>,
) -> Result<Response, Failure> {
    let exchange = std::pin::pin!(http.execute(request));
    let response = match select(exchange, limits.clock.timeout(limits.head)).await {
        Either::Left((Ok(response), _)) => response,
        Either::Left((Err(error), _)) => return Err(Failure::of_reqwest(error)),
        Either::Right(_) => {
            return Err(Failure::silent(
                Outcome::TimedOut,
                ErrorKind::Timeout,
                format!("no answer came within {:?}", limits.head),
            ));
        }
    };
    if response.status().is_success() {
        success(response, expect, limits, clock).await
    } else {
        Err(refusal(response, limits).await)
    }
}

async fn success(
    response: Response,
    expect: Expect,
    limits: &Limits<'_>,
    clock: &std::sync::Arc<dyn Clock>,
) -> Result<Response, Failure> {
    match expect {
        Expect::Stream => return Ok(guarded(response, clock.clone(), limits.timeouts.stall)),
        Expect::Empty if !says_html(response.headers()) => return Ok(response),
        _ => {}
    }
    let head = Head {
        status: response.status(),
        headers: response.headers().clone(),
    };
    let url = response.url().clone();
    let version = response.version();
    let body = match read(response, limits, usize::MAX).await {
        Ok((body, _)) => body,
        Err(mut failure) => {
            failure.status = Some(head.status);
            failure.headers = head.headers;
            return Err(failure);
        }
    };
    if is_html(&body, content_type(&head.headers)) {
        return Err(page(head, body, limits.max_error_body));
    }
    let body = if expect == Expect::JsonOrEmpty && body.trim_ascii().is_empty() {
        Bytes::from_static(b"null")
    } else {
        body
    };
    let mut rebuilt = http::Response::builder()
        .status(head.status)
        .version(version)
        .url(url)
        .body(body)
        .expect("the parts come from a response");
    *rebuilt.headers_mut() = head.headers;
    Ok(rebuilt.into())
}

/// An answer that is no success, with its body.
async fn refusal(response: Response, limits: &Limits<'_>) -> Failure {
    let head = Head {
        status: response.status(),
        headers: response.headers().clone(),
    };
    // A body that breaks off must not hide the status it explains.
    let (body, cut) = read(response, limits, limits.max_error_body)
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
    mut response: Response,
    limits: &Limits<'_>,
    most: usize,
) -> Result<(Bytes, bool), Failure> {
    let mut body = BytesMut::new();
    loop {
        match next(&mut response, limits.clock, limits.timeouts.stall).await {
            Ok(Some(chunk)) if body.is_empty() && chunk.len() > most => {
                return Ok((chunk.slice(..most), true));
            }
            Ok(Some(chunk)) => {
                let room = most - body.len();
                body.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    return Ok((body.freeze(), true));
                }
            }
            Ok(None) => return Ok((body.freeze(), false)),
            Err(failure) => return Err(failure),
        }
    }
}

/// The next piece of the body, if it comes before the body counts as stalled.
async fn next(
    response: &mut Response,
    clock: &dyn Clock,
    stall: Duration,
) -> Result<Option<Bytes>, Failure> {
    match select(std::pin::pin!(response.chunk()), clock.timeout(stall)).await {
        Either::Left((Ok(chunk), _)) => Ok(chunk),
        Either::Left((Err(error), _)) => {
            let mut failure = Failure::of_reqwest(error);
            failure.what = "the connection broke in the middle of the answer".into();
            Err(failure)
        }
        Either::Right(_) => Err(Failure::silent(
            Outcome::TimedOut,
            ErrorKind::Timeout,
            format!("the answer stalled: nothing more came for {stall:?}"),
        )),
    }
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
                Err(failure) => Err(stream_error(failure)),
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
