//! The way of a call to the server and back: wait for the limit, carry the token, send, learn, and perhaps again.
//!
//! Every decision is made elsewhere, by something without I/O; this is the loop around them.

mod aftermath;
mod attempts;
mod trace;

use std::sync::Arc;

use http::StatusCode;
use prisma_cloud_api::{BoxFuture, Operation, Transport};
use reqwest::{Request, Response};

use crate::attempt::{Deadline, Expect};
use crate::credentials::Credentials;
use crate::dialect;
use crate::error::Error;
use crate::limit::{Drawn, Limiter, published};
use crate::retry::class::{self, Class};
use crate::session::Session;
use crate::wire::Wire;

/// Everything that clones of a client share.
pub(crate) struct Core {
    pub(crate) wire: Arc<Wire>,
    pub(crate) session: Arc<Session>,
    pub(crate) limiter: Limiter,
    /// Of a client of Prisma Cloud: which tenant is meant, and the key that a rotation replaces.
    pub(crate) credentials: Option<Arc<Credentials>>,
}

/// A call, judged once.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static Operation,
    pub(crate) drawn: Drawn,
    pub(crate) class: Class,
    pub(crate) expect: Expect,
    /// The login alone carries no token.
    pub(crate) authenticated: bool,
    /// That of the job it belongs to; waiting for a limit counts.
    pub(crate) within: Option<Deadline>,
}

impl Call {
    /// `base` is the base URL of the API, which is no part of documented paths.
    pub(crate) fn of(operation: &'static Operation, request: &Request, base: &str) -> Self {
        let method = request.method();
        let (path, drawn) = if operation.path.is_empty() {
            let url = request.url();
            let path = url.as_str().strip_prefix(base).unwrap_or(url.path());
            let path = path.split(['?', '#']).next().unwrap_or_default();
            let name = published::key_of_path(operation.product, method.as_str(), path);
            (path, Drawn::Named(name))
        } else {
            (operation.path, Drawn::From(operation))
        };
        Self {
            operation,
            drawn,
            class: class::of(operation, method),
            expect: operation.answer.into(),
            authenticated: path != dialect::of(operation.product).login_path,
            within: None,
        }
    }
}

impl Transport for Core {
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        let mut request = Box::new(request);
        Box::pin(async move {
            let call = Call::of(operation, &request, self.wire.endpoint.base());
            match self.run(client, &mut request, &call).await {
                Ok(response) => Ok(*response),
                Err(error) => Ok(carrier(error)),
            }
        })
    }
}

/// A response that brings `error` to where the generated call fails.
#[cold]
fn carrier(error: Error) -> Response {
    let status = match error.status() {
        // A page with status 200 must fail as well.
        Some(status) if !status.is_success() && !status.is_informational() => status,
        Some(_) => StatusCode::BAD_GATEWAY,
        // No answer came. 599 is assigned to nothing.
        None => StatusCode::from_u16(599).unwrap_or(StatusCode::BAD_GATEWAY),
    };
    let mut response = http::Response::new("");
    *response.status_mut() = status;
    response.extensions_mut().insert(error);
    response.into()
}

#[cfg(test)]
mod tests {
    use http::Method;
    use prisma_cloud_api::Product;
    use url::Url;

    use super::*;

    #[test]
    fn the_base_path_is_no_part_of_what_a_raw_call_is_known_by() {
        static RAW: Operation = Operation::undocumented(Product::Cspm);
        for base in ["https://api.example", "https://gateway.example/prisma/x"] {
            let of = |path: &str| {
                let url = Url::parse(&format!("{base}{path}")).unwrap();
                Call::of(&RAW, &Request::new(Method::POST, url), base)
            };
            let alert = of("/v2/alert?detailed=true");
            assert!(
                matches!(&alert.drawn, Drawn::Named(name) if name == "cspm POST /v2/alert"),
                "{base}: {:?}",
                alert.drawn
            );
            assert!(alert.authenticated && !of("/login").authenticated, "{base}");
        }
    }
}
