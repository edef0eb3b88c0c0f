//! Listings: what servers do to them, and what becomes of it.

#[path = "common/alert_pages.rs"]
mod alert_pages;
mod common;

use std::collections::BTreeSet;

use alert_pages::{items, of, pages, requests, tenant};
use common::{settle, settle_until};
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::FilterModel;
use prisma_cloud::paging::{PagedExt, Position};
use prisma_cloud::testing::Fault;
use prisma_cloud::{ErrorKind, PrismaCloud};
use serde_json::json;

/// The ids of the alerts that `filter` lists, and the error at the end if there is one.
async fn list(
    client: &PrismaCloud,
    filter: FilterModel,
) -> (Vec<String>, Option<prisma_cloud::Error>) {
    let mut alerts = client.cspm().post_alerts_v2().body(filter).items();
    let mut ids = Vec::new();
    while let Some(alert) = alerts.next().await {
        match alert {
            Ok(alert) => ids.push(alert.id.expect("an id")),
            Err(error) => return (ids, Some(error)),
        }
    }
    (ids, None)
}

#[tokio::test]
async fn ten_pages_come_whole_and_in_order() {
    let (tenant, client) = tenant(95).await;
    let (ids, error) = list(&client, of(10)).await;
    assert!(error.is_none(), "{error:?}");
    let expected: Vec<String> = (0..95).map(|index| format!("P-{index}")).collect();
    assert_eq!(ids, expected);
    // Ten pages of data and the empty one that ends the listing.
    assert_eq!(requests(&tenant), 11);
}

#[tokio::test]
async fn pages_are_what_the_operation_answers() {
    let (_tenant, client) = tenant(25).await;
    let mut pages = client.cspm().post_alerts_v2().body(of(10)).pages();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert_eq!(page.total_rows, Some(25));
        sizes.push(page.items.map_or(0, |items| items.len()));
    }
    assert_eq!(sizes, [10, 10, 5, 0]);
    assert!(pages.position().is_none());
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn one_page_is_fetched_ahead_unless_it_is_turned_off() {
    for (ahead, expected) in [(true, 2), (false, 1)] {
        let (tenant, client) = tenant(100).await;
        let mut alerts = client
            .cspm()
            .post_alerts_v2()
            .body(of(10))
            .items()
            .prefetch(ahead);
        alerts.next().await.unwrap().unwrap();
        settle_until(|| requests(&tenant) >= expected).await;
        settle().await;
        assert_eq!(requests(&tenant), expected, "ahead: {ahead}");
    }
}

#[tokio::test]
async fn nothing_is_sent_before_the_first_page_is_wanted_or_after_the_stream_is_gone() {
    let (tenant, client) = tenant(100).await;
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    settle().await;
    assert_eq!(requests(&tenant), 0);
    alerts.next().await.unwrap().unwrap();
    drop(alerts);
    settle().await;
    // The page that was to be fetched ahead is not.
    assert_eq!(requests(&tenant), 1);
}

#[tokio::test]
async fn a_stream_outlives_the_client_that_it_came_from() {
    let (_tenant, client) = tenant(30).await;
    let alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    drop(client);
    let listed = tokio::spawn(alerts.all()).await.unwrap().unwrap();
    assert_eq!(listed.len(), 30);
}

#[tokio::test]
async fn the_first_page_by_get_and_the_others_by_post() {
    let (tenant, client) = tenant(35).await;
    let alerts = client
        .cspm()
        .get_alerts_v2()
        .time_type("relative")
        .time_amount("1")
        .time_unit("day")
        .detailed(false)
        .limit(10)
        .items();
    let ids: BTreeSet<String> = alerts
        .all()
        .await
        .unwrap()
        .into_iter()
        .filter_map(|alert| alert.id)
        .collect();
    assert_eq!(ids.len(), 35);
    let methods = tenant.count_where(|record| record.path == "/v2/alert" && record.method == "GET");
    assert_eq!(methods, 1);
}

