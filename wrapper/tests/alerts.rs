//! Changing alerts in bulk: what is sent, and what is known afterwards.

use std::collections::BTreeSet;

use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::api::{DismissalTimeRange, TimeUnit};
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{ErrorKind, PrismaCloud};
use serde_json::{Value, json};

const DISMISS: &str = "/alert/dismiss";

async fn tenant() -> (Tenant, PrismaCloud) {
    let tenant = Tenant::start().await;
    for path in [DISMISS, "/alert/reopen"] {
        tenant.answer(&format!("POST {path}"), 200, "text/plain", "");
    }
    let client = tenant.client().no_retries().build().unwrap();
    (tenant, client)
}

/// The bodies that were sent to `path`.
fn sent(tenant: &Tenant, path: &str) -> Vec<Value> {
    let records = tenant.recorded().into_iter();
    let to = records.filter(|record| record.path == path);
    to.map(|record| serde_json::from_slice(&record.body).unwrap())
        .collect()
}

fn ids(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|index| format!("P-{index}")).collect()
}

#[tokio::test]
async fn each_change_is_sent_as_the_service_wants_it() {
    let (tenant, client) = tenant().await;
    let all = json!({ "timeRange": { "type": "to_now", "value": "epoch" } });
    let report = client.alerts().dismiss(["P-1"]).note("known").send().await;
    assert!(report.is_complete());
    let week = DismissalTimeRange::for_next(1, TimeUnit::Week);
    let report = client.alerts().snooze(["P-2", "P-2"], week).send().await;
    assert_eq!(report.done, ["P-2"]);
    assert_eq!(
        sent(&tenant, DISMISS),
        [
            json!({ "alerts": ["P-1"], "filter": all, "dismissalNote": "known" }),
            json!({
                "alerts": ["P-2"],
                "filter": all,
                "dismissalTimeRange": { "type": "relative", "value": { "amount": 1, "unit": "week" } },
            }),
        ]
    );
    client
        .alerts()
        .reopen(["P-3"])
        .send()
        .await
        .into_result()
        .unwrap();
    assert_eq!(
        sent(&tenant, "/alert/reopen"),
        [json!({ "alerts": ["P-3"], "filter": all })]
    );
}

#[tokio::test]
async fn the_alerts_of_policies_in_one_request() {
    let (tenant, client) = tenant().await;
    let query = AlertQuery::new().account("sandbox");
    let alerts = client.alerts();
    alerts
        .dismiss_policies(["p-1", "p-2"], query.clone())
        .note("ours")
        .send()
        .await
        .unwrap();
    let until = DismissalTimeRange::until(1_800_000_000_000);
    alerts
        .snooze_policies(["p-1"], query.clone(), until)
        .send()
        .await
        .unwrap();
    alerts
        .reopen_policies(["p-1"], query.clone())
        .send()
        .await
        .unwrap();
    let bodies = [sent(&tenant, DISMISS), sent(&tenant, "/alert/reopen")].concat();
    assert_eq!(bodies[0]["policies"], json!(["p-1", "p-2"]));
    assert_eq!(bodies[0]["dismissalNote"], "ours");
    assert_eq!(bodies[0].get("alerts"), None);
    assert_eq!(
        bodies[1]["dismissalTimeRange"]["value"]["endTime"],
        1_800_000_000_000_u64
    );
    for body in &bodies {
        assert_eq!(body["filter"]["filters"][0]["value"], "sandbox");
    }
    let none: [&str; 0] = [];
    let error = alerts
        .dismiss_policies(none, query)
        .send()
        .await
        .unwrap_err();
    assert!(
        error.is_config() && error.to_string().contains("name at least one"),
        "{error}"
    );
    assert_eq!(sent(&tenant, DISMISS).len(), 2);
}

#[tokio::test]
async fn batches_tell_what_became_of_each_id() {
    let (tenant, client) = tenant().await;
    let unknown = "P-777";
    tenant.rule(move |record| {
        let body: Value = serde_json::from_slice(&record.body).unwrap_or_default();
        let asked = body["alerts"].as_array()?;
        asked.iter().any(|id| id == unknown).then(|| {
            Fault::status(400).header("x-redlock-status", r#"[{"i18nKey":"invalid_alert_id"}]"#)
        })
    });
    let report = client.alerts().dismiss(ids(0..1200)).send().await;
    assert_eq!(report.failed.len(), 1);
    assert_eq!(report.failed[0].ids, [unknown]);
    assert!(report.failed[0].error.has_key("invalid_alert_id"));
    assert_eq!(report.done.len(), 1199);
    let accepted = |record: &&prisma_cloud::testing::Recorded| {
        record.path == DISMISS && record.status == Some(200)
    };
    let mut seen = BTreeSet::new();
    for record in tenant.recorded().iter().filter(accepted) {
        let body: Value = serde_json::from_slice(&record.body).unwrap();
        for id in body["alerts"].as_array().unwrap() {
            assert!(
                seen.insert(id.as_str().unwrap().to_owned()),
                "{id} was sent twice"
            );
        }
    }
    assert_eq!(seen.len(), 1199);
    assert!(
        sent(&tenant, DISMISS)
            .iter()
            .all(|body| body["alerts"].as_array().unwrap().len() <= 500)
    );
}

#[tokio::test]
async fn without_the_permission_nothing_more_is_tried() {
    let (tenant, client) = tenant().await;
    tenant.rule(|record| (record.path == DISMISS).then(|| Fault::status(403)));
    let report = client
        .alerts()
        .dismiss(ids(0..30))
        .batch_size(10)
        .send()
        .await;
    assert_eq!(tenant.count("POST", DISMISS), 1);
    assert_eq!((report.failed[0].ids.len(), report.untried.len()), (10, 20));
    assert_eq!(
        report.into_result().unwrap_err().kind(),
        ErrorKind::Forbidden
    );
}
