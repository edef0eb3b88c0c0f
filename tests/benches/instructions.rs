//! Instructions of the hot paths, counted by valgrind: noise of the machine cannot hide a regression here.
//!
//! `cargo bench -p prisma-cloud-tests --features instructions --bench instructions`, with valgrind and the pinned
//! `gungraun-runner`; `tests/benches/run` sees to both. What is counted is the work of this process between request and result,
//! without that of the server, which is another thread.

// What the macros write has no documentation, and longer paths than it needs.
#![allow(missing_docs, unused_qualifications)]

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use prisma_cloud::PrismaCloud;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::{PagedResultsAlertModel, PolicyModel2};
use prisma_cloud_tests::bench::answers;
use prisma_cloud_tests::bench::clients::{self, Bare};
use prisma_cloud_tests::bench::decoded;
use prisma_cloud_tests::bench::server::Server;
use tokio::runtime::{Builder, Runtime};

/// A client that has made a call before: connected, logged in, and with everything in place that is made once.
struct Warm<C> {
    runtime: Runtime,
    client: C,
    _server: Server,
}

fn warm<C>(client: impl FnOnce(&Server) -> C) -> Warm<C> {
    let server = Server::start_here();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    Warm {
        client: client(&server),
        runtime,
        _server: server,
    }
}

fn warm_bare() -> Warm<Bare> {
    let warm = warm(Bare::new);
    warm.runtime.block_on(warm.client.policy());
    warm
}

fn warm_generated() -> Warm<Client> {
    let warm = warm(clients::generated);
    warm.runtime.block_on(by_generated(&warm.client));
    warm
}

fn warm_full() -> Warm<PrismaCloud> {
    let warm = warm(clients::full);
    warm.runtime.block_on(by_generated(warm.client.cspm()));
    warm
}

async fn by_generated(client: &Client) -> PolicyModel2 {
    let policy = client.get_policy().id("p-1").send().await;
    policy.expect("a policy").into_inner()
}

#[library_benchmark]
#[bench::bare(setup = warm_bare)]
fn call_bare(warm: Warm<Bare>) -> (PolicyModel2, Warm<Bare>) {
    let policy = warm.runtime.block_on(warm.client.policy());
    (black_box(policy), warm)
}

#[library_benchmark]
#[bench::generated(setup = warm_generated)]
fn call_generated(warm: Warm<Client>) -> (PolicyModel2, Warm<Client>) {
    let policy = warm.runtime.block_on(by_generated(&warm.client));
    (black_box(policy), warm)
}

#[library_benchmark]
#[bench::full(setup = warm_full)]
fn call_full(warm: Warm<PrismaCloud>) -> (PolicyModel2, Warm<PrismaCloud>) {
    let policy = warm.runtime.block_on(by_generated(warm.client.cspm()));
    (black_box(policy), warm)
}

fn page() -> Vec<u8> {
    answers::alerts(None)
}

#[library_benchmark]
#[bench::policy(setup = answers::policy)]
fn decode_policy(body: Vec<u8>) -> (PolicyModel2, Vec<u8>) {
    (black_box(decoded(&body)), body)
}

#[library_benchmark]
#[bench::page(setup = page)]
fn decode_page(body: Vec<u8>) -> (PagedResultsAlertModel, Vec<u8>) {
    (black_box(decoded(&body)), body)
}

library_benchmark_group!(
    name = hot,
    benchmarks = [
        call_bare,
        call_generated,
        call_full,
        decode_policy,
        decode_page
    ]
);
main!(library_benchmark_groups = hot);
