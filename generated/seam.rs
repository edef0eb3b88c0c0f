//! The one place where generated calls and a session meet.
//!
//! A generated call builds its request and hands it, with the [`Operation`] it belongs to, to a
//! [`Transport`]. The transport owns everything else: credentials, headers, retries, limits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;

use crate::base::BaseCache;

/// An API of one service; each has its own way of carrying the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Product {
    /// Cloud Security Posture Management: `x-redlock-auth: <token>`.
    Cspm,
    /// Code Security: `authorization: <token>`, without `Bearer`.
    Code,
    /// IBM Cloud IAM: `authorization: Bearer <token>`.
    #[cfg(feature = "ibm-iam")]
    IbmIam,
    /// The Configuration API v1 of IBM Cloud, retired in December 2022: `authorization: Bearer <token>`.
    #[cfg(feature = "ibm-configuration")]
    IbmConfiguration,
    /// The Security and Compliance API v3 of IBM Cloud, whose support ended in December 2025:
    /// `authorization: Bearer <token>`.
    #[cfg(feature = "ibm-compliance")]
    IbmCompliance,
}

/// What the body of a successful answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// A JSON document.
    Json,
    /// A JSON document, or nothing: one of the documented success statuses has no body.
    JsonOrEmpty,
    /// Bytes that the caller streams: a file, a CSV, an image.
    Bytes,
    /// No body.
    Empty,
}

/// The identity of a call: what a transport decides on, and what a trace shows.
#[derive(Debug)]
#[non_exhaustive]
pub struct Operation {
    /// The product the operation belongs to.
    pub product: Product,
    /// The operation id, as pinned in the vendored document.
    pub id: &'static str,
    /// The name of the generated method.
    pub name: &'static str,
    /// The HTTP method, upper case.
    pub method: &'static str,
    /// The path template, with parameters in braces.
    pub path: &'static str,
    /// The API group, which is also the name of the cargo feature.
    pub group: &'static str,
    /// What a successful answer carries.
    pub answer: Answer,
    /// Whether the path or a header holds the id of the session's tenant; see [`PRISMA_ID_OF_SESSION`].
    pub wants_prisma_id: bool,
}

impl Operation {
    /// `message` about a call that is not sent, with the operation in front.
    pub(crate) fn named(&self, message: &str) -> String {
        format!("{} ({} {}): {message}", self.id, self.method, self.path)
    }

    /// What stands behind this operation in the `InvalidRequest` of a generated call; `None` if it is about another one.
    pub fn message_in<'m>(&self, error: &'m str) -> Option<&'m str> {
        error
            .strip_prefix(self.id)?
            .strip_prefix(" (")?
            .strip_prefix(self.method)?
            .strip_prefix(' ')?
            .strip_prefix(self.path)?
            .strip_prefix("): ")
    }

    /// An operation that is in no table, without a name of its own.
    pub const fn new(
        product: Product,
        method: &'static str,
        path: &'static str,
        answer: Answer,
    ) -> Self {
        Self {
            product,
            id: "undocumented",
            name: "undocumented",
            method,
            path,
            group: "",
            answer,
            wants_prisma_id: false,
        }
    }

    /// The same with the id, the name of the method and the group that it has.
    pub const fn called(
        mut self,
        id: &'static str,
        name: &'static str,
        group: &'static str,
    ) -> Self {
        (self.id, self.name, self.group) = (id, name, group);
        self
    }

    /// The same, if its path or a header may hold [`PRISMA_ID_OF_SESSION`].
    pub const fn with_prisma_id(mut self) -> Self {
        self.wants_prisma_id = true;
        self
    }

    /// The identity of a call that no document describes: a method and path of the caller's own, and whatever the caller
    /// writes there.
    pub const fn undocumented(product: Product) -> Self {
        Self::new(product, "", "", Answer::Bytes).with_prisma_id()
    }
}

/// Stands in a path or a header for the id of the session's tenant. Builders of operations that want it begin with it, and the
/// transport replaces it in their calls, and in those that no document describes, before anything is sent.
pub const PRISMA_ID_OF_SESSION: &str = "prisma-id-of-session";

