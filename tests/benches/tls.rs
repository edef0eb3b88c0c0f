//! What encryption costs, by who encrypts: pages of a listing, and new connections.
//!
//! `cargo bench -p prisma-cloud-tests --features tls --bench tls`. Needs what the features `rustls-aws-lc` and `native-tls` of the
//! client need. By bare reqwest, all in turn; `none` is the same over plain HTTP. The server has ring, whoever the client has.

use std::hint::black_box;
use std::time::{Duration, Instant};

use prisma_cloud_tests::bench::answers::{PAGE, PAGES, next_page};
use prisma_cloud_tests::bench::clients::{Bare, http};
use prisma_cloud_tests::bench::rounds;
use prisma_cloud_tests::bench::server::{Server, serve_if_asked};
use prisma_cloud_tests::bench::times::{Times, row};
use prisma_cloud_tests::bench::tls::Backend;
use tokio::runtime::{Builder, Runtime};

const ROUNDS: usize = 21;
/// New ones, of a round.
const CONNECTIONS: usize = 20;

fn main() {
    serve_if_asked();
    let (plain, encrypted) = (Server::start(), Server::start_encrypted());
    let both = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    // Where a call goes from thread to thread, chance decides how long it takes.
    let single = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let client = |which: usize| match which.checked_sub(1) {
        None => Bare::over(http(), &plain),
        Some(backend) => Bare::over(Backend::ALL[backend].http(&encrypted), &encrypted),
    };
    let names = ["none"]
        .into_iter()
        .chain(Backend::ALL.map(Backend::feature));
    let names: Vec<&str> = names.collect();
    let mut bytes = 0;
    let mut pages = vec![Times::new(); names.len()];
    let mut connections = vec![Times::new(); names.len()];
    let rounds = rounds(ROUNDS);
    // The first round renders pages and does not count.
    for round in 0..=rounds {
        for place in 0..names.len() {
            // Each comes first, second, third and last equally often.
            let which = (round + place) % names.len();
            let (took, listed) = both.block_on(listing(&client(which)));
            if round > 0 {
                bytes = listed;
                pages[which].push(took);
                (0..CONNECTIONS)
                    .for_each(|_| connections[which].push(call(&single, &client(which))));
            }
        }
    }
    for (name, times) in names.iter().zip(&pages) {
        let rate = bytes as f64 / 1e6 / times.median().as_secs_f64();
        row(&format!("pages, encrypted by: {name}"), rate, "MB/s", "");
    }
    for (name, times) in names.iter().zip(&connections) {
        let what = format!("call on a new connection, encrypted by: {name}");
        row(&what, times.micros(), "µs", "");
    }
}

/// Takes all pages as they come, and tells how many bytes that was.
async fn listing(bare: &Bare) -> (Duration, usize) {
    let begin = Instant::now();
    let (mut bytes, mut count, mut next) = (0, 0, None);
    loop {
        let page = black_box(bare.undecoded_alerts(next).await);
        bytes += page.as_ref().len();
        count += 1;
        next = next_page(page.as_ref());
        if next.is_none() {
            assert_eq!(count, PAGES, "pages of {PAGE}");
            return (begin.elapsed(), bytes);
        }
    }
}

fn call(runtime: &Runtime, bare: &Bare) -> Duration {
    let begin = Instant::now();
    drop(black_box(runtime.block_on(bare.policy())));
    begin.elapsed()
}
