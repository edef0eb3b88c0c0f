//! The examples about alerts, search, files and Code Security, and what they say.

#![allow(dead_code, reason = "their `main` is not called here")]

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};

#[path = "../examples/alert_report.rs"]
mod alert_report;
#[path = "../examples/alerts_since_yesterday.rs"]
mod alerts_since_yesterday;
#[path = "../examples/dismiss.rs"]
mod dismiss;
#[path = "../examples/export_alerts.rs"]
mod export_alerts;
#[path = "../examples/rql_to_csv.rs"]
mod rql_to_csv;
#[path = "../examples/sbom.rs"]
mod sbom;
#[path = "../examples/suppressions.rs"]
mod suppressions;

fn lines(out: &[u8]) -> Vec<&str> {
    std::str::from_utf8(out).unwrap().lines().collect()
}

#[tokio::test]
async fn the_alert_report_tells_how_far_it_is() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).alerts(3).start().await;
    let client = tenant.client().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.csv");
    std::fs::write(&target, "the last report").unwrap();
    let said = Arc::new(Mutex::new(Vec::new()));
    let hear = said.clone();
    let say = move |line| hear.lock().unwrap().push(line);
    alert_report::run(&client, &target, say).await.unwrap();
    let content = std::fs::read_to_string(&target).unwrap();
    assert_eq!(content.lines().count(), 4);
    let size = content.len();
    assert_eq!(
        *said.lock().unwrap(),
        [
            "submitted: alert-csv job-1".to_owned(),
            "after 0 s: no status yet".to_owned(),
            "after 1 s: IN_PROGRESS".to_owned(),
            "after 2 s: IN_PROGRESS".to_owned(),
            format!("0 of {size} bytes"),
            format!("{size} of {size} bytes"),
            format!("saved {size} bytes"),
        ]
    );
}

#[tokio::test]
async fn alerts_are_dismissed_in_bulk() {
    let tenant = Tenant::start().await;
    tenant.answer("POST /alert/dismiss", 200, "text/plain", "");
    tenant.rule(|record| {
        let about = String::from_utf8_lossy(&record.body).contains("\"P-42\"");
        let refused = record.path == "/alert/dismiss" && about;
        refused.then(|| Fault::status(404))
    });
    let client = tenant.client().build().unwrap();
    let ids: Vec<String> = (0..250).map(|index| format!("P-{index}")).collect();
    assert!(!dismiss::open(&client).await.unwrap().is_empty());
    let mut out = Vec::new();
    dismiss::run(&client, ids, &mut out).await.unwrap();
    let said = lines(&out);
    assert_eq!(said[..2], ["250 alerts are open", "249 are snoozed"]);
    assert!(
        said[2].starts_with("P-42: dismiss-alerts (POST /alert/dismiss): "),
        "{said:?}"
    );
    assert_eq!(said.len(), 3);
}

#[tokio::test]
async fn suppressions_are_made_and_listed() {
    let tenant = Tenant::start().await;
    suppressions::prepare(&tenant);
    let mut out = Vec::new();
    suppressions::run(&tenant.client().build().unwrap(), &mut out)
        .await
        .unwrap();
    let expected = [
        "suppression \"7\" of BC_AWS_S3_1",
        "BC_AWS_S3_1: public on purpose",
    ];
    assert_eq!(lines(&out), expected);
    let record = tenant
        .recorded()
        .into_iter()
        .find(|record| record.path.ends_with("S3_1"))
        .unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&record.body).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({
            "suppressionType": "Resources",
            "origin": "Platform",
            "comment": "public on purpose",
            "resources": [{ "accountId": "example/service-1", "id": "aws_s3_bucket.site" }],
        })
    );
}

#[tokio::test]
async fn the_sbom_of_a_repository_is_saved() {
    let tenant = Tenant::start().await;
    sbom::prepare(&tenant, "00000000-0000-4000-8000-000000000001");
    let client = tenant.client().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nothing = sbom::run(&client, "service-9", folder.path())
        .await
        .unwrap();
    assert_eq!(nothing, None);
    let saved = sbom::run(&client, "service-1", folder.path())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(saved.path, folder.path().join("sbom.csv"));
    let content = std::fs::read_to_string(saved.path).unwrap();
    assert_eq!(
        content.lines().nth(1),
        Some("serde,1.0.228,MIT OR Apache-2.0")
    );
    let fetched = tenant.recorded().pop().unwrap();
    assert_eq!(fetched.path, "/files/sbom.csv");
    assert!(!fetched.headers.contains_key("authorization"));
}

#[tokio::test]
async fn alerts_since_yesterday_are_listed_to_the_last() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).alerts(250).start().await;
    let client = tenant.client().build().unwrap();
    let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let mut out = Vec::new();
    alerts_since_yesterday::run(&client, since, &mut out)
        .await
        .unwrap();
    let said = lines(&out);
    assert_eq!(said.len(), 251);
    assert_eq!(said[250], "250 alerts");
    assert!(
        said.contains(&"P-21     Example policy 1"),
        "{:?}",
        said[21]
    );
    let request = tenant
        .recorded()
        .into_iter()
        .find(|record| record.path == "/v2/alert")
        .unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(
        sent["timeRange"]["value"]["startTime"],
        1_700_000_000_000_u64
    );
    assert_eq!(sent["filters"][0]["name"], "timeRange.type");
    assert_eq!(sent["filters"][0]["value"], "ALERT_STATUS_UPDATED");
}

#[tokio::test]
async fn what_a_query_finds_is_saved_and_a_wrong_one_is_shown() {
    let tenant = Tenant::builder().alerts(2).start().await;
    let client = tenant.client().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("resources.csv");
    let query = "config from cloud.resource where api.name = 'aws-s3'";
    rql_to_csv::run(&client, query, &target).await.unwrap();
    let content = std::fs::read_to_string(&target).unwrap();
    let expected = "Name,Account,Region\nexample-0,Example account,AWS Ireland\n\
                    example-1,Example account,AWS Ireland\n";
    assert_eq!(content, expected);
    let shown = rql_to_csv::run(&client, "config where x", &target)
        .await
        .unwrap_err();
    let expected = "line 1:7 mismatched input 'where' expecting 'from'\n  config where x\n         ^ expected: from";
    assert_eq!(shown, expected);
    assert_eq!(std::fs::read_to_string(&target).unwrap(), content);
}

#[tokio::test]
async fn an_export_that_broke_off_goes_on_where_it_stood() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).alerts(25_000).start().await;
    let client = tenant.client().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.ndjson");
    // What is there without a state is no export of this kind.
    std::fs::write(&target, "another\n").unwrap();
    let mut pages = 0;
    tenant.rule(move |record| {
        pages += u32::from(record.path == "/v2/alert");
        (pages == 3).then(|| Fault::status(400))
    });
    let error = export_alerts::run(&client, &target).await.unwrap_err();
    assert!(error.to_string().contains("400"), "{error}");
    // As if the program had been stopped while it wrote on.
    let mut written = std::fs::read(&target).unwrap();
    written.extend_from_slice(b"{\"id\":\"P-");
    std::fs::write(&target, written).unwrap();
    let rest = export_alerts::run(&client, &target).await.unwrap();
    assert!((1..25_000).contains(&rest), "{rest}");
    let lines = std::fs::read_to_string(&target).unwrap();
    let ids: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].to_string())
        .collect();
    let expected: Vec<String> = (0..25_000).map(|index| format!("\"P-{index}\"")).collect();
    assert!(ids == expected, "{} lines", ids.len());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
