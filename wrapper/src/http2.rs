//! What HTTP/2 tells about a request that failed.

use std::error::Error;

/// Whether the server has said that it did not begin to work on the request (RFC 9113, 8.7): it refused the stream, or was
/// shutting down the connection when the request came.
#[cfg(feature = "http2")]
pub(crate) fn is_unprocessed(error: &(dyn Error + 'static)) -> bool {
    use h2::Reason;

    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            let refused = error.is_reset() && error.reason() == Some(Reason::REFUSED_STREAM);
            let closing = error.is_go_away() && error.reason() == Some(Reason::NO_ERROR);
            return error.is_remote() && (refused || closing);
        }
        next = error.source();
    }
    false
}

/// Without HTTP/2 no server says so.
#[cfg(not(feature = "http2"))]
pub(crate) fn is_unprocessed(_: &(dyn Error + 'static)) -> bool {
    false
}
