//! The compliance posture of every tenant: one line each, whatever happens to the others.
//!
//! `cargo run --example compliance_posture` talks to three tenants in a box, one of which refuses. For your own,
//! `Tenants::from_file` makes the clients from a file of profiles.

use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::{InventoryTimeRange, TimeUnit};
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Error, PrismaCloud, Tenants};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    print!("{}", run().await?);
    Ok(())
}

pub async fn run() -> Result<String, Error> {
    let boxes = [
        ("production", in_a_box(930, 70).await),
        ("staging", in_a_box(0, 0).await),
        ("sandbox", in_a_box(40, 60).await),
    ];
    boxes[1].1.rule(|_| Some(Fault::status(403)));
    let mut clients = Vec::new();
    for (name, tenant) in &boxes {
        clients.push((*name, tenant.client().build()?));
    }

    let mut text = "Tenant       Passed of resources\n".to_owned();
    for of_tenant in Tenants::new(clients).each(posture).await {
        let line = match of_tenant.result {
            Ok((passed, total)) => format!("{} % of {total}", 100 * passed / total.max(1)),
            Err(error) => error.to_string(),
        };
        text += &format!("{:<12} {line}\n", of_tenant.tenant);
    }
    Ok(text)
}

/// How many resources passed, of how many, a day ago.
async fn posture(client: PrismaCloud) -> Result<(i64, i64), Error> {
    let call = client.cspm().get_compliance_posture();
    let posture = call
        .time_range(InventoryTimeRange::last(1, TimeUnit::Day))
        .send()
        .await?;
    let summary = posture.into_inner().summary.unwrap_or_default();
    let (passed, failed) = (summary.passed_resources, summary.failed_resources);
    let passed = passed.unwrap_or_default();
    Ok((passed, passed + failed.unwrap_or_default()))
}

async fn in_a_box(passed: u64, failed: u64) -> Tenant {
    let tenant = Tenant::start().await;
    let summary = format!(r#"{{"passedResources": {passed}, "failedResources": {failed}}}"#);
    let posture = format!(r#"{{"summary": {summary}}}"#);
    tenant.answer("GET /compliance/posture", 200, "application/json", posture);
    tenant
}
