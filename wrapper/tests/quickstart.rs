//! The first program, with what can go wrong in it.

#[allow(
    dead_code,
    reason = "its `main` reads the environment, which a test leaves alone"
)]
#[path = "../examples/quickstart.rs"]
mod quickstart;

use prisma_cloud::testing::Tenant;
use quickstart::{credentials, run};

fn given(url: &str, secret: &str) -> Option<[String; 3]> {
    Some([url.into(), "example-access-key".into(), secret.into()])
}

#[tokio::test]
async fn it_runs_in_a_box_and_against_a_tenant() {
    run(None).await.unwrap();
    let tenant = Tenant::builder().alerts(1_234).start().await;
    run(given(&tenant.url(), "example-secret-key"))
        .await
        .unwrap();
    assert_eq!(tenant.logins(), 1);
    assert_eq!(
        tenant.count("POST", "/v2/alert"),
        14,
        "13 pages with data and an empty one"
    );
    assert_eq!(tenant.count_where(|record| record.status != Some(200)), 0);
}

#[tokio::test]
async fn every_failure_is_one_sentence_that_says_what_to_do() {
    let tenant = Tenant::start().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let nobody = format!("http://127.0.0.1:{port}");
    for (url, secret, words) in [
        (tenant.url(), "wrong", "check the access key and its secret"),
        (
            "https://app.atlantis.prismacloud.io".into(),
            "any",
            "copy the address from the browser",
        ),
        (nobody, "any", "can be reached from this machine"),
    ] {
        let sentence = run(given(&url, secret)).await.unwrap_err();
        assert!(sentence.contains(words), "{sentence}");
        assert!(
            !sentence.contains('\n') && sentence.ends_with('.'),
            "{sentence}"
        );
    }
}

#[test]
fn half_of_the_variables_are_not_enough() {
    let some = || Some("x".to_owned());
    assert_eq!(credentials([None, None, Some(" ".into())]), Ok(None));
    assert!(credentials([some(), some(), some()]).unwrap().is_some());
    let sentence = credentials([some(), None, None]).unwrap_err();
    assert!(sentence.contains("PC_IDENTITY and PC_SECRET"), "{sentence}");
}
