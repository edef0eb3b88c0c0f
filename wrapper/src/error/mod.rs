//! The one error type.

pub(crate) mod advice;
pub(crate) mod body;
mod convert;
pub(crate) mod headers;
pub(crate) mod kind;
mod layers;
mod members;
pub(crate) mod printable;
pub(crate) mod redlock;
pub(crate) mod scrub;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

#[cfg(feature = "cspm-search")]
pub(crate) use convert::DecodeProblem;
pub(crate) use convert::of_reqwest;
pub use kind::ErrorKind;
use printable::printable;
pub use redlock::StatusEntry;

/// Why a call failed.
///
/// Every failure of the library is one of these, those of generated calls included: `?` converts them. It is
/// a cheap clone. Branch on the predicates ([`is_not_found`](Self::is_not_found), …), on [`kind`](Self::kind)
/// or, most precise, on the API's own keys with [`has_key`](Self::has_key). What is displayed says what to do
/// next, and neither `Display` nor `Debug` ever holds a token or a secret.
///
/// ```
/// # fn f(error: prisma_cloud::Error) {
/// if error.is_not_found() {
///     // nothing to delete
/// } else if error.has_key("policy_name_already_exists") {
///     // choose another name
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<Operation>,
    status: Option<StatusCode>,
    entries: Vec<StatusEntry>,
    request_id: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    body_cut: bool,
    retry_after: Option<Duration>,
    attempts: u32,
    may_have_been_carried_out: bool,
    advice: Option<String>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The call that failed.
#[derive(Clone)]
struct Operation {
    id: &'static str,
    method: Cow<'static, str>,
    path: Cow<'static, str>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: printable(message),
            operation: None,
            status: None,
            entries: Vec::new(),
            request_id: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_cut: false,
            retry_after: None,
            attempts: 0,
            may_have_been_carried_out: false,
            advice: None,
            source: None,
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Changes this error. Clones that others hold stay as they are: what is shared is copied first.
    fn edit(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn with_source(self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.edit(|inner| inner.source = Some(source.into().into()))
    }

    pub(crate) fn with_operation(self, operation: &'static prisma_cloud_api::Operation) -> Self {
        self.edit(|inner| {
            inner.operation = Some(Operation {
                id: operation.id,
                method: operation.method.into(),
                path: operation.path.into(),
            });
        })
    }

    /// Method and path of a call that is not documented.
    pub(crate) fn with_place(self, method: &http::Method, path: &str) -> Self {
        self.edit(|inner| {
            if let Some(operation) = &mut inner.operation {
                operation.method = method.as_str().to_owned().into();
                operation.path = printable(path).into();
            }
        })
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        self.edit(|inner| inner.status = Some(status))
    }

    pub(crate) fn with_entries(self, entries: Vec<StatusEntry>) -> Self {
        let entries = entries.into_iter().map(|entry| StatusEntry {
            key: printable(entry.key),
            severity: entry.severity.map(printable),
            subject: entry.subject.map(printable),
        });
        self.edit(|inner| inner.entries = entries.collect())
    }

    pub(crate) fn with_request_id(self, request_id: Option<String>) -> Self {
        self.edit(|inner| inner.request_id = request_id.map(printable))
    }

    /// The id that the request was sent with, if the answer names none.
    pub(crate) fn or_request_id(self, sent: Option<String>) -> Self {
        self.edit(|inner| {
            if inner.request_id.is_none() {
                inner.request_id = sent.map(printable);
            }
        })
    }

    pub(crate) fn with_headers(self, headers: HeaderMap) -> Self {
        self.edit(|inner| inner.headers = headers)
    }

    pub(crate) fn with_body(self, body: Bytes, cut: bool) -> Self {
        self.edit(|inner| {
            inner.body = body;
            inner.body_cut = cut;
        })
    }

    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        self.edit(|inner| inner.retry_after = retry_after)
    }

    pub(crate) fn with_attempts(self, attempts: u32) -> Self {
        self.edit(|inner| inner.attempts = attempts)
    }

    pub(crate) fn with_advice(self, advice: Option<String>) -> Self {
        self.edit(|inner| inner.advice = advice.map(printable))
    }

