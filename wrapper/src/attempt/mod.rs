//! Sending a request once, and reading what comes back.

mod body;
mod deadline;
mod failure;
mod origin;
mod trouble;

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{FutureExt, TryFutureExt};
use http::{HeaderMap, StatusCode, header};
use prisma_cloud_api::{Answer, BoxFuture, Operation, ReadBody};
use reqwest::Response;

use crate::error::ErrorKind;
use crate::error::body::{is_called_html, is_html, without_mark};
use crate::retry::decision::Outcome;
use crate::time::in_words;
use crate::wire::Shared;
use body::Begun;
pub(crate) use body::guarded;
pub(crate) use deadline::Deadline;
pub(crate) use failure::Failure;
pub(crate) use origin::Origin;
pub(crate) use trouble::Trouble;

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

/// What an attempt needs besides the request.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    pub(crate) shared: &'a Shared,
    /// What is called.
    pub(crate) operation: &'static Operation,
    /// Of the call as a whole; the reading of the body is within it.
    pub(crate) deadline: Deadline,
}

impl Limits<'_> {
    /// How long to wait for what comes next of an answer, for which its own time-out grants `own`, and whether it is the
    /// call as a whole that grants no more.
    fn next(&self, own: Duration) -> (Duration, bool) {
        let left = self.deadline.left(self.shared.clock.now());
        (own.min(left), left < own)
    }
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
    exchange: impl Future<Output = reqwest::Result<Response>> + Unpin,
    expect: Expect,
    limits: Limits<'_>,
) -> Result<Box<Response>, Box<Failure>> {
    // In a box, because it is handed on from layer to layer.
    let exchange = exchange.map_ok(Box::new);
    let own = limits.shared.timeouts.attempt;
    let (limit, overall) = limits.next(own);
    let mut response = match within(exchange, limits.shared.clock.timeout(limit)).await {
        Some(Ok(response)) => response,
        Some(Err(error)) => {
            return Err(Box::new(Failure::unanswered(
                error,
                &limits.shared.timeouts,
            )));
        }
        None => {
            let setting = match overall {
                true => limits.deadline.in_words(),
                false => format!("attempt time-out of {}", in_words(own)),
            };
            return Err(late(format!("no answer came within the {setting}")));
        }
    };
    if !response.status().is_success() {
        return Err(refusal(response, limits).await);
    }
    match expect {
        // The transport sees to it that the stream does not stall.
        Expect::Stream => return Ok(response),
        Expect::Empty if !says_html(response.headers()) => return Ok(response),
        _ => {}
    }
    let most = limits.shared.max_answer;
    let read = match body::at_once(&mut response, most) {
        Begun::Whole(body) => body,
        Begun::Begins { told, .. } if told.is_some_and(|told| told > most as u64) => {
            return Err(broken_off(&mut response, too_large(most)));
        }
        Begun::Begins { told, piece } => {
            match body::read_on(&mut response, limits, most, told, piece).await {
                Ok((body, false)) => body,
                Ok((_, true)) => return Err(broken_off(&mut response, too_large(most))),
                Err(unread) => return Err(broken_off(&mut response, unread.failure)),
            }
        }
    };
    if is_html(&read, content_type(response.headers())) {
        return Err(Box::new(page(
            Head::taken_from(&mut response),
            read,
            limits.shared.max_error_body,
        )));
    }
    let read = match expect {
        // As it came.
        Expect::Buffered => read,
        _ => data(read, expect == Expect::JsonOrEmpty),
    };
    let read = ReadBody::new(read, Some(limits.operation));
    response.extensions_mut().insert(read);
    Ok(response)
}

/// The JSON in `read`, which begins after a byte order mark; `or_empty`: nothing at all stands for null.
fn data(read: Bytes, or_empty: bool) -> Bytes {
    let mark = read.len() - without_mark(&read).len();
    let read = if mark > 0 { read.slice(mark..) } else { read };
    if or_empty && read.trim_ascii().is_empty() {
        Bytes::from_static(b"null")
    } else {
        read
    }
}

/// What `exchange` comes to, if that is before `limit`.
async fn within<F: Future + Unpin>(
    mut exchange: F,
    mut limit: BoxFuture<'_, ()>,
) -> Option<F::Output> {
    poll_fn(|context| match exchange.poll_unpin(context) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}

#[cold]
fn late(message: String) -> Box<Failure> {
    let (outcome, kind) = (Outcome::TimedOut, ErrorKind::Timeout);
    Box::new(Failure::silent(outcome, kind, message))
}

/// A success that must not be read as a whole.
#[cold]
fn too_large(most: usize) -> Box<Failure> {
    Box::new(Failure::silent(
        Outcome::Final,
        ErrorKind::Decode,
        format!(
            "the answer has more than the {most} bytes that are read into memory: ask for less at once, have it \
             streamed as a file (`RawCall::download`), or raise `max_answer` of the builder"
        ),
    ))
}

/// `failure` to read the body of a success.
#[cold]
fn broken_off(response: &mut Response, mut failure: Box<Failure>) -> Box<Failure> {
    let head = Head::taken_from(response);
    failure.status = Some(head.status);
    failure.headers = head.headers;
    failure
}

/// An answer that is no success, with its body.
#[cold]
fn refusal<'a>(mut response: Box<Response>, limits: Limits<'a>) -> BoxFuture<'a, Box<Failure>> {
    Box::pin(async move {
        let head = Head::taken_from(&mut response);
        // A body that breaks off, or comes too slowly, must not hide the status it explains.
        let (body, cut) = body::read(&mut response, limits, limits.shared.max_error_body)
            .await
            .unwrap_or_else(|unread| (unread.read, true));
        if is_html(&body, content_type(&head.headers)) {
            return Box::new(Failure {
                body_cut: cut,
                ..page(head, body, limits.shared.max_error_body)
            });
        }
        let status = head.status;
        let outcome = if status.is_redirection() {
            Outcome::Final
        } else {
            Outcome::Status(status.as_u16())
        };
        Box::new(Failure {
            status: Some(status),
            headers: head.headers,
            body,
            body_cut: cut,
            ..Failure::silent(outcome, ErrorKind::of_status(status), "")
        })
    })
}

/// A page for people. Its status stands for something only where no success is claimed.
fn page(head: Head, body: Bytes, most: usize) -> Failure {
    let kind = match head.status.as_u16() {
        401 | 403 | 404 | 407 | 429 => ErrorKind::of_status(head.status),
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

fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

fn says_html(headers: &HeaderMap) -> bool {
    is_called_html(content_type(headers))
}
