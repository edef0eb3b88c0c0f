//! Calls that no generated method covers.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use prisma_cloud_api::{Operation, Product, ReadBody};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::attempt::{Deadline, Expect};
use crate::client::PrismaCloud;
use crate::dialect;
use crate::endpoint;
use crate::error::{Error, ErrorKind, of_reqwest};
use crate::files::{self, Download};
use crate::path;
use crate::report;
use crate::retry::class::{self, Class};
use crate::transport::{Call, Core};

impl PrismaCloud {
    /// A call of any method and path, with the same session, limits, retries and errors as generated ones.
    ///
    /// For operations that are not published, and for answers that differ from their description. `product`
    /// decides how the token is carried; the path begins with a slash and is appended to the base URL as it is.
    /// A path with an empty segment, `.`, `..` or a backslash is refused when it is to be sent: it would lead elsewhere.
    ///
    /// ```no_run
    /// # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
    /// use prisma_cloud::{Method, Product};
    ///
    /// let alerts: serde_json::Value = client
    ///     .raw(Product::Cspm, Method::POST, "/v2/alert")
    ///     .only_reads()
    ///     .json(&serde_json::json!({ "limit": 10 }))
    ///     .send()
    ///     .await?
    ///     .json()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw(&self, product: Product, method: Method, path: impl Into<String>) -> RawCall {
        RawCall::new(self.core_of(product), product, method, path.into())
    }
}

/// A call in the making; see [`PrismaCloud::raw`].
#[must_use = "a call does nothing until `send`"]
pub struct RawCall {
    /// What carries it, if the client serves the product.
    core: Option<Arc<Core>>,
    product: Product,
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Result<Option<Bytes>, Error>,
    only_reads: bool,
    /// The documented operation that it is after all.
    operation: Option<&'static Operation>,
    /// That of the job it belongs to; waiting for a limit counts.
    within: Option<Deadline>,
}

impl std::fmt::Debug for RawCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.method)
            .field("path", &endpoint::shown(&self.path))
            .finish_non_exhaustive()
    }
}

impl RawCall {
    pub(crate) fn new(
        core: Option<Arc<Core>>,
        product: Product,
        method: Method,
        path: String,
    ) -> Self {
        Self {
            core,
            product,
            method,
            path,
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Ok(None),
            only_reads: false,
            operation: None,
            within: None,
        }
    }

