//! Snoozes alerts in bulk, and tells which could not be.
//!
//! `cargo run --example dismiss`, against a tenant in a box.

use std::io::{self, Write};

use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::api::{DismissalTimeRange, TimeUnit};
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenant = Tenant::start().await;
    tenant.answer("POST /alert/dismiss", 200, "text/plain", "");
    let client = tenant.client().build()?;
    let ids = open(&client).await?;
    Ok(run(&client, ids, &mut io::stdout()).await?)
}

/// The ids of the open alerts of development accounts.
pub async fn open(client: &PrismaCloud) -> Result<Vec<String>, Error> {
    let query = AlertQuery::new()
        .status("open")
        .account_group("Development");
    let alerts = client.alerts().list(query).all().await?;
    Ok(alerts.into_iter().filter_map(|alert| alert.id).collect())
}

/// Snoozes them for two weeks.
pub async fn run(client: &PrismaCloud, ids: Vec<String>, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{} alerts are open", ids.len())?;
    let report = client
        .alerts()
        .snooze(ids, DismissalTimeRange::for_next(2, TimeUnit::Week))
        .note("Development accounts are rebuilt until then")
        .batch_size(100)
        .send()
        .await;
    writeln!(out, "{} are snoozed", report.done.len())?;
    for failure in &report.failed {
        writeln!(out, "{}: {}", failure.ids.join(", "), failure.error)?;
    }
    if !report.untried.is_empty() {
        writeln!(out, "{} were not tried", report.untried.len())?;
    }
    Ok(())
}
