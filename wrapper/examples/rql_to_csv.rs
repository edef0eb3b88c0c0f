//! Saves what an RQL query finds as CSV; a query that is wrong is shown with a caret under the place.
//!
//! `cargo run --example rql_to_csv -- "config from cloud.resource where …"`, against a tenant in a box.

use std::path::Path;

use prisma_cloud::api::TimeRange;
use prisma_cloud::files::Saved;
use prisma_cloud::search::RqlProblem;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

const QUERY: &str = "config from cloud.resource where api.name = 'aws-ec2-describe-instances'";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tenant = Tenant::start().await;
    let client = tenant.client().build()?;
    let query = std::env::args().nth(1).unwrap_or(QUERY.into());
    match run(&client, &query, Path::new("resources.csv")).await {
        Ok(saved) => println!("{} bytes in {}", saved.size, saved.path.display()),
        Err(sentence) => eprintln!("{sentence}"),
    }
    Ok(())
}

/// Saves the resources of the last day under `target`, which may exist.
pub async fn run(client: &PrismaCloud, query: &str, target: &Path) -> Result<Saved, String> {
    let search = client.search().config(query, TimeRange::last_days(1));
    let saved = match search.csv().await {
        Ok(file) => file.overwrite().save(target).await,
        Err(error) => Err(error),
    };
    saved.map_err(|error| match RqlProblem::of(&error) {
        Some(problem) => problem.to_string(),
        None => error.to_string(),
    })
}
