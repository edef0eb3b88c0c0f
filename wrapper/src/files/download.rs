//! A file on its way.

use std::fmt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use prisma_cloud_api::BoxFuture;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::head::Head;
use super::place::{self, Place};
use crate::attempt::Origin;
use crate::clock::Clock;
use crate::error::body::{is_html, may_become_html};
use crate::error::{Error, ErrorKind, of_reqwest};

pub(super) type Body = Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send + Sync>>;
type Watch = Box<dyn FnMut(Transfer) + Send>;

/// How far a transfer has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transfer {
    /// How many bytes have arrived and were handed on.
    pub received: u64,
    /// How many there will be, where the server told.
    pub total: Option<u64>,
}

/// A file that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Where it is.
    pub path: PathBuf,
    /// How many bytes it has.
    pub size: u64,
    /// The name that the server gives it, without any folder.
    pub name: Option<String>,
}

/// A file that the server is sending.
///
/// It comes as it is asked for and is never in memory as a whole: [`save`](Self::save) it, [write](Self::write_to) it
/// somewhere, or read it as a `Stream`. What arrives is compared with the size that the server told, so a success is complete.
///
/// Dropping it at any point ends the transfer.
#[must_use = "nothing is read until it is saved, written or polled"]
pub struct Download {
    head: Head,
    body: Body,
    received: u64,
    ended: bool,
    watch: Option<Watch>,
    overwrite: bool,
    /// The call and the answer that errors name.
    pub(super) origin: Box<Origin>,
    deadline: Option<Deadline>,
    /// The beginning, as long as it may turn out to be a page.
    beginning: Option<BytesMut>,
}

/// A page shows within so many bytes, blanks before it included.
const MOST_BEGINNING: usize = 512;

struct Deadline {
    after: Duration,
    timer: Option<BoxFuture<'static, ()>>,
    clock: Arc<dyn Clock>,
}

impl Download {
    pub(super) fn new(origin: Origin, headers: &HeaderMap, body: Body) -> Self {
        Self {
            origin: Box::new(origin),
            head: Head::of(headers),
            body,
            received: 0,
            ended: false,
            watch: None,
            overwrite: false,
            deadline: None,
            beginning: None,
        }
    }