    /// See [`may_have_been_carried_out`](Self::may_have_been_carried_out).
    pub(crate) fn with_may_have_been_carried_out(self, may: bool) -> Self {
        self.edit(|inner| inner.may_have_been_carried_out = may)
    }

    /// Adds to the advice that the error has.
    pub(crate) fn with_more_advice(self, more: impl fmt::Display) -> Self {
        let more = printable(more.to_string());
        self.edit(|inner| {
            inner.advice = Some(match inner.advice.take() {
                Some(advice) => format!("{advice}; {more}"),
                None => more,
            });
        })
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The HTTP status of the answer, if one came. An [`UnexpectedPage`](ErrorKind::UnexpectedPage) may well have 200.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The entries of the `x-redlock-status` header; empty where the answer has none that can be read.
    pub fn entries(&self) -> &[StatusEntry] {
        &self.0.entries
    }

    /// Whether one of the [`entries`](Self::entries) has this key, such as `invalid_id`.
    pub fn has_key(&self, key: &str) -> bool {
        self.0.entries.iter().any(|entry| entry.key == key)
    }

    /// The operation id of the call that failed.
    pub fn operation_id(&self) -> Option<&'static str> {
        self.0.operation.as_ref().map(|operation| operation.id)
    }

    /// The id by which the provider's support finds the request.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The headers of the answer that carry no credentials, such as `date`, `retry-after`, `server`, `via`, limits and request ids,
    /// with the client's own secrets replaced. All others are left out: cookies, `location`, `link`, challenges, and whatever
    /// is unknown. Empty if no answer came.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of the answer: at most as many bytes as the builder's `max_error_body` allows (64 KiB unless
    /// set). The client's own secrets are replaced by `[redacted]` should the server have echoed them, in whatever way it
    /// escapes them (a secret of fewer than 6 bytes where it stands alone), and so are the values of all members and parameters
    /// whose names are those of secrets (`token`, `password`, …). It is empty where a login or an extension succeeded and its
    /// answer is no use, since that holds a token. Of a success that could not be decoded ([`is_decode`](Self::is_decode)) it is the
    /// whole answer as it came. `Debug` shows its length only.
    pub fn body(&self) -> &Bytes {
        &self.0.body
    }

    /// Whether [`body`](Self::body) is only the beginning of what the server sent.
    pub fn is_body_cut(&self) -> bool {
        self.0.body_cut
    }

    /// How long the server asked to wait before trying again.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was sent; 0 if it never was.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the service may have done what the call asked for although the call failed. Look before sending such a call
    /// again; where this is false, sending it again repeats nothing.
    ///
    /// * Calls that only read: always false, since reading twice changes nothing. (Those are GET, HEAD and OPTIONS, the
    ///   searches among the other operations, and raw calls declared with [`only_reads`](crate::RawCall::only_reads).)
    /// * A call that was not sent, because the set-up, a parameter or the login failed: false.
    /// * No connection was made, or a server of HTTP/2 says that it has not begun: false.
    /// * The service refused (4xx, 429 included, and redirects): false. 408 alone is an unfinished request: true.
    /// * Time ran out after sending, the connection broke, or the server failed (5xx): true.
    /// * A page came instead of data with 2xx, 408 or 5xx, or the answer to a success cannot be read: true.
    ///
    /// It speaks of the call that failed: polling a job is a read, and tells nothing of the call that began the job.
    pub fn may_have_been_carried_out(&self) -> bool {
        self.0.may_have_been_carried_out
    }

    /// Whether the client was set up with something that cannot work.
    pub fn is_config(&self) -> bool {
        self.0.kind == ErrorKind::Config
    }

    /// Whether the server does not accept who the caller is.
    pub fn is_unauthorized(&self) -> bool {
        self.0.kind == ErrorKind::Unauthorized
    }

    /// Whether the caller lacks a permission.
    pub fn is_forbidden(&self) -> bool {
        self.0.kind == ErrorKind::Forbidden
    }

    /// Whether the thing asked for does not exist.
    pub fn is_not_found(&self) -> bool {
        self.0.kind == ErrorKind::NotFound
    }

    /// Whether something of that name or state exists already.
    pub fn is_conflict(&self) -> bool {
        self.0.kind == ErrorKind::Conflict
    }

