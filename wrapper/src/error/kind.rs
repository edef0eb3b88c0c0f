//! What sort of failure it was.

use http::StatusCode;

/// What sort of failure an [`Error`](crate::Error) is. More kinds may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client was set up with something that cannot work; nothing was sent.
    Config,
    /// The server does not accept who the caller is: 401, a refused login, an expired token.
    Unauthorized,
    /// The server knows the caller and says no: 403.
    Forbidden,
    /// 404 or 410, or a key such as `not_found`.
    NotFound,
    /// 409, or a key such as `…_already_exists`.
    Conflict,
    /// The request is wrong: any other 4xx.
    InvalidRequest,
    /// Too many requests: 429 after all retries.
    RateLimited,
    /// The server failed: 5xx.
    Server,
    /// A page for people (HTML) came where data was expected: a proxy, a firewall or a maintenance page answered.
    UnexpectedPage,
    /// The answer sends the request elsewhere, and it was not followed.
    Redirect,
    /// No connection was made, or it broke, or a proxy in between wants another password.
    Network,
    /// The time allowed ran out.
    Timeout,
    /// The answer came and could not be read as what it should be.
    Decode,
    /// The request would have to be sent again and its body can be read only once.
    BodyNotReplayable,
    /// A file on this machine could not be read or written.
    Io,
    /// The server took on a job and gave it up.
    JobFailed,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// The kind that `status` alone stands for.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 | 410 => Self::NotFound,
            // A proxy's, not the service's.
            407 => Self::Network,
            408 => Self::Timeout,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            300..=399 => Self::Redirect,
            400..=499 => Self::InvalidRequest,
            500..=599 => Self::Server,
            _ => Self::Other,
        }
    }

    /// The kind of a failure whose keys say more than its status does: the API answers 400 for both
    /// an unknown id and a name that is taken.
    pub(crate) fn refine(self, keys: &[&str]) -> Self {
        if self != Self::InvalidRequest {
            return self;
        }
        let any = |test: fn(&str) -> bool| keys.iter().any(|key| test(key));
        if any(|key| key == "not_found" || key.ends_with("_not_found")) {
            Self::NotFound
        } else if any(|key| key.ends_with("already_exists") || key.starts_with("duplicate_")) {
            Self::Conflict
        } else {
            self
        }
    }

    /// A short name in snake case, for `error.type` of a trace.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::InvalidRequest => "invalid_request",
            Self::RateLimited => "rate_limited",
            Self::Server => "server",
            Self::UnexpectedPage => "unexpected_page",
            Self::Redirect => "redirect",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Decode => "decode",
            Self::BodyNotReplayable => "body_not_replayable",
            Self::Io => "io",
            Self::JobFailed => "job_failed",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    /// The predicate of a kind. A kind without one does not compile here.
    fn predicate(kind: ErrorKind) -> fn(&Error) -> bool {
        match kind {
            ErrorKind::Config => Error::is_config,
            ErrorKind::Unauthorized => Error::is_unauthorized,
            ErrorKind::Forbidden => Error::is_forbidden,
            ErrorKind::NotFound => Error::is_not_found,
            ErrorKind::Conflict => Error::is_conflict,
            ErrorKind::InvalidRequest => Error::is_invalid_request,
            ErrorKind::RateLimited => Error::is_rate_limited,
            ErrorKind::Server => Error::is_server,
            ErrorKind::UnexpectedPage => Error::is_unexpected_page,
            ErrorKind::Redirect => Error::is_redirect,
            ErrorKind::Network => Error::is_network,
            ErrorKind::Timeout => Error::is_timeout,
            ErrorKind::Decode => Error::is_decode,
            ErrorKind::BodyNotReplayable => Error::is_body_not_replayable,
            ErrorKind::Io => Error::is_io,
            ErrorKind::JobFailed => Error::is_job_failed,
            ErrorKind::Other => Error::is_other,
        }
    }

    #[test]
    fn every_kind_has_a_predicate_that_is_true_for_it_alone() {
        use ErrorKind::*;

        let kinds = [
            Config,
            Unauthorized,
            Forbidden,
            NotFound,
            Conflict,
            InvalidRequest,
            RateLimited,
            Server,
            UnexpectedPage,
            Redirect,
            Network,
            Timeout,
            Decode,
            BodyNotReplayable,
            Io,
            JobFailed,
            Other,
        ];
        for kind in kinds {
            let error = Error::new(kind, "");
            for other in kinds {
                let is = predicate(other)(&error);
                assert_eq!(is, kind == other, "{kind:?} {other:?}");
            }
        }
    }

    #[test]
    fn keys_refine_a_bad_request_and_nothing_else() {
        let bad = ErrorKind::of_status(StatusCode::BAD_REQUEST);
        for (keys, kind) in [
            (&["account_group_not_found"][..], ErrorKind::NotFound),
            (&["not_found"], ErrorKind::NotFound),
            (&["policy_name_already_exists"], ErrorKind::Conflict),
            (&["invalid_id"], ErrorKind::InvalidRequest),
            (&[], ErrorKind::InvalidRequest),
        ] {
            assert_eq!(bad.refine(keys), kind, "{keys:?}");
        }
        let server = ErrorKind::of_status(StatusCode::BAD_GATEWAY);
        assert_eq!(server.refine(&["not_found"]), ErrorKind::Server);
    }
}
