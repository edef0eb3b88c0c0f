//! Items of a page: read one by one, delivered raw, and what is none.

#[path = "common/alert_pages.rs"]
mod alert_pages;

use alert_pages::{items, of, one_page, pages, requests, resumed, tenant};
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::FilterModel;
use prisma_cloud::paging::PagedExt;
use prisma_cloud::testing::Fault;
use prisma_cloud::{ErrorKind, Method, Product};
use serde_json::{Value, json};

#[tokio::test]
async fn a_circle_is_found_though_the_rest_is_taken_raw() {
    let (tenant, client) = tenant(0).await;
    pages(
        &tenant,
        |_| json!({ "items": items(0, 2), "totalRows": 100, "nextPageToken": "again" }),
    );
    let mut alerts = client.cspm().post_alerts_v2().body(of(2)).items();
    for _ in 0..3 {
        alerts.next().await.unwrap().unwrap();
    }
    let mut raw = alerts.raw();
    let last = raw.next().await.unwrap().unwrap();
    assert_eq!(last.as_bytes(), br#"{"id":"A-1"}"#);
    let error = raw.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(raw.next().await.is_none());
    assert!(raw.position().is_none(), "there is nowhere to go on");
}

#[tokio::test]
async fn what_cannot_be_read_comes_after_what_can() {
    let (_tenant, client) =
        one_page(r#"{"items":[{"id":"A-0"},{"id":tru},{"id":"A-2"}],"totalRows":3}"#).await;
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    let first = alerts.next().await.unwrap().unwrap();
    assert_eq!(first.id.as_deref(), Some("A-0"));
    let error = alerts.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(&error.body()[..], br#"{"id":tru}"#);
    assert!(alerts.next().await.is_none(), "an error is the end");
    let position = alerts.position().expect("the place of what cannot be read");
    assert_eq!(position.skip(), 1);
    // As the error advises.
    assert!(error.to_string().contains("`raw()`"), "{error}");
    let raw = alerts.raw().all().await.unwrap();
    let texts: Vec<&[u8]> = raw.iter().map(AsRef::as_ref).collect();
    assert_eq!(texts, [&br#"{"id":tru}"#[..], br#"{"id":"A-2"}"#]);
}

#[tokio::test]
async fn a_value_that_cannot_be_read_costs_itself_alone() {
    let deep = "[".repeat(200) + &"]".repeat(200);
    for odd in [
        r#""half \ud800""#,
        "1e400",
        "\"bell \u{7}\"",
        "\"two\nlines\"",
        "NaN",
        &deep,
    ] {
        let item = format!(r#"{{"id":"A-1","policyId":{odd},"reason":"known"}}"#);
        let page = format!(
            r#"{{"items":[{{"id":"A-0"}},{item},{{"id":"A-2"}}],"totalRows":3,"more":{odd}}}"#
        );
        let (_tenant, client) = one_page(&page).await;
        let call = client.cspm().post_alerts_v2().body(of(10));
        let typed = call.clone().items().all().await.unwrap();
        let paged = call.clone().pages().next().await.unwrap().unwrap();
        let single = call.clone().send().await.unwrap().into_inner();
        for alerts in [typed, paged.items.unwrap(), single.items.unwrap()] {
            let ids: Vec<_> = alerts.iter().map(|alert| alert.id.as_deref()).collect();
            assert_eq!(ids, [Some("A-0"), Some("A-1"), Some("A-2")], "{odd}");
            assert_eq!(alerts[1].policy_id, None, "{odd}");
            assert_eq!(alerts[1].reason.as_deref(), Some("known"), "{odd}");
        }
        let raw = call.items().raw().all().await.unwrap();
        assert_eq!(raw[1].as_bytes(), item.as_bytes(), "as it was sent");
    }
}

#[tokio::test]
async fn counted_listings_bear_values_that_cannot_be_read() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let body = r#"[{"id":"A-0","reason":"\udfff"},{"id":"A-1"}]"#;
        (record.path == "/alert").then(|| Fault::answer(200, "application/json", body))
    });
    let call = client.cspm().post_alerts().body(FilterModel::new());
    let ids: Vec<_> = call.items().all().await.unwrap();
    let ids: Vec<_> = ids.iter().map(|alert| alert.id.as_deref()).collect();
    assert_eq!(ids, [Some("A-0"), Some("A-1")]);
}

#[tokio::test]
async fn a_page_that_comes_in_another_shape_is_understood() {
    for (page, expected) in [
        (r#"[{"id":"A-0"},{"id":"A-1"}]"#, &["A-0", "A-1"][..]),
        (" [ { \"id\" : \"A-0\" } ] ", &["A-0"]),
        (
            r#"[{"items":[{"id":"A-0"},{"id":"A-1"}]}]"#,
            &["A-0", "A-1"],
        ),
        ("\u{feff}{\"items\":[{\"id\":\"A-0\"}]}", &["A-0"]),
        ("\u{feff}[{\"id\":\"A-0\"}]", &["A-0"]),
        ("[]", &[]),
        ("null", &[]),
        (r#"{"items":null}"#, &[]),
        (r#"{"items":[[{"id":"A-0"}]]}"#, &["A-0"]),
    ] {
        let (_tenant, client) = one_page(page).await;
        let call = client.cspm().post_alerts_v2().body(of(10));
        let alerts = call.clone().items().all().await.unwrap();
        let ids: Vec<_> = alerts
            .iter()
            .filter_map(|alert| alert.id.as_deref())
            .collect();
        assert_eq!(ids, expected, "{page}");
        let pages = call.clone().pages().next().await.unwrap().unwrap();
        assert_eq!(
            pages.items.unwrap_or_default().len(),
            expected.len(),
            "{page}"
        );
        let raw = call.items().raw().all().await.unwrap();
        assert_eq!(raw.len(), expected.len(), "{page}");
    }
    // What says nothing of items is no page.
    for page in ["5", "\"text\"", "[1"] {
        let (_tenant, client) = one_page(page).await;
        let call = client.cspm().post_alerts_v2().body(of(10));
        let error = call.items().all().await.unwrap_err();
        assert!(error.is_decode(), "{page}: {error}");
    }
}

#[tokio::test]
async fn data_that_is_called_a_page_for_people_is_data() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let body = "\u{feff}\r\n{\"items\":[{\"id\":\"A-0\"}]}";
        let page = "<div>Sign in</div>";
        match &record.path[..] {
            "/v2/alert" => Some(Fault::answer(200, "text/html; charset=utf-8", body)),
            "/alert" => Some(Fault::answer(200, "text/html", page)),
            _ => None,
        }
    });
    let call = client.cspm().post_alerts_v2().body(of(10));
    assert_eq!(call.clone().items().all().await.unwrap().len(), 1);
    assert_eq!(call.send().await.unwrap().items.as_ref().unwrap().len(), 1);
    let call = client.raw(Product::Cspm, Method::POST, "/v2/alert");
    let answer = call.only_reads().json(&json!({})).send().await.unwrap();
    assert_eq!(&answer.body[..3], b"\xef\xbb\xbf", "as it was sent");
    assert_eq!(answer.json::<Value>().unwrap()["items"][0]["id"], "A-0");
    let call = client.cspm().post_alerts().body(FilterModel::new());
    let error: prisma_cloud::Error = call.send().await.unwrap_err().into();
    assert!(error.is_unexpected_page(), "{error}");
}

#[tokio::test]
async fn what_is_no_item_is_left_out_and_shifts_no_position() {
    let (_tenant, client) = one_page(r#"{"items":[null,{"id":"A-0"},5,{"id":"A-1"},null]}"#).await;
    let call = client.cspm().post_alerts_v2().body(of(10));
    let all = call.clone().items().all().await.unwrap();
    let ids: Vec<_> = all.into_iter().filter_map(|alert| alert.id).collect();
    assert_eq!(ids, ["A-0", "A-1"]);

    let mut alerts = call.clone().items();
    alerts.next().await.unwrap().unwrap();
    let position = alerts.position().unwrap();
    assert_eq!(resumed(&call, &position).await, ["A-1"]);

    // What is no alert may be what the caller is after.
    let raw = call.items().raw().all().await.unwrap();
    let texts: Vec<&[u8]> = raw.iter().map(AsRef::as_ref).collect();
    assert_eq!(texts, [&br#"{"id":"A-0"}"#[..], b"5", br#"{"id":"A-1"}"#]);
}

#[tokio::test]
async fn counted_listings_have_the_same_positions_in_each_way() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let body = r#"[null,{"id":"A-0"},5,{"id":"A-1"},{"id":"A-2"}]"#;
        (record.path == "/alert").then(|| Fault::answer(200, "application/json", body))
    });
    let call = client.cspm().post_alerts().body(FilterModel::new());
    let mut alerts = call.clone().items();
    let first = alerts.next().await.unwrap().unwrap();
    assert_eq!(first.id.as_deref(), Some("A-0"));
    let position = alerts.position().unwrap();
    assert_eq!(position.skip(), 2);
    let expected = [&b"5"[..], br#"{"id":"A-1"}"#, br#"{"id":"A-2"}"#];
    let from_there = call.clone().items().raw().starting_at(&position).unwrap();
    for rest in [alerts.raw(), from_there] {
        let raw = rest.all().await.unwrap();
        assert_eq!(
            raw.iter().map(AsRef::as_ref).collect::<Vec<&[u8]>>(),
            expected
        );
    }
    let mut raw = call.clone().items().raw();
    raw.next().await.unwrap().unwrap();
    let position = raw.position().unwrap();
    assert_eq!(resumed(&call, &position).await, ["A-1", "A-2"]);
}

#[tokio::test]
async fn a_service_that_knows_no_pages_answers_one() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let body = items(0, 3).to_string();
        (record.path == "/alert").then(|| Fault::answer(200, "application/json", body))
    });
    let call = client.cspm().post_alerts().body(FilterModel::new());
    assert_eq!(call.clone().items().all().await.unwrap().len(), 3);
    assert_eq!(call.clone().items().raw().all().await.unwrap().len(), 3);
    let mut pages = call.clone().pages();
    assert!(pages.next().await.unwrap().is_ok());
    assert!(pages.next().await.is_none());
    // Nor is it answered again to whoever goes on after it.
    let mut alerts = call.clone().items();
    for _ in 0..3 {
        alerts.next().await.unwrap().unwrap();
    }
    let position = alerts.position().unwrap();
    assert!(resumed(&call, &position).await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_delivered_raw_by_counted_listings_too() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        let body = r#"[{"id":"A-0"},{"id":tru}]"#;
        (record.path == "/alert").then(|| Fault::answer(200, "application/json", body))
    });
    let call = client.cspm().post_alerts().body(FilterModel::new());
    assert_eq!(call.clone().items().raw().all().await.unwrap().len(), 2);
    let mut alerts = call.items();
    alerts.next().await.unwrap().unwrap();
    alerts.next().await.unwrap().unwrap_err();
}

