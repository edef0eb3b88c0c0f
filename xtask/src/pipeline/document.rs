//! A published document on its way through the passes.

use std::fmt;

use serde_json::Value;

use super::failure::{Failure, Pointer};

/// The products, each vendored as one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Product {
    /// Cloud Security Posture Management.
    Cspm,
    /// Code Security.
    Code,
    /// IBM Cloud IAM.
    IbmIam,
    /// The Configuration API v1 of IBM Cloud.
    IbmConfiguration,
    /// The Security and Compliance API v3 of IBM Cloud.
    IbmCompliance,
}

impl Product {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 5] = [
        Self::Cspm,
        Self::Code,
        Self::IbmIam,
        Self::IbmConfiguration,
        Self::IbmCompliance,
    ];

    /// Those whose documents are published, and repaired by the pipeline. The others are written
    /// by hand: `spec/` is their source.
    pub const PUBLISHED: [Self; 2] = [Self::Cspm, Self::Code];

    /// The name of the folder, the vendored document and the generated module.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cspm => "cspm",
            Self::Code => "code",
            Self::IbmIam => "ibm-iam",
            Self::IbmConfiguration => "ibm-configuration",
            Self::IbmCompliance => "ibm-compliance",
        }
    }

    /// The header that carries the token.
    pub fn auth_header(self) -> &'static str {
        match self {
            Self::Cspm => "x-redlock-auth",
            _ => "authorization",
        }
    }

    /// The name under which the product's documents declare that header as a security scheme.
    pub fn security_scheme(self) -> &'static str {
        match self {
            Self::Cspm => "x-redlock-auth",
            Self::Code => "CustomAuthorizer",
            _ => "bearer",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One published document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The product whose folder holds the document.
    pub product: Product,
    /// The file's name without its ending.
    pub stem: String,
    /// The name in messages and reports: `cspm/Alerts.json`.
    pub name: String,
    /// Lower-case hexadecimal SHA-256 of the file.
    pub sha256: String,
    /// The content.
    pub value: Value,
}

impl Document {
    /// A failure at `pointer` of this document.
    pub fn failure(&self, pointer: Pointer, message: impl Into<String>) -> Failure {
        Failure::new(self.name.clone(), pointer, message)
    }
}
