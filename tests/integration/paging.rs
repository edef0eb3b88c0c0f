//! Each way of paging, over ten pages: does the request carry what the answer said, and does every item come once?

use std::cell::Cell;
use std::collections::HashMap;

use prisma_cloud::PrismaCloud;
use prisma_cloud::paging::{Paged, PagedExt};
use prisma_cloud::testing::{Fault, Recorded, SimulatedClock, Tenant};
use prisma_cloud_api::{TimeRange, TimeUnit, code, cspm};
use serde_json::{Value, json};

use code::prelude::*;
use cspm::prelude::*;

const PAGES: u64 = 10;
const SIZE: u64 = 3;

/// What a request said.
struct Asked {
    path: String,
    query: HashMap<String, String>,
    body: Value,
}

impl Asked {
    fn of(record: &Recorded) -> Self {
        let query = record.query.as_deref().unwrap_or_default();
        Self {
            path: record.path.clone(),
            query: url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            body: serde_json::from_slice(&record.body).unwrap_or_default(),
        }
    }

    fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.query.get(name)?.parse().ok()
    }
}

/// The page that a token of [`token`] stands for; without one, the first.
fn page_of(token: &str) -> u64 {
    token.strip_prefix("token ").map_or(0, |page| {
        page.parse().expect("a token that was answered before")
    })
}

/// The token after `page`; none after the last.
fn token(page: u64) -> Value {
    if page + 1 < PAGES {
        json!(format!("token {}", page + 1))
    } else {
        Value::Null
    }
}

fn id(index: u64) -> Value {
    json!(format!("item {index}"))
}

/// The items of `page`, with their ids in the member `name`.
fn items(page: u64, name: &str) -> Value {
    from(page * SIZE, name)
}

fn from(first: u64, name: &str) -> Value {
    let last = (first + SIZE).min(PAGES * SIZE);
    (first..last)
        .map(|index| json!({ name: id(index) }))
        .collect()
}

struct Server {
    tenant: Tenant,
    client: PrismaCloud,
    /// Requests that do not belong to the listing that counts.
    before: Cell<usize>,
}

impl Server {
    /// A tenant that answers everything but logins by `answer`.
    async fn new(answer: impl Fn(&Asked) -> Value + Send + 'static) -> Self {
        let clock = SimulatedClock::new();
        let tenant = Tenant::builder().clock(&clock).start().await;
        tenant.rule(move |record| {
            if record.path == "/login" {
                return None;
            }
            let answer = answer(&Asked::of(record));
            Some(Fault::answer(200, "application/json", answer.to_string()))
        });
        let client = tenant.client().build().expect("a client");
        let before = Cell::new(0);
        Self {
            tenant,
            client,
            before,
        }
    }

    /// Lists everything in each way, and expects each item once and in order.
    async fn lists<C: Paged + Clone>(&self, call: C, id_of: impl Fn(C::Item) -> Option<String>) {
        let expected: Vec<String> = (0..PAGES * SIZE)
            .map(|index| format!("item {index}"))
            .collect();
        let raw = call.clone().items().raw().all().await.expect("a listing");
        let ids: Vec<String> = raw
            .iter()
            .filter_map(|item| id_of(C::read_item(item.as_bytes()).expect("JSON")?))
            .collect();
        assert_eq!(ids, expected, "{}, raw", C::OPERATION);
        let mut pages = call.clone().pages();
        let mut ids: Vec<String> = Vec::new();
        while let Some(page) = pages.next().await {
            let items = C::Owned::into_items(page.expect("a page"));
            ids.extend(items.into_iter().filter_map(&id_of));
        }
        assert_eq!(ids, expected, "{}, by pages", C::OPERATION);
        self.before.set(self.requests());
        let items = call.items().all().await.expect("a listing");
        let ids: Vec<String> = items.into_iter().filter_map(id_of).collect();
        assert_eq!(ids, expected, "{}", C::OPERATION);
    }

    /// How many requests the last listing took.
    fn requests(&self) -> usize {
        self.tenant.count_where(|record| record.path != "/login") - self.before.get()
    }
}

#[tokio::test]
async fn token_to_token_in_the_body() {
    let server = Server::new(|asked| {
        let page = page_of(asked.body["nextPageToken"].as_str().unwrap_or_default());
        assert_eq!(asked.body["limit"], 3);
        json!({ "value": items(page, "user"), "nextPageToken": token(page) })
    })
    .await;
    let body = cspm::types::AuditLogFilterRequest::new(TimeRange::last(1, TimeUnit::Day)).limit(3);
    server
        .lists(server.client.cspm().get_audit_logs().body(body), |log| {
            log.user
        })
        .await;
    assert_eq!(server.requests(), 10);
}

#[tokio::test]
async fn one_name_in_request_and_answer() {
    let server = Server::new(|asked| {
        let page = page_of(asked.body["pageToken"].as_str().unwrap_or_default());
        json!({ "rules": items(page, "id"), "pageToken": token(page) })
    })
    .await;
    let body = cspm::types::CreditAllocationRuleListRequest::new();
    server
        .lists(
            server
                .client
                .cspm()
                .get_credit_allocation_rules()
                .body(body),
            |rule| rule.id,
        )
        .await;
}

