//! Reading and writing bodies by the names of operations. For tests; not part of the interface.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Where the build has put the generated clients.
pub const OUT_DIR: &str = env!("OUT_DIR");

/// Which body of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What is sent.
    Request,
    /// What a successful answer holds.
    Response,
}

/// Why a body is not what its type writes.
#[derive(Debug)]
pub enum Misfit {
    /// It cannot be read.
    Unreadable(String),
    /// What the type writes reads back as something else.
    Unstable(Value),
}

/// The body as its type writes it again.
pub type Outcome = Result<Value, Misfit>;

/// Reads `json` as `T`, writes it, reads that again, and compares.
pub fn round_trip<T: DeserializeOwned + Serialize + PartialEq>(json: &[u8]) -> Outcome {
    let unreadable = |error: serde_json::Error| Misfit::Unreadable(error.to_string());
    let first: T = serde_json::from_slice(json).map_err(unreadable)?;
    let written = serde_json::to_value(&first).map_err(unreadable)?;
    let second: T = serde_json::from_value(written.clone()).map_err(unreadable)?;
    if first != second {
        return Err(Misfit::Unstable(written));
    }
    Ok(written)
}
