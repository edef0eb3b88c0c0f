//! The vendored documents as they stand in `spec/`: OpenAPI 3.0.3, as strict as published.
//!
//! They hold all operations, whatever features are enabled.

/// The CSPM API.
pub const CSPM: &str = include_str!("../spec/cspm.json");

/// How the answers of operations come in pages, as JSON: for each product, `listings` by `METHOD /path`.
pub const PAGINATION: &str = include_str!("../spec/pagination.json");

/// The Code Security API.
pub const CODE: &str = include_str!("../spec/code.json");

/// IBM Cloud IAM.
#[cfg(feature = "ibm-iam")]
pub const IBM_IAM: &str = include_str!("../spec/ibm-iam.json");

/// The Configuration API v1 of IBM Cloud, retired in December 2022.
#[cfg(feature = "ibm-configuration")]
pub const IBM_CONFIGURATION: &str = include_str!("../spec/ibm-configuration.json");

/// The Security and Compliance API v3 of IBM Cloud, whose support ended in December 2025.
#[cfg(feature = "ibm-compliance")]
pub const IBM_COMPLIANCE: &str = include_str!("../spec/ibm-compliance.json");
