//! The example for IBM Cloud does what it says.

#[path = "../examples/ibm.rs"]
#[allow(dead_code, reason = "the test calls what `main` calls")]
mod example;

use prisma_cloud::testing::ibm::{ACCOUNT_ID, Cloud};

#[tokio::test]
async fn a_rule_is_created_attached_updated_and_deleted() {
    let cloud = Cloud::start().await;
    let client = cloud.client().build().unwrap();
    let said = example::run(&client).await.unwrap();
    assert_eq!(
        said,
        [
            format!("account {ACCOUNT_ID}"),
            "created rule-00000000-0000-4000-8000-000000000001".to_owned(),
            "attached 1 time(s)".to_owned(),
            "updated: public access stays off".to_owned(),
            "deleted".to_owned(),
        ]
    );
    let calls: Vec<String> = cloud
        .recorded()
        .iter()
        .map(|record| format!("{} {}", record.method, record.path))
        .collect();
    const RULE: &str = "/config/v1/rules/rule-00000000-0000-4000-8000-000000000001";
    assert_eq!(
        calls,
        [
            "POST /identity/token".to_owned(),
            "POST /config/v1/rules".to_owned(),
            format!("POST {RULE}/attachments"),
            format!("GET {RULE}"),
            format!("PUT {RULE}"),
            format!("DELETE {RULE}"),
        ]
    );
    assert_eq!(cloud.recorded()[4].headers["if-match"], "\"v1\"");
}