#[tokio::test]
async fn a_token_of_43_kilobytes_travels_in_the_body() {
    let (tenant, client) = tenant(0).await;
    let long = "x".repeat(43_000);
    let expected = long.clone();
    pages(&tenant, move |token| match token {
        "" => json!({ "items": items(0, 2), "nextPageToken": long }),
        _ => json!({ "items": items(2, 3) }),
    });
    let (ids, error) = list(&client, of(2)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids, ["A-0", "A-1", "A-2"]);
    let last = tenant.recorded().pop().expect("a request");
    assert_eq!(last.query, None);
    assert!(String::from_utf8(last.body).unwrap().contains(&expected));
}

#[tokio::test]
async fn an_empty_page_in_the_middle_is_not_the_end() {
    let (tenant, client) = tenant(0).await;
    pages(&tenant, |token| match token {
        "" => json!({ "items": items(0, 2), "nextPageToken": "a", "totalRows": 4 }),
        "a" => json!({ "items": [], "nextPageToken": "b", "totalRows": 4 }),
        "b" => json!({ "items": null, "nextPageToken": "c", "totalRows": 4 }),
        _ => json!({ "items": items(2, 4), "totalRows": 4 }),
    });
    let (ids, error) = list(&client, of(2)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn a_token_on_the_last_page_ends_at_the_empty_one_after_it() {
    let (tenant, client) = tenant(0).await;
    pages(&tenant, |token| match token {
        "" => json!({ "items": items(0, 2), "nextPageToken": "a", "totalRows": 2 }),
        // An empty page that has a token too.
        _ => json!({ "items": [], "nextPageToken": "b", "totalRows": 2 }),
    });
    let (ids, error) = list(&client, of(2)).await;
    assert!(error.is_none(), "{error:?}");
    assert_eq!(ids.len(), 2);
    assert_eq!(requests(&tenant), 2);
}

#[tokio::test]
async fn a_wrong_total_neither_ends_a_listing_nor_keeps_it_going() {
    for total in [
        json!(0),
        json!(3),
        json!(1_000_000),
        json!(null),
        json!("many"),
    ] {
        let (tenant, client) = tenant(0).await;
        let wrong = total.clone();
        pages(&tenant, move |token| {
            let page: usize = token.parse().unwrap_or(0);
            match page {
                10 => json!({ "items": [], "totalRows": wrong }),
                page => json!({
                    "items": items(page * 3, page * 3 + 3),
                    "nextPageToken": (page + 1).to_string(),
                    "totalRows": wrong,
                }),
            }
        });
        let (ids, error) = list(&client, of(3)).await;
        assert!(error.is_none(), "{total}: {error:?}");
        assert_eq!(ids.len(), 30, "{total}");
    }
}

#[tokio::test]
async fn a_repeated_token_is_an_error_after_what_came() {
    let (tenant, client) = tenant(0).await;
    pages(&tenant, |token| match token {
        "" => json!({ "items": items(0, 2), "nextPageToken": "a" }),
        _ => json!({ "items": items(2, 4), "nextPageToken": "a" }),
    });
    let (ids, error) = list(&client, of(2)).await;
    let error = error.expect("an error");
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(error.to_string().contains("post_alerts_v2"), "{error}");
    assert_eq!(ids.len(), 4);
    assert_eq!(requests(&tenant), 2);
}

#[tokio::test]
async fn a_listing_goes_on_where_an_error_ended_it() {
    let (tenant, client) = tenant(100).await;
    let seen = std::sync::atomic::AtomicUsize::new(0);
    tenant.rule(move |record| {
        let nth = match record.path.as_str() {
            "/v2/alert" => seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst),
            _ => return None,
        };
        (nth == 4).then(|| Fault::status(400))
    });
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    let mut ids = Vec::new();
    let error = loop {
        match alerts.next().await.expect("an error before the end") {
            Ok(alert) => ids.push(alert.id.unwrap()),
            Err(error) => break error,
        }
    };
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    assert_eq!(ids.len(), 40);
    assert!(
        alerts.next().await.is_none(),
        "an error is the end of a stream"
    );

    // Kept as text, taken up by another client.
    let kept = alerts.position().expect("a position").to_string();
    let position: Position = kept.parse().unwrap();
    let other = tenant.client().build().unwrap();
    let rest = other
        .cspm()
        .post_alerts_v2()
        .body(of(10))
        .items()
        .starting_at(&position)
        .unwrap()
        .all()
        .await
        .unwrap();
    ids.extend(rest.into_iter().filter_map(|alert| alert.id));
    let expected: Vec<String> = (0..100).map(|index| format!("P-{index}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_position_points_at_an_item_in_the_middle_of_a_page() {
    let (_tenant, client) = tenant(30).await;
    let call = client.cspm().post_alerts_v2().body(of(10));
    for taken in 0..=30 {
        let mut alerts = call.clone().items();
        for _ in 0..taken {
            alerts.next().await.unwrap().unwrap();
        }
        let rest = match alerts.position() {
            Some(position) => call
                .clone()
                .items()
                .starting_at(&position)
                .unwrap()
                .all()
                .await
                .unwrap(),
            None => Vec::new(),
        };
        let ids: Vec<String> = rest.into_iter().filter_map(|alert| alert.id).collect();
        let expected: Vec<String> = (taken..30).map(|index| format!("P-{index}")).collect();
        assert_eq!(ids, expected, "after {taken}");
    }
}

#[tokio::test]
async fn a_position_of_another_listing_is_refused() {
    let (_tenant, client) = tenant(1).await;
    let position: Position = "1;search_config;0;start;".parse().unwrap();
    let error = client
        .cspm()
        .post_alerts_v2()
        .body(of(1))
        .items()
        .starting_at(&position)
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("search_config") && text.contains("post_alerts_v2"),
        "{text}"
    );
}

#[tokio::test]
async fn an_incomplete_call_is_the_first_element() {
    let (_tenant, client) = tenant(1).await;
    let mut alerts = client.cspm().post_alerts_v2().items();
    let error = alerts.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(alerts.next().await.is_none());
}

/// Of a listing by token, and of one that is counted: there a page that has been delivered says where it goes on.
#[tokio::test]
async fn a_position_is_given_back_as_it_was_before_anything_is_asked() {
    let (_tenant, client) = tenant(30).await;
    let counted = client.cspm().post_alerts().body(of(10));
    let by_token = client.cspm().post_alerts_v2().body(of(10));
    for taken in [1, 4, 10, 14] {
        let mut alerts = counted.clone().items();
        for _ in 0..taken {
            alerts.next().await.unwrap().unwrap();
        }
        let position = alerts.position().unwrap();
        // On a new stream, and on one that stands elsewhere.
        let fresh = counted.clone().items().starting_at(&position).unwrap();
        assert_eq!(fresh.position().unwrap(), position, "after {taken}");
        for _ in 0..3 {
            alerts.next().await.unwrap().unwrap();
        }
        let again = alerts.starting_at(&position).unwrap();
        assert_eq!(again.position().unwrap(), position, "after {taken}");
        let raw = again.raw();
        assert_eq!(raw.position().unwrap(), position, "after {taken}");
        let mut alerts = by_token.clone().items();
        for _ in 0..taken {
            alerts.next().await.unwrap().unwrap();
        }
        let position = alerts.position().unwrap();
        alerts.next().await.unwrap().unwrap();
        let again = alerts.starting_at(&position).unwrap();
        assert_eq!(again.position().unwrap(), position, "after {taken}");
    }
}

#[tokio::test]
async fn pages_refuse_a_position_within_a_page() {
    let (tenant, client) = tenant(30).await;
    let call = client.cspm().post_alerts_v2().body(of(10));
    let mut alerts = call.clone().items();
    for _ in 0..14 {
        alerts.next().await.unwrap().unwrap();
    }
    let position = alerts.position().unwrap();
    let sent = tenant.recorded().len();
    let refused = call.clone().pages().starting_at(&position).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidRequest);
    let text = refused.to_string();
    assert!(
        text.contains("4 elements") && text.contains("`items()`"),
        "{text}"
    );
    assert_eq!(tenant.recorded().len(), sent);
    // Between two pages it is the same place to both.
    let mut alerts = call.clone().items();
    for _ in 0..10 {
        alerts.next().await.unwrap().unwrap();
    }
    let position = alerts.position().unwrap();
    let mut pages = call.pages().starting_at(&position).unwrap();
    let page = pages.next().await.unwrap().unwrap();
    assert_eq!(page.items.unwrap()[0].id.as_deref(), Some("P-10"));
}
