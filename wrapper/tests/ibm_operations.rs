//! Every operation of IBM Cloud, called: right header, right path, right form.

use std::collections::BTreeSet;

use prisma_cloud::Product;
use prisma_cloud::api::ibm::{compliance, configuration, iam};
use prisma_cloud::ibm::{IbmCloud, InstanceId, Tagged};
use prisma_cloud::testing::Recorded;
use prisma_cloud::testing::ibm::{ACCOUNT_ID, API_KEY, Cloud, INSTANCE_ID, operations};
use prisma_cloud::testing::samples::Extent;
use serde::de::DeserializeOwned;

const SEED: u64 = 20_221_214;
const UUID: &str = "00000000-0000-4000-8000-0000000000ff";
const RULE: &str = "rule-00000000-0000-4000-8000-000000000001";
const TEMPLATE: &str = "template-00000000-0000-4000-8000-0000000000ff";

macro_rules! call {
    ($client:expr, $method:ident $(, $setter:ident = $value:expr)*) => {
        $client
            .$method()
            $(.$setter($value))*
            .send()
            .await
            .unwrap_or_else(|error| {
                panic!("{}: {}", stringify!($method), prisma_cloud::Error::from(error))
            })
    };
}

/// A valid body of the operation called `id`, as its type reads it.
fn sample<T: DeserializeOwned>(id: &str) -> T {
    let wanted = std::any::type_name::<T>();
    let mut found = operations()
        .iter()
        .filter(|operation| operation.id() == id)
        .filter(|operation| {
            // Two services have operations of the same name.
            let module = match operation.product() {
                Product::IbmConfiguration => "::configuration::",
                Product::IbmCompliance => "::compliance::",
                _ => "::iam::",
            };
            wanted.contains(module)
        });
    let operation = found
        .next()
        .unwrap_or_else(|| panic!("{id} is in no document"));
    let body = operation.sample_request(Extent::Full, SEED).body;
    serde_json::from_value(body.expect("the operation takes a body"))
        .expect("the sample fits its type")
}

async fn all_of_iam(client: &IbmCloud) {
    use iam::prelude::*;
    let client = client.iam();
    let grant = iam::types::ApiKeyGrant::new(API_KEY, "urn:ibm:params:oauth:grant-type:apikey");
    let token = call!(client, get_token, body = grant).into_inner();
    assert_eq!(token.expires_in, Some(3600));
    call!(client, list_api_keys);
    call!(
        client,
        create_api_key,
        body = sample::<iam::types::CreateApiKeyRequest>("create_api_key")
    );
    call!(client, get_api_keys_details);
    call!(client, delete_api_key, id = "thing");
    call!(client, get_api_key, id = "thing");
    call!(
        client,
        update_api_key,
        id = "thing",
        if_match = "W/\"sample\"",
        body = sample::<iam::types::UpdateApiKeyRequest>("update_api_key")
    );
    call!(client, enable_api_key, id = "thing");
    call!(client, disable_api_key, id = "thing");
    call!(client, unlock_api_key, id = "thing");
    call!(client, lock_api_key, id = "thing");
}