    /// Whether the request is wrong in a way that no other predicate names.
    pub fn is_invalid_request(&self) -> bool {
        self.0.kind == ErrorKind::InvalidRequest
    }

    /// Whether the server refused because of too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited
    }

    /// Whether the server failed.
    pub fn is_server(&self) -> bool {
        self.0.kind == ErrorKind::Server
    }

    /// Whether time ran out, on either side.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Whether no connection was made, or it broke.
    pub fn is_network(&self) -> bool {
        self.0.kind == ErrorKind::Network
    }

    /// Whether the answer sends the request elsewhere.
    pub fn is_redirect(&self) -> bool {
        self.0.kind == ErrorKind::Redirect
    }

    /// Whether a page for people came where data was expected.
    pub fn is_unexpected_page(&self) -> bool {
        self.0.kind == ErrorKind::UnexpectedPage
    }

    /// Whether the answer could not be read as what it should be.
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }

    /// Whether the request would have to be sent again and its body can be read only once.
    pub fn is_body_not_replayable(&self) -> bool {
        self.0.kind == ErrorKind::BodyNotReplayable
    }

    /// Whether a file on this machine could not be read or written.
    pub fn is_io(&self) -> bool {
        self.0.kind == ErrorKind::Io
    }

    /// Whether the server took on a job and gave it up.
    pub fn is_job_failed(&self) -> bool {
        self.0.kind == ErrorKind::JobFailed
    }

    /// Whether it is a failure that no other predicate names.
    pub fn is_other(&self) -> bool {
        self.0.kind == ErrorKind::Other
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = &inner.operation {
            match (operation.id, &*operation.path) {
                (id, "") => write!(f, "{id}: ")?,
                ("undocumented", path) => write!(f, "{} {path}: ", operation.method)?,
                (id, path) => write!(f, "{id} ({} {path}): ", operation.method)?,
            }
        }
        f.write_str(&inner.message)?;
        for (index, entry) in inner.entries.iter().enumerate() {
            f.write_str(if index == 0 { " [" } else { ", " })?;
            f.write_str(&entry.key)?;
            if let Some(subject) = &entry.subject {
                write!(f, ": {subject}")?;
            }
        }
        if !inner.entries.is_empty() {
            f.write_str("]")?;
        }
        if inner.attempts > 1 {
            write!(f, " (sent {} times)", inner.attempts)?;
        }
        if let Some(advice) = &inner.advice {
            write!(f, "; {advice}")?;
        }
        if inner.may_have_been_carried_out {
            f.write_str(
                "; the request may have been carried out, so look before sending it again",
            )?;
        }
        if let Some(request_id) = &inner.request_id {
            write!(f, " [request id {request_id}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        let mut debug = f.debug_struct("Error");
        debug.field("kind", &inner.kind);
        debug.field("message", &format_args!("{self}"));
        if let Some(operation) = &inner.operation {
            debug.field("operation", &operation.id);
        }
        if let Some(status) = inner.status {
            debug.field("status", &status.as_u16());
        }
        if !inner.entries.is_empty() {
            debug.field("entries", &inner.entries);
        }
        if let Some(retry_after) = inner.retry_after {
            debug.field("retry_after", &retry_after);
        }
        if inner.may_have_been_carried_out {
            debug.field("may_have_been_carried_out", &true);
        }
        // The length only: a body that could not be decoded may be an answer with a secret of the user.
        debug.field("body_length", &inner.body.len());
        if let Some(source) = &inner.source {
            debug.field("source", source);
        }
        debug.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_error_is_edited_and_its_clones_stay_as_they_are() {
        let first = Error::new(ErrorKind::Server, "it failed").with_source(fmt::Error);
        let kept = first.clone();
        let edited = first
            .with_status(StatusCode::BAD_GATEWAY)
            .with_more_advice("look at it")
            .with_attempts(3);
        assert_eq!(edited.to_string(), "it failed (sent 3 times); look at it");
        assert_eq!(edited.status(), Some(StatusCode::BAD_GATEWAY));
        assert!(edited.source().is_some(), "the source is shared");
        assert_eq!(kept.to_string(), "it failed");
        assert_eq!((kept.status(), kept.attempts()), (None, 0));
    }
}
