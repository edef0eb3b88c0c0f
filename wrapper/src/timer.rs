//! Timers for limits that are hardly ever reached.
//!
//! Each exchange has a limit, and nearly each is over long before it. A timer that is made for it and taken away again changes
//! the list of the runtime's timers twice, under the lock that all its threads share; one that is only put off changes
//! nothing but itself. So timers that have not gone off are kept for the next exchange, on the thread that is done with them.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::{Handle, Id};
use tokio::time::{Instant, Sleep, sleep_until};

/// For limits that clocks cannot count to: thirty years.
pub(crate) const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
/// As many a thread keeps. More exchanges in progress at once make theirs anew.
const MOST_SPARE: usize = 16;

thread_local! {
    static SPARE: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// A timer and the runtime that drives it.
struct Kept {
    runtime: Id,
    sleep: Pin<Box<Sleep>>,
}

/// Resolves when its time has passed.
pub(crate) struct Timer(Option<Kept>);

impl Timer {
    /// # Panics
    /// Outside of a runtime of tokio with a timer, as every timer does.
    pub(crate) fn after(duration: Duration) -> Self {
        let now = Instant::now();
        let then = now.checked_add(duration).unwrap_or(now + FAR);
        let runtime = Handle::current().id();
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
        match spare.ok().flatten() {
            // A timer of another runtime, which may be gone, goes.
            Some(mut kept) if kept.runtime == runtime => {
                kept.sleep.as_mut().reset(then);
                Self(Some(kept))
            }
            _ => Self(Some(Kept {
                runtime,
                sleep: Box::pin(sleep_until(then)),
            })),
        }
    }
}

impl Future for Timer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.0 {
            Some(kept) => kept.sleep.as_mut().poll(context),
            None => Poll::Ready(()),
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some(kept) = self.0.take() else { return };
        if kept.sleep.is_elapsed() {
            return;
        }
        // Not where the thread is at its end.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < MOST_SPARE {
                spare.push(kept);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use futures_util::FutureExt;
    use tokio::runtime::Builder;

    use tokio::time::sleep;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    }

    fn spare() -> usize {
        SPARE.with_borrow(Vec::len)
    }

    /// One that has been waited for, in vain.
    async fn unreached(limit: Duration) {
        let mut timer = Timer::after(limit);
        let first = poll_fn(|context| Poll::Ready(timer.poll_unpin(context))).await;
        assert!(first.is_pending());
    }

    const LONG: Duration = Duration::from_secs(60);
    const SHORT: Duration = Duration::from_secs(1);

    #[test]
    fn a_timer_that_is_kept_goes_off_when_it_should() {
        runtime().block_on(async {
            unreached(Duration::MAX).await;
            for limit in [LONG, SHORT, LONG, 2 * LONG] {
                unreached(LONG).await;
                assert_eq!(spare(), 1);
                // Between two, so that the old time is not the new one.
                sleep(SHORT / 2).await;
                let begin = Instant::now();
                Timer::after(limit).await;
                assert_eq!(begin.elapsed(), limit);
                assert_eq!(spare(), 0, "one that has gone off is no use");
            }
        });
    }

    #[test]
    fn a_timer_is_not_used_by_another_runtime() {
        let one = runtime();
        one.block_on(unreached(LONG));
        assert_eq!(spare(), 1);
        let other = runtime();
        drop(one);
        other.block_on(async {
            let begin = Instant::now();
            Timer::after(SHORT).await;
            assert_eq!(begin.elapsed(), SHORT);
        });
        assert_eq!(spare(), 0);
    }

    #[test]
    fn no_more_are_kept_than_are_of_use() {
        runtime().block_on(async {
            let many: Vec<_> = (0..MOST_SPARE + 3).map(|_| unreached(LONG)).collect();
            let timers: Vec<_> = (0..MOST_SPARE + 3).map(|_| Timer::after(LONG)).collect();
            futures_util::future::join_all(many).await;
            drop(timers);
            assert_eq!(spare(), MOST_SPARE);
        });
    }
}
