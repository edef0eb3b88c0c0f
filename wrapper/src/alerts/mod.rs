//! Alerts: which ones, and changing their status in bulk. Feature `cspm-alerts`.
//!
//! [`AlertQuery`] is the filter for everything that takes one: the generated listing calls, [jobs](crate::jobs), and changes
//! of status. [`PrismaCloud::alerts`] dismisses, snoozes and reopens:
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

use crate::client::PrismaCloud;

impl PrismaCloud {
    /// Changing the status of alerts.
    pub fn alerts(&self) -> Alerts {
        Alerts {
            client: self.clone(),
        }
    }
}

/// The alerts of a tenant; see [`PrismaCloud::alerts`].
#[derive(Clone, Debug)]
pub struct Alerts {
    client: PrismaCloud,
}
