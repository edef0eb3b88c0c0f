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
//! * [`raw`](Items::raw) delivers items as the service sent them, for exports.
//! * An error ends the stream. [`position`](Pages::position) tells where it stood, and
//!   [`starting_at`](Pages::starting_at) begins there again, in another process too.
//! * Totals are shown by the pages and never believed: servers count in different ways. A listing ends where the
//!   service has no more. One that would go in circles ends with an error of kind
//!   [`Server`](crate::ErrorKind::Server) rather than never.

mod batch;
mod course;
mod cursor;
mod items;
mod pages;
mod position;
mod raw_item;
mod raw_items;
mod scan;
mod skim;
mod split;
mod walk;

pub use items::Items;
pub use pages::Pages;
pub use position::Position;
pub use prisma_cloud_api::paging::{Counting, Listing, PageBody, PageFacts, Paged, Place};
pub use raw_item::RawItem;
pub use raw_items::RawItems;

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
        Items::new(self.into_listing())
    }
}

impl<C: Paged> PagedExt for C {}

/// Takes a page apart as listings do: what is JSON must come apart as it does when all of it is read.
#[cfg(feature = "fuzzing")]
pub(crate) fn fuzzed(json: &[u8]) {
    use serde_json::Value;

    for path in [&[][..], &["items"], &["[]", "value"]] {
        let split = split::Split::of(json, path);
        let whole: Option<Value> = serde_json::from_slice(json).ok();
        let Some(split) = split else {
            assert!(whole.is_none(), "JSON comes apart");
            continue;
        };
        let envelope = split.envelope(json);
        let elements = split.elements.iter().map(|place| &json[place.clone()]);
        if whole.is_some() {
            assert!(serde_json::from_slice::<Value>(&envelope).is_ok());
            for element in elements.clone() {
                assert!(serde_json::from_slice::<Value>(element).is_ok());
            }
        }
        for element in elements {
            type Few = std::collections::BTreeMap<String, serde::de::IgnoredAny>;
            let usual: Option<Few> = serde_json::from_slice(element).ok();
            let few: Option<Few> = skim::read(element).ok();
            assert!(usual.is_none() || usual.map(|few| few.len()) == few.map(|few| few.len()));
        }
    }
}
