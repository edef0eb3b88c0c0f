//! The compliance posture of every tenant: one line each, whatever happens to the others. The tenants are in a box, and one of
//! them refuses; for your own `Tenants::from_file` makes the clients from a file of profiles.

use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::{InventoryTimeRange, TimeUnit};
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Error, PrismaCloud, Tenants};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    print!("{}", run().await?);
    Ok(())
}

/// What is printed.
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

/// How many resources passed, of how many, in the last day.
async fn posture(client: PrismaCloud) -> Result<(i64, i64), Error> {
    let call = client.cspm().get_compliance_posture();
    let posture = call
        .time_range(InventoryTimeRange::last(1, TimeUnit::Day))
        .send()
        .await?;
    let summary = posture.into_inner().summary.unwrap_or_default();
    let (passed, failed) = (summary.passed_resources, summary.failed_resources);
    let (passed, failed) = (passed.unwrap_or(0), failed.unwrap_or(0));
    Ok((passed, passed + failed))
}

async fn in_a_box(passed: u64, failed: u64) -> Tenant {
    let tenant = Tenant::start().await;
    let posture = json!({"summary": {"passedResources": passed, "failedResources": failed}});
    let posture = posture.to_string();
    tenant.answer("GET /compliance/posture", 200, "application/json", posture);
    tenant
}
