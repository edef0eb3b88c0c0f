//! What a tenant remembers.

mod common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::policy;
use common::visitor::Visitor;
use prisma_cloud::testing::samples::{Way, check, document, operation};
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Clock, Product};
use serde_json::{Value, json};

/// All alerts that a filter model means, page by page.
async fn listed(visitor: &Visitor, mut body: Value) -> (u64, Vec<Value>) {
    let mut all = Vec::new();
    loop {
        let page = visitor.post("/v2/alert", &body).await;
        assert_eq!(page.status, 200, "{}", page.said());
        let page = page.json();
        let items = page["items"].as_array().expect("items");
        all.extend(items.iter().cloned());
        let Some(token) = page["nextPageToken"].as_str() else {
            assert!(items.is_empty(), "every page with data has a token");
            return (page["totalRows"].as_u64().expect("a total"), all);
        };
        body = json!({ "pageToken": token });
    }
}

fn filter(name: &str, value: &str) -> Value {
    json!({ "name": name, "operator": "=", "value": value })
}

#[tokio::test]
async fn filters_mean_what_the_alerts_say() {
    let tenant = Tenant::builder().alerts(600).start().await;
    let visitor = Visitor::new(&tenant);
    let (total, all) = listed(&visitor, json!({ "limit": 77 })).await;
    assert_eq!((total, all.len()), (600, 600));
    let ids: BTreeSet<&str> = all
        .iter()
        .filter_map(|alert| alert["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 600, "each one once");
    for (name, value, place) in [
        ("policy.severity", "high", "/policy/severity"),
        ("policy.name", "Example policy 3", "/policy/name"),
        (
            "policy.id",
            "00000000-0000-4000-8000-000000000003",
            "/policy/policyId",
        ),
        ("cloud.accountId", "100000000002", "/resource/accountId"),
        ("cloud.account", "Example account 2", "/resource/account"),
        ("cloud.type", "AZURE", "/resource/cloudType"),
        ("cloud.region", "AWS Ireland", "/resource/region"),
        ("resource.id", "resource-17", "/resource/id"),
        ("resource.name", "example-17", "/resource/name"),
        ("resource.type", "IAM Role", "/resource/resourceType"),
        ("alert.id", "P-20", "/id"),
        ("alert.status", "open", "/status"),
    ] {
        let (total, found) = listed(
            &visitor,
            json!({ "filters": [filter(name, value)], "limit": 50 }),
        )
        .await;
        let expected: Vec<&Value> = all
            .iter()
            .filter(|alert| alert.pointer(place) == Some(&value.into()))
            .collect();
        assert!(!expected.is_empty(), "{name}");
        assert_eq!(total, expected.len() as u64, "{name}");
        assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{name}");
        let query = format!(
            "/v2/alert?timeType=relative&timeAmount=1&timeUnit=year&detailed=true&{name}={}&limit=1",
            value.replace(' ', "%20")
        );
        assert_eq!(
            visitor.get(&query).await.json()["totalRows"],
            total,
            "{query}"
        );
    }
}

#[tokio::test]
async fn alerts_are_what_their_document_says() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let change = json!({ "alerts": ["P-1"], "filter": {}, "dismissalNote": "wrong \"alarm\"\n" });
    assert_eq!(visitor.post("/alert/dismiss", &change).await.status, 200);
    let page = visitor
        .post("/v2/alert", &json!({ "limit": 250 }))
        .await
        .json();
    let alerts = operation("post-alerts-v2").expect("an operation");
    let schemas = &document(Product::Cspm)["components"]["schemas"];
    let schema = alerts.response_schema().expect("a schema");
    assert_eq!(check(schemas, schema, &page, Way::Response), Ok(()));
    assert_eq!(page["items"][1]["dismissalNote"], "wrong \"alarm\"\n");
}

#[tokio::test]
async fn changes_of_status_show_up_in_listings() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder()
        .clock(&clock)
        .token_life(Duration::from_secs(86_400))
        .alerts(100)
        .start()
        .await;
    let visitor = Visitor::new(&tenant);
    let count = async |status: &str| {
        let (total, found) = listed(
            &visitor,
            json!({ "filters": [filter("alert.status", status)] }),
        )
        .await;
        assert_eq!(total, found.len() as u64);
        let counted = visitor.get(&format!("/alert/count/{status}")).await.json();
        assert_eq!(counted["count"], total);
        total
    };
    clock.advance(Duration::from_secs(3600));
    let dismiss = json!({ "alerts": ["P-3", "P-4"], "filter": {}, "dismissalNote": "accepted" });
    assert_eq!(visitor.post("/alert/dismiss", &dismiss).await.status, 200);
    let snooze = json!({
        "alerts": ["P-5"], "filter": {}, "dismissalNote": "later",
        "dismissalTimeRange": { "type": "relative", "value": { "amount": 2, "unit": "hour" } },
    });
    assert_eq!(visitor.post("/alert/dismiss", &snooze).await.status, 200);
    assert_eq!(
        (
            count("open").await,
            count("dismissed").await,
            count("snoozed").await
        ),
        (97, 2, 1)
    );

    // Found by when the status changed, although all alerts are older than an hour.
    let changed = json!({
        "filters": [filter("timeRange.type", "ALERT_STATUS_UPDATED")],
        "timeRange": { "type": "relative", "value": { "amount": 30, "unit": "minute" } },
    });
    let (_, found) = listed(&visitor, changed.clone()).await;
    let ids: Vec<&Value> = found.iter().map(|alert| &alert["id"]).collect();
    assert_eq!(ids, ["P-3", "P-4", "P-5"]);
    let mut opened = changed;
    opened["filters"] = json!([filter("timeRange.type", "ALERT_OPENED")]);
    assert_eq!(listed(&visitor, opened).await.0, 0);

    let reopen = json!({ "alerts": ["P-3"], "filter": {} });
    assert_eq!(visitor.post("/alert/reopen", &reopen).await.status, 200);
    assert_eq!((count("open").await, count("dismissed").await), (98, 1));
    let history = visitor.get("/alert/P-3").await.json()["history"].clone();
    let statuses: Vec<&Value> = history
        .as_array()
        .expect("a history")
        .iter()
        .map(|entry| &entry["status"])
        .collect();
    assert_eq!(statuses, ["OPEN", "DISMISSED", "OPEN"]);

    clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(
        (count("open").await, count("snoozed").await),
        (99, 0),
        "its time is over"
    );
}

