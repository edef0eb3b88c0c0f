//! Suppresses a Code Security policy for one resource, and lists what is suppressed.
//!
//! `cargo run --example suppressions`, against a tenant in a box.

use std::io::Write;

use prisma_cloud::api::code::prelude::*;
use prisma_cloud::api::code::types::*;
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

const POLICY: &str = "BC_AWS_S3_1";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tenant = Tenant::start().await;
    prepare(&tenant);
    run(&tenant.client().build()?, &mut std::io::stdout()).await
}

/// Lets the tenant have a suppression.
pub fn prepare(tenant: &Tenant) {
    let all = r#"[{"id":"7","policyId":"BC_AWS_S3_1","comment":"public on purpose"}]"#;
    tenant.answer(
        "GET /code/api/v1/suppressions",
        200,
        "application/json",
        all,
    );
    let create = format!("POST /code/api/v1/suppressions/{POLICY}");
    tenant.answer(&create, 200, "application/json", "\"7\"");
}

/// Suppresses, and lists.
pub async fn run(client: &PrismaCloud, out: &mut impl Write) -> Result<(), Error> {
    let resource =
        ResourcesSuppressionCreateResource::new("example/service-1", "aws_s3_bucket.site");
    let resources =
        ResourcesSuppressionCreate::new("public on purpose", "Platform", [resource], "Resources");
    let call = client.code().create_suppression().policy_id(POLICY);
    let suppression = SuppressionCreate::ResourcesSuppressionCreate(resources);
    let id = call.body(suppression).send().await?.into_inner();
    let _ = writeln!(out, "suppression {id:?} of {POLICY}");

    for suppression in client
        .code()
        .get_suppressions()
        .send()
        .await?
        .into_inner()
        .iter()
    {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let (policy, comment) = (text(&suppression.policy_id), text(&suppression.comment));
        let _ = writeln!(out, "{policy}: {comment}");
    }
    Ok(())
}
