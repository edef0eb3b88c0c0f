//! Saves the software bill of materials of a repository.
//!
//! `cargo run --example sbom`, against a tenant in a box.

use std::path::Path;

use prisma_cloud::api::code::prelude::*;
use prisma_cloud::files::Saved;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tenant = Tenant::start().await;
    prepare(&tenant, "00000000-0000-4000-8000-000000000001");
    let client = tenant.client().build()?;
    match run(&client, "service-1", Path::new(".")).await? {
        Some(saved) => println!("{} bytes in {}", saved.size, saved.path.display()),
        None => println!("there is no such repository"),
    }
    Ok(())
}

/// Lets the tenant have a bill of materials for `repository`.
pub fn prepare(tenant: &Tenant, repository: &str) {
    let link = tenant.link(
        "sbom.csv",
        "text/csv",
        "Package,Version,License\nserde,1.0.228,MIT OR Apache-2.0\n",
    );
    let operation = format!("GET /code/api/v1/bom/getBOMReport/{repository}");
    let answer = format!(r#"{{"bomResponse":[{{"format":"csv","reportLink":"{link}"}}]}}"#);
    tenant.answer(&operation, 200, "application/json", answer);
}

/// Finds the repository by its name, has the report made, and saves it in `folder`.
pub async fn run(client: &PrismaCloud, name: &str, folder: &Path) -> Result<Option<Saved>, Error> {
    let repositories = client.code().get_repositories().send().await?.into_inner();
    let mut repositories = repositories.iter();
    let found = repositories.find(|repository| repository.repository.as_deref() == Some(name));
    let Some(id) = found.and_then(|repository| repository.id.clone()) else {
        return Ok(None);
    };
    let call = client.code().get_bom_report().repo_id(id);
    let report = call
        .format("csv")
        .material("all")
        .send()
        .await?
        .into_inner();
    let reports = report.bom_response.unwrap_or_default();
    let link = reports.into_iter().find_map(|report| report.report_link);
    // The link leads to a store elsewhere; nothing of the session goes there.
    let file = client.follow_link(&link.unwrap_or_default()).await?;
    file.overwrite().save_in(folder, "sbom.csv").await.map(Some)
}
