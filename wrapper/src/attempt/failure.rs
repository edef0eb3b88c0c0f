//! How an attempt can fail.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::trouble::Trouble;
use crate::error::ErrorKind;
use crate::http2;
use crate::retry::decision::Outcome;
use crate::settings::Timeouts;
use crate::time::in_words;

/// An attempt that did not succeed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) outcome: Outcome,
    pub(crate) kind: ErrorKind,
    pub(crate) status: Option<StatusCode>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) body_cut: bool,
    /// What happened, where no answer tells.
    pub(crate) what: String,
    pub(crate) source: Option<reqwest::Error>,
    /// Why no connection came about, where more is known than that.
    pub(crate) trouble: Option<Trouble>,
}

impl Failure {
    pub(super) fn silent(outcome: Outcome, kind: ErrorKind, what: impl Into<String>) -> Self {
        Self {
            outcome,
            kind,
            status: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            body_cut: false,
            what: what.into(),
            source: None,
            trouble: None,
        }
    }

    /// No answer began.
    pub(super) fn unanswered(error: reqwest::Error, timeouts: &Timeouts) -> Self {
        // Only here: of a body that is reset the server has made at least the beginning, whatever it says.
        let unprocessed = http2::is_unprocessed(&error);
        let late = error.is_connect() && error.is_timeout();
        let failure = Self::of_reqwest(error);
        if late {
            Self {
                what: format!(
                    "no connection came about within the connect time-out of {}",
                    in_words(timeouts.connect)
                ),
                ..failure
            }
        } else if unprocessed {
            Self {
                outcome: Outcome::Unseen,
                what: "the server did not take the request".into(),
                ..failure
            }
        } else {
            failure
        }
    }

    pub(super) fn of_reqwest(error: reqwest::Error) -> Self {
        let trouble = Trouble::of(&error);
        let (outcome, kind, what) = if error.is_builder() {
            (
                Outcome::Final,
                ErrorKind::Config,
                "the request cannot be built",
            )
        } else if error.is_connect() && error.is_timeout() {
            (
                Outcome::Unseen,
                ErrorKind::Timeout,
                "no connection came about in time",
            )
        } else if error.is_connect() {
            let is_final = trouble.is_some_and(Trouble::is_final);
            (
                if is_final {
                    Outcome::Final
                } else {
                    Outcome::Unseen
                },
                ErrorKind::Network,
                "no connection came about",
            )
        } else if error.is_timeout() {
            (
                Outcome::TimedOut,
                ErrorKind::Timeout,
                "the server took longer than allowed",
            )
        } else if error.is_redirect() {
            (
                Outcome::Final,
                ErrorKind::Redirect,
                "the server redirects without end",
            )
        } else {
            (Outcome::Broken, ErrorKind::Network, "the connection broke")
        };
        Self {
            trouble,
            // The query may hold what the user searches for.
            source: Some(error.without_url()),
            ..Self::silent(outcome, kind, what)
        }
    }
}