    /// Adds a query parameter; it gets encoded.
    pub fn query(mut self, name: impl Into<String>, value: impl ToString) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Adds a header. Those that carry the token are set by the session.
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The body, as JSON.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        self.body = serde_json::to_vec(body)
            .map(|json| Some(json.into()))
            .map_err(|source| {
                Error::new(
                    ErrorKind::InvalidRequest,
                    "the body cannot be written as JSON",
                )
                .with_source(source)
            });
        self.headers
            .entry(header::CONTENT_TYPE)
            .or_insert(HeaderValue::from_static("application/json"));
        self
    }

    /// The body, as it is.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Ok(Some(body.into()));
        self
    }

    /// Says that the call merely reads although its method is not GET, so that it may be sent again after
    /// failures in which the server may have acted.
    pub fn only_reads(mut self) -> Self {
        self.only_reads = true;
        self
    }

    /// Says which documented operation it is, for errors and traces. Nothing changes if that one's feature is off.
    pub(crate) fn known_as(mut self, id: &str) -> Self {
        let operations = dialect::of(self.product).operations;
        self.operation = operations.iter().find(|operation| operation.id == id);
        self
    }

    /// It ends at this deadline at the latest, even if it has to wait for a limit.
    pub(crate) fn within(mut self, deadline: Deadline) -> Self {
        self.within = Some(deadline);
        self
    }

    /// Sends it and reads the whole answer.
    ///
    /// # Errors
    /// As generated calls: everything but a 2xx status, and a web page in place of data.
    pub async fn send(self) -> Result<RawAnswer, Error> {
        // The query may hold what the user searches for.
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        let place = (self.method.clone(), path.to_owned());
        let acts = self.class() == Class::Unsafe;
        let response = self.exchange(Expect::Buffered).await?;
        let status = response.status();
        let headers = response.headers().clone();
        let read = response.extensions().get::<ReadBody>();
        let operation = read.and_then(|read| read.operation);
        let host = response.url().host_str().unwrap_or_default().to_owned();
        let body = ReadBody::of(response).await.map_err(of_reqwest)?;
        Ok(RawAnswer {
            status,
            headers,
            body,
            operation,
            place,
            host,
            acts,
        })
    }

    /// Sends it and hands on the file in the answer while it comes. An `Accept` header asks for a form, where the service
    /// has several:
    ///
    /// ```no_run
    /// # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
    /// use prisma_cloud::{HeaderName, HeaderValue, Method, Product};
    ///
    /// let call = client
    ///     .raw(Product::Cspm, Method::POST, "/api/v1/permission")
    ///     .header(HeaderName::from_static("accept"), HeaderValue::from_static("text/csv"))
    ///     .only_reads()
    ///     .json(&serde_json::json!({ "query": "config from iam where source.public = true" }));
    /// call.download().await?.save("permissions.csv").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send), and those of [`DownloadExt::download`](crate::files::DownloadExt::download).
    pub async fn download(self) -> Result<Download, Error> {
        files::of_response(self.exchange(Expect::Stream).await?)
    }

    fn operation(&self) -> &'static Operation {
        let undocumented = &dialect::of(self.product).undocumented;
        self.operation.unwrap_or(undocumented)
    }

    fn class(&self) -> Class {
        match self.only_reads {
            true => Class::Read,
            false => class::of(self.operation(), &self.method),
        }
    }

    pub(crate) async fn exchange(self, expect: Expect) -> Result<reqwest::Response, Error> {
        let (operation, class) = (self.operation(), self.class());
        let core = self.core.ok_or_else(|| {
            Error::config(format!(
                "this client is not one of the product {:?}; nothing was sent",
                self.product
            ))
        })?;
        path::check(&self.path, self.operation.map(|operation| operation.path))?;
        let mut url = core.wire.endpoint.join(&self.path)?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = Box::new(reqwest::Request::new(self.method, url));
        *request.headers_mut() = self.headers;
        request
            .headers_mut()
            .entry(header::ACCEPT)
            .or_insert(HeaderValue::from_static("application/json, */*;q=0.5"));
        *request.body_mut() = self.body?.map(Into::into);
        let mut call = Call::of(operation, &request, core.wire.endpoint.base());
        call.expect = expect;
        call.class = class;
        call.within = self.within;
        let response = core.run(core.wire.shared.http.first(), &mut request, &call);
        Ok(*response.await?)
    }
}

/// The answer to a [`RawCall`].
#[derive(Clone)]
#[non_exhaustive]
pub struct RawAnswer {
    /// A 2xx status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    operation: Option<&'static Operation>,
    place: (Method, String),
    host: String,
    /// The call is one that changes something.
    acts: bool,
}

impl std::fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // An answer may hold a secret, that of a new access key for instance.
        f.debug_struct("RawAnswer")
            .field("status", &self.status)
            .field("body_length", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl RawAnswer {
    /// Reads the body as JSON. Values that no reader of JSON takes count as null, as in generated calls
    /// ([`read_json`](prisma_cloud_api::read_json)); `body` has them as they came.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`], naming the place.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        prisma_cloud_api::read_json(&self.body).map_err(|source| {
            let whose = format!(
                "the answer of {} (status {}) is something else than the type that it was to be read as",
                self.host, self.status
            );
            let advice = "`body()` of this error holds the answer";
            let mut error = Error::of_part(&whose, advice, self.body.clone(), &source)
                .with_status(self.status)
                .with_request_id(report::request_id(&self.headers))
                .with_attempts(1)
                .with_may_have_been_carried_out(self.acts);
            if let Some(operation) = self.operation {
                error = error.with_operation(operation);
                if operation.path.is_empty() {
                    error = error.with_place(&self.place.0, &self.place.1);
                }
            }
            error
        })
    }
}
