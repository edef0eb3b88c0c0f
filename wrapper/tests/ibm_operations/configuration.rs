//! The operations of the Configuration API.

use prisma_cloud::api::ibm::configuration;
use prisma_cloud::ibm::{IbmCloud, Tagged};
use prisma_cloud::testing::ibm::ACCOUNT_ID;

use super::{RULE, TEMPLATE, call, sample};

pub async fn all(client: &IbmCloud) {
    use configuration::prelude::*;
    let client = client.configuration().expect("an address");
    call!(
        client,
        create_rules,
        body = sample::<configuration::types::CreateRulesRequest>("create_rules")
    );
    let made = call!(
        client,
        create_rule_attachments,
        rule_id = RULE,
        body =
            sample::<configuration::types::CreateRuleAttachmentsRequest>("create_rule_attachments")
    );
    let made = made.into_inner().attachments.expect("attachments");
    let made = made[0].attachment_id.clone().expect("an id");
    let rule = call!(client, get_rule, rule_id = RULE);
    let tag = rule.etag().expect("a tag");
    call!(
        client,
        update_rule,
        rule_id = RULE,
        if_match = tag,
        body = sample::<configuration::types::RuleRequest>("update_rule")
    );
    let attachment = call!(
        client,
        get_rule_attachment,
        rule_id = RULE,
        attachment_id = &made
    );
    let tag = attachment.etag().expect("a tag");
    call!(
        client,
        update_rule_attachment,
        rule_id = RULE,
        attachment_id = &made,
        if_match = tag,
        body = sample::<configuration::types::RuleAttachmentRequest>("update_rule_attachment")
    );
    call!(client, list_rules, account_id = ACCOUNT_ID);
    call!(client, get_rule, rule_id = RULE);
    call!(client, list_rule_attachments, rule_id = RULE);
    call!(
        client,
        get_rule_attachment,
        rule_id = RULE,
        attachment_id = &made
    );
    call!(client, list_templates, account_id = ACCOUNT_ID);
    call!(
        client,
        create_templates,
        body = sample::<configuration::types::CreateTemplatesRequest>("create_templates")
    );
    call!(client, delete_template, template_id = TEMPLATE);
    call!(client, get_template, template_id = TEMPLATE);
    call!(
        client,
        update_template,
        template_id = TEMPLATE,
        if_match = "W/\"sample\"",
        body = sample::<configuration::types::UpdateTemplateRequest>("update_template")
    );
    call!(client, list_template_attachments, template_id = TEMPLATE);
    call!(
        client,
        create_template_attachments,
        template_id = TEMPLATE,
        body = sample::<configuration::types::CreateTemplateAttachmentsRequest>(
            "create_template_attachments"
        )
    );
    call!(
        client,
        delete_template_attachment,
        template_id = TEMPLATE,
        attachment_id = &made
    );
    call!(
        client,
        get_template_attachment,
        template_id = TEMPLATE,
        attachment_id = &made
    );
    call!(
        client,
        update_template_attachment,
        template_id = TEMPLATE,
        attachment_id = &made,
        if_match = "W/\"sample\"",
        body =
            sample::<configuration::types::TemplateAttachmentRequest>("update_template_attachment")
    );
    call!(
        client,
        delete_rule_attachment,
        rule_id = RULE,
        attachment_id = &made
    );
    call!(client, delete_rule, rule_id = RULE);
}