#[tokio::test]
async fn offsets_count_what_the_service_counts() {
    let (tenant, client) = tenant(0).await;
    tenant.rule(|record| {
        if record.path != "/alert" {
            return None;
        }
        let body: Value = serde_json::from_slice(&record.body).expect("JSON");
        let offset = body["offset"].as_u64().unwrap_or(0) as usize;
        let all = json!([null, { "id": "A-0" }, { "id": "A-1" }, { "id": "A-2" }, null]);
        let last = (offset + 2).min(5);
        let page = json!(all.as_array().unwrap()[offset.min(last)..last]);
        Some(Fault::answer(200, "application/json", page.to_string()))
    });
    let call = client.cspm().post_alerts().body(of(2));
    let all = call.items().all().await.unwrap();
    let ids: Vec<_> = all.into_iter().filter_map(|alert| alert.id).collect();
    assert_eq!(ids, ["A-0", "A-1", "A-2"]);
}

/// Others have their turn while a page is read, and the next page is under way before this one is used up.
#[tokio::test]
async fn a_page_keeps_nobody_waiting() {
    let (tenant, client) = tenant(20_000).await;
    let mut alerts = client.cspm().post_alerts_v2().body(of(10_000)).items();
    alerts.next().await.unwrap().unwrap();
    let mut taken = 1;
    while requests(&tenant) < 2 {
        assert!(taken < 10_000, "the page came to its end first");
        alerts.next().await.unwrap().unwrap();
        taken += 1;
    }
}

