//! Some operations of every group, called: if their methods were not there, this would not compile.

use prisma_cloud::PrismaCloud;
use prisma_cloud::api::{code, cspm};

/// Nothing is sent: a call that is not sent builds no request, and building a client touches no network.
#[test]
fn operations_of_every_group_can_be_called() {
    let client = PrismaCloud::builder()
        .url("https://app.prismacloud.io")
        .access_key("id", "secret")
        .build()
        .expect("a client");
    cspm_groups(client.cspm());
    code_groups(client.code());
}

/// Two operations of each CSPM group.
fn cspm_groups(client: &cspm::Client) {
    use cspm::prelude::*;
    let _ = client.get_my_access_keys();
    let _ = client.add_access_keys();
    let _ = client.get_account_groups();
    let _ = client.add_account_group();
    let _ = client.get_adoption_check_score();
    let _ = client.adoption_advisor_get_all_report_configs();
    let _ = client.add_alert_rule();
    let _ = client.delete_alert_rule();
    let _ = client.get_alerts();
    let _ = client.post_alerts();
    let _ = client.get_policies_anomalies();
    let _ = client.get_all_anomalies_settings();
    let _ = client.list_app_criteria();
    let _ = client.create_app_criteria();
    let _ = client.bulk_export_resource_archives();
    let _ = client.get_resource_info_filters_and_options();
    let _ = client.get_resource_info_filter_options();
    let _ = client.get_all_saved_asset_inventory_filters();
    let _ = client.save_asset_inventory_filter();
    let _ = client.get_asset_relationship_definitions();
    let _ = client.get_asset_relationship_type_definitions();
    let _ = client.get_resource_types();
    let _ = client.get_audit_logs();
    let _ = client.get_logging_archive_accounts();
    let _ = client.save_logging_account();
    let _ = client.list_background_reports();
    let _ = client.get_report_metadata_by_id();
    let _ = client.list_cloud_account_status_details();
    let _ = client.save_bulk_cloud_account_feature();
    let _ = client.add_aws_cloud_account();
    let _ = client.get_ancestors_for_given_members_ous();
    let _ = client.add_azure_cloud_account();
    let _ = client.update_azure_cloud_account();
    let _ = client.get_gcp_cloud_account_status();
    let _ = client.add_gcp_cloud_account();
    let _ = client.get_cloud_deployment_types();
    let _ = client.generateterraformscript();
    let _ = client.get_eventbridge_configuration_details();
    let _ = client.save_or_update_eventbridge_config();
    let _ = client.code_to_cloud_list_deploy_trend();
    let _ = client.code_to_cloud_list_runtime_trend();
    let _ = client.get_all_collections();
    let _ = client.create_collection();
    let _ = client.command_center_alerts_by_severity();
    let _ = client.command_center_list_top_assets();
    let _ = client.get_compliance_posture();
    let _ = client.post_compliance_posture();
    let _ = client.get_all_standards();
    let _ = client.add_standard();
    let _ = client.get_dashboard_alerts();
    let _ = client.get_dashboard_object_by_classification();
    let _ = client.get_data_usage();
    let _ = client.get_classification_report();
    let _ = client.get_account_config_by_storage_uuid();
    let _ = client.get_account_config_by_pcds_account_id();
    let _ = client.clone_dss_data_pattern();
    let _ = client.get_all_dss_data_patterns();
    let _ = client.asset_inventory_for_l3();
    let _ = client.get_assets_aggregated_by_provider_for_l1();
    let _ = client.get_permissions_with_post();
    let _ = client.get_permissions_access_with_post();
    let _ = client.test_integration_with_post();
    let _ = client.get_all_integrations_v1();
    let _ = client.create_integration_v1();
    let _ = client.get_all_integrations();
    let _ = client.save_integration();
    let _ = client.get_networks_list();
    let _ = client.add_a_network();
    let _ = client.create_credit_allocation_rule();
    let _ = client.get_credit_allocation_rule_names();
    let _ = client.extend_session();
    let _ = client.app_login();
    let _ = client.get_all_templates_v1();
    let _ = client.create_template_v1();
    let _ = client.list_permission_features();
    let _ = client.list_permission_groups();
    let _ = client.get_policy_filters_and_options();
    let _ = client.get_policy_filter_options();
    let _ = client.get_report_filters_and_options();
    let _ = client.get_report_posture_filter_options();
    let _ = client.get_resource();
    let _ = client.get_alerts_for_resource();
    let _ = client.get_all_resource_list_for_customer();
    let _ = client.add_resource_list();
    let _ = client.search_network();
    let _ = client.search_for_alert_by_id();
    let _ = client.search_history();
    let _ = client.search_history_delete();
    let _ = client.list_clusters();
    let _ = client.add_cluster_info();
    let _ = client.get_oauth2_config();
    let _ = client.patch_oauth2_config();
    let _ = client.health_check();
    let _ = client.email_domains();
    let _ = client.get_my_profile();
    let _ = client.get_user_roles();
    let _ = client.add_user_role();
    let _ = client.c2c_trace_api();
    let _ = client.cve_overview_v_2();
    let _ = client.value_widgets_get_discovered_vs_secured();
    let _ = client.value_widgets_get_vulnerabilities_trend();
}

/// Two operations of each Code Security group.
fn code_groups(client: &code::Client) {
    use code::prelude::*;
    let _ = client.get_checkov_version();
    let _ = client.pipeline_risks_get_all();
    let _ = client.pipeline_risks_suppress_events();
    let _ = client.in_cider_filter_data();
    let _ = client.repos_filter();
    let _ = client.fix_checkov_errors();
    let _ = client.get_dashboard_errors_by_policy();
    let _ = client.get_dashboard_errors_by_severity_data();
    let _ = client.get_code_review_data();
    let _ = client.get_projects_data();
    let _ = client.get_periodic_findings();
    let _ = client.get_cicd_findings();
    let _ = client.get_packages_by_file();
    let _ = client.search_packages();
    let _ = client.get_affected_resources_by_licenses();
    let _ = client.get_affected_resources_by_packages();
    let _ = client.save_policy();
    let _ = client.clone_policy();
    let _ = client.post_remediations_build_time();
    let _ = client.get_remediation_base_file();
    let _ = client.get_vcs_repository();
    let _ = client.get_scored_repository_page();
    let _ = client.get_repository();
    let _ = client.get_repositories_importance_score();
    let _ = client.set_repository_importance_score();
    let _ = client.get_scheme_for_customer();
    let _ = client.add_rule();
    let _ = client.get_bom_report();
    let _ = client.sbom_dependencies();
    let _ = client.scan_integrations();
    let _ = client.get_suppressions();
    let _ = client.create_suppression();
    let _ = client.get_tags();
    let _ = client.save_tag();
    let _ = client.get_apps();
    let _ = client.get_webhooks();
}