#[tokio::test]
async fn a_dismissal_has_an_end_in_the_future_and_a_note_if_wanted() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let past = json!({
        "alerts": ["P-5"], "filter": {},
        "dismissalTimeRange": { "type": "absolute", "value": { "endTime": 1_600_000_000_000_u64 } },
    });
    let refused = visitor.post("/alert/dismiss", &past).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.said().contains("invalid_dismissal_time_range"),
        "{}",
        refused.said()
    );
    let wanted = json!({ "requireDismissalNote": true });
    assert_eq!(
        visitor
            .ask(
                "PUT",
                "/alert/dismiss/require_dismissal_note",
                Some(&wanted)
            )
            .await
            .status,
        200
    );
    assert_eq!(
        visitor
            .get("/alert/dismiss/require_dismissal_note")
            .await
            .json(),
        wanted
    );
    let silent = json!({ "alerts": ["P-5"], "filter": {} });
    assert_eq!(visitor.post("/alert/dismiss", &silent).await.status, 400);
    let unknown = json!({ "alerts": ["P-5000"], "filter": {}, "dismissalNote": "x" });
    assert!(
        visitor
            .post("/alert/dismiss", &unknown)
            .await
            .said()
            .contains("P-5000")
    );
    assert_eq!(
        visitor.get("/alert/count/open").await.json()["count"],
        250,
        "nothing was changed"
    );
}

#[tokio::test]
async fn whole_policies_can_be_dismissed() {
    let tenant = Tenant::builder().alerts(100).start().await;
    let visitor = Visitor::new(&tenant);
    let change = json!({
        "policies": ["00000000-0000-4000-8000-000000000003"], "filter": {}, "dismissalNote": "x",
    });
    assert_eq!(visitor.post("/alert/dismiss", &change).await.status, 200);
    assert_eq!(
        visitor.get("/alert/count/dismissed").await.json()["count"],
        5
    );
    let groups = visitor
        .post(
            "/alert/policy",
            &json!({ "filters": [filter("alert.status", "open")] }),
        )
        .await
        .json();
    let groups = groups.as_array().expect("groups");
    assert_eq!(groups.len(), 19);
    assert!(groups.iter().all(|group| group["alertCount"] == 5));
}

