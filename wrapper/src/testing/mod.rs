//! For tests: a tenant in a box, and a clock that is moved by hand. Feature `testing`.
//!
//! [`Tenant`] is an HTTP server in the test's own process that behaves like the real service where it matters to a client:
//! it logs in, lets tokens expire, checks the header of each product, pages, limits, and fails on demand.
//! With a [`SimulatedClock`] on both sides an hour passes in milliseconds.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::testing::Tenant;
//! use prisma_cloud::{Method, Product};
//!
//! let tenant = Tenant::start().await;
//! let client = tenant.client().build()?;
//! let alerts: serde_json::Value =
//!     client.raw(Product::Cspm, Method::POST, "/v2/alert").body("{}").send().await?.json()?;
//! assert!(alerts["totalRows"].as_u64() > Some(0));
//! assert_eq!(tenant.logins(), 1);
//! # Ok(())
//! # }
//! ```

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