async fn all_of_configuration(client: &IbmCloud) {
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

async fn all_of_compliance(client: &IbmCloud, instance: &InstanceId) {
    use compliance::prelude::*;
    let client = client.compliance().expect("an address");
    call!(client, list_instance_attachments, instance_id = instance);
    call!(client, list_control_libraries, instance_id = instance);
    call!(
        client,
        create_control_library,
        instance_id = instance,
        body = sample::<compliance::types::ControlLibraryPrototype>("create_control_library")
    );
    call!(
        client,
        delete_custom_control_library,
        instance_id = instance,
        control_library_id = UUID
    );
    call!(
        client,
        get_control_library,
        instance_id = instance,
        control_library_id = UUID
    );
    call!(
        client,
        replace_custom_control_library,
        instance_id = instance,
        control_library_id = UUID,
        body =
            sample::<compliance::types::ControlLibraryPrototype>("replace_custom_control_library")
    );
    call!(client, list_profiles, instance_id = instance);
    call!(
        client,
        create_profile,
        instance_id = instance,
        body = sample::<compliance::types::CreateProfileRequest>("create_profile")
    );
    call!(
        client,
        delete_custom_profile,
        instance_id = instance,
        profile_id = UUID
    );
    call!(
        client,
        get_profile,
        instance_id = instance,
        profile_id = UUID
    );
    call!(
        client,
        replace_profile,
        instance_id = instance,
        profile_id = UUID,
        body = sample::<compliance::types::ReplaceProfileRequest>("replace_profile")
    );
    call!(
        client,
        list_profile_attachments,
        instance_id = instance,
        profile_id = UUID
    );
    call!(
        client,
        create_profile_attachment,
        instance_id = instance,
        profile_id = UUID,
        body = sample::<compliance::types::CreateProfileAttachmentRequest>(
            "create_profile_attachment"
        )
    );
    call!(
        client,
        delete_profile_attachment,
        instance_id = instance,
        profile_id = UUID,
        attachment_id = UUID
    );
    call!(
        client,
        get_profile_attachment,
        instance_id = instance,
        profile_id = UUID,
        attachment_id = UUID
    );
    call!(
        client,
        replace_profile_attachment,
        instance_id = instance,
        profile_id = UUID,
        attachment_id = UUID,
        body = sample::<compliance::types::ProfileAttachmentBase>("replace_profile_attachment")
    );
    call!(
        client,
        upgrade_attachment,
        instance_id = instance,
        profile_id = UUID,
        attachment_id = UUID,
        body = sample::<compliance::types::UpgradeAttachmentRequest>("upgrade_attachment")
    );
    call!(
        client,
        compare_profiles,
        instance_id = instance,
        profile_id = UUID
    );
    call!(
        client,
        list_profile_parameters,
        instance_id = instance,
        profile_id = UUID
    );
    call!(
        client,
        replace_profile_parameters,
        instance_id = instance,
        profile_id = UUID,
        body = sample::<compliance::types::ReplaceProfileParametersRequest>(
            "replace_profile_parameters"
        )
    );
    call!(client, list_provider_types, instance_id = instance);
    call!(
        client,
        get_provider_type_by_id,
        instance_id = instance,
        provider_type_id = UUID
    );
    call!(
        client,
        list_provider_type_instances,
        instance_id = instance,
        provider_type_id = UUID
    );
    call!(
        client,
        create_provider_type_instance,
        instance_id = instance,
        provider_type_id = UUID,
        body = sample::<compliance::types::ProviderTypeInstancePrototype>(
            "create_provider_type_instance"
        )
    );
    call!(
        client,
        delete_provider_type_instance,
        instance_id = instance,
        provider_type_id = UUID,
        provider_type_instance_id = UUID
    );
    call!(
        client,
        get_provider_type_instance,
        instance_id = instance,
        provider_type_id = UUID,
        provider_type_instance_id = UUID
    );
    call!(
        client,
        update_provider_type_instance,
        instance_id = instance,
        provider_type_id = UUID,
        provider_type_instance_id = UUID,
        body = sample::<compliance::types::ProviderTypeInstancePrototype>(
            "update_provider_type_instance"
        )
    );
    call!(client, list_reports, instance_id = instance);
    call!(client, get_latest_reports, instance_id = instance);
    call!(client, get_report, report_id = UUID, instance_id = instance);
    call!(
        client,
        get_report_controls,
        instance_id = instance,
        report_id = UUID
    );
    call!(
        client,
        get_report_download_file,
        instance_id = instance,
        report_id = "thing"
    );
    call!(
        client,
        list_report_evaluations,
        instance_id = instance,
        report_id = UUID
    );
    call!(
        client,
        list_report_resources,
        instance_id = instance,
        report_id = UUID
    );
    call!(
        client,
        get_report_rule,
        instance_id = instance,
        report_id = UUID,
        rule_id = RULE
    );
    call!(
        client,
        list_scan_reports,
        instance_id = instance,
        report_id = "thing"
    );
    call!(
        client,
        create_scan_report,
        instance_id = instance,
        report_id = "thing",
        body = sample::<compliance::types::CreateScanReportRequest>("create_scan_report")
    );
    call!(
        client,
        get_scan_report,
        instance_id = instance,
        report_id = "thing",
        job_id = "thing"
    );
    call!(
        client,
        get_scan_report_download_file,
        instance_id = instance,
        report_id = "thing",
        job_id = "thing"
    );
    call!(
        client,
        get_report_summary,
        instance_id = instance,
        report_id = UUID
    );
    call!(
        client,
        get_report_tags,
        instance_id = instance,
        report_id = UUID
    );
    call!(
        client,
        get_report_violations_drift,
        instance_id = instance,
        report_id = UUID
    );
    call!(client, list_rules, instance_id = instance);
    call!(
        client,
        create_rule,
        instance_id = instance,
        body = sample::<compliance::types::RulePrototype>("create_rule")
    );
    call!(client, delete_rule, instance_id = instance, rule_id = RULE);
    call!(client, get_rule, instance_id = instance, rule_id = RULE);
    call!(
        client,
        replace_rule,
        instance_id = instance,
        rule_id = RULE,
        if_match = "W/\"sample\"",
        body = sample::<compliance::types::RulePrototype>("replace_rule")
    );
    call!(
        client,
        create_scan,
        instance_id = instance,
        body = sample::<compliance::types::CreateScanRequest>("create_scan")
    );
    call!(client, list_scopes, instance_id = instance);
    call!(
        client,
        create_scope,
        instance_id = instance,
        body = sample::<compliance::types::ScopePrototype>("create_scope")
    );
    call!(
        client,
        delete_scope,
        instance_id = instance,
        scope_id = "thing"
    );
    call!(
        client,
        get_scope,
        instance_id = instance,
        scope_id = "thing"
    );
    call!(
        client,
        update_scope,
        instance_id = instance,
        scope_id = "thing",
        body = sample::<compliance::types::ScopeUpdate>("update_scope")
    );
    call!(
        client,
        list_subscopes,
        instance_id = instance,
        scope_id = "thing"
    );
    call!(
        client,
        create_subscope,
        instance_id = instance,
        scope_id = "thing",
        body = sample::<compliance::types::CreateSubscopeRequest>("create_subscope")
    );
    call!(
        client,
        delete_subscope,
        instance_id = instance,
        scope_id = "thing",
        subscope_id = "thing"
    );
    call!(
        client,
        get_subscope,
        instance_id = instance,
        scope_id = "thing",
        subscope_id = "thing"
    );
    call!(
        client,
        update_subscope,
        instance_id = instance,
        scope_id = "thing",
        subscope_id = "thing",
        body = sample::<compliance::types::ScopeUpdate>("update_subscope")
    );
    call!(client, get_settings, instance_id = instance);
    call!(
        client,
        update_settings,
        instance_id = instance,
        body = sample::<compliance::types::UpdateSettingsRequest>("update_settings")
    );
    call!(client, list_targets, instance_id = instance);
    call!(
        client,
        create_target,
        instance_id = instance,
        body = sample::<compliance::types::TargetPrototype>("create_target")
    );
    call!(
        client,
        delete_target,
        instance_id = instance,
        target_id = "thing"
    );
    call!(
        client,
        get_target,
        instance_id = instance,
        target_id = "thing"
    );
    call!(
        client,
        replace_target,
        instance_id = instance,
        target_id = "thing",
        body = sample::<compliance::types::TargetPrototype>("replace_target")
    );
    call!(client, post_test_event, instance_id = instance);
    call!(client, list_services);
    call!(client, get_service, services_name = "thing");
}

/// Whether `path` is `template` with its parameters filled in.
fn is_instance(path: &str, template: &str) -> bool {
    let (parts, wanted) = (path.split('/'), template.split('/'));
    parts.clone().count() == wanted.clone().count()
        && parts
            .zip(wanted)
            .all(|(part, want)| part == want || want.starts_with('{'))
}

/// The operations that were called, by method and template.
fn called(records: &[Recorded]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for record in records {
        let of = operations().iter().filter(|operation| {
            operation.method() == record.method && is_instance(&record.path, operation.path())
        });
        // `/apikeys/details` is meant before `/apikeys/{id}`.
        let meant = of.min_by_key(|operation| operation.path().matches('{').count());
        let meant = meant.unwrap_or_else(|| panic!("{} {}", record.method, record.path));
        keys.insert(meant.key());
    }
    keys
}

#[tokio::test]
async fn every_operation_is_called() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    all_of_iam(&client).await;
    all_of_configuration(&client).await;
    all_of_compliance(&client, client.instance().unwrap()).await;
    let records = cloud.recorded();
    assert_eq!(called(&records).len(), 11 + 20 + 68);
    let documented = operations().iter().map(|operation| operation.key());
    assert_eq!(called(&records), documented.collect());
    let token = format!("Bearer {}", cloud.tokens().pop().expect("a token"));
    for record in &records {
        let place = format!("{} {}", record.method, record.path);
        let header = |name: &str| {
            let value = record.headers.get(name);
            value.map(|value| value.to_str().expect("text").to_owned())
        };
        assert!(
            record
                .status
                .is_some_and(|status| (200..300).contains(&status)),
            "{place}"
        );
        assert_eq!(
            header("transaction-id").map(|id| id.len()),
            Some(36),
            "{place}"
        );
        assert_eq!(header("x-redlock-auth"), None, "{place}");
        assert_eq!(header("api-version"), None, "{place}");
        if record.path == "/identity/token" {
            assert_eq!(header("authorization"), None);
            assert_eq!(
                header("content-type").as_deref(),
                Some("application/x-www-form-urlencoded")
            );
            let form = String::from_utf8(record.body.clone()).unwrap();
            assert!(
                form.contains("grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey"),
                "{form}"
            );
            assert!(form.contains(&format!("apikey={API_KEY}")), "{form}");
            continue;
        }
        assert_eq!(header("authorization"), Some(token.clone()), "{place}");
        // The key itself goes to the token operation only.
        assert!(
            !String::from_utf8_lossy(&record.body).contains(API_KEY),
            "{place}"
        );
        if record.path.contains("/v3/") && !record.path.starts_with("/v3/services") {
            assert!(
                record
                    .path
                    .starts_with(&format!("/instances/{INSTANCE_ID}/v3/")),
                "{place}"
            );
        }
        if place.ends_with("/download") {
            assert!(
                header("accept").is_some_and(|accept| accept.starts_with("application/csv")),
                "{place}"
            );
        }
    }
    let services = records
        .iter()
        .filter(|record| record.path.starts_with("/v3/services"));
    assert_eq!(services.count(), 2);
    let conditional: Vec<&Recorded> = records
        .iter()
        .filter(|record| record.headers.contains_key("if-match"))
        .collect();
    assert_eq!(
        conditional.len(),
        6,
        "four of configuration, one of compliance, one of IAM"
    );
    assert!(conditional.iter().all(|record| record.method == "PUT"));
}
