//! Reading the answer of a call.

use std::{fmt, io};

use bytes::Bytes;
use progenitor_client::{Error, ResponseValue};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::repair::{repaired, without_mark};
use crate::{Operation, ReadBody, Undecoded};

/// An answer that has come to its end.
#[derive(Clone)]
pub(crate) struct Answered {
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) host: String,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Waits for the end of `response`.
///
/// Unlike the generator's own code it takes the headers out of the response: nobody else wants them.
// The error is the generator's.
#[allow(clippy::result_large_err)]
pub(crate) async fn answered(mut response: reqwest::Response) -> Result<Answered, Error<()>> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let host = response.url().host_str().unwrap_or_default().to_owned();
    let read = response.extensions().get::<ReadBody>();
    let operation = read.and_then(|read| read.operation);
    let body = ReadBody::of(response).await;
    Ok(Answered {
        operation,
        host,
        status,
        headers,
        body: body.map_err(Error::ResponseBodyError)?,
    })
}

impl Answered {
    /// `problem` with the answer that it is about.
    #[cold]
    pub(crate) fn undecoded(self, problem: serde_json::Error) -> serde_json::Error {
        carrying(Undecoded {
            operation: self.operation,
            status: self.status,
            headers: self.headers,
            host: self.host,
            problem,
        })
    }
}

/// An error of serde_json with `undecoded` for its source: only a reader that fails leads to one with a source.
fn carrying(undecoded: Undecoded) -> serde_json::Error {
    struct Failing(Option<Undecoded>);

    impl io::Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            match self.0.take() {
                Some(undecoded) => Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    Carried(undecoded),
                )),
                None => Ok(0),
            }
        }
    }

    /// Of an error in an `io::Error` only the source can be had.
    #[derive(Debug)]
    struct Carried(Undecoded);

    impl fmt::Display for Carried {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl std::error::Error for Carried {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    let read: serde_json::Result<IgnoredAny> = serde_json::from_reader(Failing(Some(undecoded)));
    match read {
        Err(error) => error,
        Ok(_) => serde::de::Error::custom("the answer cannot be decoded"),
    }
}

/// The body, decoded.
///
/// Not asynchronous: values of a kilobyte and more would be copied once more on their way out of a future.
#[allow(clippy::result_large_err)]
pub(crate) fn decoded<T: DeserializeOwned>(
    answered: Answered,
) -> Result<ResponseValue<T>, Error<()>> {
    match parsed(&answered.body) {
        Ok(value) => Ok(ResponseValue::new(value, answered.status, answered.headers)),
        Err(error) => {
            let body = answered.body.clone();
            Err(Error::InvalidResponsePayload(
                body,
                answered.undecoded(error),
            ))
        }
    }
}

/// Reads JSON as generated calls do: a byte order mark is passed over, and a value that cannot be read (a text with half of a
/// surrogate pair or a raw control character, a number that no `f64` holds, nesting of more than 127 levels) counts as null.
///
/// # Errors
/// Text that is no JSON otherwise, or says something else than a `T`.
pub fn read_json<T: DeserializeOwned>(json: &[u8]) -> serde_json::Result<T> {
    parsed(json)
}

/// What `body` says.
///
/// As a text it need not be looked through for each string of it whether that is one. A body that is no text may still do: what
/// is not asked for may be anything. What fails is read once more, with null in place of the values that cannot be read;
/// if that fails, too, the first error tells more.
pub(crate) fn parsed<T: DeserializeOwned>(body: &[u8]) -> serde_json::Result<T> {
    let body = without_mark(body);
    let read = match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    };
    read.or_else(|error| once_more(body).ok_or(error))
}

#[cold]
fn once_more<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_slice(&repaired(body)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_read_as_far_as_it_is_asked_for() {
        #[derive(Debug, PartialEq, serde::Deserialize)]
        struct Named {
            name: String,
        }
        let zoe = Named {
            name: "Zoë".to_owned(),
        };
        for other in ["x".as_bytes(), b"\xff\xfe"] {
            let body = [
                br#"{"other": ""#,
                other,
                br#"", "name": "Zo"#,
                "ë".as_bytes(),
                br#""}"#,
            ];
            assert_eq!(parsed::<Named>(&body.concat()).unwrap(), zoe);
        }
        let refused = parsed::<Named>(b"{\"name\": \"\xff\"}").unwrap_err();
        assert!(refused.to_string().contains("invalid unicode"), "{refused}");
    }

    #[test]
    fn an_answer_that_cannot_be_decoded_says_where_it_is_from() {
        let answered = Answered {
            operation: None,
            host: "api.example".to_owned(),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"[5]"),
        };
        let error = decoded::<Vec<String>>(answered).unwrap_err();
        let Error::InvalidResponsePayload(body, error) = error else {
            panic!("{error}");
        };
        assert_eq!(&body[..], b"[5]");
        let undecoded = Undecoded::of(&error).unwrap();
        assert_eq!(undecoded.host, "api.example");
        assert_eq!(undecoded.status, StatusCode::OK);
        let shown = error.to_string();
        assert!(
            shown.contains("api.example") && shown.contains("expected a string"),
            "{shown}"
        );
    }
}
