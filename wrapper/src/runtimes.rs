//! Connections by runtime: each has a pool of its own.
//!
//! A connection is driven by the runtime on which it was opened. Where nobody drives that one any more, because the program
//! goes on with another, a call that took the connection out of a pool would wait for ever.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use tokio::runtime::{Handle, Id};
use tokio::task::AbortHandle;

use crate::error::Error;

/// Makes another client with the same settings.
pub(crate) type Make = Box<dyn Fn() -> Result<reqwest::Client, Error> + Send + Sync>;

/// A `reqwest::Client`, which is a pool of connections, for each runtime that makes calls. Nearly always there is one.
pub(crate) struct Pools {
    first: reqwest::Client,
    make: Make,
    /// Read by every call, without a lock.
    pools: ArcSwap<Vec<Pool>>,
    /// Held while `pools` is replaced.
    change: Mutex<()>,
}

#[derive(Clone)]
struct Pool {
    http: reqwest::Client,
    /// The runtime that its connections are driven by. None before the first call, and when that runtime has ended: its
    /// connections are closed then, and another runtime may have the pool.
    user: Option<User>,
}

#[derive(Clone)]
struct User {
    runtime: Id,
    /// A task that does nothing but be dropped with the runtime. None until it has begun.
    watch: Option<AbortHandle>,
}

/// Gives the pool back when the runtime ends.
struct Watch {
    pools: Weak<Pools>,
    runtime: Id,
}

impl Pools {
    /// Makes the first pool at once, so that settings that cannot work are found.
    pub(crate) fn new(make: Make) -> Result<Arc<Self>, Error> {
        let first = make()?;
        let pool = Pool {
            http: first.clone(),
            user: None,
        };
        Ok(Arc::new(Self {
            first,
            make,
            pools: ArcSwap::from_pointee(vec![pool]),
            change: Mutex::default(),
        }))
    }

    /// The client whose connections belong to the runtime that makes the first call.
    pub(crate) fn first(&self) -> &reqwest::Client {
        &self.first
    }

    /// Lets `send` begin a request on connections of the present runtime: with `given`, the client that came with the
    /// request, on the runtime that made the first call, else with another one of the same settings.
    pub(crate) fn with<R>(
        self: &Arc<Self>,
        given: &reqwest::Client,
        send: impl FnOnce(&reqwest::Client) -> R,
    ) -> R {
        // Without a runtime reqwest panics, in words that say so.
        let Ok(handle) = Handle::try_current() else {
            return send(given);
        };
        let runtime = handle.id();
        {
            let pools = self.pools.load();
            if let Some(place) = place(&pools, runtime) {
                return match place {
                    0 => send(given),
                    _ => send(&pools[place].http),
                };
            }
        }
        match self.enter(&handle) {
            Ok(Some(http)) => send(&http),
            Ok(None) => send(given),
            // It could be made once, with the same settings.
            Err(error) => {
                tracing::warn!(
                    target: "prisma_cloud",
                    "no connections can be set up for another runtime, so its calls use those of the first one: {error}",
                );
                send(given)
            }
        }
    }

    /// Finds a pool for a runtime that has none; `None` is the first one.
    #[cold]
    fn enter(self: &Arc<Self>, handle: &Handle) -> Result<Option<reqwest::Client>, Error> {
        let runtime = handle.id();
        let place = self.change(|pools| {
            // Another thread of the runtime may have been faster.
            if let Some(place) = place(pools, runtime) {
                return Ok::<_, Error>(place);
            }
            let user = Some(User {
                runtime,
                watch: None,
            });
            match pools.iter().position(|pool| pool.user.is_none()) {
                Some(free) => {
                    pools[free].user = user;
                    Ok(free)
                }
                None => {
                    let http = (self.make)()?;
                    pools.push(Pool { http, user });
                    Ok(pools.len() - 1)
                }
            }
        })?;
        let watch = Watch {
            pools: Arc::downgrade(self),
            runtime,
        };
        // Not under the lock: a runtime that is at its end drops the task here, and that takes the lock.
        let task = handle.spawn(async move {
            let _watch = watch;
            pending::<()>().await;
        });
        let task = task.abort_handle();
        Ok(self.change(|pools| {
            match pools[place]
                .user
                .as_mut()
                .filter(|user| user.runtime == runtime)
            {
                Some(user) if user.watch.is_none() => user.watch = Some(task),
                _ => task.abort(),
            }
            (place > 0).then(|| pools[place].http.clone())
        }))
    }

    /// The runtime has ended.
    fn leave(&self, runtime: Id) {
        self.change(|pools| {
            if let Some(place) = place(pools, runtime) {
                pools[place].user = None;
            }
        });
    }

    fn change<R>(&self, change: impl FnOnce(&mut Vec<Pool>) -> R) -> R {
        let _change = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pools = Vec::clone(&self.pools.load());
        let result = change(&mut pools);
        self.pools.store(Arc::new(pools));
        result
    }
}

fn place(pools: &[Pool], runtime: Id) -> Option<usize> {
    let is_user = |pool: &Pool| {
        let user = pool.user.as_ref();
        user.is_some_and(|user| user.runtime == runtime)
    };
    pools.iter().position(is_user)
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(pools) = self.pools.upgrade() {
            pools.leave(self.runtime);
        }
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        for pool in self.pools.load().iter() {
            if let Some(watch) = pool.user.as_ref().and_then(|user| user.watch.as_ref()) {
                watch.abort();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    fn runtime() -> Runtime {
        Builder::new_current_thread().build().unwrap()
    }

    /// Pools, and how many clients were made for them.
    fn pools() -> (Arc<Pools>, Arc<AtomicUsize>) {
        #[cfg(feature = "rustls")]
        crate::install_crypto_provider();
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let make = move || {
            count.fetch_add(1, Ordering::SeqCst);
            Ok(reqwest::Client::new())
        };
        (Pools::new(Box::new(make)).unwrap(), made)
    }

    async fn visit(pools: &Arc<Pools>) {
        pools.with(pools.first(), |_| ());
    }

    #[test]
    fn each_runtime_keeps_its_pool() {
        let (pools, made) = pools();
        let runtimes = [runtime(), runtime(), runtime()];
        for _ in 0..3 {
            for runtime in &runtimes {
                runtime.block_on(visit(&pools));
            }
        }
        assert_eq!(made.load(Ordering::SeqCst), 3);
    }

    #[test]
    fn pools_of_runtimes_that_have_ended_are_used_again() {
        let (pools, made) = pools();
        let kept = runtime();
        kept.block_on(visit(&pools));
        for _ in 0..20 {
            runtime().block_on(visit(&pools));
        }
        assert_eq!(made.load(Ordering::SeqCst), 2);
        drop(kept);
        runtime().block_on(visit(&pools));
        assert_eq!(pools.pools.load().len(), 2);
    }

    #[test]
    fn nothing_is_left_on_a_runtime_when_the_pools_are_dropped() {
        let runtime = runtime();
        runtime.block_on(async {
            let (pools, _) = pools();
            visit(&pools).await;
            assert_eq!(runtime.metrics().num_alive_tasks(), 1);
            drop(pools);
            tokio::task::yield_now().await;
            assert_eq!(runtime.metrics().num_alive_tasks(), 0);
        });
    }
}
