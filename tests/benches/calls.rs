//! What a call costs over bare reqwest, how calls scale over threads, and what a renewal costs those who need it.
//!
//! `cargo bench -p prisma-cloud-tests --bench calls`. Everything that is compared is measured in turn, call by call or round
//! by round, against the same server.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prisma_cloud::PrismaCloud;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, median, row};
use tokio::runtime::{Builder, Runtime};

/// Turns before anything counts: connections, caches, and the frequency of the processor.
const WARM_UP: usize = 10;
const TURNS: usize = 400;
/// Calls of one client in a row, as programs make them, before it is the next one's turn.
const CALLS_OF_A_TURN: usize = 25;
/// Of 8 threads against one.
const THREADS: usize = 8;
const THREAD_ROUNDS: usize = 51;
/// Rounds on the same connections, the first of which does not count. How fast they are differs from one to the next.
const ROUNDS_OF_LOADS: usize = 4;
/// All threads together: as long a turn for one as eight share.
const CALLS_OF_A_ROUND: usize = 800;
/// Tasks that find their token revoked at once.
const TASKS: usize = 64;
const RENEWALS: usize = 51;

fn main() {
    serve_if_asked();
    let server = Server::start();
    overhead(&server);
    scaling(&server);
    // Last: it makes the token of the bare client invalid.
    renewal(&server);
}

/// One call after the other, on one thread.
fn overhead(server: &Server) {
    let runtime = single();
    let (bare, generated, full) = (
        Bare::new(server),
        clients::generated(server),
        clients::full(server),
    );
    let mut times = [const { Times::new() }; 3];
    runtime.block_on(async {
        for turn in 0..rounds(TURNS) + WARM_UP {
            // Each comes first, second and third equally often.
            for place in 0..3 {
                let which = (turn + place) % 3;
                for _ in 0..CALLS_OF_A_TURN {
                    let begin = Instant::now();
                    match which {
                        0 => drop(black_box(bare.policy().await)),
                        1 => drop(black_box(
                            generated
                                .get_policy()
                                .id("p-1")
                                .send()
                                .await
                                .expect("a policy"),
                        )),
                        _ => policy(&full).await,
                    }
                    let took = begin.elapsed();
                    if turn >= WARM_UP {
                        times[which].push(took);
                    }
                }
            }
        }
    });
    let [bare, generated, full] = &times;
    for (name, times) in [
        ("call, bare reqwest", bare),
        ("call, generated code on reqwest", generated),
        ("call, full client", full),
    ] {
        row(&format!("{name}: median"), times.micros(), "µs", "");
        let p90 = times.quantile(0.9).as_secs_f64() * 1e6;
        row(&format!("{name}: 90 %"), p90, "µs", "");
    }
    let over = |times: &Times| (times.micros() / bare.micros() - 1.0) * 100.0;
    row("overhead of the generated code", over(generated), "%", "");
    row("overhead of the full client", over(full), "%", "≤ 5");
    let layers = full.micros() - generated.micros();
    row(
        "session, limiter, retries and traces together",
        layers,
        "µs",
        "",
    );
}

/// The same number of calls by one thread and by eight. The four take turns, each first to fourth equally often.
fn scaling(server: &Server) {
    let mut rates = [const { Vec::new() }; 4];
    for round in 0..rounds(THREAD_ROUNDS) {
        let loads = [
            Load::new(1, Caller::Bare(Bare::new(server))),
            Load::new(THREADS, Caller::Bare(Bare::new(server))),
            Load::new(1, Caller::Full(clients::full(server))),
            Load::new(THREADS, Caller::Full(clients::full(server))),
        ];
        for turn in 0..ROUNDS_OF_LOADS {
            for place in 0..loads.len() {
                let which = (round + turn + place) % loads.len();
                let rate = loads[which].rate();
                if turn > 0 {
                    rates[which].push(rate);
                }
            }
        }
    }
    let [bare_by_one, bare_by_eight, full_by_one, full_by_eight] = rates.map(median);
    let (bare, full) = (bare_by_eight / bare_by_one, full_by_eight / full_by_one);
    row("speed-up by 8 threads, bare", bare, "×", "");
    row("speed-up by 8 threads, full client", full, "×", "");
    row(
        "full client's speed-up over bare's",
        full / bare,
        "×",
        "≥ 0.95",
    );
}

/// Who calls.
#[derive(Clone)]
enum Caller {
    Bare(Bare),
    Full(PrismaCloud),
}

impl Caller {
    async fn call(&self) {
        match self {
            Self::Bare(bare) => drop(black_box(bare.policy().await)),
            Self::Full(full) => policy(full).await,
        }
    }
}

/// A client on a runtime of its own, to which its pooled connections belong.
struct Load {
    runtime: Runtime,
    threads: usize,
    caller: Caller,
}

impl Load {
    fn new(threads: usize, caller: Caller) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("a runtime");
        Self {
            runtime,
            threads,
            caller,
        }
    }

    /// Calls per second of as many tasks as there are threads.
    fn rate(&self) -> f64 {
        let calls = CALLS_OF_A_ROUND / self.threads;
        let begin = Instant::now();
        let tasks: Vec<_> = (0..self.threads)
            .map(|_| {
                let caller = self.caller.clone();
                self.runtime.spawn(async move {
                    for _ in 0..calls {
                        caller.call().await;
                    }
                })
            })
            .collect();
        self.runtime.block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
        CALLS_OF_A_ROUND as f64 / begin.elapsed().as_secs_f64()
    }
}

/// 64 calls at once, with a good token and with one that has just been revoked.
fn renewal(server: &Server) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let full = clients::full(server);
    runtime.block_on(policy(&full));
    let (mut good, mut revoked) = (Times::default(), Times::default());
    let before = server.ask("logins");
    let rounds = rounds(RENEWALS);
    for _ in 0..rounds {
        good.push(runtime.block_on(together(&full)));
        server.ask("revoke");
        revoked.push(runtime.block_on(together(&full)));
    }
    let logins = server.ask("logins") - before;
    row(
        "64 calls at once, good token",
        good.micros() / 1e3,
        "ms",
        "",
    );
    row(
        "64 calls at once, revoked token",
        revoked.micros() / 1e3,
        "ms",
        "",
    );
    row(
        "logins for one revocation",
        logins as f64 / rounds as f64,
        "",
        "= 1",
    );
}

async fn together(client: &PrismaCloud) -> Duration {
    let client = Arc::new(client.clone());
    let begin = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { policy(&client).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("no panic");
    }
    begin.elapsed()
}

async fn policy(client: &PrismaCloud) {
    let policy = client.cspm().get_policy().id("p-1").send().await;
    drop(black_box(policy.expect("a policy")));
}

fn single() -> Runtime {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}