/// Makes, reads, changes, lists and removes something.
async fn life(visitor: &Visitor, path: &str, list: &str, id: &str, thing: Value, other: Value) {
    let before = visitor
        .get(list)
        .await
        .json()
        .as_array()
        .expect("a list")
        .len();
    let made = visitor.post(path, &thing).await;
    assert_eq!(made.status, 200, "{path}: {}", made.said());
    let made = made.json();
    let place = format!("{path}/{}", made[id].as_str().expect("an id"));
    assert_eq!(visitor.get(&place).await.json()["name"], thing["name"]);
    let changed = visitor.ask("PUT", &place, Some(&other)).await;
    assert_eq!(changed.status, 200, "{path}: {}", changed.said());
    assert_eq!(visitor.get(&place).await.json()["name"], other["name"]);
    assert_eq!(
        visitor.get(&place).await.json()[id],
        made[id],
        "it is the same one"
    );
    let names = visitor.get(list).await.json();
    let names = names.as_array().expect("a list");
    assert_eq!(names.len(), before + 1);
    assert!(names.iter().any(|thing| thing["name"] == other["name"]));
    assert_eq!(visitor.ask("DELETE", &place, None).await.status / 100, 2);
    let gone = visitor.get(&place).await;
    assert_eq!(
        (gone.status, gone.said().contains("not_found")),
        (404, true)
    );
    assert_eq!(visitor.ask("DELETE", &place, None).await.status, 404);
    assert_eq!(
        visitor.get(list).await.json().as_array().map(Vec::len),
        Some(before)
    );
}

#[tokio::test]
async fn policies_groups_and_rules_live_and_die() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    life(
        &visitor,
        "/policy",
        "/v2/policy",
        "policyId",
        policy("one"),
        policy("two"),
    )
    .await;
    let group = |name: &str| json!({ "name": name, "accountIds": ["1", "2"] });
    life(
        &visitor,
        "/cloud/group",
        "/cloud/group",
        "id",
        group("one"),
        group("two"),
    )
    .await;
    let rule = |name: &str| json!({ "name": name, "target": { "accountGroups": [] } });
    life(
        &visitor,
        "/alert/rule",
        "/v2/alert/rule",
        "policyScanConfigId",
        rule("one"),
        rule("two"),
    )
    .await;
    for (path, thing, key) in [
        (
            "/cloud/group",
            group("Production"),
            "account_group_already_exists",
        ),
        (
            "/alert/rule",
            rule("Example alert rule 1"),
            "alert_rule_already_exists",
        ),
    ] {
        let twice = visitor.post(path, &thing).await;
        assert_eq!(
            (twice.status, twice.said().contains(key)),
            (409, true),
            "{path}"
        );
    }
}

#[tokio::test]
async fn policies_are_switched_and_found() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let path = "/policy/00000000-0000-4000-8000-000000000007/status/false";
    assert_eq!(visitor.ask("PATCH", path, None).await.status, 200);
    let off = visitor.get("/v2/policy?policy.enabled=false").await.json();
    assert_eq!(off.as_array().map(Vec::len), Some(1));
    assert_eq!(off[0]["name"], "Example policy 7");
    let one = visitor
        .get("/policy?policy.name=example%20POLICY%201")
        .await;
    assert_eq!(one.json().as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn suppressions_live_and_die() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let suppression = |comment: &str| json!({ "suppressionType": "Policy", "origin": "Platform", "comment": comment });
    let made = visitor
        .post("/code/api/v1/suppressions/policy-x", &suppression("one"))
        .await;
    assert_eq!(made.status, 200, "{}", made.said());
    let id = made.json().as_str().expect("an id").to_owned();
    let place = format!("/code/api/v1/suppressions/policy-x/justifications/{id}");
    assert_eq!(
        visitor
            .ask("PUT", &place, Some(&suppression("two")))
            .await
            .status,
        200
    );
    let list = "/code/api/v1/suppressions/policy-x/justifications?accounts=a";
    let found = visitor.get(list).await.json();
    assert_eq!(
        (found[0]["id"].as_str(), &found[0]["comment"]),
        (Some(id.as_str()), &json!("two"))
    );
    assert_eq!(
        found.as_array().map(Vec::len),
        Some(1),
        "those of other policies are not listed"
    );
    assert_eq!(visitor.ask("DELETE", &place, None).await.status, 200);
    assert_eq!(visitor.get(list).await.json(), json!([]));
    assert_eq!(visitor.ask("DELETE", &place, None).await.status, 404);
}

#[tokio::test]
async fn a_suppressed_resource_is_listed_in_the_form_of_each_listing() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let sent = json!({
        "suppressionType": "Resources", "origin": "Platform", "comment": "one",
        "resources": [{"id": "bucket", "accountId": "account"}],
    });
    let made = visitor
        .post("/code/api/v1/suppressions/policy-x", &sent)
        .await;
    assert_eq!(made.status, 200, "{}", made.said());
    let all = visitor.get("/code/api/v1/suppressions").await.json();
    let last = all
        .as_array()
        .and_then(|all| all.last())
        .expect("it is listed");
    assert_eq!(
        last["resources"],
        json!([{"resourceId": "bucket", "accountId": "account"}])
    );
    let list = "/code/api/v1/suppressions/policy-x/justifications?accounts=a";
    let found = visitor.get(list).await.json();
    assert_eq!(found[0]["resources"], json!(["bucket"]));
    assert_eq!(found[0]["type"], json!("Resources"));
    for shown in [last, &found[0]] {
        assert_eq!(shown.get("origin"), None, "only the service is told this");
    }
}

