//! Saves a report of the open alerts of the last month as CSV, and tells how far it is.
//!
//! `cargo run --example alert_report -- alerts.csv`, against a tenant in a box.

use std::path::Path;
use std::time::Duration;

use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::api::TimeRange;
use prisma_cloud::jobs::JobProgress;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tenant = Tenant::start().await;
    let client = tenant.client().build()?;
    let target = std::env::args().nth(1).unwrap_or("alerts.csv".into());
    run(&client, Path::new(&target), |line| println!("{line}")).await
}

/// Saves the report under `target`, which may exist. What is said goes to `say`.
pub async fn run(
    client: &PrismaCloud,
    target: &Path,
    say: impl Fn(String) + Clone + Send + 'static,
) -> Result<(), Error> {
    let query = AlertQuery::new()
        .status("open")
        .within(TimeRange::last_days(30));
    let tell = say.clone();
    let saved = client
        .jobs()
        .alert_csv(query)
        .deadline(Duration::from_secs(15 * 60))
        .overwrite()
        .on_progress(move |progress| match progress {
            JobProgress::Submitted { kind, id } => tell(format!("submitted: {kind} {id}")),
            JobProgress::Waiting { status, waited } => tell(format!(
                "after {} s: {}",
                waited.as_secs(),
                status.status.as_deref().unwrap_or("no status yet")
            )),
            JobProgress::Receiving(now) => match now.total {
                Some(total) => tell(format!("{} of {total} bytes", now.received)),
                None => tell(format!("{} bytes", now.received)),
            },
            _ => {}
        })
        .save(target)
        .await?;
    say(format!("saved {} bytes", saved.size));
    Ok(())
}
