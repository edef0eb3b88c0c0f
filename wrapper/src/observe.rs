//! What a client tells about its work.
//!
//! Every call is a `tracing` span with OpenTelemetry's names for HTTP clients; logins, extensions, retries and
//! waits are events in it. No field holds a token, a secret, a query or a body. For figures
//! rather than traces, hand the builder an [`Observer`].

use std::time::Duration;

use prisma_cloud_api::Product;

use crate::error::ErrorKind;

/// Receives an [`Event`] for everything worth counting. It is called in the middle of the work: be quick, do not block.
pub trait Observer: Send + Sync + 'static {
    /// Something happened.
    fn on_event(&self, event: &Event<'_>);
}

impl<F: Fn(&Event<'_>) + Send + Sync + 'static> Observer for F {
    fn on_event(&self, event: &Event<'_>) {
        self(event);
    }
}

/// Something that happened. More may come.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A request was sent, and answered or not.
    #[non_exhaustive]
    Attempt {
        /// The product of the call.
        product: Product,
        /// The operation id of the call.
        operation: &'a str,
        /// 1 for the first.
        number: u32,
        /// The status of the answer, if one came.
        status: Option<u16>,
        /// From sending until the answer was read, for a streamed one until it began.
        duration: Duration,
    },
    /// A call is over.
    #[non_exhaustive]
    Finished {
        /// The product of the call.
        product: Product,
        /// The operation id of the call.
        operation: &'a str,
        /// Nothing if it succeeded.
        failure: Option<ErrorKind>,
        /// How often it was sent.
        attempts: u32,
        /// With all waits.
        duration: Duration,
    },
    /// A request will be sent again.
    #[non_exhaustive]
    Retry {
        /// The operation id of the call.
        operation: &'a str,
        /// The number of the attempt that failed.
        number: u32,
        /// How long it waits first.
        wait: Duration,
    },
    /// A request had to wait for the rate limit.
    #[non_exhaustive]
    Throttled {
        /// The operation id of the call.
        operation: &'a str,
        /// How long it waited.
        wait: Duration,
    },
    /// A login is over.
    #[non_exhaustive]
    Login {
        /// Nothing if it succeeded.
        failure: Option<ErrorKind>,
        /// With all retries.
        duration: Duration,
    },
    /// An extension of the token is over.
    #[non_exhaustive]
    Extension {
        /// Nothing if it succeeded.
        failure: Option<ErrorKind>,
        /// With all retries.
        duration: Duration,
    },
}

pub(crate) fn product_name(product: Product) -> &'static str {
    crate::dialect::of(product).name
}
