//! The stream of pages.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
use prisma_cloud_api::paging::{Listing, Paged};

use super::batch::Whole;
use super::position::Position;
use super::walk::Walk;
use crate::error::{Error, ErrorKind};

/// The pages of a listing, a stream of `Result<C::Page, Error>`. Made by [`pages`](super::PagedExt::pages).
///
/// It ends after the last page, or after the first error.
#[must_use = "a listing sends nothing before it is polled"]
pub struct Pages<C: Paged> {
    walk: Walk<C, Whole<C::Page>>,
}

impl<C: Paged> Pages<C> {
    pub(super) fn new(listing: Listing) -> Self {
        Self {
            walk: Walk::new(listing),
        }
    }

    /// Whether the next page is fetched while the caller works on this one. Default: yes.
    ///
    /// Off, at most one page is in memory, and no page is asked for that is not wanted.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.walk.prefetch(prefetch);
        self
    }

    /// Begins at a [`position`](Self::position) instead of at the first page. The call itself must be the same as the
    /// one that the position is from.
    ///
    /// # Errors
    /// A position in the listing of another operation, and one within a page, as streams of items have it: a page
    /// cannot be delivered in part.
    pub fn starting_at(mut self, position: &Position) -> Result<Self, Error> {
        if position.skip > 0 {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "the position is after {} elements of a page, and pages are delivered whole",
                    position.skip
                ),
            )
            .with_advice(Some(
                "go on there with `items()`, or take positions of `pages()`".into(),
            )));
        }
        self.walk.start_at(position)?;
        Ok(self)
    }

    /// Where the next page begins that was not delivered: after an error, the one that failed. `None` at the end, and
    /// where the service goes in circles.
    pub fn position(&self) -> Option<Position> {
        let place = self.walk.place()?.clone();
        Some(Position {
            operation: C::OPERATION.to_owned(),
            place,
            skip: 0,
        })
    }

    /// The next page; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<C::Page, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }
}

impl<C: Paged> Unpin for Pages<C> {}

impl<C: Paged> Stream for Pages<C> {
    type Item = Result<C::Page, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.get_mut().walk.poll_next(context);
        polled.map(|page| page.map(|page| page.map(|Whole(page)| page)))
    }
}

impl<C: Paged> fmt::Debug for Pages<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
