//! Time, as something that can be handed in.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use prisma_cloud_api::BoxFuture;

use crate::timer::Timer;

/// Where a client gets its time from.
///
/// The default is the system's clock and tokio's timer. Tests hand in a simulated one
/// (`testing::SimulatedClock`, feature `testing`), so that forty minutes pass without anybody waiting.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// The time of a clock that only runs forward and that nobody sets. All lifetimes are measured with it.
    fn now(&self) -> Instant;

    /// The time of day, which may be wrong by hours. Only a date in `Retry-After` is compared with it.
    fn wall(&self) -> SystemTime;

    /// Resolves when `duration` has passed: the client has chosen to wait.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Resolves when `duration` has passed: the limit of an exchange that is in progress as long as the
    /// future exists. A simulated clock must not skip ahead while such a future is alive.
    fn timeout(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleep(duration)
    }
}

/// The system's clock and tokio's timer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn timeout(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(Timer::after(duration))
    }
}