#[tokio::test]
async fn underscores_in_the_query() {
    let server = Server::new(|asked| {
        let page = page_of(asked.query("next_page_token"));
        // A total that is wrong, for good measure.
        json!({ "value": items(page, "name"), "nextPageToken": token(page), "totalCount": 1 })
    })
    .await;
    server
        .lists(server.client.cspm().list_services(), |service| service.name)
        .await;
}

#[tokio::test]
async fn the_page_one_level_down() {
    let server = Server::new(|asked| {
        let page = page_of(asked.body["nextPageToken"].as_str().unwrap_or_default());
        json!({ "data": {
            "items": items(page, "id"), "nextPageToken": token(page), "totalRows": SIZE,
        }})
    })
    .await;
    let body = cspm::types::PermissionSearchRequestDtoV3::new("config from iam");
    server
        .lists(
            server.client.cspm().search_permissions_v3().body(body),
            |permission| permission.id,
        )
        .await;
}

#[tokio::test]
async fn the_first_page_nested_and_the_others_from_another_operation() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/search/config" => {
            assert_eq!(asked.body["query"], "config from …");
            json!({ "data": { "items": items(0, "assetId"), "nextPageToken": token(0), "totalRows": SIZE }})
        }
        "/search/config/page" => {
            assert_eq!(asked.body["withResourceJson"], true);
            assert_eq!(asked.body["limit"], 3);
            let page = page_of(asked.body["pageToken"].as_str().expect("a token"));
            json!({ "items": items(page, "assetId"), "nextPageToken": token(page), "totalRows": SIZE })
        }
        other => panic!("{other}"),
    })
    .await;
    let body = cspm::types::ConfigRuleSearchParams::new()
        .query("config from …")
        .limit(3)
        .with_resource_json(true);
    server
        .lists(server.client.cspm().search_config().body(body), |item| {
            item.asset_id
        })
        .await;
    assert_eq!(server.requests(), 10);
}

#[tokio::test]
async fn two_tokens_of_which_one_ends_before_the_other() {
    // Folders end after four pages. Who does not send their token gets their first page again, unless nothing is
    // asked for.
    let server = Server::new(|asked| {
        let part = |token_name: &str, size_name: &str, pages: u64, first: u64| {
            if asked.query(size_name) == "0" {
                return (Vec::new(), json!("token 1"));
            }
            let page = page_of(asked.query(token_name));
            let next = if page + 1 < pages {
                json!(format!("token {}", page + 1))
            } else {
                Value::Null
            };
            let ids = (0..SIZE).map(|index| json!({ "id": id(first + page * SIZE + index) }));
            (ids.collect::<Vec<Value>>(), next)
        };
        let (mut all, folders) = part("folderNextPageToken", "folderPageSize", 4, 0);
        let (projects, next) = part("projectNextPageToken", "projectPageSize", 6, 4 * SIZE);
        all.extend(projects);
        json!({ "response": all, "folderNextPageToken": folders, "projectNextPageToken": next })
    })
    .await;
    let call = server
        .client
        .cspm()
        .get_list_of_children_under_parent()
        .parent_id("1")
        .parent_type("folders")
        .body(cspm::types::GcpResourceControllerRequestModel::new());
    let mut ids: Vec<u64> = call
        .items()
        .all()
        .await
        .unwrap()
        .into_iter()
        .filter_map(|node| node.id?.strip_prefix("item ")?.parse().ok())
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..30).collect::<Vec<u64>>());
    assert_eq!(server.requests(), 6);
}

#[tokio::test]
async fn a_token_that_is_an_object() {
    for as_text in [false, true] {
        let server = Server::new(move |asked| {
            let token = asked.query("pageToken");
            let page = match serde_json::from_str::<Value>(token) {
                Ok(token) => token["lastRowIdx"].as_u64().expect("the token"),
                Err(_) => 0,
            };
            let next = if page + 1 < PAGES {
                let token = json!({ "lastRowIdx": page + 1 });
                if as_text {
                    json!(token.to_string())
                } else {
                    token
                }
            } else {
                Value::Null
            };
            json!({ "resources": items(page, "id"), "nextPageToken": next })
        })
        .await;
        server
            .lists(
                server.client.cspm().get_resource_scan_info_v2(),
                |resource| resource.id,
            )
            .await;
    }
}

#[tokio::test]
async fn a_token_in_the_address_of_the_next_page() {
    let server = Server::new(|asked| {
        let page = page_of(asked.query("nextPageToken"));
        let url = match token(page).as_str() {
            Some(_) => json!(format!(
                "https://api.prismacloud.io/archiveList?a=1&nextPageToken=token%20{}",
                page + 1
            )),
            None => Value::Null,
        };
        json!([{ "value": items(page, "id"), "nextPageUrl": url }])
    })
    .await;
    let call = server
        .client
        .cspm()
        .bulk_export_resource_archives()
        .prisma_id("1")
        .start_date("2026-01-01T00:00:00Z")
        .end_date("2026-02-01T00:00:00Z");
    server.lists(call, |archive| archive.id).await;
}

