//! The same work over many tenants.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{CredentialLoader, Error, PrismaCloud, TenantError, Tenants};

async fn boxes(count: u64) -> Vec<Tenant> {
    let mut boxes = Vec::new();
    for index in 0..count {
        let name = format!("tenant {index}");
        boxes.push(
            Tenant::builder()
                .customer(&name, &index.to_string())
                .start()
                .await,
        );
    }
    boxes
}

fn tenants(boxes: &[Tenant]) -> Tenants {
    let clients = boxes.iter().map(|tenant| tenant.client().build().unwrap());
    Tenants::new(
        clients
            .enumerate()
            .map(|(index, client)| (format!("t{index}"), client)),
    )
}

#[tokio::test]
async fn one_failing_and_one_panicking_tenant_do_not_end_the_others() {
    let boxes = boxes(5).await;
    boxes[1].rule(|_| Some(Fault::status(403)));
    let results = tenants(&boxes)
        .each(async |client: PrismaCloud| {
            let id = client.prisma_id().await?;
            assert_ne!(id, "3", "no luck with this one");
            Ok::<_, Error>(id)
        })
        .await;
    let names: Vec<&str> = results.iter().map(|one| one.tenant.as_str()).collect();
    assert_eq!(names, ["t0", "t1", "t2", "t3", "t4"]);
    for (index, of_tenant) in results.iter().enumerate() {
        match (index, &of_tenant.result) {
            (1, Err(TenantError::Failed(error))) => assert!(error.is_forbidden(), "{error}"),
            (3, Err(error @ TenantError::Panicked(message))) => {
                assert!(message.contains("no luck with this one"), "{message}");
                assert!(error.to_string().starts_with("the work panicked: "));
            }
            (_, Ok(id)) => assert_eq!(*id, index.to_string()),
            (_, Err(error)) => panic!("{index}: {error}"),
        }
    }
}

#[tokio::test]
async fn work_that_panics_before_it_has_a_future_is_caught_too() {
    let boxes = boxes(2).await;
    let count = AtomicUsize::new(0);
    let results = tenants(&boxes)
        .each(|_| {
            assert!(count.fetch_add(1, Ordering::SeqCst) > 0, "the first one");
            async { Ok::<_, Error>(()) }
        })
        .await;
    assert!(matches!(results[0].result, Err(TenantError::Panicked(_))));
    assert!(results[1].result.is_ok());
}

#[tokio::test]
async fn no_more_tenants_are_worked_on_at_once_than_allowed() {
    let boxes = boxes(1).await;
    let client = boxes[0].client().build().unwrap();
    for (limit, expected) in [(1, 1), (3, 3), (0, 1), (100, 12)] {
        let many = Tenants::new((0..12).map(|_| ("same", client.clone()))).concurrency(limit);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let results = many
            .each(async |_| {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                for _ in 0..100 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Error>(())
            })
            .await;
        assert_eq!(most.load(Ordering::SeqCst), expected, "limit {limit}");
        assert_eq!(results[2].tenant, "same (3)");
        assert_eq!(many.names().count(), 12);
    }
}

#[tokio::test]
async fn results_come_as_soon_as_they_are_there() {
    let boxes = boxes(3).await;
    let tenants = tenants(&boxes).concurrency(3);
    let gate = tokio::sync::Notify::new();
    let (client, gate) = (tenants.get("t0").unwrap().base_url().to_owned(), &gate);
    let mut results = Box::pin(tenants.stream(move |other| {
        let waits = other.base_url() == client;
        async move {
            if waits {
                gate.notified().await;
            }
            Ok::<_, Error>(())
        }
    }));
    let mut first = [
        results.next().await.unwrap().tenant,
        results.next().await.unwrap().tenant,
    ];
    first.sort();
    assert_eq!(first, ["t1", "t2"]);
    gate.notify_one();
    assert_eq!(results.next().await.unwrap().tenant, "t0");
    assert!(results.next().await.is_none());
}

#[tokio::test]
async fn the_work_can_run_in_a_task_of_its_own() {
    let boxes = boxes(2).await;
    let tenants = tenants(&boxes);
    let task = tokio::spawn(async move {
        let work = |client: PrismaCloud| async move { client.prisma_id().await };
        tenants.each(work).await.len()
    });
    assert_eq!(task.await.unwrap(), 2);
}

#[tokio::test]
async fn clients_come_from_a_file_and_a_bad_profile_is_an_error_of_its_tenant() {
    let boxes = boxes(2).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants.json");
    let profile = |name: &str, url: &str, secret: &str| {
        format!(
            r#"{{"name": "{name}", "url": "{url}", "identity": "example-access-key", "secret": "{secret}"}}"#
        )
    };
    let text = format!(
        "[{}, {}, {}, {}]",
        profile("one", &boxes[0].url(), "example-secret-key"),
        profile("two", "https://elsewhere.example", "example-secret-key"),
        profile("three", &boxes[1].url(), "wrong-secret-key"),
        r#"{"url": "app"}"#,
    );
    std::fs::write(&path, text).unwrap();
    let loader = CredentialLoader::file(&path).allow_readable_by_others();
    let profiles = loader.load_all().unwrap();
    let tenants = Tenants::from_profiles(&profiles);
    assert_eq!(
        tenants.names().collect::<Vec<_>>(),
        ["one", "two", "three", "tenant 4"]
    );
    assert!(tenants.get("one").is_some() && tenants.get("two").is_none());
    let work = |client: PrismaCloud| async move { client.prisma_id().await };
    let results = tenants.each(work).await;
    assert_eq!(results[0].result.as_ref().unwrap(), "0");
    let text = |index: usize| results[index].result.as_ref().unwrap_err().to_string();
    assert!(matches!(results[1].result, Err(TenantError::NoClient(_))));
    assert!(
        text(1).contains("profile 2 of 4") && text(1).contains("elsewhere.example"),
        "{}",
        text(1)
    );
    assert!(matches!(results[2].result, Err(TenantError::Failed(_))));
    assert!(
        text(3).contains("profile 4 of 4: no credentials"),
        "{}",
        text(3)
    );
    for of_tenant in &results {
        let shown = format!("{of_tenant:?} {profiles:?} {tenants:?}");
        assert!(!shown.contains("secret-key"), "{shown}");
    }
}