#[tokio::test]
async fn pages_of_nulls_are_empty() {
    let (tenant, client) = tenant(0).await;
    let mut next = 0;
    tenant.rule(move |record| {
        next += 1;
        let body = format!(r#"{{"items":[null],"nextPageToken":"{next}"}}"#);
        (record.path == "/v2/alert").then(|| Fault::answer(200, "application/json", body))
    });
    let call = client.cspm().post_alerts_v2().body(of(10));
    assert!(call.clone().items().next().await.is_none());
    assert!(call.items().raw().next().await.is_none());
}

#[tokio::test]
async fn a_stream_that_failed_can_be_started_again() {
    let (tenant, client) = tenant(30).await;
    let mut requests = 0;
    tenant.rule(move |record| {
        requests += u32::from(record.path == "/v2/alert");
        (requests == 2).then(|| Fault::status(400))
    });
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    let mut ids = Vec::new();
    for round in 0..2 {
        while let Some(alert) = alerts.next().await {
            match alert {
                Ok(alert) => ids.push(alert.id.unwrap()),
                Err(error) => assert_eq!((round, error.kind()), (0, ErrorKind::InvalidRequest)),
            }
        }
        if let Some(position) = alerts.position() {
            alerts = alerts.starting_at(&position).unwrap();
        }
    }
    let expected: Vec<String> = (0..30).map(|index| format!("P-{index}")).collect();
    assert_eq!(ids, expected);
    // And in the midst of a page.
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    alerts.next().await.unwrap().unwrap();
    let position = alerts.position().unwrap();
    for _ in 0..12 {
        alerts.next().await.unwrap().unwrap();
    }
    let rest = alerts.starting_at(&position).unwrap().all().await.unwrap();
    assert_eq!(rest.len(), 29);
}

#[tokio::test]
async fn what_cannot_be_told_apart_is_not_delivered_raw() {
    let body = r#"{"items":[{"id":"A-0"}],"items":[{"id":"A-1"},{"id":"A-2"}]}"#;
    let (_tenant, client) = one_page(body).await;
    let call = client.cspm().post_alerts_v2().body(of(10));
    let error = call
        .clone()
        .items()
        .raw()
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    // In the midst of such a page the rest of it is not lost.
    let mut alerts = call.clone().items();
    alerts.next().await.unwrap().unwrap();
    let mut raw = alerts.raw();
    raw.next().await.unwrap().unwrap_err();
    assert!(raw.next().await.is_none());
    let position = raw.position().unwrap();
    assert_eq!(resumed(&call, &position).await, ["A-2"]);
}

#[tokio::test]
async fn lists_that_are_none_are_read_as_tolerantly_as_with_the_page() {
    for (body, ids) in [
        (r#"{"items":{"id":"A-0"}}"#, &["A-0"][..]),
        (r#"{"items":null}"#, &[]),
        ("{}", &[]),
        // The second one counts.
        (
            r#"{"items":[{"id":"A-0"}],"items":[{"id":"A-1"}]}"#,
            &["A-1"],
        ),
        ("{\"it\\u0065ms\": [ {\"id\" : \"A-0\"} ] }", &["A-0"]),
    ] {
        let (_tenant, client) = one_page(body).await;
        let call = client.cspm().post_alerts_v2().body(of(10));
        let mut of_pages = Vec::new();
        let mut pages = call.clone().pages();
        while let Some(page) = pages.next().await {
            of_pages.extend(page.unwrap().items.unwrap_or_default());
        }
        let all = call.items().all().await.unwrap();
        assert_eq!(all, of_pages, "{body}");
        let found: Vec<_> = all.into_iter().filter_map(|alert| alert.id).collect();
        assert_eq!(found, ids, "{body}");
    }
}

#[tokio::test]
async fn a_page_that_is_none_is_an_error_in_each_way() {
    for body in [
        "[",
        "5",
        r#"{"items":[{"id":"A-0"}"#,
        r#"{"items":[{"id":"A-0"}]]"#,
    ] {
        let (_tenant, client) = one_page(body).await;
        let call = client.cspm().post_alerts_v2().body(of(10));
        let error = call.clone().items().next().await.unwrap().unwrap_err();
        let raw = call.items().raw().next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
        assert_eq!(error.to_string(), raw.to_string());
        assert_eq!(error.body(), raw.body());
    }
}

#[tokio::test]
async fn raw_items_are_what_the_service_sent() {
    let sent = [
        "{ \"id\" : \"A-0\" ,\n \"unheard\":[1e400,\"\\u00fc\"] }",
        r#"{"id":7,"status":["odd"]}"#,
    ];
    let (_tenant, client) =
        one_page(&format!("{{\"items\": [ {} , {} ] }}", sent[0], sent[1])).await;
    let call = client.cspm().post_alerts_v2().body(of(10));
    let raw = call.items().raw().all().await.unwrap();
    let texts: Vec<&[u8]> = raw.iter().map(|item| item.as_bytes()).collect();
    assert_eq!(texts, sent.map(str::as_bytes));
    assert_eq!(raw[1].read::<Value>().unwrap()["status"][0], "odd");
}

#[tokio::test]
async fn a_listing_goes_on_raw_where_it_stands() {
    let (tenant, client) = tenant(30).await;
    let mut before = 0;
    for taken in [0, 1, 9, 10, 11, 29, 30] {
        let call = client.cspm().post_alerts_v2().body(of(10));
        let mut alerts = call.items();
        for _ in 0..taken {
            alerts.next().await.unwrap().unwrap();
        }
        let mut raw = alerts.raw();
        let mut ids = Vec::new();
        while let Some(alert) = raw.next().await {
            ids.push(alert.unwrap().read::<Value>().unwrap()["id"].clone());
        }
        let expected: Vec<Value> = (taken..30).map(|n| json!(format!("P-{n}"))).collect();
        assert_eq!(ids, expected, "after {taken}");
        // No page is asked for twice: three, and the empty one.
        assert_eq!(requests(&tenant) - before, 4, "after {taken}");
        before = requests(&tenant);
    }
    // An error stays the end.
    tenant.rule(|record| (record.path == "/v2/alert").then(|| Fault::status(400)));
    let mut alerts = client.cspm().post_alerts_v2().body(of(10)).items();
    alerts.next().await.unwrap().unwrap_err();
    assert!(alerts.raw().next().await.is_none());
}
