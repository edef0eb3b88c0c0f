//! What a call costs over bare reqwest, how calls scale over threads, and what a renewal costs those who need it.
//!
//! `cargo bench -p prisma-cloud-tests --bench calls`. Everything that is compared is measured in turn, over many sets of new
//! connections, against the same server.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prisma_cloud::PrismaCloud;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, row};
use tokio::runtime::{Builder, Runtime};

/// Connections of all clients anew: how fast one is stays the same while it is open, and can matter more than who calls.
const SETS: usize = 101;
/// Turns of each client over the same connection.
const TURNS: usize = 4;
/// Turns before those, which do not count: caches, and the frequency of the processor.
const WARM_UP: usize = 1;
/// Calls of one client in a row, as programs make them, before it is the next one's turn.
const CALLS_OF_A_TURN: usize = 25;
/// Of 8 threads against one.
const THREADS: usize = 8;
const THREAD_ROUNDS: usize = 101;
/// Turns on the same connections, the first of which does not count.
const TURNS_OF_LOADS: usize = 4;
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
    // Medians, one for each set of connections.
    let mut medians = [const { Times::new() }; 3];
    let mut slow = [const { Times::new() }; 3];
    for set in 0..rounds(SETS) {
        for (which, times) in calls_of_a_set(server, set).iter().enumerate() {
            medians[which].push(times.median());
            slow[which].push(times.quantile(0.9));
        }
    }
    let [bare, generated, full] = &medians;
    for (which, name) in ["bare reqwest", "generated code on reqwest", "full client"]
        .into_iter()
        .enumerate()
    {
        let (median, slow) = (medians[which].micros(), slow[which].micros());
        row(&format!("call, {name}: median"), median, "µs", "");
        row(&format!("call, {name}: 90 %"), slow, "µs", "");
    }
    let percent = |ratio: f64| (ratio - 1.0) * 100.0;
    let of_generated = percent(generated.median_over(bare));
    row("overhead of the generated code", of_generated, "%", "");
    let of_full = percent(full.median_over(bare));
    row("overhead of the full client", of_full, "%", "≤ 5");
    let of_layers = percent(full.median_over(generated));
    let what = "session, limiter, retries and traces together, over the generated code";
    row(what, of_layers, "%", "");
}

/// What the calls of each client took over one connection of its own.
fn calls_of_a_set(server: &Server, set: usize) -> [Times; 3] {
    let runtime = single();
    let (bare, generated, full) = (
        Bare::new(server),
        clients::generated(server),
        clients::full(server),
    );
    let mut times = [const { Times::new() }; 3];
    runtime.block_on(async {
        for turn in 0..TURNS + WARM_UP {
            // Each comes first, second and third equally often.
            for place in 0..3 {
                let which = (set + turn + place) % 3;
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
    times
}

/// The same number of calls by one thread and by eight. The four take turns, each first to fourth equally often.
///
/// Clients are compared within a round: one connection can be twice as fast as the next, whoever has it.
fn scaling(server: &Server) {
    let mut medians = [const { Times::new() }; 4];
    for round in 0..rounds(THREAD_ROUNDS) {
        let bare = || Caller::Bare(Bare::new(server));
        let full = || Caller::Full(clients::full(server));
        let loads = [
            Load::by_one(bare),
            Load::by_eight(bare),
            Load::by_one(full),
            Load::by_eight(full),
        ];
        let mut times = [const { Times::new() }; 4];
        for turn in 0..TURNS_OF_LOADS {
            for place in 0..loads.len() {
                let which = (round + turn + place) % loads.len();
                let took = loads[which].time();
                if turn > 0 {
                    times[which].push(took);
                }
            }
        }
        for (medians, times) in medians.iter_mut().zip(&times) {
            medians.push(times.median());
        }
    }
    let [bare_by_one, bare_by_eight, full_by_one, full_by_eight] = &medians;
    for (name, by_one, by_eight) in [
        ("bare", bare_by_one, bare_by_eight),
        ("full client", full_by_one, full_by_eight),
    ] {
        let what = format!("speed-up by 8 threads, {name}");
        row(&what, by_one.median_over(by_eight), "×", "");
    }
    let by_one = full_by_one.median_over(bare_by_one);
    let by_eight = full_by_eight.median_over(bare_by_eight);
    row("full client over bare, 1 thread", by_one, "× the time", "");
    row(
        "full client over bare, 8 threads",
        by_eight,
        "× the time",
        "",
    );
    let what = "full client's speed-up over bare's";
    row(what, by_one / by_eight, "×", "≥ 0.95");
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

/// Calls on a runtime of their own, to which the pooled connections belong.
struct Load {
    runtime: Runtime,
    /// For each task, one after the other: each makes its share of the calls.
    tasks: Vec<Vec<Caller>>,
}

impl Load {
    /// On one thread by one task, through eight clients, so that it has as many connections as eight threads have.
    fn by_one(client: impl Fn() -> Caller) -> Self {
        let clients = (0..THREADS).map(|_| client()).collect();
        Self::new(1, vec![clients])
    }

    /// On eight threads by eight tasks, which share a client.
    fn by_eight(client: impl Fn() -> Caller) -> Self {
        Self::new(THREADS, vec![vec![client()]; THREADS])
    }

    fn new(threads: usize, tasks: Vec<Vec<Caller>>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .enable_all()
            .build()
            .expect("a runtime");
        Self { runtime, tasks }
    }

    /// What the calls of a round take.
    fn time(&self) -> Duration {
        let begin = Instant::now();
        let tasks: Vec<_> = self
            .tasks
            .iter()
            .map(|callers| {
                let callers = callers.clone();
                self.runtime.spawn(async move {
                    for caller in callers {
                        for _ in 0..CALLS_OF_A_ROUND / THREADS {
                            caller.call().await;
                        }
                    }
                })
            })
            .collect();
        self.runtime.block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
        begin.elapsed()
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
