//! Alerts: listing them, and changing their status in bulk. Feature `cspm-alerts`.
//!
//! [`AlertQuery`] is the filter for everything that takes one: the generated listing calls, [jobs](crate::jobs), and changes
//! of status. [`PrismaCloud::alerts`] lists, dismisses, snoozes and reopens:
//!
//! ```no_run
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::api::{DismissalTimeRange, TimeUnit};
//!
//! let week = DismissalTimeRange::for_next(1, TimeUnit::Week);
//! let report = client.alerts().snooze(["P-1", "P-2"], week).note("migration").send().await;
//! for failure in &report.failed {
//!     println!("{:?}: {}", failure.ids, failure.error);
//! }
//! # Ok(())
//! # }
//! ```

mod batch;
mod change;
mod query;

pub use batch::{BatchFailure, BatchReport};
pub use change::{PolicyAlertsChange, StatusChange};
pub use query::AlertQuery;

use prisma_cloud_api::cspm::builder;
use prisma_cloud_api::cspm::prelude::*;

use crate::client::PrismaCloud;
use crate::paging::{Items, PagedExt};

impl PrismaCloud {
    /// Changing the status of alerts.
    pub fn alerts(&self) -> Alerts {
        Alerts {
            client: self.clone(),
        }
    }
}

impl Alerts {
    /// The alerts that match, page by page as they are asked for. [`raw`](Items::raw) has them as the service sends them.
    ///
    /// # Errors
    /// The stream's elements are those of the call; after an error it is at its end.
    pub fn list(&self, query: AlertQuery) -> Items<builder::PostAlertsV2<'static>> {
        let call = self.client.cspm().post_alerts_v2();
        call.body(query).items()
    }
}

/// The alerts of a tenant; see [`PrismaCloud::alerts`].
#[derive(Clone, Debug)]
pub struct Alerts {
    client: PrismaCloud,
}
