//! The operations of the Security and Compliance API.

use prisma_cloud::api::ibm::compliance;
use prisma_cloud::ibm::{IbmCloud, InstanceId};

use super::{RULE, UUID, call, sample};

pub async fn all(client: &IbmCloud, instance: &InstanceId) {
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
