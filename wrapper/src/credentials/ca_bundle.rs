//! The bundle of certificates that a profile names.

use std::path::Path;

use super::open::{bounded, problem, regular};
use crate::error::Error;

/// The bundles of whole systems have a quarter of a megabyte.
const LARGEST: u64 = 4 * 1024 * 1024;

/// The text of the bundle. It is no secret, so everybody may read it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    const WHERE: &str = "the bundle of certificates that `verify` names";
    const NEXT: &str = "write \"true\", \"false\" or the path of a PEM file";
    let file = regular(path).map_err(|error| {
        let said = error.to_string();
        let named = format!("{}: ", path.display());
        let reason = said.strip_prefix(&named).unwrap_or(&said);
        problem(path, format!("{WHERE} cannot be read: {reason}; {NEXT}")).with_source(error)
    })?;
    let pem = bounded(
        path,
        file,
        LARGEST,
        "the bundle of certificates has more than 4 MiB; name one with fewer certificates",
    )?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(mark.len()).any(|window| window == mark) {
        return Err(problem(
            path,
            format!("{WHERE} holds no certificate in PEM form"),
        ));
    }
    Ok(pem.to_vec())
}
