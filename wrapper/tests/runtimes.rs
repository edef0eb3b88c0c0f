//! One client on several runtimes that are driven in turns: nobody waits for what lives on a runtime that stands still.

mod common;

use std::time::Duration;

use common::{repositories, settle};
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::FilterModel;
use prisma_cloud::paging::PagedExt;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Builder, PrismaCloud};
use tokio::runtime::Runtime;

fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

/// A call that waits for a runtime that stands still fails after half a minute instead of ten.
fn impatient(builder: Builder) -> PrismaCloud {
    let limit = Duration::from_secs(30);
    let builder = builder.attempt_timeout(limit).overall_timeout(limit);
    builder.no_retries().build().unwrap()
}

/// Calls, and then whatever gives their connections back.
async fn calls(client: &PrismaCloud) {
    for _ in 0..3 {
        repositories(client).await.unwrap();
        settle().await;
    }
}

#[test]
fn calls_in_turns_do_not_wait_for_connections_of_each_other() {
    // The tenant is served by threads of its own.
    let outer = runtime();
    let tenant = outer.block_on(Tenant::start());
    let client = impatient(tenant.client());
    let runtimes = [runtime(), runtime(), runtime()];
    for _ in 0..3 {
        for runtime in &runtimes {
            runtime.block_on(calls(&client));
        }
    }
    assert_eq!(tenant.logins(), 1, "the session is shared");
}

#[test]
fn a_runtime_for_each_call_works() {
    let outer = runtime();
    let tenant = outer.block_on(Tenant::start());
    let client = impatient(tenant.client());
    for _ in 0..10 {
        runtime().block_on(calls(&client));
    }
    assert_eq!(tenant.logins(), 1);
}

#[test]
fn renewals_in_turns_do_not_wait_for_connections_of_each_other() {
    let outer = runtime();
    let tenant = outer.block_on(Tenant::start());
    let client = impatient(tenant.client());
    let runtimes = [runtime(), runtime()];
    for _ in 0..3 {
        for runtime in &runtimes {
            // The next call logs in anew.
            tenant.revoke_tokens();
            runtime.block_on(calls(&client));
        }
    }
    assert!(tenant.logins() > 1);
}

#[test]
fn a_listing_goes_on_where_the_page_fetched_ahead_was_left_behind() {
    let outer = runtime();
    let tenant = outer.block_on(Tenant::builder().alerts(100).start());
    let client = impatient(tenant.client());
    let filter = FilterModel::new().limit(10);
    let mut pages = client.cspm().post_alerts_v2().body(filter).pages();
    let runtimes = [runtime(), runtime()];
    let mut count = 0;
    for turn in 0.. {
        // The next page is being fetched on this runtime when it is left.
        match runtimes[turn % 2].block_on(pages.next()) {
            Some(page) => count += page.unwrap().items.unwrap_or_default().len(),
            None => break,
        }
    }
    assert_eq!(count, 100);
}

#[cfg(feature = "http2")]
mod http2 {
    use bytes::Bytes;
    use prisma_cloud::{Method, Product};

    use super::*;

    /// The address of a server of HTTP/2 that has a thread of its own and answers everything.
    fn server() -> String {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            runtime().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(stream));
                }
            });
        });
        url
    }

    async fn serve(stream: tokio::net::TcpStream) {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        while let Some(Ok((_, mut respond))) = connection.accept().await {
            let head = http::Response::new(());
            let mut body = respond.send_response(head, false).unwrap();
            body.send_data(Bytes::from_static(b"{}"), true).unwrap();
        }
    }

    #[test]
    fn calls_in_turns_do_not_wait_for_the_connection_of_each_other() {
        let builder = PrismaCloud::builder().url(server()).token("t");
        let client = impatient(builder.http_client_builder(|| {
            prisma_cloud::install_crypto_provider();
            reqwest::Client::builder().http2_prior_knowledge()
        }));
        let runtimes = [runtime(), runtime()];
        for _ in 0..3 {
            for runtime in &runtimes {
                runtime.block_on(async {
                    let call = client.raw(Product::Cspm, Method::GET, "/thing");
                    call.send().await.unwrap();
                    settle().await;
                });
            }
        }
    }
}
