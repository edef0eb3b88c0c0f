//! The stream of items.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
use prisma_cloud_api::BoxFuture;
use prisma_cloud_api::paging::{Listing, Paged};

use super::batch::Typed;
use super::cursor::Cursor;
use super::position::Position;
use super::raw_items::RawItems;
use crate::error::Error;

/// The items of a listing, a stream of `Result<C::Item, Error>`. Made by [`items`](super::PagedExt::items).
///
/// It ends after the last item, or after the first error; the items before come first. An item is read when it is asked for,
/// not with its page: whoever works long on each can take the items [raw](Self::raw) and read them on other tasks.
#[must_use = "a listing sends nothing before it is polled"]
pub struct Items<C: Paged>(Cursor<C, Typed<C::Item>>);

impl<C: Paged> Items<C> {
    pub(super) fn new(listing: Listing) -> Self {
        Self(Cursor::new(listing))
    }

    /// The items that are left, each as the service sent it: for exports that must not lose a member which the interface
    /// description does not know, and for programs that want few members of many items
    /// ([`RawItem::read`](super::RawItem::read)).
    ///
    /// Where pages are found by tokens it takes a fraction of the time, for items are told apart and not read. After an item
    /// that could not be read it goes on with that one.
    ///
    /// # Errors
    /// Those of the stream, and an error of kind [`Decode`](crate::ErrorKind::Decode) for a page that says something else without
    /// its items than with them: one whose list comes twice, for example.
    ///
    /// ```
    /// # #[cfg(all(feature = "testing", feature = "cspm-alerts"))]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::io::Write;
    ///
    /// use prisma_cloud::api::cspm::{prelude::*, types::FilterModel};
    /// use prisma_cloud::paging::PagedExt;
    /// # let tenant = prisma_cloud::testing::Tenant::start().await;
    /// # let client = tenant.client().build()?;
    /// # let mut file = Vec::new();
    /// let call = client.cspm().post_alerts_v2().body(FilterModel::new());
    /// let mut alerts = call.items().raw();
    /// while let Some(alert) = alerts.next().await {
    ///     file.write_all(&alert?.line())?;
    ///     file.write_all(b"\n")?;
    /// }
    /// # assert_eq!(file.iter().filter(|byte| **byte == b'\n').count(), 250);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "testing", feature = "cspm-alerts")))]
    /// # fn main() {}
    /// ```
    pub fn raw(self) -> RawItems<C> {
        RawItems::new(self.0.into_raw())
    }

    /// Has errors of pages explained before they are delivered.
    #[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
    pub(crate) fn explained_by(
        mut self,
        explain: impl Fn(Error) -> BoxFuture<'static, Error> + Send + Sync + 'static,
    ) -> Self {
        self.0.walk.explain_by(explain);
        self
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
    pub async fn next(&mut self) -> Option<Result<C::Item, Error>> {
        std::future::poll_fn(|context| self.0.poll_next(context)).await
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
        self.get_mut().0.poll_next(context)
    }
}

impl<C: Paged> fmt::Debug for Items<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("position", &self.position())
            .finish_non_exhaustive()
    }
}
