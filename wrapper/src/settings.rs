//! What can be set about the transport, and what holds if nothing is set.

use std::time::Duration;

/// Limits of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timeouts {
    /// Until a connection stands, encryption included.
    pub(crate) connect: Duration,
    /// Until the head of the answer has come.
    pub(crate) attempt: Duration,
    /// Without a byte of the body.
    pub(crate) stall: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            attempt: Duration::from_secs(120),
            stall: Duration::from_secs(60),
        }
    }
}

/// How much of the body of a failure is kept unless set: 64 KiB.
pub(crate) const MAX_ERROR_BODY: usize = 64 * 1024;
/// How large an answer may be that is read into memory, unless set: 512 MiB. Pages of ten thousand alerts with all details
/// come close to 200 MB.
pub(crate) const MAX_ANSWER: usize = 512 << 20;
/// How long an unused connection is kept unless set.
pub(crate) const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// What the client calls itself unless set.
pub(crate) const USER_AGENT: &str = concat!("prisma-cloud-rust/", env!("CARGO_PKG_VERSION"));
