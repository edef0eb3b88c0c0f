//! A clock for tests.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use prisma_cloud_api::BoxFuture;

use crate::clock::Clock;
use crate::timer::FAR;

/// Looks at the world this many times without seeing anything move before it skips ahead. Each look lets every other
/// task that can run do so once.
const QUIET_LOOKS: u32 = 64;

/// Time that passes only when told to, or when everybody waits for it.
///
/// Clones show the same time. As long as a client has an exchange in progress the clock stands still, unless
/// [`advance`](Self::advance) moves it. When all that is left is waiting (for a retry, for a rate limit), it
/// skips to the moment at which the first of those who wait goes on: nobody ever sleeps. Use it on tokio's current-thread
/// runtime; with several threads "everybody waits" is only a good guess.
#[derive(Clone, Debug)]
pub struct SimulatedClock {
    shared: Arc<Mutex<State>>,
    origin: Instant,
}

#[derive(Debug)]
struct State {
    /// Since the beginning.
    now: Duration,
    wall: SystemTime,
    skips: bool,
    /// Those who wait, by deadline and then by their order.
    waiting: BTreeMap<(Duration, u64), Option<Waker>>,
    next_id: u64,
    /// Limits of exchanges in progress, by id.
    exchanges: BTreeMap<(Duration, u64), Option<Waker>>,
    /// Grows whenever something changes.
    moves: u64,
}

impl Default for SimulatedClock {
    fn default() -> Self {
        Self::new()
    }
}

impl SimulatedClock {
    /// A clock whose time of day begins in the year 2026.
    pub fn new() -> Self {
        Self {
            shared: Arc::new(Mutex::new(State {
                now: Duration::ZERO,
                wall: UNIX_EPOCH + Duration::from_secs(1_767_225_600),
                skips: true,
                waiting: BTreeMap::new(),
                next_id: 0,
                exchanges: BTreeMap::new(),
                moves: 0,
            })),
            origin: Instant::now(),
        }
    }

    /// Never skips ahead: only [`advance`](Self::advance) moves the time.
    pub fn by_hand(self) -> Self {
        self.lock().skips = false;
        self
    }

    /// Lets `duration` pass, for everybody.
    pub fn advance(&self, duration: Duration) {
        let wakers = {
            let mut state = self.lock();
            state.now = state.now.saturating_add(duration.min(FAR));
            state.moves += 1;
            state.due()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How much time has passed since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.lock().now
    }

    /// How many wait for the time to come, exchanges not counted.
    pub fn sleepers(&self) -> usize {
        self.lock().waiting.len()
    }

    /// A clock that shows the same monotonic time and a time of day that is wrong by `offset` seconds.
    pub fn with_wall_offset(&self, seconds: i64) -> impl Clock + use<> {
        Skewed {
            clock: self.clone(),
            seconds,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, duration: Duration, exchange: bool) -> Wait {
        let mut state = self.lock();
        let key = (state.now.saturating_add(duration.min(FAR)), state.next_id);
        state.next_id += 1;
        state.moves += 1;
        if exchange {
            state.exchanges.insert(key, None);
        } else {
            state.waiting.insert(key, None);
        }
        Wait {
            clock: self.clone(),
            key,
            exchange,
            looks: 0,
            seen: 0,
        }
    }
}

impl State {
    /// The wakers of those whose time has come.
    fn due(&mut self) -> Vec<Waker> {
        let now = self.now;
        let mut wakers = Vec::new();
        for map in [&mut self.waiting, &mut self.exchanges] {
            for (_, waker) in map.range_mut(..=(now, u64::MAX)) {
                wakers.extend(waker.take());
            }
        }
        wakers
    }

    /// The one who looks whether the clock may skip.
    fn first(&mut self) -> Option<Waker> {
        self.waiting.first_entry()?.get_mut().take()
    }
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        self.origin + self.lock().now
    }

    fn wall(&self) -> SystemTime {
        let state = self.lock();
        state.wall + state.now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.wait(duration, false))
    }

    fn timeout(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(self.wait(duration, true))
    }
}

/// Somebody who waits, or the limit of an exchange.
#[derive(Debug)]
struct Wait {
    clock: SimulatedClock,
    key: (Duration, u64),
    exchange: bool,
    looks: u32,
    seen: u64,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut state = this
            .clock
            .shared
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if state.now >= this.key.0 {
            return Poll::Ready(());
        }
        let map = if this.exchange {
            &mut state.exchanges
        } else {
            &mut state.waiting
        };
        map.insert(this.key, Some(context.waker().clone()));
        let first = state.waiting.first_key_value().map(|(key, _)| *key) == Some(this.key);
        if this.exchange || !first || !state.skips || !state.exchanges.is_empty() {
            this.looks = 0;
            return Poll::Pending;
        }
        // Only the first one looks: it lets everybody else run and sees whether anything changes.
        if this.seen != state.moves {
            this.seen = state.moves;
            this.looks = 0;
        }
        this.looks += 1;
        if this.looks <= QUIET_LOOKS {
            context.waker().wake_by_ref();
            drop(state);
            std::thread::yield_now();
            return Poll::Pending;
        }
        state.now = this.key.0;
        state.moves += 1;
        let wakers = state.due();
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
        Poll::Ready(())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.clock.lock();
            state.moves += 1;
            if self.exchange {
                state.exchanges.remove(&self.key);
            } else {
                state.waiting.remove(&self.key);
            }
            // Whoever is first now has to begin looking.
            if state.exchanges.is_empty() {
                state.first()
            } else {
                None
            }
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// See [`SimulatedClock::with_wall_offset`].
#[derive(Clone, Debug)]
struct Skewed {
    clock: SimulatedClock,
    seconds: i64,
}

impl Clock for Skewed {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wall(&self) -> SystemTime {
        let offset = Duration::from_secs(self.seconds.unsigned_abs());
        if self.seconds < 0 {
            self.clock.wall() - offset
        } else {
            self.clock.wall() + offset
        }
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.clock.sleep(duration)
    }

    fn timeout(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.clock.timeout(duration)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_longest_duration_passes_without_an_overflow() {
        let clock = SimulatedClock::new();
        clock.sleep(Duration::MAX).await;
        clock.advance(Duration::MAX);
        assert!(clock.now() > Instant::now());
        assert!(clock.elapsed() >= FAR);
    }

    #[tokio::test]
    async fn it_skips_when_everybody_waits() {
        let clock = SimulatedClock::new();
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = [30u64, 10, 20]
            .into_iter()
            .map(|seconds| {
                let (clock, order) = (clock.clone(), order.clone());
                tokio::spawn(async move {
                    clock.sleep(Duration::from_secs(seconds)).await;
                    order.lock().unwrap().push(seconds);
                    clock.sleep(Duration::from_secs(100)).await;
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [10, 20, 30]);
        assert_eq!(clock.elapsed(), Duration::from_secs(130));
    }

    #[tokio::test]
    async fn it_stands_still_during_an_exchange() {
        let clock = SimulatedClock::new();
        let exchange = clock.timeout(Duration::from_secs(5));
        let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(1)));
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert_eq!(clock.elapsed(), Duration::ZERO);
        drop(exchange);
        sleeper.await.unwrap();
        assert_eq!(clock.elapsed(), Duration::from_secs(1));
    }

    #[tokio::test]
    async fn by_hand_it_moves_only_when_told() {
        let clock = SimulatedClock::new().by_hand();
        let sleeper = tokio::spawn(clock.sleep(Duration::from_secs(1)));
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_secs(1));
        sleeper.await.unwrap();
    }
}
