//! Typed clients for every operation of the Prisma Cloud CSPM and Code Security APIs.
//!
//! This crate holds the generated calls and nothing of a session: a call builds its request and
//! hands it to a [`Transport`]. The crate `prisma-cloud` brings one that logs in, keeps the session
//! alive, retries, and reports errors; most programs want that crate.
//!
//! ```ignore
//! use prisma_cloud_api::cspm::prelude::*;
//!
//! let alerts = client.get_alerts().time_type("relative").send().await?;
//! ```
//!
//! # Features
//!
//! Every API group is a cargo feature, named after its product and tag: `cspm-alerts`,
//! `code-repositories`. `cspm`, `code` and `full` enable all of a product or of both. What is not
//! enabled is not generated, let alone compiled.
//!
//! `ibm-iam`, `ibm-configuration`, `ibm-compliance`, and `ibm` for all three, add clients for
//! services of IBM Cloud. `full` is about Prisma Cloud and enables none of them.
//!
//! `documents` brings the documents that everything was generated from, for validators and stand-ins.

mod base;
#[cfg(feature = "documents")]
pub mod documents;
#[cfg(feature = "inspect")]
#[doc(hidden)]
pub mod inspect;
#[cfg(test)]
#[allow(
    clippy::all,
    clippy::pedantic,
    dead_code,
    missing_docs,
    unused_imports,
    unused_qualifications
)]
mod odd_names;
// Which of it is used depends on the enabled groups.
#[allow(dead_code)]
pub mod paging;
mod seam;
// Which of it is used depends on the enabled groups.
#[allow(dead_code, unused_imports, unused_macros)]
mod support;
mod time_range;

pub use seam::{
    Answer, BoxFuture, Operation, PRISMA_ID_OF_SESSION, Product, ReadBody, SharedTransport,
    Transport, Undecoded,
};
#[doc(hidden)]
pub use support::shown::is_secret as is_secret_name;
#[doc(hidden)]
pub use support::vanishes;
pub use support::{List, Members, read_json};
pub use time_range::{
    DismissalTimeRange, InventoryTimeRange, Since, TimeRange, TimeRangeQuery, TimeUnit,
};

/// The documented operations, a line `product METHOD /path` for each: all of Prisma Cloud, whatever groups are enabled, and
/// those of the enabled services of IBM Cloud.
#[doc(hidden)]
pub const DOCUMENTED: &str = include_str!(concat!(env!("OUT_DIR"), "/documented.txt"));

/// The CSPM API: cloud security posture management.
#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unused_imports,
    unused_qualifications,
    rustdoc::bare_urls
)]
pub mod cspm {
    include!(concat!(env!("OUT_DIR"), "/cspm.rs"));
}

/// The Code Security API.
#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unused_imports,
    unused_qualifications,
    rustdoc::bare_urls
)]
pub mod code {
    include!(concat!(env!("OUT_DIR"), "/code.rs"));
}

/// Services of IBM Cloud that one IAM token opens.
///
/// IAM is live. The Configuration API v1 was retired in December 2022 and the Security and
/// Compliance API v3 reached the end of its support in December 2025: their clients are for
/// archived tenants, recorded traffic and compatible gateways.
#[cfg(any(
    feature = "ibm-iam",
    feature = "ibm-configuration",
    feature = "ibm-compliance"
))]
#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unused_imports,
    unused_qualifications,
    rustdoc::bare_urls
)]
pub mod ibm {
    /// IAM: access tokens and API keys.
    #[cfg(feature = "ibm-iam")]
    pub mod iam {
        include!(concat!(env!("OUT_DIR"), "/ibm-iam.rs"));
    }

    /// The Configuration API v1 (configuration governance), retired in December 2022.
    #[cfg(feature = "ibm-configuration")]
    pub mod configuration {
        include!(concat!(env!("OUT_DIR"), "/ibm-configuration.rs"));
    }

    /// The Security and Compliance API v3, whose support ended in December 2025.
    #[cfg(feature = "ibm-compliance")]
    pub mod compliance {
        include!(concat!(env!("OUT_DIR"), "/ibm-compliance.rs"));
    }
}
