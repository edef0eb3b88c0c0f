//! The client.

use std::fmt;
use std::sync::Arc;

use prisma_cloud_api::{Product, SharedTransport, code, cspm};

use crate::builder::Builder;
use crate::region::Region;
use crate::transport::Core;

/// A client of one tenant: both products behind one session.
///
/// It is a cheap clone, and all clones share the session, the rate limits, the budget for retries and the
/// connections: make one and hand clones to tasks. Building it sends nothing; the first call logs in.
///
/// # Runtimes
/// Clones may be used on several runtimes of tokio, at the same time or in turns. A connection is driven by the runtime that
/// opened it, so each runtime has connections of its own; session, limits and budget are shared. What was begun on one runtime
/// and not finished (a call, a download, a listing that waits for a page) goes on only while that one is driven, and unfinished
/// calls keep their place in the queue for a limit: finish them, or drop the runtime, before going on with another one.
///
/// # Troubleshooting
/// * *Unauthorized* at the first call: a wrong key, a key that is inactive or expired, or a key of another region.
/// * *Forbidden* for some calls: the role of the key lacks the permission; the error names the group of calls.
/// * *UnexpectedPage*: a proxy or a firewall answers in place of the API.
/// * *RateLimited* in spite of all waiting: other programs use the same user; limits count for the user.
#[derive(Clone)]
pub struct PrismaCloud(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    cspm: cspm::Client,
    code: code::Client,
}

impl PrismaCloud {
    /// Begins to set up a client.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(core: Core) -> Self {
        let core = Arc::new(core);
        let transport = SharedTransport::new(core.clone());
        let (base, http) = (core.wire.endpoint.base(), core.wire.shared.http.first());
        Self(Arc::new(Inner {
            cspm: cspm::Client::new_with_client(base, http.clone(), transport.clone()),
            code: code::Client::new_with_client(base, http.clone(), transport),
            core,
        }))
    }

    /// The calls of CSPM.
    pub fn cspm(&self) -> &cspm::Client {
        &self.0.cspm
    }

    /// The calls of Code Security.
    pub fn code(&self) -> &code::Client {
        &self.0.code
    }

    /// The base URL of the API, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.core().wire.endpoint.base()
    }

    /// The region, unless the client goes to a custom URL.
    pub fn region(&self) -> Option<Region> {
        self.core().wire.endpoint.region()
    }

    /// What carries the calls: for a generated client made by hand, or a test of one's own.
    pub fn transport(&self) -> SharedTransport {
        SharedTransport::new(self.0.core.clone())
    }

    /// The HTTP client that goes with [`transport`](Self::transport).
    pub fn http_client(&self) -> &reqwest::Client {
        self.core().wire.shared.http.first()
    }

    pub(crate) fn core(&self) -> &Core {
        &self.0.core
    }

    /// What carries the calls of `product`, if this client serves it.
    pub(crate) fn core_of(&self, product: Product) -> Option<Arc<Core>> {
        matches!(product, Product::Cspm | Product::Code).then(|| self.0.core.clone())
    }
}

impl fmt::Debug for PrismaCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrismaCloud")
            .field("base_url", &self.base_url())
            .field("credentials", &self.core().wire.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_shared_between_tasks() {
        fn shared<T: Clone + Send + Sync + 'static>() {}
        shared::<PrismaCloud>();
        shared::<crate::Error>();
        fn sent<T: Send>(_: T) {}
        let client = PrismaCloud::builder()
            .url("app")
            .access_key("id", "secret")
            .build()
            .unwrap();
        sent(client.raw(Product::Cspm, crate::Method::GET, "/x").send());
        assert_eq!(client.region(), Some(Region::App));
    }
}
