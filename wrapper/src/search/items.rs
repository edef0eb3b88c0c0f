//! What a search finds, as a stream.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use prisma_cloud_api::BoxFuture;
use prisma_cloud_api::paging::Paged;

use super::explain::Asked;
use crate::error::Error;
use crate::paging::{Items, Position};

/// What a search finds, a stream of `Result<C::Item, Error>`. As any listing ([`Items`]), but a query that the service
/// refuses gives an error that says what is wrong with it ([`RqlProblem`](super::RqlProblem)).
#[must_use = "a search sends nothing before it is polled"]
pub struct SearchItems<C: Paged> {
    items: Items<C>,
    asked: Asked,
    explaining: Option<BoxFuture<'static, Error>>,
}

impl<C: Paged> SearchItems<C> {
    pub(super) fn new(items: Items<C>, asked: Asked) -> Self {
        Self {
            items,
            asked,
            explaining: None,
        }
    }

    /// Whether the next page is fetched while the caller works on this one. Default: yes.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.items = self.items.prefetch(prefetch);
        self
    }

    /// Begins at a [`position`](Self::position) of the same search.
    ///
    /// # Errors
    /// A position in the listing of another operation.
    pub fn starting_at(mut self, position: &Position) -> Result<Self, Error> {
        self.items = self.items.starting_at(position)?;
        Ok(self)
    }

    /// Where the first item stands that was not delivered. `None` at the end.
    pub fn position(&self) -> Option<Position> {
        self.items.position()
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

impl<C: Paged> Unpin for SearchItems<C> {}

impl<C: Paged> Stream for SearchItems<C> {
    type Item = Result<C::Item, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.explaining.is_none() {
            match ready!(Pin::new(&mut this.items).poll_next(context)) {
                Some(Err(error)) if this.asked.concerns(&error) => {
                    let asked = this.asked.clone();
                    this.explaining = Some(Box::pin(asked.explain(error)));
                }
                item => return Poll::Ready(item),
            }
        }
        let Some(explaining) = &mut this.explaining else {
            return Poll::Ready(None);
        };
        let error = ready!(explaining.as_mut().poll(context));
        this.explaining = None;
        Poll::Ready(Some(Err(error)))
    }
}

impl<C: Paged> fmt::Debug for SearchItems<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SearchItems").field(&self.items).finish()
    }
}
