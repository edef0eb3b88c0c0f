//! For tests: a tenant in a box, samples, and a clock that is moved by hand. Feature `testing`.
//!
//! [`Tenant`] is an HTTP server in the test's own process, on loopback, that stands in for the real service:
//!
//! * It answers **all operations** of both products with valid data made from the vendored documents, whatever features
//!   are enabled: the same seed, the same answers.
//! * It **remembers** logins, access keys, policies, account groups, alert rules, suppressions, and what becomes of alerts, which it
//!   lists with filters, time ranges and pages. A million alerts cost nothing until they are asked for.
//! * It **refuses** what the documents forbid, in the manner of each product: CSPM in the header `x-redlock-status`, Code
//!   Security in the body; 401 or 403 without a good token, 404, 405, 406, 414, 415.
//! * It **fails on demand**: see [`Fault`] for how, [`FaultRule`] for when, [`Tenant::limit`] for rate limits.
//! * It **records** what it has seen: [`Tenant::recorded`].
//!
//! With a [`SimulatedClock`] on both sides an hour passes in milliseconds. [`samples`] makes requests and answers without
//! a server. `cargo run --example tenant` of the repository runs a tenant on a port, for programs in any language.
//!
//! # A test of your own
//!
//! Whatever takes a client can be tried: here a function that dismisses what nobody will repair, on a day on which the
//! service is not at its best.
//!
//! ```
//! use prisma_cloud::testing::{Fault, FaultRule, SimulatedClock, Tenant};
//! use prisma_cloud::{Error, Method, PrismaCloud, Product};
//! use serde_json::{Value, json};
//!
//! async fn dismiss(client: &PrismaCloud, ids: &[&str], note: &str) -> Result<(), Error> {
//!     let body = json!({ "alerts": ids, "filter": {}, "dismissalNote": note });
//!     client.raw(Product::Cspm, Method::POST, "/alert/dismiss").json(&body).send().await?;
//!     Ok(())
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Error> {
//! let clock = SimulatedClock::new();
//! let tenant = Tenant::builder().clock(&clock).alerts(50).start().await;
//! let client = tenant.client().build()?;
//!
//! // The token has expired when the first request arrives, and the second one is one too many.
//! tenant.add_fault(FaultRule::new(Fault::expire()).on("dismiss-alerts").at(1));
//! tenant.add_fault(FaultRule::new(Fault::limited(1.0, 5.0)).on("dismiss-alerts").at(2));
//! dismiss(&client, &["P-3", "P-4"], "accepted").await?;
//!
//! assert_eq!(tenant.logins(), 2);
//! // Once more than that: a token that is so new might not have been known everywhere yet.
//! assert_eq!(tenant.count_of("dismiss-alerts"), 4);
//! let alert = client.raw(Product::Cspm, Method::GET, "/alert/P-3").send().await?.json::<Value>()?;
//! assert_eq!(alert["status"], "dismissed");
//! # Ok(())
//! # }
//! ```
//!
//! # What is there in the beginning
//!
//! | what | how many | ids |
//! |---|---|---|
//! | policies | 20 | `00000000-0000-4000-8000-000000000000` and so on; `Example policy 0` … |
//! | account groups | 4 | `00000000-0000-4000-8001-000000000000` …; `Development`, `Production`, `Sandbox`, `Staging` |
//! | alert rules | 3 | `00000000-0000-4000-8002-000000000000` … |
//! | suppressions | 3 | `00000000-0000-4000-8003-000000000000` …, of the first policies |
//! | alerts | 250, see [`TenantBuilder::alerts`] | `P-0`, the newest, a minute before the tenant began, and one for each minute before it |
//! | repositories | 6, see [`TenantBuilder::repositories`] | |
//!
//! Ids in samples are ids of these. Where nothing is remembered, the answer to a call is always the same.
//!
//! # What it does not do
//!
//! A change that no list above names is answered and forgotten. Policies do not make alerts, and search does not read RQL.

mod builder;
mod call;
mod clock;
mod control;
mod fault;
mod generic;
#[cfg(feature = "ibm-iam")]
pub mod ibm;
mod limits;
mod record;
mod routes;
pub mod samples;
mod schema;
mod server;
mod state;
mod tenant;
mod tokens;

pub use builder::TenantBuilder;
pub use clock::SimulatedClock;
pub use fault::{Fault, FaultRule};
pub use record::Recorded;
pub use tenant::Tenant;
pub use tokens::TokenForm;
