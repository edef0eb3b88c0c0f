//! Jobs: what the service prepares first and then sends as a file.
//!
//! Submitting, asking until it is done and fetching the file are one call, with progress and a deadline:
//!
//! ```no_run
//! # #[cfg(feature = "cspm-alerts")]
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use std::time::Duration;
//!
//! use prisma_cloud::alerts::AlertQuery;
//! use prisma_cloud::api::TimeRange;
//!
//! let query = AlertQuery::new().status("open").within(TimeRange::last_days(30));
//! let saved = client
//!     .jobs()
//!     .alert_csv(query)
//!     .deadline(Duration::from_secs(600))
//!     .on_progress(|progress| println!("{progress:?}"))
//!     .save("alerts.csv")
//!     .await?;
//! println!("{} bytes in {}", saved.size, saved.path.display());
//! # Ok(())
//! # }
//! ```
//!
//! A process that ends leaves the job running; its kind and id are enough to fetch the file later:
//!
//! ```no_run
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::jobs::JobKind;
//!
//! client.jobs().resume(JobKind::AlertCsv, "the id").save("alerts.csv").await?;
//! # Ok(())
//! # }
//! ```
//!
//! Files that need no preparation are in [`files`](crate::files).

mod decide;
mod job;
mod kind;
mod status;
mod submit;

pub use job::Job;
pub use kind::JobKind;
pub use status::{JobProgress, JobStatus};

use crate::client::PrismaCloud;

impl PrismaCloud {
    /// What the service prepares and then sends as a file.
    pub fn jobs(&self) -> Jobs {
        Jobs {
            client: self.clone(),
        }
    }
}

/// The jobs of a tenant; see [`PrismaCloud::jobs`].
#[derive(Clone, Debug)]
pub struct Jobs {
    client: PrismaCloud,
}

impl Jobs {
    /// Goes on with a job that was submitted before, perhaps by another process.
    pub fn resume(&self, kind: JobKind, id: impl Into<String>) -> Job {
        Job::known(self.client.clone(), kind, id.into())
    }
}
