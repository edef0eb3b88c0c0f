//! Reading the answer of a call.

use bytes::Bytes;
use progenitor_client::{Error, ResponseValue};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::ReadBody;

/// An answer that has come to its end.
pub(crate) struct Answered {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
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
    match serde_json::from_slice(&answered.body) {
        Ok(value) => Ok(ResponseValue::new(value, answered.status, answered.headers)),
        Err(error) => Err(Error::InvalidResponsePayload(answered.body, error)),
    }
}
