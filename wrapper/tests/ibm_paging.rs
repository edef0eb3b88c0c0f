//! Listings of IBM Cloud: offset and limit, and tokens.

use prisma_cloud::Error;
use prisma_cloud::api::ibm::{compliance, configuration};
use prisma_cloud::ibm::IbmCloud;
use prisma_cloud::paging::PagedExt;
use prisma_cloud::testing::Fault;
use prisma_cloud::testing::ibm::{ACCOUNT_ID, Cloud};
use serde_json::json;

/// The descriptions of all rules of API v3, by pages of `limit`.
async fn rules(client: &IbmCloud, limit: i64) -> Result<Vec<String>, Error> {
    use compliance::prelude::*;
    let calls = client.compliance()?;
    let call = calls
        .list_rules()
        .instance_id(client.instance()?)
        .limit(limit);
    let mut items = call.items();
    let mut all = Vec::new();
    while let Some(rule) = items.next().await {
        all.push(rule?.description.expect("a description"));
    }
    Ok(all)
}

#[tokio::test]
async fn tokens_lead_from_page_to_page() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    for (total, limit, requests) in [
        (0, 10, 1),
        (5, 10, 1),
        (10, 10, 1),
        (11, 10, 2),
        (25, 10, 3),
    ] {
        cloud.set_rules(total);
        let before = cloud.recorded().len();
        let expected: Vec<String> = (0..total).map(|index| format!("Rule {index}")).collect();
        assert_eq!(rules(&client, limit).await.unwrap(), expected);
        let records = cloud.recorded().split_off(before);
        let queries: Vec<_> = records
            .iter()
            .filter(|record| record.path.ends_with("/v3/rules"))
            .map(|record| record.query.clone().unwrap_or_default())
            .collect();
        assert_eq!(queries.len(), requests, "{queries:?}");
        assert!(
            queries.iter().all(|query| query.contains("limit=10")),
            "{queries:?}"
        );
    }
}

#[tokio::test]
async fn a_listing_that_goes_in_circles_ends() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    cloud.rule(|record| {
        let page = json!({
            "limit": 1, "total_count": 5, "rules": [{ "id": "rule-1", "description": "again" }],
            "next": { "href": "https://compliance.example/x?start=1", "start": "1" },
        });
        let asked = record.path.ends_with("/v3/rules");
        asked.then(|| Fault::answer(200, "application/json", page.to_string()))
    });
    let error = rules(&client, 1).await.unwrap_err();
    assert!(error.is_server(), "{error}");
}

#[tokio::test]
async fn offsets_count_rules() {
    use configuration::prelude::*;
    use configuration::types::{
        CreateRuleRequest, CreateRulesRequest, RuleRequest, RuleSingleProperty, TargetResource,
    };
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    let calls = client.configuration().unwrap();
    let rule = |index: usize| {
        let target = TargetResource::new()
            .service_name("iam")
            .resource_kind("service");
        let config = RuleSingleProperty::new()
            .property("mfa")
            .operator("is_true");
        let actions: [configuration::types::EnforcementAction; 0] = [];
        CreateRuleRequest::new(RuleRequest::new(
            "d",
            actions,
            format!("rule {index}"),
            config,
            target,
        ))
    };
    let body = CreateRulesRequest::new((0..7).map(rule));
    calls.create_rules().body(body).send().await.unwrap();
    let mut items = calls.list_rules().account_id(ACCOUNT_ID).limit(3).items();
    let mut names = Vec::new();
    while let Some(rule) = items.next().await {
        names.push(rule.unwrap().name.unwrap());
    }
    let expected: Vec<String> = (0..7).map(|index| format!("rule {index}")).collect();
    assert_eq!(names, expected);
    let records = cloud.recorded();
    let offsets: Vec<String> = records
        .iter()
        .filter(|record| record.method == "GET" && record.path == "/config/v1/rules")
        .map(|record| {
            let query = record.query.as_deref().unwrap_or_default();
            let pairs = url::form_urlencoded::parse(query.as_bytes());
            let offset = pairs.into_owned().find(|(name, _)| name == "offset");
            offset.map_or_else(|| "0".to_owned(), |(_, value)| value)
        })
        .collect();
    assert_eq!(offsets, ["0", "3", "6"]);
}
