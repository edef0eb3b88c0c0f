//! The stream of items.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
use prisma_cloud_api::BoxFuture;
use prisma_cloud_api::paging::Paged;

use super::position::Position;
use super::stream::Pages;
use crate::error::Error;

/// The items of a listing, a stream of `Result<C::Item, Error>`. Made by [`items`](super::PagedExt::items).
///
/// It ends after the last item, or after the first error; the items of the pages before come first.
#[must_use = "a listing sends nothing before it is polled"]
pub struct Items<C: Paged> {
    pages: Pages<C>,
    page: std::vec::IntoIter<C::Item>,
    /// How many items of the page were delivered.
    delivered: usize,
    /// Items at the beginning of the next page that were delivered before.
    skip: usize,
}

impl<C: Paged> Items<C> {
    pub(super) fn new(pages: Pages<C>) -> Self {
        Self {
            pages,
            page: Vec::new().into_iter(),
            delivered: 0,
            skip: 0,
        }
    }

    /// Whether the next page is fetched while the caller works on the items of this one. Default: yes.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.pages = self.pages.prefetch(prefetch);
        self
    }

    /// Begins at a [`position`](Self::position) instead of at the first item. The call itself must be the same as the
    /// one that the position is from.
    ///
    /// # Errors
    /// A position in the listing of another operation.
    pub fn starting_at(mut self, position: &Position) -> Result<Self, Error> {
        self.pages = self.pages.starting_at(position)?;
        self.skip = position.skip;
        Ok(self)
    }

    /// Has errors explained before they are delivered.
    #[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
    pub(crate) fn explained_by(
        mut self,
        explain: impl Fn(Error) -> BoxFuture<'static, Error> + Send + Sync + 'static,
    ) -> Self {
        self.pages = self.pages.explained_by(explain);
        self
    }

    /// Where the first item stands that was not delivered. `None` at the end.
    ///
    /// An item is found again by its page and its number there: what is added to or removed from an earlier part of the
    /// page meanwhile shifts it.
    pub fn position(&self) -> Option<Position> {
        if self.page.len() == 0 {
            let mut position = self.pages.position()?;
            position.skip = self.skip;
            return Some(position);
        }
        Some(Position {
            operation: C::OPERATION.to_owned(),
            place: self.pages.delivered().clone(),
            skip: self.delivered,
        })
    }

    /// The next item; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<C::Item, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// All items that are left, in memory.
    ///
    /// # Errors
    /// The first error; what came before it is lost. Take the items one by one to keep them.
    pub async fn all(mut self) -> Result<Vec<C::Item>, Error> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await {
            items.push(item?);
        }
        Ok(items)
    }
}

impl<C: Paged> Unpin for Items<C> {}

impl<C: Paged> Stream for Items<C> {
    type Item = Result<C::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.page.next() {
                this.delivered += 1;
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => {
                    this.delivered = std::mem::take(&mut this.skip);
                    let mut items = C::into_items(page);
                    items.drain(..this.delivered.min(items.len()));
                    this.page = items.into_iter();
                }
            }
        }
    }
}

impl<C: Paged> fmt::Debug for Items<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
