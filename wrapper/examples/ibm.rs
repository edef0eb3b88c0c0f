//! A rule of the Configuration API v1 from its creation to its end: `cargo run --example ibm --features ibm`.
//!
//! It talks to a cloud in a box. The real service was retired in December 2022; with `configuration_url` the same code talks
//! to an archive or a gateway that speaks the API.

use prisma_cloud::Error;
use prisma_cloud::api::ibm::configuration::prelude::*;
use prisma_cloud::api::ibm::configuration::types::{
    CreateRuleAttachmentsRequest, CreateRuleRequest, CreateRulesRequest, EnforcementAction,
    Operator, RuleAttachmentRequest, RuleRequest, RuleScope, RuleSingleProperty, ScopeType,
    TargetResource,
};
use prisma_cloud::ibm::{IbmCloud, Tagged};
use prisma_cloud::testing::ibm::Cloud;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let cloud = Cloud::start().await;
    let client = cloud.client().build()?;
    for line in run(&client).await? {
        println!("{line}");
    }
    Ok(())
}

/// What there is to say about each step.
pub async fn run(client: &IbmCloud) -> Result<Vec<String>, Error> {
    let mut said = Vec::new();
    // The first call exchanges the API key for a token, which names the account.
    let account = client.account_id().await?;
    said.push(format!("account {account}"));

    let rules = client.configuration()?;
    let wanted = CreateRulesRequest::new([CreateRuleRequest::new(rule(
        &account,
        "public access is off",
    ))]);
    let created = rules.create_rules().body(wanted).send().await?.into_inner();
    let made = created
        .rules
        .into_iter()
        .flatten()
        .find_map(|answer| answer.rule);
    let id = made.and_then(|rule| rule.rule_id).unwrap_or_default();
    said.push(format!("created {id}"));

    let scope = RuleScope::new()
        .scope_id(&account)
        .scope_type(ScopeType::Account);
    let attachment = RuleAttachmentRequest::new(&account, scope);
    rules
        .create_rule_attachments()
        .rule_id(&id)
        .body(CreateRuleAttachmentsRequest::new([attachment]))
        .send()
        .await?;

    // The tag of what was read makes sure that nobody's change is overwritten.
    let read = rules.get_rule().rule_id(&id).send().await?;
    said.push(format!(
        "attached {} time(s)",
        read.number_of_attachments.unwrap_or_default()
    ));
    let updated = rules
        .update_rule()
        .rule_id(&id)
        .if_match(read.etag()?)
        .body(rule(&account, "public access stays off"))
        .send()
        .await?
        .into_inner();
    said.push(format!(
        "updated: {}",
        updated.description.unwrap_or_default()
    ));

    rules.delete_rule().rule_id(&id).send().await?;
    said.push("deleted".to_owned());
    Ok(said)
}

fn rule(account: &str, description: &str) -> RuleRequest {
    let target = TargetResource::new()
        .service_name("cloud-object-storage")
        .resource_kind("bucket");
    let config = RuleSingleProperty::new()
        .property("public_access_enabled")
        .operator(Operator::IsFalse);
    let actions = [EnforcementAction::new().action("audit_log")];
    RuleRequest::new(description, actions, "No public buckets", config, target).account_id(account)
}
