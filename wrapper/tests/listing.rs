//! Long listings in simulated time: forty minutes with a token every ten.

mod common;

use std::time::Duration;

use common::{listing, seed};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant, TokenForm};

const PAGES: u64 = 800;
const PER_PAGE: u64 = 10;

async fn tenant(clock: &SimulatedClock, form: TokenForm) -> Tenant {
    Tenant::builder()
        .clock(clock)
        .latency(Duration::from_secs(3))
        .tokens(form)
        .alerts(PAGES * PER_PAGE)
        .start()
        .await
}

fn failures(tenant: &Tenant) -> usize {
    tenant.count_where(|record| record.status != Some(200))
}

#[tokio::test]
async fn forty_minutes_without_a_failed_call() {
    for form in [TokenForm::Jwt, TokenForm::Opaque] {
        let clock = SimulatedClock::new();
        let tenant = tenant(&clock, form).await;
        let client = tenant.client().build().unwrap();
        assert_eq!(listing(&client, PER_PAGE).await.unwrap(), PAGES * PER_PAGE);
        assert!(
            clock.elapsed() >= Duration::from_secs(2400),
            "{:?}",
            clock.elapsed()
        );
        assert_eq!(failures(&tenant), 0);
        assert_eq!(tenant.logins(), 1);
        assert!(
            (4..=7).contains(&tenant.extensions()),
            "{}",
            tenant.extensions()
        );
    }
}

#[tokio::test]
async fn every_token_revoked_at_a_random_moment() {
    let mut random = fastrand::Rng::with_seed(seed());
    let clock = SimulatedClock::new();
    let tenant = tenant(&clock, TokenForm::Jwt).await;
    let watch = clock.clone();
    let mut next = Duration::from_secs(random.u64(0..600));
    tenant.rule(move |record| {
        // At any call but a login, which the revocation could not touch.
        if watch.elapsed() < next || record.path == "/login" {
            return None;
        }
        next = watch.elapsed() + Duration::from_secs(random.u64(10..600));
        Some(Fault::revoke())
    });
    let client = tenant.client().jitter_seed(1).build().unwrap();
    assert_eq!(listing(&client, PER_PAGE).await.unwrap(), PAGES * PER_PAGE);
    assert!(tenant.logins() > 3, "{}", tenant.logins());
    // Each revocation is noticed by one call, refused once.
    let refused = tenant.count_where(|record| matches!(record.status, Some(401 | 403)));
    assert!(
        refused as u64 <= 2 * tenant.logins(),
        "{refused} {}",
        tenant.logins()
    );
}

#[tokio::test]
async fn each_tenth_answer_fails() {
    let clock = SimulatedClock::new();
    let tenant = tenant(&clock, TokenForm::Jwt).await;
    let mut count = 0u32;
    tenant.rule(move |_| {
        count += 1;
        count.is_multiple_of(10).then(|| match count / 10 % 6 {
            0 => Fault::too_many_requests(),
            1 => Fault::status(503).header("retry-after", "2"),
            2 => Fault::reset(),
            3 => Fault::html(200),
            4 => Fault::html(429),
            _ => Fault::status(502),
        })
    });
    let client = tenant.client().jitter_seed(seed()).build().unwrap();
    assert_eq!(listing(&client, PER_PAGE).await.unwrap(), PAGES * PER_PAGE);
    assert!(clock.elapsed() >= Duration::from_secs(2400));
    assert!(failures(&tenant) > 70);
}

#[tokio::test]
async fn the_wall_clock_an_hour_off() {
    for offset in [3600, -3600] {
        let clock = SimulatedClock::new();
        let tenant = tenant(&clock, TokenForm::Jwt).await;
        let client = tenant
            .client()
            .clock(clock.with_wall_offset(offset))
            .build()
            .unwrap();
        assert_eq!(listing(&client, PER_PAGE).await.unwrap(), PAGES * PER_PAGE);
        assert_eq!(failures(&tenant), 0, "{offset}");
        assert_eq!(tenant.logins(), 1, "{offset}");
    }
}
