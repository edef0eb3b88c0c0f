//! Search: pages, files, and queries that are wrong.

use prisma_cloud::api::TimeRange;
use prisma_cloud::search::RqlProblem;
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, PrismaCloud};
use serde_json::{Value, json};

const CONFIG: &str = "config from cloud.resource where api.name = 'aws-ec2'";
const EVENT: &str = "event from cloud.audit_logs where operation = 'ConsoleLogin'";

async fn tenant(results: u64) -> (Tenant, PrismaCloud) {
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder()
        .clock(&clock)
        .alerts(results)
        .start()
        .await;
    let client = tenant.client().build().unwrap();
    (tenant, client)
}

fn day() -> TimeRange {
    TimeRange::last_days(1)
}

/// The bodies that were sent to `path`.
fn sent(tenant: &Tenant, path: &str) -> Vec<Value> {
    let records = tenant.recorded().into_iter();
    let to = records.filter(|record| record.path == path);
    to.map(|record| serde_json::from_slice(&record.body).unwrap())
        .collect()
}

/// Why the service refuses `query`.
async fn refusal(client: &PrismaCloud, query: &str) -> Error {
    let found = client.search().config(query, day()).items();
    found.all().await.unwrap_err()
}

#[tokio::test]
async fn a_config_search_goes_through_all_pages() {
    let (tenant, client) = tenant(95).await;
    let search = client.search().config(CONFIG, day()).limit(10).heuristic();
    let found = search.items().all().await.unwrap();
    let names: Vec<_> = found
        .into_iter()
        .filter_map(|resource| resource.name)
        .collect();
    assert_eq!((names.len(), names[94].as_str()), (95, "example-94"));
    let first = &sent(&tenant, "/search/config")[..];
    let range = json!({ "type": "relative", "value": { "amount": 1, "unit": "day" } });
    let expected =
        json!({ "query": CONFIG, "timeRange": range, "limit": 10, "heuristicSearch": true });
    assert_eq!(first, [expected]);
    let pages = sent(&tenant, "/search/config/page");
    assert_eq!(pages.len(), 9);
    assert!(
        pages
            .iter()
            .all(|page| page["limit"] == 10 && page["heuristicSearch"] == true)
    );
}

#[tokio::test]
async fn a_search_goes_on_where_it_stood() {
    let (_tenant, client) = tenant(30).await;
    let search = || client.search().config(CONFIG, day()).limit(10).items();
    let mut first = search();
    for _ in 0..13 {
        first.next().await.unwrap().unwrap();
    }
    let position = first.position().unwrap();
    let rest = search()
        .starting_at(&position)
        .unwrap()
        .prefetch(false)
        .all()
        .await
        .unwrap();
    assert_eq!(
        (rest.len(), rest[0].name.as_deref()),
        (17, Some("example-13"))
    );
}

#[tokio::test]
async fn events_and_networks_and_assets() {
    let (tenant, client) = tenant(25).await;
    let search = client
        .search()
        .events(EVENT, day())
        .limit(10)
        .filter("cloud.type", "aws");
    let events = search.items().all().await.unwrap();
    assert_eq!(
        (events.len(), events[24].subject.as_deref()),
        (25, Some("user-24"))
    );
    assert_eq!(
        sent(&tenant, "/search/event")[0]["filters"][0]["name"],
        "cloud.type"
    );

    let network = client
        .search()
        .network("network from vpc.flow_record where x = 1", day());
    assert_eq!(network.clone().items::<Value>().await.unwrap().len(), 25);
    assert_eq!(
        network.send().await.unwrap().id.as_deref(),
        Some("search-1")
    );
    let assets = client.search().assets("asset where x = 1", day());
    let error = assets.items::<u8>().await.unwrap_err();
    assert!(
        error.is_decode() && error.to_string().contains("result 0"),
        "{error}"
    );
    let kinds: Vec<Value> = sent(&tenant, "/search")
        .iter()
        .map(|body| body["searchType"].clone())
        .collect();
    assert_eq!(kinds, ["network", "network", "asset"]);
}

#[tokio::test]
async fn csv_where_the_service_has_it() {
    let (_tenant, client) = tenant(3).await;
    let config = || client.search().config(CONFIG, day());
    let csv = config().csv().await.unwrap();
    assert_eq!(csv.media_type(), Some("text/csv"));
    assert!(
        csv.bytes(1000)
            .await
            .unwrap()
            .ends_with(b"example-2,Example account,AWS Ireland\n")
    );
    let events = client.search().events(EVENT, day()).csv().await.unwrap();
    assert!(events.bytes(1000).await.unwrap().starts_with(b"Name,"));
    for mut job in [config().job(), config().report()] {
        let mut file = Vec::new();
        job.write_to(&mut file).await.unwrap();
        assert!(file.starts_with(b"Alert ID"));
    }
}

