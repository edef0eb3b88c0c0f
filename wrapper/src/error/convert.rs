//! From the failures of generated calls.

use bytes::Bytes;
use prisma_cloud_api::Undecoded;
use progenitor_client::Error as ApiError;

use super::printable::printable;
use super::{Error, ErrorKind, advice};
use crate::dialect;
use crate::retry::class::{self, Class};

impl From<ApiError<()>> for Error {
    fn from(error: ApiError<()>) -> Self {
        match error {
            // Where the transport leaves what it knows.
            ApiError::UnexpectedResponse(response) => {
                match response.extensions().get::<Self>() {
                    Some(error) => error.clone(),
                    // A client without the session's transport.
                    None => of_status(response.status()),
                }
            }
            ApiError::ErrorResponse(value) => of_status(value.status()),
            ApiError::InvalidRequest(message) => incomplete(&message),
            ApiError::InvalidResponsePayload(body, source) => {
                let origin = Undecoded::of(&source);
                let problem = DecodeProblem::new(origin.map_or(&source, |origin| &origin.problem));
                let whose = origin.map_or_else(String::new, of_host);
                Self::new(
                    ErrorKind::Decode,
                    format!("the answer{whose} is not what the interface description says: {problem}"),
                )
                .with_origin(origin)
                .with_advice(Some(
                    "the raw call (`PrismaCloud::raw`) reads any answer; `body()` of this error holds it"
                        .into(),
                ))
                .with_attempts(1)
                .with_body(body, false)
                .with_source(problem)
            }
            ApiError::CommunicationError(source)
            | ApiError::ResponseBodyError(source)
            | ApiError::InvalidUpgrade(source) => of_reqwest(source),
            ApiError::Custom(message) => Self::new(ErrorKind::Other, message),
        }
    }
}

/// A call that was not sent. Its message begins with the operation.
fn incomplete(message: &str) -> Error {
    let operation = dialect::all_operations()
        .find_map(|operation| Some((operation, operation.message_in(message)?)));
    let what = operation.map_or(message, |(_, what)| what);
    let error = Error::new(
        ErrorKind::InvalidRequest,
        format!("the request was not sent because it is incomplete: {what}"),
    );
    match operation {
        Some((operation, _)) => error.with_operation(operation),
        None => error,
    }
}

/// ` of <host> (status <status>)`
fn of_host(origin: &Undecoded) -> String {
    format!(" of {} (status {})", origin.host, origin.status)
}

impl Error {
    /// Names the call and the answer that could not be decoded.
    fn with_origin(mut self, origin: Option<&Undecoded>) -> Self {
        let Some(origin) = origin else {
            return self;
        };
        if let Some(operation) = origin.operation {
            self = self
                .with_operation(operation)
                .with_may_have_been_carried_out(class::documented(operation) == Class::Unsafe);
        }
        self.with_status(origin.status)
            .with_request_id(crate::report::request_id(&origin.headers))
    }

    /// A part of an answer, `json`, cannot be read; `message` says as what.
    pub(crate) fn of_part(
        message: &str,
        advice: &str,
        json: Bytes,
        source: &serde_json::Error,
    ) -> Self {
        let origin = Undecoded::of(source);
        let problem = DecodeProblem::new(origin.map_or(source, |origin| &origin.problem));
        let whose = origin.map_or_else(String::new, of_host);
        Self::new(ErrorKind::Decode, format!("{message}{whose}: {problem}"))
            .with_origin(origin)
            .with_advice(Some(advice.to_owned()))
            .with_body(json, false)
            .with_source(problem)
    }
}

fn of_status(status: http::StatusCode) -> Error {
    let kind = ErrorKind::of_status(status);
    Error::new(kind, format!("the server answered {status}"))
        .with_status(status)
        .with_attempts(1)
        .with_may_have_been_carried_out(matches!(status.as_u16(), 408 | 500..=599))
        .with_advice(advice::advise(&advice::Circumstances {
            kind,
            status: Some(status.as_u16()),
            entries: &[],
            group: "",
            login: false,
            tested: false,
            host: "the API",
            retry_after: None,
            may_have_acted: true,
        }))
}

/// The error of a body that was streamed: the transport's own, if it is in there, or what reqwest says.
///
/// Not a public conversion: an error of reqwest that does not come from this client says nothing about a call of it.
pub(crate) fn of_reqwest(source: reqwest::Error) -> Error {
    let mut cause = std::error::Error::source(&source);
    while let Some(error) = cause {
        if let Some(own) = error.downcast_ref::<Error>() {
            return own.clone();
        }
        cause = error.source();
    }
    let kind = if source.is_timeout() {
        ErrorKind::Timeout
    } else {
        ErrorKind::Network
    };
    // The URL may hold what the user searches for.
    Error::new(kind, "the answer could not be read to its end").with_source(source.without_url())
}

/// What a decoder complained about, without the value it stumbled over: that may be a secret.
#[derive(Debug)]
pub(crate) struct DecodeProblem(String);

impl DecodeProblem {
    pub(crate) fn new(error: &serde_json::Error) -> Self {
        Self(printable(without_literals(&error.to_string())))
    }
}

impl std::fmt::Display for DecodeProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for DecodeProblem {}

/// `invalid type: string "…", expected …` without the string. Names of fields and types stand in backquotes and stay.
fn without_literals(message: &str) -> String {
    // The one that stands in backquotes: what was read instead of one of the names that follow.
    if let Some(rest) = message.strip_prefix("unknown variant `")
        && let Some((_, expected)) = rest.split_once("`, ")
    {
        return format!("unknown variant […], {expected}");
    }
    let (Some(first), Some(last)) = (message.find('"'), message.rfind('"')) else {
        return message.to_owned();
    };
    if first == last {
        return message.to_owned();
    }
    format!("{}[…]{}", &message[..first], &message[last + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decode_problem_names_place_and_type_but_no_value() {
        let source = serde_json::from_str::<Vec<u32>>("[1, \"top \\\"secret\\\"\"]").unwrap_err();
        let error = Error::from(ApiError::<()>::InvalidResponsePayload(
            Bytes::from_static(b"[1, \"top \\\"secret\\\"\"]"),
            source,
        ));
        let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("expected u32 at line 1 column"), "{shown}");
        assert_eq!(&error.body()[..2], b"[1");
        assert!(error.is_decode());
    }

    #[test]
    fn an_unknown_variant_is_not_quoted() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Colour {
            Red,
            Green,
        }
        let source = serde_json::from_str::<Colour>("\"a `secret`, too\"").unwrap_err();
        let shown = DecodeProblem::new(&source).to_string();
        assert!(!shown.contains("secret"), "{shown}");
        assert!(shown.contains("red"), "{shown}");
        assert_ne!(format!("{:?}", Colour::Red), format!("{:?}", Colour::Green));
    }

    #[test]
    fn the_typed_failure_is_found_in_the_response() {
        let mut response = http::Response::new("");
        *response.status_mut() = http::StatusCode::NOT_FOUND;
        response
            .extensions_mut()
            .insert(Error::new(ErrorKind::Conflict, "typed"));
        let error = Error::from(ApiError::<()>::UnexpectedResponse(response.into()));
        assert!(error.is_conflict());
        assert_eq!(error.to_string(), "typed");
    }

    #[test]
    fn a_foreign_response_still_makes_sense() {
        let mut response = http::Response::new("");
        *response.status_mut() = http::StatusCode::FORBIDDEN;
        let error = Error::from(ApiError::<()>::UnexpectedResponse(response.into()));
        assert!(error.is_forbidden());
        assert!(error.to_string().contains("permission"), "{error}");
    }
}
