//! The stream of items that nobody has read.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use prisma_cloud_api::paging::Paged;

use super::batch::Raw;
use super::cursor::Cursor;
use super::position::Position;
use super::raw_item::RawItem;
use crate::error::Error;

/// The items of a listing as the service sent them, a stream of `Result<RawItem, Error>`. Made by [`raw`](super::Items::raw).
///
/// It ends after the last item, or after the first error; the items before come first.
#[must_use = "a listing sends nothing before it is polled"]
pub struct RawItems<C: Paged>(Cursor<C, Raw>);

impl<C: Paged> RawItems<C> {
    pub(super) fn new(cursor: Cursor<C, Raw>) -> Self {
        Self(cursor)
    }

    /// Whether the next page is fetched while the caller works on the items of this one. Default: yes.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.0.walk.prefetch(prefetch);
        self
    }

    /// Begins at a [`position`](Self::position) instead of at the first item. The call itself must be the same as
    /// the one that the position is from.
    ///
    /// # Errors
    /// A position in the listing of another operation.
    pub fn starting_at(mut self, position: &Position) -> Result<Self, Error> {
        self.0.start_at(position)?;
        Ok(self)
    }

    /// Where the first item stands that was not delivered. `None` at the end, and where the service goes in circles.
    ///
    /// An item is found again by its page and its number there: what is added to or removed from an earlier part
    /// of the page meanwhile shifts it.
    pub fn position(&self) -> Option<Position> {
        self.0.position()
    }

    /// The next item; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<RawItem, Error>> {
        std::future::poll_fn(|context| self.0.poll_next(context)).await
    }

    /// All items that are left, in memory.
    ///
    /// # Errors
    /// The first error; what came before it is lost. Take the items one by one to keep them.
    pub async fn all(mut self) -> Result<Vec<RawItem>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }
}

impl<C: Paged> Unpin for RawItems<C> {}

impl<C: Paged> Stream for RawItems<C> {
    type Item = Result<RawItem, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().0.poll_next(context)
    }
}

impl<C: Paged> fmt::Debug for RawItems<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawItems")
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
