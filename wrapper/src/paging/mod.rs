//! Listings that come in pages, as streams.
//!
//! Every generated call whose answer comes in pages has [`pages`](PagedExt::pages) and [`items`](PagedExt::items):
//!
//! ```
//! # #[cfg(all(feature = "testing", feature = "cspm-alerts"))]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::api::cspm::{prelude::*, types::FilterModel};
//! use prisma_cloud::paging::PagedExt;
//! # let tenant = prisma_cloud::testing::Tenant::start().await;
//! # let client = tenant.client().build()?;
//! let filter = FilterModel::new().limit(100);
//! let mut alerts = client.cspm().post_alerts_v2().body(filter).items();
//! let mut count = 0;
//! while let Some(alert) = alerts.next().await {
//!     let _id = alert?.id;
//!     count += 1;
//! }
//! assert_eq!(count, 250);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "testing", feature = "cspm-alerts")))]
//! # fn main() {}
//! ```
//!
//! * The next page is fetched while the caller works on this one: one page ahead, on a task of its own.
//!   [`prefetch(false)`](Pages::prefetch) turns it off. Two pages at most are in memory.
//! * An error ends the stream. [`position`](Pages::position) tells where it stood, and
//!   [`starting_at`](Pages::starting_at) begins there again, in another process too.
//! * Totals are shown by the pages and never believed: servers count in different ways. A listing ends where the
//!   service has no more. One that would go in circles ends with an error of kind
//!   [`Server`](crate::ErrorKind::Server) rather than never.

mod course;
mod items;
mod position;
mod stream;

pub use items::Items;
pub use position::Position;
pub use prisma_cloud_api::paging::{Counting, Listing, PageFacts, Paged, Place};
pub use stream::Pages;

/// `pages` and `items` for every call whose answer comes in pages.
pub trait PagedExt: Paged {
    /// The pages, one after the other, as the operation answers them.
    ///
    /// Nothing is sent before the stream is polled. The stream borrows nothing.
    ///
    /// # Errors
    /// The stream's elements are those of the call; after an error it is at its end.
    fn pages(self) -> Pages<Self::Owned> {
        Pages::new(self.into_listing())
    }

    /// The items of all pages, one after the other.
    ///
    /// Nothing is sent before the stream is polled. The stream borrows nothing.
    ///
    /// # Errors
    /// The stream's elements are those of the call; after an error it is at its end.
    fn items(self) -> Items<Self::Owned> {
        Items::new(self.pages())
    }
}

impl<C: Paged> PagedExt for C {}