#[tokio::test]
async fn listings_have_suppressions_of_every_kind_that_was_accepted() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let list = "/code/api/v1/suppressions/policy-x/justifications?accounts=a";
    let schemas = &document(Product::Code)["components"]["schemas"];
    let mut listed = Vec::new();
    for (kind, members) in [
        ("Policy", json!({})),
        ("Accounts", json!({ "accountIds": ["account"] })),
        (
            "Tags",
            json!({ "tags": [{"key": "team", "value": "data"}] }),
        ),
        (
            "resources",
            json!({ "resources": [{"id": "bucket", "accountId": "account"}] }),
        ),
        ("LicenseType", json!({ "licenseTypes": ["MIT"] })),
        (
            "PackageLicense",
            json!({ "packages": [{"language": "python", "packageName": "requests", "version": "2"}] }),
        ),
    ] {
        let mut sent = json!({ "suppressionType": kind, "origin": "Platform", "comment": "one" });
        for (name, value) in members.as_object().expect("members") {
            sent[name] = value.clone();
        }
        let made = visitor
            .post("/code/api/v1/suppressions/policy-x", &sent)
            .await;
        assert_eq!(made.status, 200, "{}", made.said());
        for (id, path) in [
            ("getSuppressions", "/code/api/v1/suppressions"),
            ("getSuppressionsJustifications", list),
        ] {
            let schema = operation(id).and_then(|described| described.response_schema());
            let found = visitor.get(path).await.json();
            let fits = check(schemas, schema.expect("a schema"), &found, Way::Response);
            assert_eq!(fits, Ok(()), "{id} with one of {kind}");
        }
        let mut kinds = Vec::new();
        for path in ["/code/api/v1/suppressions", list] {
            let found = visitor.get(path).await.json();
            let last = found.as_array().and_then(|found| found.last().cloned());
            let last = last.expect("it is listed");
            for (name, value) in members.as_object().expect("members") {
                // Each listing has a form of its own for resources.
                if name != "resources" {
                    assert_eq!(&last[name], value, "{kind} in {path}");
                }
            }
            kinds.push(last["suppressionType"].clone());
        }
        assert_eq!(kinds[0], kinds[1], "one listing lacks it");
        listed.append(&mut kinds.split_off(1));
    }
    assert_eq!(
        Value::from(listed),
        json!([
            "Policy",
            "Accounts",
            "Tags",
            "Resources",
            "LicenseType",
            "PackageLicense"
        ])
    );
}

#[tokio::test]
async fn an_updated_suppression_is_what_was_sent_last() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let accounts = json!({
        "suppressionType": "Accounts", "origin": "Platform", "comment": "one", "accountIds": ["a"],
    });
    let made = visitor
        .post("/code/api/v1/suppressions/policy-x", &accounts)
        .await
        .json();
    let id = made.as_str().expect("an id");
    let list = "/code/api/v1/suppressions/policy-x/justifications?accounts=a";
    let before = visitor.get(list).await.json();
    let place = format!("/code/api/v1/suppressions/policy-x/justifications/{id}");
    let whole = json!({ "suppressionType": "Policy", "origin": "Platform", "comment": "two" });
    assert_eq!(visitor.ask("PUT", &place, Some(&whole)).await.status, 200);
    assert_eq!(
        visitor.get(list).await.json(),
        json!([{
            "id": id, "policyId": "policy-x", "creationDate": before[0]["creationDate"],
            "suppressionType": "Policy", "type": "Policy", "comment": "two",
        }])
    );
}

#[tokio::test]
async fn a_reset_brings_the_beginning_back() {
    let tenant = Tenant::start().await;
    let mut visitor = Visitor::new(&tenant);
    let place = "/policy/00000000-0000-4000-8000-000000000007";
    assert_eq!(visitor.ask("DELETE", place, None).await.status, 204);
    tenant.advance(Duration::from_secs(600));
    assert_eq!(
        visitor.get("/policy").await.status,
        401,
        "time passed for the tenant"
    );
    tenant.reset();
    assert!(tenant.recorded().is_empty());
    visitor.renew(&tenant);
    assert_eq!(visitor.get(place).await.status, 200);
}

#[tokio::test]
async fn time_is_the_clocks() {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).start().await;
    let visitor = Visitor::new(&tenant);
    let now = clock
        .wall()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_millis() as u64;
    let made = visitor.post("/policy", &policy("one")).await.json();
    assert_eq!(made["createdOn"], now);
    let newest = visitor.get("/alert/P-0").await.json();
    assert_eq!(newest["alertTime"], now - 60_000);
}
