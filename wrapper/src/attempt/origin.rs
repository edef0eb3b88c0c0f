//! The call and the answer that errors of a file name.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use prisma_cloud_api::Operation;
use reqwest::Response;

use crate::dialect;
use crate::error::{Error, ErrorKind};
use crate::retry::class::{Class, documented};

/// By it the answer of a generated call tells what it answers: of such an answer nothing but status, headers and body is handed
/// on. It is not from the service.
const HEADER: HeaderName = HeaderName::from_static("x-prisma-cloud-call");

/// The call and the answer that an error is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) operation: Option<&'static Operation>,
    /// Method and path, where no operation tells.
    pub(crate) place: Option<(Method, String)>,
    pub(crate) request_id: Option<String>,
    pub(crate) host: String,
    pub(crate) status: StatusCode,
    /// The call is one that changes something.
    pub(crate) acts: bool,
}

impl Origin {
    /// Names the host and the status of `response`.
    pub(crate) fn of(response: &Response) -> Self {
        Self {
            host: response.url().host_str().unwrap_or_default().to_owned(),
            status: response.status(),
            ..Self::default()
        }
    }

    /// Leaves in `headers` what [`of_headers`](Self::of_headers) finds there.
    pub(crate) fn leave(&self, headers: &mut HeaderMap) {
        let Some(operation) = self.operation else {
            return;
        };
        let product = dialect::of(operation.product).name;
        let request_id = self.request_id.as_deref().unwrap_or_default();
        let text = format!("{product} {} {} {request_id}", operation.id, self.host);
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(HEADER, value);
        }
    }

    /// Reads what was left in the headers of an answer of a generated call.
    pub(crate) fn of_headers(status: StatusCode, headers: &HeaderMap) -> Self {
        let left = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let mut words = left.unwrap_or_default().splitn(4, ' ');
        let (product, id) = (words.next(), words.next());
        let operation = dialect::all_operations().find(|operation| {
            Some(operation.id) == id && Some(dialect::of(operation.product).name) == product
        });
        let host = words.next().unwrap_or_default().to_owned();
        let request_id = words.next().filter(|id| !id.is_empty());
        Self {
            operation,
            place: None,
            request_id: request_id.map(str::to_owned),
            host,
            status,
            acts: operation.is_some_and(|operation| documented(operation) == Class::Unsafe),
        }
    }

    /// An error that names all this.
    pub(crate) fn error(&self, kind: ErrorKind, what: &str) -> Error {
        let status = self.status;
        let whose = match self.host.as_str() {
            "" => format!("status {status}"),
            host => format!("{host}, status {status}"),
        };
        let mut error = Error::new(kind, format!("{what} ({whose})"))
            .with_status(status)
            .with_request_id(self.request_id.clone())
            .with_attempts(1)
            .with_may_have_been_carried_out(self.acts);
        if let Some(operation) = self.operation {
            error = error.with_operation(operation);
        }
        match &self.place {
            Some((method, path)) => error.with_place(method, path),
            None => error,
        }
    }
}