#[tokio::test]
async fn a_wrong_query_is_shown_with_its_place() {
    let (tenant, client) = tenant(3).await;
    let wrong = "config form cloud.resource where api.name = 'aws-ec2'";
    let search = || client.search().config(wrong, day());
    let mut errors = vec![
        search().items().all().await.unwrap_err(),
        search().csv().await.unwrap_err(),
        client
            .search()
            .network(wrong, day())
            .send()
            .await
            .unwrap_err(),
        client
            .search()
            .events(wrong, day())
            .csv()
            .await
            .unwrap_err(),
    ];
    let mut events = client.search().events(wrong, day()).items();
    errors.push(events.next().await.unwrap().unwrap_err());
    assert!(events.next().await.is_none());
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.has_key("bad_rql"));
        let shown = error.to_string();
        let words = "see character 8 of the query, at `form`; `from` would fit there";
        assert!(shown.contains(words) && !shown.contains('\n'), "{shown}");
        let problem = RqlProblem::of(&error).unwrap();
        assert_eq!(problem.position(), Some(7));
        assert_eq!(
            problem.to_string(),
            format!(
                "line 1:7 mismatched input 'form' expecting 'from'\n  {wrong}\n         ^ expected: from"
            )
        );
        assert!(problem.refusal().request_id().is_some());
    }
    assert_eq!(tenant.count("POST", "/search/suggest"), 5);
}

#[tokio::test]
async fn only_what_is_about_the_query_is_explained() {
    let (tenant, client) = tenant(3).await;
    tenant.answer(
        "POST /search/config",
        400,
        "application/json",
        r#"{"message":"limit too high"}"#,
    );
    let error = refusal(&client, CONFIG).await;
    assert!(
        RqlProblem::of(&error).is_none(),
        "the query is valid: {error:?}"
    );
    tenant.answer("POST /search/config", 403, "text/plain", "");
    let error = refusal(&client, "nonsense").await;
    assert!(error.is_forbidden() && RqlProblem::of(&error).is_none());
    assert_eq!(tenant.count("POST", "/search/suggest"), 1);

    // Where the service cannot say more, its words still count.
    tenant.answer(
        "POST /search/config",
        400,
        "application/json",
        r#"{"message":"no, at position 7"}"#,
    );
    tenant.answer("POST /search/suggest", 403, "text/plain", "");
    let error = refusal(&client, CONFIG).await;
    let problem = RqlProblem::of(&error).unwrap();
    assert_eq!(
        (problem.words(), problem.position()),
        ("no, at position 7", Some(7))
    );
    assert!(problem.expected().is_empty());
}

#[tokio::test]
async fn a_query_can_be_tried_before_it_is_run() {
    let (_tenant, client) = tenant(0).await;
    assert_eq!(
        client.search().suggest(CONFIG, day()).await.unwrap().valid,
        Some(true)
    );
    let begun = client.search().suggest("config ", day()).await.unwrap();
    assert_eq!(
        (begun.valid, begun.suggestions),
        (Some(false), vec!["from".to_owned()])
    );
}

#[cfg(feature = "cspm-iam")]
#[tokio::test]
async fn permissions() {
    let (tenant, client) = tenant(250).await;
    let query = "config from iam where source.public = true";
    let iam = || client.search().iam(query);
    let found = iam()
        .group_by("source")
        .limit(500)
        .items()
        .all()
        .await
        .unwrap();
    assert_eq!(found.len(), 250);
    let first = &sent(&tenant, "/iam/api/v4/search/permission")[0];
    assert_eq!(
        (&first["query"], &first["groupByFields"]),
        (&json!(query), &json!(["source"]))
    );
    assert_eq!(tenant.recorded()[1].query.as_deref(), Some("limit=500"));
    let csv = iam().csv().await.unwrap().bytes(100_000).await.unwrap();
    assert!(csv.starts_with(b"Name,"));
    let asked = tenant.recorded().pop().unwrap();
    assert_eq!(asked.headers["accept"], "text/csv");
    let error = client
        .search()
        .iam("config form iam")
        .csv()
        .await
        .unwrap_err();
    assert_eq!(RqlProblem::of(&error).unwrap().position(), Some(7));
}

#[cfg(feature = "cspm-search-manager")]
#[tokio::test]
async fn searches_are_kept() {
    let (_tenant, client) = tenant(3).await;
    let saved = client.search().saved();
    saved
        .save("search-1", "all instances", CONFIG, day())
        .await
        .unwrap();
    let all = saved.list().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].search_name.as_deref(), Some("all instances"));
    let one = saved.get("search-1").await.unwrap();
    assert_eq!(
        (one.query.as_deref(), one.saved),
        (Some(CONFIG), Some(true))
    );
    assert_eq!(saved.recent().await.unwrap().len(), 1);
    saved.delete("search-1").await.unwrap();
    assert!(saved.get("search-1").await.unwrap_err().is_not_found());
}
