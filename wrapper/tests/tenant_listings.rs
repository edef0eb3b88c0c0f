//! The tenant in a box ends every listing in `spec/pagination.json`, whatever groups are enabled.

mod common;

use common::visitor::Visitor;
use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{Extent, Operation, SampleRequest, operations};
use serde_json::{Value, json};

/// More than any listing of the tenant has pages.
const MOST_PAGES: usize = 30;

fn table() -> Value {
    serde_json::from_str(include_str!("../../spec/pagination.json")).unwrap()
}

fn operation(key: &str) -> &'static Operation {
    let mut all = operations().iter();
    all.find(|operation| operation.key() == key)
        .unwrap_or_else(|| panic!("{key} is no operation"))
}

/// The values at `place`: names with dots between them, `[]` for each element of a list.
fn values(answer: &Value, place: &str) -> Vec<Value> {
    let mut found = vec![answer.clone()];
    for name in place.split('.').filter(|name| !name.is_empty()) {
        found = match name {
            "[]" => found
                .into_iter()
                .flat_map(|value| value.as_array().cloned().unwrap_or_default())
                .collect(),
            name => found.into_iter().map(|value| value[name].clone()).collect(),
        };
    }
    found
}

/// Sets the value at `place` of a request.
fn set(sample: &mut SampleRequest, extra: &mut Vec<(String, String)>, place: &str, value: Value) {
    if let Some(name) = place.strip_prefix("query.") {
        extra.retain(|(known, _)| known != name);
        sample.parameters.retain(|parameter| parameter.name != name);
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        extra.push((name.to_owned(), text));
        return;
    }
    let mut at = sample.body.get_or_insert_with(|| json!({}));
    for name in place.strip_prefix("body.").unwrap().split('.') {
        at = &mut at[name];
    }
    *at = value;
}

/// How many pages the listing at `key` has, with pages of `size` items if that can be said.
async fn pages(
    visitor: &Visitor,
    listings: &Value,
    key: &str,
    size: Option<u64>,
) -> Result<usize, String> {
    let mut rules = &listings[key];
    let mut operation = operation(key);
    let mut page_at = "";
    let mut sample = operation.sample_request(Extent::Minimal, 1);
    let mut extra = Vec::new();
    if let (Some(place), Some(size)) = (rules["size"].as_str(), size) {
        set(&mut sample, &mut extra, place, size.into());
    }
    for (name, value) in rules["defaults"].as_object().into_iter().flatten() {
        set(
            &mut sample,
            &mut extra,
            &format!("body.{name}"),
            value.clone(),
        );
    }
    let then = rules["then"]["operation"].as_str();
    if let Some(other) = then {
        page_at = rules["then"]["page"].as_str().unwrap_or_default();
        rules = &listings[other];
    }
    let (mut place, mut before) = (rules["count"]["first"].as_u64().unwrap_or(0), Value::Null);
    for number in 1..=MOST_PAGES {
        let seen = visitor.send_with(operation, &sample, &extra).await;
        if !(200..300).contains(&seen.status) {
            return Err(format!("page {number}: {} {}", seen.status, seen.said()));
        }
        let answer = if seen.body.is_empty() {
            Value::Null
        } else {
            seen.json()
        };
        let page = page_at.to_owned();
        let within = |place: &Value| {
            values(
                &answer,
                &format!("{page}.{}", place.as_str().unwrap_or_default()),
            )
        };
        let items: usize = within(&rules["items"])
            .iter()
            .filter_map(Value::as_array)
            .map(Vec::len)
            .sum();
        let mut goes_on = false;
        let nexts = rules["next"].as_array().cloned().unwrap_or_default();
        let tokens: Vec<(Value, String)> = nexts
            .iter()
            .map(|next| {
                (
                    within(&next["answer"]).pop().unwrap_or_default(),
                    next["request"].as_str().unwrap().to_owned(),
                )
            })
            .collect();
        if let Some(other) = then.filter(|_| number == 1) {
            operation = self::operation(other);
            sample = operation.sample_request(Extent::Minimal, 1);
            extra.clear();
            page_at = "";
        }
        for (token, request) in tokens {
            if !token.is_null() && token != "" {
                goes_on = true;
                set(&mut sample, &mut extra, &request, token);
            }
        }
        // Nothing comes after an empty page, whatever token it has.
        if goes_on && items == 0 {
            return Ok(number);
        }
        if !goes_on && rules["count"].is_object() {
            let more = rules["more"]
                .as_str()
                .map(|_| within(&rules["more"]) == [json!(true)]);
            // Who counts pages from one answers page nought like page one.
            let may_repeat = number == 2 && rules["count"]["by"] == "pages" || size.is_none();
            if items > 0 && answer == before && !may_repeat {
                return Err(format!("page {number} is page {} again", number - 1));
            }
            goes_on = more.unwrap_or(items > 0 && (answer != before || may_repeat));
            place += if rules["count"]["by"] == "pages" {
                1
            } else {
                items as u64
            };
            set(
                &mut sample,
                &mut extra,
                rules["count"]["request"].as_str().unwrap(),
                place.into(),
            );
        }
        if !goes_on {
            return Ok(number);
        }
        before = answer;
    }
    Err(format!("no end after {MOST_PAGES} pages"))
}

#[tokio::test]
async fn every_listing_of_every_product_comes_to_its_end() {
    let tenant = Tenant::builder().alerts(7).start().await;
    let visitor = Visitor::new(&tenant);
    let table = table();
    let (mut walked, mut failed) = (0, Vec::new());
    for product in ["cspm", "code"] {
        let listings = &table[product]["listings"];
        for key in listings.as_object().unwrap().keys() {
            for size in [None, Some(1)] {
                walked += 1;
                if let Err(why) = pages(&visitor, listings, key, size).await {
                    failed.push(format!("{key} by {size:?}: {why}"));
                }
            }
        }
    }
    assert_eq!(failed, Vec::<String>::new());
    assert!(walked >= 2 * 69, "only {walked}");
}

/// What is sent comes back in answers, but not as the token of a page that there is not.
#[tokio::test]
async fn a_token_that_was_sent_is_not_given_back() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    let rules = visitor
        .post(
            "/license/api/v1/credit-allocation-rules",
            &json!({"pageToken": "sent", "limit": 5}),
        )
        .await
        .json();
    assert_eq!(rules.get("pageToken"), None, "{rules}");
    assert!(
        rules["rules"]
            .as_array()
            .is_some_and(|rules| !rules.is_empty())
    );
}

#[tokio::test]
async fn a_relative_time_range_over_nothing_is_refused() {
    let tenant = Tenant::start().await;
    let visitor = Visitor::new(&tenant);
    for (amount, status) in [(0, 400), (-1, 400), (1, 200)] {
        let range = json!({"type": "relative", "value": {"amount": amount, "unit": "day"}});
        let body = json!({"timeRange": range});
        assert_eq!(
            visitor.post("/v2/alert", &body).await.status,
            status,
            "{amount}"
        );
        let query = format!("/v2/inventory?timeType=relative&timeUnit=day&timeAmount={amount}");
        assert_eq!(visitor.get(&query).await.status, status, "{query}");
    }
}
