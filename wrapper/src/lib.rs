//! A client for Prisma Cloud: every operation of the CSPM and Code Security APIs, over a session that does not
//! die in the middle of a long run.
//!
//! [`PrismaCloud::builder`] takes a region and an access key. The first call logs in; the token is extended before it
//! expires; calls wait for rate limits before the server has to refuse, and are sent again where that is harmless. Every
//! failure is an [`Error`] that says what to do.
//!
//! Credentials come from the call, the environment or files ([`CredentialLoader`]); [`PrismaCloud::identity`] tells whose they are;
//! [`Tenants`] does the same work for many; [`integration`] has the configurations of integrations as types, and `access_keys`
//! (feature `cspm-access-keys`) rotates keys.
//!
//! # Features
//! * `rustls` (default), `rustls-aws-lc`, `native-tls`: who encrypts. See `Cargo.toml` for what each needs to build.
//! * `http2`, `gzip` (default), `brotli`: what connections can do.
//! * `cspm-access-keys`, `cspm-integrations`, `cspm-integrations-pull`: besides the calls, what is built on them.
//! * `keyring`: credentials in the keyring of the system.
//! * `ibm` (or `ibm-iam`, `ibm-configuration`, `ibm-compliance`): services of IBM Cloud over the same session. IAM is live, the
//!   others are not; see the module `ibm`.
//! * `testing`: a tenant in a box, samples for every operation, and a simulated clock.

#[cfg(feature = "cspm-access-keys")]
pub mod access_keys;
#[cfg(feature = "cspm-alerts")]
pub mod alerts;
mod attempt;
#[cfg(any(feature = "ibm-iam", feature = "testing"))]
mod base64;
mod builder;
mod choices;
mod client;
mod clock;
mod credentials;
mod dialect;
mod endpoint;
mod error;
pub mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod http2;
mod http_client;
#[cfg(feature = "ibm-iam")]
pub mod ibm;
mod identity;
pub mod integration;
pub mod jobs;
mod limit;
mod observe;
pub mod paging;
mod panics;
mod path;
mod placeholder;
mod proxy;
mod raw;
mod region;
mod report;
mod retry;
mod runtimes;
#[cfg(any(
    feature = "cspm-iam",
    feature = "cspm-search",
    feature = "cspm-search-manager"
))]
pub mod search;
mod session;
mod settings;
mod tenants;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod timer;
mod transport;
mod wire;

pub use builder::{Builder, Prisma};
pub use client::PrismaCloud;
pub use clock::{Clock, SystemClock};
#[cfg(feature = "keyring")]
pub use credentials::SystemKeyring;
pub use credentials::{CredentialLoader, Profile, SecretStore, Verify};
pub use error::{Error, ErrorKind, StatusEntry};
pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
#[cfg(feature = "rustls")]
pub use http_client::install_crypto_provider;
pub use identity::{Identity, TenantName};
pub use observe::{Event, Observer};
pub use prisma_cloud_api as api;
pub use prisma_cloud_api::{PRISMA_ID_OF_SESSION, Product};
pub use raw::{RawAnswer, RawCall};
pub use region::Region;
pub use retry::policy::RetryPolicy;
pub use secrecy::{ExposeSecret, SecretString};
pub use tenants::{OfTenant, TenantError, Tenants};
pub use time::EpochMillis;