#[tokio::test]
async fn offset_and_limit_in_the_body_of_a_bare_list() {
    let server = Server::new(|asked| from(asked.body["offset"].as_u64().unwrap_or(0), "id")).await;
    let body = cspm::types::FilterModel::new().limit(3);
    server
        .lists(server.client.cspm().post_alerts().body(body), |alert| {
            alert.id
        })
        .await;
    // The page after the last is empty, and that is how the end is known.
    assert_eq!(server.requests(), 11);
}

#[tokio::test]
async fn offset_in_the_query_and_an_answer_that_says_whether_there_is_more() {
    let server = Server::new(|asked| {
        let offset = asked.number("offset").unwrap_or(0);
        json!({ "data": from(offset, "errorId"), "hasNext": offset + SIZE < PAGES * SIZE })
    })
    .await;
    let body = code::types::GetErrorsInFileWithFilters::new("main.tf", "example", ["Github"]);
    server
        .lists(
            server
                .client
                .code()
                .get_errors_in_file()
                .limit(3)
                .body(body),
            |error| error.error_id,
        )
        .await;
    assert_eq!(server.requests(), 10);
}

#[tokio::test]
async fn a_caller_who_begins_in_the_middle_goes_on_from_there() {
    let server = Server::new(|asked| {
        let offset = asked.number("offset").unwrap_or(0);
        json!({ "data": from(offset, "errorId"), "hasNext": offset + SIZE < PAGES * SIZE })
    })
    .await;
    let body = code::types::GetErrorsInFileWithFilters::new("main.tf", "example", ["Github"]);
    let call = server
        .client
        .code()
        .get_errors_in_file()
        .limit(3)
        .offset(21)
        .body(body);
    assert_eq!(call.items().all().await.unwrap().len(), 9);
}

#[tokio::test]
async fn pages_by_number_whether_the_service_counts_from_nought_or_from_one() {
    for first in [0, 1] {
        let server = Server::new(move |asked| {
            // A service that counts from one takes nought for the first page.
            let page = asked.number("page").unwrap_or(first).max(first) - first;
            items(page, "name")
        })
        .await;
        let call = server.client.code().get_vcs_repository().page_size(3);
        server.lists(call, |repository| repository.name).await;
    }
}

#[tokio::test]
async fn pages_by_number_as_the_caller_counts() {
    let server =
        Server::new(|asked| items(asked.number("page").expect("a page") - 1, "name")).await;
    let body = code::types::SbomDependenciesRequest::new(code::types::SbomFilters::new());
    let call = server
        .client
        .code()
        .sbom_dependencies()
        .page(1)
        .limit(3)
        .body(body);
    server.lists(call, |dependency| dependency.name).await;
}

#[tokio::test]
async fn pages_by_number_up_to_the_last_that_the_answer_names() {
    let server = Server::new(|asked| {
        let page = asked.number("page").unwrap_or(0);
        json!({
            "reports": items(page, "reportId"), "currentPage": page, "totalPages": PAGES,
            "totalItems": 999,
        })
    })
    .await;
    server
        .lists(server.client.cspm().list_background_reports(), |report| {
            report.report_id
        })
        .await;
    assert_eq!(server.requests(), 10);
}

#[tokio::test]
async fn a_page_number_inside_the_body() {
    let server = Server::new(|asked| {
        let config = &asked.body["pageConfig"];
        assert_eq!(config["pageSize"], 100, "the same size on every page");
        items(config["page"].as_u64().expect("a page"), "name")
    })
    .await;
    let body = code::types::RepositoriesRepoRequestBody::new();
    let call = server.client.code().get_vcs_repository_page().body(body);
    let names = call.items().all().await.unwrap();
    assert_eq!(names.len() as u64, PAGES * SIZE);
}

#[tokio::test]
async fn search_after_where_the_answer_tells_it_and_offset_where_not() {
    for tells in [true, false] {
        let server = Server::new(move |asked| {
            let after = &asked.body["searchAfter"];
            let offset = match after[0].as_str() {
                Some(text) => text.parse().expect("a number"),
                None => asked.body["offset"].as_u64().unwrap_or(0),
            };
            let next = offset + SIZE;
            let more = next < PAGES * SIZE;
            let mut answer = json!({ "hasNext": more, "data": from(offset, "policy") });
            if tells && more {
                answer["searchAfter"] = json!([next.to_string(), "x"]);
            }
            answer
        })
        .await;
        let filters: code::types::GetPeriodicFindingsFilters =
            serde_json::from_value(json!({ "branch": "main" })).expect("filters");
        let body = code::types::GetPeriodicFindingsRequest::new(filters);
        let items = server
            .client
            .code()
            .get_periodic_findings()
            .body(body)
            .items()
            .all()
            .await
            .unwrap();
        assert_eq!(items.len() as u64, PAGES * SIZE, "{tells}");
        assert_eq!(server.requests(), 10, "{tells}");
    }
}
