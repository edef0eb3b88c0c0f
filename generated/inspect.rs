//! Calling operations, and reading and writing their bodies, by the names of their methods. For tests; not part of the
//! interface.

use progenitor_client::{ByteStream, Error, ResponseValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::BoxFuture;
use crate::paging::Paged;

/// Where the build has put the generated clients.
pub const OUT_DIR: &str = env!("OUT_DIR");

/// A call that is under way.
pub type Sent<'a, T> = BoxFuture<'a, Result<ResponseValue<T>, Error<()>>>;

/// A call whose arguments are known at run time only: what the `calls` of each product make.
pub trait Call<'a> {
    /// What comes of it.
    type Outcome;

    /// The argument of the parameter called `name`; `body` is the request's body.
    fn argument<T: DeserializeOwned>(&self, name: &str) -> Option<T>;

    /// Finishes a call that answers with JSON or nothing.
    fn json<T: Serialize + Send + 'static>(self, sent: Sent<'a, T>) -> Self::Outcome;

    /// Finishes a call that answers with a file.
    fn bytes(self, sent: Sent<'a, ByteStream>) -> Self::Outcome;
}

/// A listing whose arguments are known at run time only: what the `calls` of each product go through.
pub trait Walk<'a> {
    /// What comes of it.
    type Outcome;

    /// The argument of the parameter called `name`; `body` is the request's body.
    fn argument<T: DeserializeOwned>(&self, name: &str) -> Option<T>;

    /// Goes through the pages of `call`.
    fn walk<C: Paged + 'a>(self, call: C) -> Self::Outcome;
}

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
