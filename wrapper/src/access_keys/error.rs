//! A rotation that did not come to its end.

use std::error::Error as StdError;
use std::fmt;

use super::info::AccessKeyInfo;
use crate::error::{Error, ErrorKind};

/// A step of a rotation, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RotateStep {
    /// Looking which keys there are.
    Look,
    /// Making the second key.
    Create,
    /// Logging in with it.
    LogIn,
    /// The caller's `store`.
    Store,
    /// Switching the old key off.
    Disable,
    /// Deleting the old key.
    Delete,
}

impl RotateStep {
    fn doing(self) -> &'static str {
        match self {
            Self::Look => "looking at the access keys",
            Self::Create => "making the second access key",
            Self::LogIn => "logging in with the new access key",
            Self::Store => "storing the new access key",
            Self::Disable => "switching the old access key off",
            Self::Delete => "deleting the old access key",
        }
    }
}

/// What is left to do after a rotation that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToDo {
    /// Switch this key off.
    Disable(String),
    /// Delete this key.
    Delete(String),
    /// See whether there is a key of this name that nobody has the secret of, and delete it.
    LookFor(String),
}

impl fmt::Display for ToDo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disable(id) => write!(f, "disable {id}"),
            Self::Delete(id) => write!(f, "delete {id}"),
            Self::LookFor(name) => write!(
                f,
                "see whether a key called {name:?} was made, and delete it"
            ),
        }
    }
}

/// A rotation that did not come to its end. A working key is left in any case; `Display` says which, which keys there are,
/// and what is left to do. It holds no secret.
#[derive(Debug)]
#[non_exhaustive]
pub struct RotateError {
    /// Where it ended.
    pub step: RotateStep,
    /// The id of the key that works, and that the client goes on with. Nothing if the client has no access key, or if the service
    /// refused it at the first step.
    pub working: Option<String>,
    /// The keys there are now; what is not certain is left out of it, and [`certain`](Self::certain) is false.
    pub keys: Vec<AccessKeyInfo>,
    /// Whether the service has told [`keys`](Self::keys) after the failure.
    pub certain: bool,
    /// What is left to do, in order; empty if everything is as it was before.
    pub left: Vec<ToDo>,
    pub(super) source: Box<dyn StdError + Send + Sync>,
}

impl RotateError {
    /// The failure as the library's own error, unless it is the caller's `store` that failed.
    pub fn api_error(&self) -> Option<&Error> {
        self.source.downcast_ref()
    }
}

impl fmt::Display for RotateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.step.doing(), self.source)?;
        if let Some(working) = &self.working {
            write!(f, "; {working} works")?;
        }
        let ids: Vec<&str> = self.keys.iter().map(|key| key.id.as_str()).collect();
        match (self.certain, ids.is_empty()) {
            (true, _) => write!(f, "; there are the keys {}", ids.join(", "))?,
            (false, false) => write!(
                f,
                "; there is {}, and which others cannot be told now",
                ids.join(", ")
            )?,
            (false, true) => {}
        }
        for (index, todo) in self.left.iter().enumerate() {
            f.write_str(if index == 0 {
                "; left to do: "
            } else {
                ", then "
            })?;
            write!(f, "{todo}")?;
        }
        Ok(())
    }
}

impl StdError for RotateError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.source)
    }
}

impl From<RotateError> for Error {
    /// Keeps the kind of a failed call; a failed `store` is [`ErrorKind::Other`].
    fn from(error: RotateError) -> Self {
        let kind = error.api_error().map_or(ErrorKind::Other, Self::kind);
        let failed = error
            .api_error()
            .is_some_and(Self::may_have_been_carried_out);
        // A rotation that leaves something to do has done a part of its work.
        let may = failed || !error.left.is_empty();
        Self::new(kind, error.to_string())
            .with_may_have_been_carried_out(may)
            .with_source(error)
    }
}
