//! What the APIs do differently, in one table.

use http::{HeaderName, HeaderValue, StatusCode, header};
use prisma_cloud_api::{Operation, Product};

use crate::error::advice::{self, Circumstances};
use crate::error::body::{self, BodyFacts};
use crate::error::{ErrorKind, StatusEntry};

/// What the body of a failure says: facts, and entries such as those of `x-redlock-status`.
pub(crate) type Said = (BodyFacts, Vec<StatusEntry>);

/// How many APIs there can be, of Prisma Cloud and of IBM.
pub(crate) const APIS: usize = 5;

/// The habits of one API.
pub(crate) struct Dialect {
    /// Its name in traces, events and buckets.
    pub(crate) name: &'static str,
    /// The header that carries the token.
    pub(crate) header: HeaderName,
    /// The path that alone needs no token.
    pub(crate) login_path: &'static str,
    /// The statuses that may mean an expired or revoked token.
    pub(crate) stale: &'static [u16],
    /// The header in which the client may name the call, for the provider's support to find it by.
    pub(crate) transaction: Option<HeaderName>,
    /// The media types that are asked for where the answer is a file.
    pub(crate) files: Option<HeaderValue>,
    /// Reads the body of a failure with its content type.
    pub(crate) said: fn(&[u8], Option<&str>) -> Said,
    /// The kind of a failure, by what its status stands for and its keys.
    pub(crate) kind: fn(ErrorKind, Option<StatusCode>, &[&str]) -> ErrorKind,
    /// What the user can do about it.
    pub(crate) advise: fn(&Circumstances<'_>) -> Option<String>,
    /// Calls that no document describes.
    pub(crate) undocumented: Operation,
    /// Those that a document does.
    pub(crate) operations: &'static [Operation],
    /// Its row in tables that have one for each API, of which there are [`APIS`].
    pub(crate) row: usize,
}

/// The habits of both APIs of Prisma Cloud, but for what is named.
const fn prisma_cloud(
    name: &'static str,
    product: Product,
    header: HeaderName,
    stale: &'static [u16],
    operations: &'static [Operation],
    row: usize,
) -> Dialect {
    Dialect {
        name,
        header,
        login_path: crate::session::login::LOGIN_PATH,
        stale,
        transaction: None,
        files: None,
        said: |body, content_type| (body::parse(body, content_type), Vec::new()),
        kind: |kind, _, keys| kind.refine(keys),
        advise: advice::advise,
        undocumented: Operation::undocumented(product),
        operations,
        row,
    }
}

static CSPM: Dialect = prisma_cloud(
    "cspm",
    Product::Cspm,
    HeaderName::from_static("x-redlock-auth"),
    &[401],
    prisma_cloud_api::cspm::OPERATIONS,
    0,
);

// It says 403 to a token that has expired.
static CODE: Dialect = prisma_cloud(
    "code",
    Product::Code,
    header::AUTHORIZATION,
    &[401, 403],
    prisma_cloud_api::code::OPERATIONS,
    1,
);

/// The habits of `product`.
pub(crate) fn of(product: Product) -> &'static Dialect {
    match product {
        Product::Code => &CODE,
        #[cfg(feature = "ibm-iam")]
        Product::IbmIam => &crate::ibm::dialect::IAM,
        #[cfg(feature = "ibm-configuration")]
        Product::IbmConfiguration => &crate::ibm::dialect::CONFIGURATION,
        #[cfg(feature = "ibm-compliance")]
        Product::IbmCompliance => &crate::ibm::dialect::COMPLIANCE,
        _ => &CSPM,
    }
}

/// What documents describe, of all APIs.
pub(crate) fn all_operations() -> impl Iterator<Item = &'static Operation> {
    const PRODUCTS: &[Product] = &[
        Product::Cspm,
        Product::Code,
        #[cfg(feature = "ibm-iam")]
        Product::IbmIam,
        #[cfg(feature = "ibm-configuration")]
        Product::IbmConfiguration,
        #[cfg(feature = "ibm-compliance")]
        Product::IbmCompliance,
    ];
    PRODUCTS.iter().flat_map(|product| of(*product).operations)
}

/// The header that carries the token of `product`.
pub(crate) fn header_of(product: Product) -> HeaderName {
    of(product).header.clone()
}

/// A random UUID (version 4) of `bits`.
pub(crate) fn uuid(bits: u128) -> String {
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_has_a_row_of_its_own() {
        let products = [
            Product::Cspm,
            Product::Code,
            #[cfg(feature = "ibm-iam")]
            Product::IbmIam,
            #[cfg(feature = "ibm-configuration")]
            Product::IbmConfiguration,
            #[cfg(feature = "ibm-compliance")]
            Product::IbmCompliance,
        ];
        let rows: std::collections::BTreeSet<usize> =
            products.iter().map(|product| of(*product).row).collect();
        assert_eq!(rows.len(), products.len());
        assert!(rows.iter().all(|row| *row < APIS), "{rows:?}");
    }

    #[test]
    fn a_uuid_has_its_version_and_its_dashes() {
        assert_eq!(uuid(0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
