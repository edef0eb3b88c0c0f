//! Lists the alerts whose status changed since yesterday.
//!
//! `cargo run --example alerts_since_yesterday`, against a tenant in a box.

use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use prisma_cloud::PrismaCloud;
use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::testing::Tenant;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenant = Tenant::start().await;
    let yesterday = SystemTime::now() - DAY;
    run(&tenant.client().build()?, yesterday, &mut io::stdout()).await
}

/// Lists them, page after page as they come.
pub async fn run(
    client: &PrismaCloud,
    since: SystemTime,
    out: &mut impl Write,
) -> Result<(), Box<dyn std::error::Error>> {
    let query = AlertQuery::new()
        .status_changed_since(since)
        .sort_by("alertTime:desc")
        .limit(100);
    let mut alerts = client.alerts().list(query);
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        let alert = alert?;
        let policy = alert.policy.unwrap_or_default();
        let name = policy.name.unwrap_or_default();
        writeln!(out, "{:<8} {name}", alert.id.unwrap_or_default())?;
        count += 1;
    }
    writeln!(out, "{count} alerts")?;
    Ok(())
}