/// The body of an answer that was read before it was handed on.
///
/// A [`Transport`] that reads bodies to their end, for instance to be able to ask again for one that breaks off, puts what it
/// has read into the extensions of the response: making a new response around it would cost more than reading it. The
/// response's own body is then empty. A transport around another one asks [`ReadBody::of`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReadBody {
    /// What was read.
    pub body: Bytes,
    /// The operation that it answers, which an answer that cannot be decoded is named by.
    pub operation: Option<&'static Operation>,
}

impl ReadBody {
    /// `body`, which answers `operation`.
    pub fn new(body: Bytes, operation: Option<&'static Operation>) -> Self {
        Self { body, operation }
    }

    /// The body of `response`, read already or not.
    ///
    /// # Errors
    /// That of a body that has not been read yet and breaks off.
    pub async fn of(mut response: reqwest::Response) -> reqwest::Result<Bytes> {
        match response.extensions_mut().remove::<Self>() {
            Some(Self { body, .. }) => Ok(body),
            None => response.bytes().await,
        }
    }
}

/// Where an answer comes from that says something else than its type, and what is wrong with it.
///
/// The `serde_json::Error` in an `InvalidResponsePayload` of a generated call holds it; [`Undecoded::of`] finds it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecoded {
    /// The operation that was called, if the [`Transport`] told.
    pub operation: Option<&'static Operation>,
    /// The status of the answer.
    pub status: reqwest::StatusCode,
    /// The headers of the answer.
    pub headers: reqwest::header::HeaderMap,
    /// The host that answered.
    pub host: String,
    /// What is wrong with the body.
    pub problem: serde_json::Error,
}

impl Undecoded {
    /// What is known about the answer that `error` is about.
    pub fn of(error: &serde_json::Error) -> Option<&Self> {
        std::error::Error::source(error)?.downcast_ref()
    }
}

impl fmt::Display for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(operation) = self.operation {
            write!(
                f,
                "{} ({} {}): ",
                operation.id, operation.method, operation.path
            )?;
        }
        write!(
            f,
            "the answer of {} with status {}: {}",
            self.host, self.status, self.problem
        )
    }
}

impl std::error::Error for Undecoded {}

/// A boxed future, so that [`Transport`] can be used as a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Exchanges the request of a generated call for an answer.
///
/// An implementation adds what the request lacks (the token), sends it, and may send it again.
/// A body that it has read goes into the extensions of the response, as [`ReadBody`].
/// A failure that is not reqwest's own travels as a response with an error status and the typed
/// failure in its extensions: nobody but reqwest can make a `reqwest::Error`.
pub trait Transport: Send + Sync + 'static {
    /// Sends `request`, which belongs to `operation`, with `client`.
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>>;
}

/// A [`Transport`] shared by clones of the generated clients.
#[derive(Clone)]
pub struct SharedTransport {
    transport: Arc<dyn Transport>,
    base: Arc<BaseCache>,
}

impl SharedTransport {
    /// Shares `transport`.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            base: Arc::default(),
        }
    }

    /// The URL of a call to `path` of the client with the base URL `base`.
    // Not used where no operation is enabled.
    #[allow(dead_code)]
    pub(crate) fn url(&self, base: &str, path: fmt::Arguments<'_>) -> Result<reqwest::Url, String> {
        self.base.url(base, path)
    }
}

impl fmt::Debug for SharedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedTransport(..)")
    }
}

impl std::ops::Deref for SharedTransport {
    type Target = dyn Transport;

    fn deref(&self) -> &Self::Target {
        &*self.transport
    }
}

/// The entry of the generated method called `name`. Calls ask while they are compiled: table and methods come from one
/// document, and if they did not agree, the build would fail here.
// Not used where no operation is enabled.
#[allow(dead_code)]
pub(crate) const fn operation(
    operations: &'static [Operation],
    name: &'static str,
) -> &'static Operation {
    // Sorted by name. Loops and comparisons of strings in constants are these.
    let (mut low, mut high) = (0, operations.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let other = operations[middle].name;
        if is_less(other.as_bytes(), name.as_bytes()) {
            low = middle + 1;
        } else if is_less(name.as_bytes(), other.as_bytes()) {
            high = middle;
        } else {
            return &operations[middle];
        }
    }
    panic!("every generated method has an entry in the table")
}

#[allow(dead_code)]
const fn is_less(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return one[at] < other[at];
        }
        at += 1;
    }
    one.len() < other.len()
}
