//! The tenant on a port, as the README shows it.

mod common;

#[allow(
    dead_code,
    reason = "its `main` reads the command line, which a test leaves alone"
)]
#[path = "../examples/tenant.rs"]
mod example;

use common::visitor::Visitor;
use prisma_cloud::testing::Tenant;
use serde_json::{Value, json};

async fn start(words: &[&str]) -> Result<Option<(Tenant, String)>, String> {
    example::start(words.iter().map(|word| (*word).to_owned())).await
}

async fn running(words: &[&str]) -> Tenant {
    let (tenant, greeting) = start(words).await.expect("a tenant").expect("no help");
    assert!(greeting.contains(&tenant.url()), "{greeting}");
    tenant
}

/// Login, extension, listing, the fault twice, and nothing of a secret in what was recorded.
fn check(listing: &Value, statuses: &[&str], recorded: &Value) {
    let severities: Vec<&Value> = listing["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|alert| &alert["policy"]["severity"])
        .collect();
    assert_eq!(severities, ["high", "high"]);
    assert_eq!(statuses, ["503", "200"]);
    let operations: Vec<&Value> = recorded
        .as_array()
        .expect("requests")
        .iter()
        .map(|request| &request["operation"])
        .collect();
    let expected = [
        "app-login",
        "extend-session",
        "post-alerts-v2",
        "get-alert",
        "get-alert",
    ];
    assert_eq!(operations, expected);
    assert!(!recorded.to_string().contains("example-secret-key"));
}

/// The README's own steps, word for word; only the port is another.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn the_steps_of_the_readme_work_with_curl() {
    if std::process::Command::new("curl")
        .arg("--version")
        .output()
        .is_err()
    {
        assert!(std::env::var_os("CI").is_none(), "curl is missing");
        eprintln!("SKIPPED: curl is missing; the steps are tested with an HTTP client only");
        return;
    }
    let readme = include_str!("../../README.md");
    let (_, rest) = readme.split_once("<!-- curl: begin").expect("a beginning");
    let (steps, _) = rest.split_once("<!-- curl: end").expect("an end");
    let (_, steps) = steps.split_once("```sh\n").expect("a block");
    let steps = steps.trim_end().trim_end_matches("```");
    let tenant = running(&["--port", "0"]).await;
    assert!(
        steps.contains("http://127.0.0.1:8080"),
        "the port is replaced"
    );
    let steps = steps.replace("http://127.0.0.1:8080", &tenant.url());
    let done = std::process::Command::new("sh")
        .args(["-eu", "-c", &steps])
        .env("no_proxy", "127.0.0.1")
        .output()
        .expect("a shell");
    let said = String::from_utf8(done.stdout).expect("text");
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // Three JSON values and, between the last two, two numbers in lines of their own.
    let values: Vec<Value> = serde_json::Deserializer::from_str(&said)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap_or_else(|error| panic!("{error}: {said}"));
    let [listing, faults, first, second, recorded] = &values[..] else {
        panic!("five values are expected: {said}");
    };
    assert_eq!(faults, &json!({ "faults": 1 }));
    check(
        listing,
        &[&first.to_string(), &second.to_string()],
        recorded,
    );
}

#[tokio::test]
async fn the_steps_work_with_any_client() {
    let tenant = running(&["--port", "0", "--alerts", "50", "--seed", "7"]).await;
    let visitor = Visitor::with(&tenant, "");
    let key = json!({ "username": "example-access-key", "password": "example-secret-key" });
    let token = visitor.post("/login", &key).await.json()["token"].clone();
    let visitor = Visitor::with(&tenant, token.as_str().expect("a token"));
    let token = visitor.get("/auth_token/extend").await.json()["token"].clone();
    let visitor = Visitor::with(&tenant, token.as_str().expect("a token"));
    let filters = json!([{ "name": "policy.severity", "operator": "=", "value": "high" }]);
    let body = json!({ "limit": 2, "filters": filters });
    let listing = visitor.post("/v2/alert", &body).await.json();
    let rule = json!({ "on": "get-alert", "once": true, "fault": { "status": 503 } });
    visitor.post("/__tenant/faults", &rule).await;
    let first = visitor.get("/alert/P-1").await.status.to_string();
    let second = visitor.get("/alert/P-1").await.status.to_string();
    let recorded = visitor.get("/__tenant/requests").await.json();
    check(&listing, &[&first, &second], &recorded);
}

#[tokio::test]
async fn mistakes_on_the_command_line_are_named() {
    assert!(start(&["--help"]).await.expect("help").is_none());
    let taken = running(&["--port", "0"]).await;
    let port = taken.url().rsplit(':').next().expect("a port").to_owned();
    for (words, said) in [
        (&["--prot", "1"][..], "no option --prot"),
        (&["--port"], "--port needs a value"),
        (&["--port", "many"], "--port does not take this value"),
        (&["--port", &port], "another --port"),
    ] {
        let sentence = start(words).await.expect_err("a mistake");
        assert!(
            sentence.contains(said) && sentence.ends_with('.'),
            "{sentence}"
        );
    }
    let tenant = running(&[
        "--port",
        "0",
        "--secret-key",
        "s",
        "--opaque-tokens",
        "--published-limits",
    ])
    .await;
    let visitor = Visitor::with(&tenant, "");
    let key = json!({ "username": "example-access-key", "password": "s" });
    let token = visitor.post("/login", &key).await.json()["token"].clone();
    assert!(!token.as_str().expect("a token").contains('.'));
    let visitor = Visitor::with(&tenant, token.as_str().expect("a token"));
    let answer = visitor.get("/alert/P-1").await;
    assert_eq!(
        answer.header("x-ratelimit-replenish-rate").as_deref(),
        Some("5")
    );
}
