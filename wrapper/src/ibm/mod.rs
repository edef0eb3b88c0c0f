//! IBM Cloud: IAM, and two APIs of its Security and Compliance Center, over the same session as Prisma Cloud.
//!
//! IAM is live. The **Configuration API v1 was retired in December 2022**, and the **Security and Compliance API v3 reached the
//! end of its support in December 2025**: nobody answers at their addresses any more. Their clients are for people with
//! archived tenants, recorded traffic or compatible gateways.
//!
//! [`IbmCloud::builder`] takes an API key or another grant of IAM. The first call exchanges it for a token; the token is
//! replaced by another one in the last fifth of its life, while the old one is still served, and not used in its last ten
//! seconds. Every failure is an [`Error`](crate::Error); [`Refusal::of`] reads all that the service said.
//!
//! # Features
//! * `ibm-iam`: this module and IAM.
//! * `ibm-configuration`, `ibm-compliance`: the two services, with `ibm-iam`.
//! * `ibm`: all three. `full` is about Prisma Cloud and enables none of them.

mod advice;
mod builder;
mod client;
mod credentials;
pub(crate) mod dialect;
mod etag;
mod host;
mod problem;
mod source;

pub use builder::{Ibm, IbmBuilder};
pub use client::IbmCloud;
pub use credentials::{ComputeProfile, ComputeToken, TrustedProfile};
pub use etag::Tagged;
pub use host::{ComplianceRegion, ConfigurationRegion, IamHost, InstanceId, Network};
pub use problem::{Problem, Refusal};
