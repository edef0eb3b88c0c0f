//! Where a file comes from, for errors that show up while it is read.

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use prisma_cloud_api::Operation;

use crate::dialect;
use crate::error::{Error, ErrorKind};
use crate::report;
use crate::retry::class::{self, Class};

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
    /// Leaves in `headers` what [`of_headers`](Self::of_headers) finds there.
    pub(crate) fn leave(&self, headers: &mut HeaderMap) {
        let Some(operation) = self.operation else {
            return;
        };
        let product = dialect::of(operation.product).name;
        let text = format!("{product} {} {}", operation.id, self.host);
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(HEADER, value);
        }
    }

    /// Where an answer of a generated call with these headers comes from.
    pub(crate) fn of_headers(status: StatusCode, headers: &HeaderMap) -> Self {
        let left = headers.get(HEADER).and_then(|value| value.to_str().ok());
        let mut words = left.unwrap_or_default().split(' ');
        let (product, id) = (words.next(), words.next());
        let operation = dialect::all_operations().find(|operation| {
            Some(operation.id) == id && Some(dialect::of(operation.product).name) == product
        });
        let acts = operation.is_some_and(|operation| {
            let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or_default();
            class::of(operation, &method) == Class::Unsafe
        });
        Self {
            operation,
            place: None,
            request_id: report::request_id(headers),
            host: words.next().unwrap_or_default().to_owned(),
            status,
            acts,
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
