//! The habits of IBM Cloud's APIs.

use http::{HeaderName, HeaderValue, header};
use prisma_cloud_api::{Operation, Product};

use super::{advice, problem};
use crate::dialect::Dialect;

/// Where tokens are issued.
pub(super) const TOKEN_PATH: &str = "/identity/token";

const fn ibm(
    name: &'static str,
    product: Product,
    login_path: &'static str,
    operations: &'static [Operation],
    row: usize,
) -> Dialect {
    Dialect {
        name,
        header: header::AUTHORIZATION,
        login_path,
        // 403 is about permissions here.
        stale: &[401],
        transaction: Some(HeaderName::from_static("transaction-id")),
        files: Some(HeaderValue::from_static(
            "application/csv, application/pdf, */*;q=0.5",
        )),
        said: problem::said,
        kind: problem::kind,
        advise: advice::advise,
        undocumented: Operation::undocumented(product),
        operations,
        row,
    }
}

pub(crate) static IAM: Dialect = ibm(
    "ibm-iam",
    Product::IbmIam,
    TOKEN_PATH,
    prisma_cloud_api::ibm::iam::OPERATIONS,
    2,
);

/// No path of the services logs in: a token is always sent.
#[cfg(feature = "ibm-configuration")]
pub(crate) static CONFIGURATION: Dialect = ibm(
    "ibm-configuration",
    Product::IbmConfiguration,
    "",
    prisma_cloud_api::ibm::configuration::OPERATIONS,
    3,
);

#[cfg(feature = "ibm-compliance")]
pub(crate) static COMPLIANCE: Dialect = ibm(
    "ibm-compliance",
    Product::IbmCompliance,
    "",
    prisma_cloud_api::ibm::compliance::OPERATIONS,
    4,
);
