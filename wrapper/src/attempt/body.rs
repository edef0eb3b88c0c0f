//! Reading the body of an answer, piece by piece, with a limit to how long nothing may come.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use futures_util::future::FutureExt;
use http::Version;
use prisma_cloud_api::BoxFuture;
use reqwest::{Response, ResponseBuilderExt};

use super::{Failure, Limits, Origin, late, within};
use crate::clock::Clock;
use crate::error::Error;
use crate::time::in_words;

/// As much memory is taken for an announced body before it comes: a false announcement must not cost more.
const MOST_ROOM: usize = 64 << 20;

/// The whole body, if it is there already, in one piece, as most are.
pub(super) fn at_once(response: &mut Response, most: usize) -> Begun {
    let told = response.content_length();
    // HTTP/2 has an end of its own, and a stream that is dropped before it counts as cancelled.
    let ends_by_length = response.version() < Version::HTTP_2;
    match response.chunk().now_or_never() {
        Some(Ok(Some(piece)))
            if ends_by_length && told == Some(piece.len() as u64) && piece.len() <= most =>
        {
            Begun::Whole(piece)
        }
        Some(Ok(None)) => Begun::Whole(Bytes::new()),
        piece => Begun::Begins { told, piece },
    }
}

/// What is there of a body.
pub(super) enum Begun {
    Whole(Bytes),
    Begins {
        told: Option<u64>,
        /// Nothing if the first piece has to be waited for.
        piece: Option<reqwest::Result<Option<Bytes>>>,
    },
}

/// A body that broke off or took too long.
pub(super) struct Unread {
    pub(super) failure: Box<Failure>,
    /// What came of it before.
    pub(super) read: Bytes,
}

/// Reads the body up to `most` bytes; the flag says whether there was more.
pub(super) async fn read(
    response: &mut Response,
    limits: Limits<'_>,
    most: usize,
) -> Result<(Bytes, bool), Unread> {
    match at_once(response, most) {
        Begun::Whole(body) => Ok((body, false)),
        Begun::Begins { told, piece } => read_on(response, limits, most, told, piece).await,
    }
}

/// The same for a body that has begun with `piece`.
#[cold]
pub(super) fn read_on<'a>(
    response: &'a mut Response,
    limits: Limits<'a>,
    most: usize,
    told: Option<u64>,
    piece: Option<reqwest::Result<Option<Bytes>>>,
) -> BoxFuture<'a, Result<(Bytes, bool), Unread>> {
    Box::pin(async move {
        let nothing = |failure| Unread {
            failure,
            read: Bytes::new(),
        };
        let first = match piece {
            Some(piece) => piece.map_err(broken).map_err(nothing)?,
            None => next(response, limits).await.map_err(nothing)?,
        };
        let Some(mut first) = first else {
            return Ok((Bytes::new(), false));
        };
        if first.len() > most {
            first.truncate(most);
            return Ok((first, true));
        }
        // One piece is handed on as it is.
        let second = match next(response, limits).await {
            Ok(Some(second)) => second,
            Ok(None) => return Ok((first, false)),
            Err(failure) => {
                return Err(Unread {
                    failure,
                    read: first,
                });
            }
        };
        let room = room(told, first.len() + second.len(), most);
        let mut body = BytesMut::with_capacity(room);
        body.extend_from_slice(&first);
        drop(first);
        let mut piece = Some(second);
        while let Some(chunk) = piece {
            let room = most - body.len();
            body.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if chunk.len() > room {
                return Ok((body.freeze(), true));
            }
            piece = match next(response, limits).await {
                Ok(piece) => piece,
                Err(failure) => {
                    return Err(Unread {
                        failure,
                        read: body.freeze(),
                    });
                }
            };
        }
        Ok((body.freeze(), false))
    })
}

/// How much memory is taken at once for a body of which `here` bytes have come: all that was `told`, so that nothing is copied
/// again while it grows, as long as that may be true.
fn room(told: Option<u64>, here: usize, most: usize) -> usize {
    let told = usize::try_from(told.unwrap_or_default()).unwrap_or(usize::MAX);
    told.min(MOST_ROOM).max(here).min(most)
}

/// The next piece of a body that is read here, if it comes in the time of the call and before the body counts as stalled.
async fn next(response: &mut Response, limits: Limits<'_>) -> Result<Option<Bytes>, Box<Failure>> {
    let (limit, overall) = limits.next(limits.shared.timeouts.stall);
    let piece = match limit.is_zero() {
        true => None,
        false => piece(response, &*limits.shared.clock, limit).await,
    };
    match piece {
        Some(piece) => piece.map_err(broken),
        None if overall => Err(late(format!(
            "the answer did not end within the {}",
            limits.deadline.in_words()
        ))),
        None => Err(stalled(limits.shared.timeouts.stall)),
    }
}

/// The next piece of a body, if it comes within `limit`.
async fn piece(
    response: &mut Response,
    clock: &dyn Clock,
    limit: Duration,
) -> Option<reqwest::Result<Option<Bytes>>> {
    // Most pieces are there already, and need no timer.
    match response.chunk().now_or_never() {
        Some(piece) => Some(piece),
        None => within(pin!(response.chunk()), clock.timeout(limit)).await,
    }
}

#[cold]
fn stalled(limit: Duration) -> Box<Failure> {
    late(format!(
        "the answer stalled: it did not go on within the stall time-out of {}",
        in_words(limit)
    ))
}

#[cold]
fn broken(error: reqwest::Error) -> Box<Failure> {
    Box::new(Failure {
        what: "the connection broke in the middle of the answer".into(),
        ..Failure::of_reqwest(error)
    })
}

/// The same response, whose body fails when it stalls, and with errors that name where it is from.
pub(crate) fn guarded(
    response: Response,
    clock: Arc<dyn Clock>,
    stall: Duration,
    origin: Origin,
) -> Response {
    let url = response.url().clone();
    let mut head = http::Response::builder()
        .status(response.status())
        .version(response.version())
        .url(url)
        .body(())
        .expect("the parts come from a response");
    *head.headers_mut() = response.headers().clone();
    origin.leave(head.headers_mut());
    head.extensions_mut().insert(origin.clone());
    let pieces = futures_util::stream::try_unfold(response, move |mut response| {
        let clock = clock.clone();
        async move {
            match piece(&mut response, &*clock, stall).await {
                Some(Ok(Some(piece))) => Ok(Some((piece, response))),
                Some(Ok(None)) => Ok(None),
                Some(Err(error)) => Err(broken(error)),
                None => Err(stalled(stall)),
            }
        }
    });
    let pieces = pieces.map_err(move |failure| stream_error(*failure, &origin));
    head.map(|()| reqwest::Body::wrap_stream(pieces)).into()
}

fn stream_error(failure: Failure, origin: &Origin) -> Error {
    let error = origin.error(failure.kind, &failure.what);
    match failure.source {
        Some(source) => error.with_source(source),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_false_announcement_takes_little_memory() {
        for (told, here, most, expected) in [
            (None, 10, 1 << 30, 10),
            (Some(1000), 10, 1 << 30, 1000),
            (Some(5), 10, 1 << 30, 10),
            (Some(1000), 10, 100, 100),
            (Some(1 << 29), 10, 1 << 30, 64 << 20),
            (Some(u64::MAX), 10, usize::MAX, 64 << 20),
        ] {
            assert_eq!(room(told, here, most), expected, "{told:?} {here} {most}");
        }
    }
}