    /// Fails with [`ErrorKind::UnexpectedPage`] if what comes begins like a page for people, whatever its media type says,
    /// unless it is called one.
    pub(super) fn no_page(mut self) -> Self {
        let is_called_one = self.name().is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            [".html", ".htm", ".xhtml"]
                .iter()
                .any(|end| name.ends_with(end))
        });
        self.beginning = (!is_called_one).then(BytesMut::new);
        self
    }

    /// The name that the server gives the file (`Content-Disposition`): one name that is safe on every platform,
    /// never a path.
    pub fn name(&self) -> Option<&str> {
        self.head.name.as_deref()
    }

    /// How many bytes the file has, if the server tells. It does not when it compresses on the fly.
    pub fn size(&self) -> Option<u64> {
        self.head.size
    }

    /// The media type, such as `text/csv`.
    pub fn media_type(&self) -> Option<&str> {
        self.head.media_type.as_deref()
    }

    /// Calls `watch` at the beginning and after each piece that was handed on.
    pub fn on_progress(mut self, watch: impl FnMut(Transfer) + Send + 'static) -> Self {
        self.watch = Some(Box::new(watch));
        self
    }

    /// Lets [`save`](Self::save) replace a file that exists. Default: it is refused.
    pub fn overwrite(mut self) -> Self {
        self.overwrite = true;
        self
    }

    /// Fails with [`ErrorKind::Timeout`] when the rest takes longer than this, measured from the first piece asked for.
    pub(crate) fn within(mut self, after: Duration, clock: Arc<dyn Clock>) -> Self {
        self.deadline = Some(Deadline {
            after,
            timer: None,
            clock,
        });
        self
    }

    /// Saves it under `path`, whose folder must exist.
    ///
    /// The bytes go to a temporary file beside it, named like `.NAME.xxxxxx.part`, which is brought to the disk and renamed at
    /// the very end: under `path` there is never a part of the file. On an error or a panic, or when the future is dropped, the
    /// temporary file is deleted. (A process that is killed leaves it.)
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file cannot be written, or if `path` exists already and [`overwrite`](Self::overwrite)
    /// was not called; [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the transfer breaks off or stalls.
    pub async fn save(self, path: impl AsRef<Path> + Send) -> Result<Saved, Error> {
        let place = Place::open(path.as_ref(), self.overwrite).await?;
        self.save_to(place).await
    }

    /// The same in `folder`, under the [name](Self::name) that the server gives, or `name` if it gives none.
    ///
    /// # Errors
    /// As [`save`](Self::save); [`ErrorKind::Io`] also if there is no usable name at all.
    pub async fn save_in(
        self,
        folder: impl AsRef<Path> + Send,
        name: &str,
    ) -> Result<Saved, Error> {
        let folder = folder.as_ref();
        let name = match self.head.name.clone() {
            Some(name) => name,
            None => super::disposition::safe(name).ok_or_else(|| {
                place::failed(
                    folder,
                    std::io::Error::other("no usable file name is given"),
                )
            })?,
        };
        let place = Place::open(&folder.join(name), self.overwrite).await?;
        self.save_to(place).await
    }

    async fn save_to(self, place: Place) -> Result<Saved, Error> {
        let name = self.head.name.clone();
        let mut file = place.writer()?;
        let size = self
            .copy(&mut file, |source| place::failed(place.target(), source))
            .await?;
        drop(file);
        let path = place.finish().await?;
        Ok(Saved { path, size, name })
    }

    /// Writes all of it to `target` and flushes; gives the number of bytes.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if `target` fails; [`ErrorKind::Network`] or [`ErrorKind::Timeout`] if the transfer breaks off or
    /// stalls, in which case `target` has the beginning.
    pub async fn write_to<W>(self, target: &mut W) -> Result<u64, Error>
    where
        W: AsyncWrite + Unpin + Send + ?Sized,
    {
        self.copy(target, |source| {
            Error::new(
                ErrorKind::Io,
                format!("what the file is written to failed: {source}"),
            )
            .with_source(source)
        })
        .await
    }

    async fn copy<W>(
        mut self,
        target: &mut W,
        failed: impl Fn(std::io::Error) -> Error,
    ) -> Result<u64, Error>
    where
        W: AsyncWrite + Unpin + Send + ?Sized,
    {
        self.tell();
        while let Some(piece) = self.next().await {
            target.write_all(&piece?).await.map_err(&failed)?;
            self.tell();
        }
        target.flush().await.map_err(failed)?;
        Ok(self.received)
    }

    fn tell(&mut self) {
        let now = Transfer {
            received: self.received,
            total: self.head.size,
        };
        if let Some(watch) = &mut self.watch {
            watch(now);
        }
    }

    /// Reads all of it into memory, `most` bytes at the utmost.
    ///
    /// # Errors
    /// As [`write_to`](Self::write_to); [`ErrorKind::Decode`] if there is more.
    pub async fn bytes(mut self, most: usize) -> Result<Bytes, Error> {
        let mut whole = BytesMut::new();
        self.tell();
        while let Some(piece) = self.next().await {
            let piece = piece?;
            if whole.len() + piece.len() > most {
                let what = format!("the file has more than the {most} bytes that are allowed");
                let error = self.origin.error(ErrorKind::Decode, &what);
                return Err(error.with_advice(Some("save it, or allow more".into())));
            }
            whole.extend_from_slice(&piece);
            self.tell();
        }
        Ok(whole.freeze())
    }

    fn count(&mut self, piece: Bytes) -> Bytes {
        self.received += piece.len() as u64;
        piece
    }

    /// What can be handed on after `piece`: nothing yet while all that came could still be the beginning of a page.
    fn judge_beginning(&mut self, piece: Bytes) -> Result<Option<Bytes>, Error> {
        let Some(beginning) = &mut self.beginning else {
            return Ok(Some(piece));
        };
        let all = match beginning.is_empty() {
            true => piece,
            false => {
                beginning.extend_from_slice(&piece);
                beginning.split().freeze()
            }
        };
        if is_html(&all, None) {
            self.ended = true;
            return Err(super::page(&self.origin));
        }
        if may_become_html(&all) && all.len() < MOST_BEGINNING {
            beginning.extend_from_slice(&all);
            return Ok(None);
        }
        self.beginning = None;
        Ok(Some(all))
    }

    /// The body's own end: the size that the server told must have been reached.
    fn judge_end(&self) -> Option<Error> {
        let total = self.head.size?;
        (self.received < total).then(|| {
            let what = format!(
                "the file broke off: {} of {total} bytes arrived",
                self.received
            );
            self.origin.error(ErrorKind::Network, &what)
        })
    }
}

impl Stream for Download {
    type Item = Result<Bytes, Error>;

    /// The next piece. After an error nothing more comes.
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.ended {
            return Poll::Ready(None);
        }
        if let Some(deadline) = &mut this.deadline {
            let Deadline {
                after,
                timer,
                clock,
            } = deadline;
            let timer = timer.get_or_insert_with(|| clock.timeout(*after));
            if timer.as_mut().poll(context).is_ready() {
                this.ended = true;
                let what = "the file did not arrive before the deadline";
                let error = this.origin.error(ErrorKind::Timeout, what);
                return Poll::Ready(Some(Err(error)));
            }
        }
        loop {
            return match ready!(this.body.as_mut().poll_next(context)) {
                Some(Ok(piece)) => match this.judge_beginning(piece) {
                    Ok(None) => continue,
                    Ok(Some(piece)) => Poll::Ready(Some(Ok(this.count(piece)))),
                    Err(error) => Poll::Ready(Some(Err(error))),
                },
                Some(Err(error)) => {
                    this.ended = true;
                    Poll::Ready(Some(Err(of_reqwest(error))))
                }
                None => match this.beginning.take() {
                    // The whole of it is still here; the next poll judges the end.
                    Some(beginning) if !beginning.is_empty() => {
                        Poll::Ready(Some(Ok(this.count(beginning.freeze()))))
                    }
                    _ => {
                        this.ended = true;
                        Poll::Ready(this.judge_end().map(Err))
                    }
                },
            };
        }
    }
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("name", &self.head.name)
            .field("size", &self.head.size)
            .field("media_type", &self.head.media_type)
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
