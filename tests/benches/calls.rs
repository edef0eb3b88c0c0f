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
const THREAD_ROUNDS: usize = 11;
const CALLS_OF_A_THREAD: usize = 250;
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

/// The same number of calls for each thread, by one thread and by eight.
fn scaling(server: &Server) {
    let (mut ratios, mut rates) = (Vec::new(), Vec::new());
    for _ in 0..rounds(THREAD_ROUNDS) {
        // Clients of each round's own: connections end with the runtime they were made on.
        let by = |threads| {
            let (bare, full) = (Bare::new(server), clients::full(server));
            let bare = rate(threads, move || {
                let bare = bare.clone();
                async move { drop(black_box(bare.policy().await)) }
            });
            let full = rate(threads, move || {
                let full = full.clone();
                async move { policy(&full).await }
            });
            (bare, full)
        };
        let (one, eight) = (by(1), by(THREADS));
        ratios.push((eight.1 / one.1) / (eight.0 / one.0));
        rates.push((eight.0 / one.0, eight.1 / one.1));
    }
    row(
        "speed-up by 8 threads, bare",
        median(rates.iter().map(|rate| rate.0).collect()),
        "×",
        "",
    );
    row(
        "speed-up by 8 threads, full client",
        median(rates.iter().map(|rate| rate.1).collect()),
        "×",
        "",
    );
    row(
        "full client's speed-up over bare's",
        median(ratios),
        "×",
        "≥ 0.95",
    );
}

/// Calls per second of `threads` tasks on as many threads of one runtime, to which the pooled connections belong.
fn rate<F, C>(threads: usize, call: F) -> f64
where
    F: Fn() -> C + Clone + Send + Sync + 'static,
    C: Future<Output = ()> + Send,
{
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()
        .expect("a runtime");
    let all = |calls: usize| {
        let tasks: Vec<_> = (0..threads)
            .map(|_| {
                let call = call.clone();
                runtime.spawn(async move {
                    for _ in 0..calls {
                        call().await;
                    }
                })
            })
            .collect();
        runtime.block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
    };
    // Connections, before the start.
    all(5);
    let begin = Instant::now();
    all(CALLS_OF_A_THREAD);
    (threads * CALLS_OF_A_THREAD) as f64 / begin.elapsed().as_secs_f64()
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
