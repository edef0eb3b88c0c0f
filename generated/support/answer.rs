//! Reading the answer of a call.

use bytes::Bytes;
use progenitor_client::{Error, ResponseValue};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use super::repair::{repaired, without_mark};
use crate::ReadBody;

/// An answer that has come to its end.
pub(crate) struct Answered {
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
    let body = ReadBody::of(response).await;
    Ok(Answered {
        status,
        headers,
        body: body.map_err(Error::ResponseBodyError)?,
    })
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
        Err(error) => Err(Error::InvalidResponsePayload(answered.body, error)),
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
}
