//! The one place where generated calls and a session meet.
//!
//! A generated call builds its request and hands it, with the [`Operation`] it belongs to, to a
//! [`Transport`]. The transport owns everything else: credentials, headers, retries, limits.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use progenitor_client::{ClientHooks, ClientInfo, OperationInfo};

/// One of the two products; each has its own way of carrying the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Product {
    /// Cloud Security Posture Management: `x-redlock-auth: <token>`.
    Cspm,
    /// Code Security: `authorization: <token>`, without `Bearer`.
    Code,
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
}

impl Operation {
    /// The identity of a call that no document describes: a method and path of the caller's own.
    pub const fn undocumented(product: Product) -> Self {
        Self {
            product,
            id: "undocumented",
            name: "undocumented",
            method: "",
            path: "",
            group: "",
            answer: Answer::Bytes,
        }
    }
}

/// Stands in a path or a header for the id of the session's tenant. Builders of operations that want it begin with it, and the
/// transport replaces it before anything is sent.
pub const PRISMA_ID_OF_SESSION: &str = "prisma-id-of-session";

/// A boxed future, so that [`Transport`] can be used as a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Exchanges the request of a generated call for an answer.
///
/// An implementation adds what the request lacks (the token), sends it, and may send it again.
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
pub struct SharedTransport(Arc<dyn Transport>);

impl SharedTransport {
    /// Shares `transport`.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self(transport)
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
        &*self.0
    }
}

/// Lets a generated client hand its requests to the transport.
macro_rules! exchange_through_transport {
    ($product:ident) => {
        impl ClientHooks<SharedTransport> for crate::$product::Client {
            async fn exec(
                &self,
                mut request: reqwest::Request,
                info: &OperationInfo,
            ) -> reqwest::Result<reqwest::Response> {
                // The generator sends the document's version; the service knows no such header.
                request.headers_mut().remove("api-version");
                let operation = find(crate::$product::OPERATIONS, info.operation_id);
                self.inner()
                    .exchange(self.client(), request, operation)
                    .await
            }
        }
    };
}

exchange_through_transport!(cspm);
exchange_through_transport!(code);

/// The entry of the generated method called `name`. Table and methods come from one document.
fn find(operations: &'static [Operation], name: &str) -> &'static Operation {
    let index = operations
        .binary_search_by(|operation| operation.name.cmp(name))
        .expect("every generated method has an entry in the table");
    &operations[index]
}
