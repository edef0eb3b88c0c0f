//! Pages of alerts as servers send them.
#![allow(dead_code, reason = "no test needs all of it")]

use prisma_cloud::PrismaCloud;
use prisma_cloud::api::cspm::types::{AlertModel, FilterModel};
use prisma_cloud::paging::{PagedExt, Position};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use serde_json::{Value, json};

pub async fn tenant(alerts: u64) -> (Tenant, PrismaCloud) {
    // The published limits of the operation take simulated time, not ours.
    let clock = SimulatedClock::new();
    let tenant = Tenant::builder().clock(&clock).alerts(alerts).start().await;
    let client = tenant.client().build().unwrap();
    (tenant, client)
}

pub fn of(limit: i64) -> FilterModel {
    FilterModel::new().limit(limit)
}

pub fn requests(tenant: &Tenant) -> usize {
    tenant.count_where(|record| record.path == "/v2/alert")
}

/// Answers each request for alerts with the page that `page` makes from the token in it.
pub fn pages(tenant: &Tenant, page: impl Fn(&str) -> Value + Send + 'static) {
    tenant.rule(move |record| {
        if record.path != "/v2/alert" {
            return None;
        }
        let body: Value = serde_json::from_slice(&record.body).expect("JSON");
        let token = body["pageToken"].as_str().unwrap_or_default();
        Some(Fault::answer(
            200,
            "application/json",
            page(token).to_string(),
        ))
    });
}

pub fn items(from: usize, to: usize) -> Value {
    (from..to)
        .map(|index| json!({ "id": format!("A-{index}") }))
        .collect()
}

/// The ids of what `call` lists from `position` on.
pub async fn resumed<C>(call: &C, position: &Position) -> Vec<String>
where
    C: PagedExt<Item = AlertModel> + Clone,
{
    let items = call.clone().items().starting_at(position).unwrap();
    let rest = items.all().await.unwrap();
    rest.into_iter().filter_map(|alert| alert.id).collect()
}

/// Answers each request for alerts with `body`, the whole listing.
pub async fn one_page(body: &str) -> (Tenant, PrismaCloud) {
    let (tenant, client) = tenant(0).await;
    let body = body.to_owned();
    tenant.rule(move |record| {
        (record.path == "/v2/alert").then(|| Fault::answer(200, "application/json", body.clone()))
    });
    (tenant, client)
}
