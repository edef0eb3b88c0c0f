//! The bundle of certificates that a profile names.

use std::path::Path;

use super::open::problem;
use crate::error::Error;

/// The text of the bundle. It is no secret, so everybody may read it.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    const WHERE: &str = "the bundle of certificates that `verify` names";
    let pem = std::fs::read(path).map_err(|source| {
        let what =
            format!("{WHERE} cannot be read; write \"true\", \"false\" or the path of a PEM file");
        problem(path, what).with_source(source)
    })?;
    let mark = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(mark.len()).any(|window| window == mark) {
        return Err(problem(
            path,
            format!("{WHERE} holds no certificate in PEM form"),
        ));
    }
    Ok(pem)
}
