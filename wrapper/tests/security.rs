//! Where credentials go, and where they never go.

mod common;

use common::repositories;
use prisma_cloud::testing::{Fault, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, PrismaCloud, Product};

const SECRET: &str = "S3cr3t/with+odd=characters&more";

async fn tenant() -> Tenant {
    Tenant::builder()
        .access_key("the-key-id", SECRET)
        .start()
        .await
}

/// The locations that a redirect may name: another host, another port, another scheme, relative to another host.
fn elsewhere(own: &str, other: &str) -> Vec<String> {
    let port = other.rsplit(':').next().unwrap();
    let own_port = own.rsplit(':').next().unwrap();
    vec![
        format!("http://127.0.0.1:{port}/other-port"),
        format!("http://localhost:{port}/other-host"),
        format!("//localhost:{port}/without-scheme"),
        format!("http://user@127.0.0.1:{port}/with-user"),
        format!("https://127.0.0.1:{own_port}/other-scheme"),
        format!("https://localhost:{port}/other-everything"),
        "/same-host".to_owned(),
    ]
}

#[tokio::test]
async fn no_redirect_carries_anything_elsewhere() {
    let other = Tenant::start().await;
    for status in [301, 302, 303, 307, 308] {
        let own = tenant().await;
        for location in elsewhere(&own.url(), &other.url()) {
            // The login itself is redirected.
            let client = own.client().build().unwrap();
            own.fail_next(Fault::redirect(status, &location));
            let error = repositories(&client).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
            // A call of each product is redirected.
            for (product, method, path) in [
                (Product::Code, Method::GET, "/code/api/v1/repositories"),
                (Product::Cspm, Method::GET, "/policy"),
                (Product::Cspm, Method::POST, "/policy"),
                (Product::Cspm, Method::DELETE, "/policy"),
            ] {
                repositories(&client).await.unwrap();
                own.fail_next(Fault::redirect(status, &location));
                let error = client
                    .raw(product, method, path)
                    .body("{}")
                    .send()
                    .await
                    .unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
                let shown = error.to_string();
                assert!(shown.contains("not followed"), "{shown}");
                for path in ["/other-", "/same-host", "/without-scheme", "/with-user"] {
                    assert!(!shown.contains(path), "{shown}");
                }
                assert_eq!(error.status().unwrap().as_u16(), status);
            }
        }
        assert_eq!(own.count("GET", "/same-host"), 0);
    }
    assert!(other.recorded().is_empty(), "{:?}", other.recorded());
}

#[tokio::test]
async fn a_redirected_extension_keeps_the_token_here() {
    use prisma_cloud::testing::SimulatedClock;

    let other = Tenant::start().await;
    let clock = SimulatedClock::new();
    let own = Tenant::builder().clock(&clock).start().await;
    let client = own.client().build().unwrap();
    repositories(&client).await.unwrap();
    clock.advance(std::time::Duration::from_secs(500));
    let location = format!("{}/auth_token/extend", other.url());
    own.rule(move |record| {
        (record.path == "/auth_token/extend").then(|| Fault::redirect(307, &location))
    });
    for _ in 0..3 {
        repositories(&client).await.unwrap();
        common::settle_until(|| own.count("GET", "/auth_token/extend") == 1).await;
    }
    assert!(other.recorded().is_empty());
}

#[tokio::test]
async fn a_builder_that_follows_redirects_is_stopped_from_it() {
    let (own, other) = (tenant().await, Tenant::start().await);
    let follows = || reqwest_builder().redirect(reqwest::redirect::Policy::limited(10));
    let client = own.client().http_client_builder(follows).build().unwrap();
    own.fail_next(Fault::redirect(307, &format!("{}/login", other.url())));
    assert_eq!(
        repositories(&client).await.unwrap_err().kind(),
        ErrorKind::Redirect
    );
    assert!(other.recorded().is_empty());
}

fn reqwest_builder() -> reqwest::ClientBuilder {
    #[cfg(feature = "rustls")]
    prisma_cloud::install_crypto_provider();
    reqwest::Client::builder()
}

#[tokio::test]
async fn look_alikes_receive_nothing() {
    let other = Tenant::start().await;
    let address = other
        .url()
        .strip_prefix("http://")
        .unwrap()
        .parse()
        .unwrap();
    for host in [
        "api.prismacloud.io.example.com",
        "evil-api.prismacloud.io",
        "api.prismacloud.io-evil.example",
        "api-prismacloud.io",
        "api.prismacl0ud.io",
        "app.xx.prismacloud.io",
        "evil.example",
    ] {
        // Should a request be sent to such a host after all, it arrives at the other server.
        let resolved = move || reqwest_builder().resolve(host, address);
        for url in [
            format!("http://{host}:{}", address.port()),
            format!("https://{host}"),
            host.to_owned(),
            format!("https://api.prismacloud.io@{host}"),
            format!("https://api.prismacloud.io\\@{host}"),
            format!("https://{host}#api.prismacloud.io"),
            format!("https://{host}/api.prismacloud.io"),
        ] {
            let error = build(&url, None, reqwest_builder).unwrap_err();
            assert!(error.is_config(), "{url}: {error}");
        }
        // Named deliberately, http is refused all the same.
        let plain = format!("http://{host}:{}", address.port());
        let error = PrismaCloud::builder()
            .custom_url(&plain)
            .access_key("the-key-id", SECRET)
            .http_client_builder(resolved)
            .build()
            .unwrap_err();
        assert!(error.to_string().contains("allow_plain_http"), "{error}");
    }
    assert!(other.recorded().is_empty());
}

fn build(
    url: &str,
    custom: Option<&str>,
    http: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
) -> Result<PrismaCloud, Error> {
    let builder = PrismaCloud::builder()
        .access_key("the-key-id", SECRET)
        .http_client_builder(http);
    match custom {
        Some(custom) => builder.custom_url(custom).build(),
        None => builder.url(url).build(),
    }
}

#[tokio::test]
async fn a_path_or_request_of_another_host_gets_no_token() {
    let (own, other) = (tenant().await, Tenant::start().await);
    let client = own.client().build().unwrap();
    repositories(&client).await.unwrap();
    let port = other.url().rsplit(':').next().unwrap().to_owned();
    for path in [
        other.url(),
        format!("@127.0.0.1:{port}/x"),
        format!(":{port}/x"),
        format!(".example:{port}/x"),
        "no-slash".to_owned(),
    ] {
        let error = client
            .raw(Product::Cspm, Method::GET, path)
            .send()
            .await
            .unwrap_err();
        assert!(error.is_config(), "{error}");
    }
    // A request made by hand and handed to the transport is held to the same.
    static OPERATION: prisma_cloud::api::Operation =
        prisma_cloud::api::Operation::undocumented(Product::Cspm);
    let request = reqwest::Request::new(Method::GET, other.url().parse().unwrap());
    let response = client
        .transport()
        .exchange(client.http_client(), request, &OPERATION)
        .await
        .unwrap();
    let error = response.extensions().get::<Error>().unwrap();
    assert!(error.is_config(), "{error}");
    assert!(other.recorded().is_empty());
}

#[tokio::test]
async fn each_product_has_its_header_and_no_other() {
    let own = tenant().await;
    let client = own.client().build().unwrap();
    repositories(&client).await.unwrap();
    client
        .raw(Product::Cspm, Method::GET, "/policy")
        .send()
        .await
        .unwrap();
    for record in own.recorded() {
        let headers = (
            record.headers.contains_key("x-redlock-auth"),
            record.headers.contains_key("authorization"),
        );
        let expected = match record.path.as_str() {
            "/login" => (false, false),
            "/policy" => (true, false),
            _ => (false, true),
        };
        assert_eq!(headers, expected, "{}", record.path);
        if record.path != "/login" {
            assert!(!record.text().contains(SECRET));
        }
        assert!(!record.headers.contains_key("referer"));
    }
    let token = own.tokens().remove(0);
    let code = own.recorded().pop().unwrap();
    assert_eq!(
        code.headers.get("x-redlock-auth").unwrap(),
        &*token,
        "no Bearer"
    );
}

#[tokio::test]
async fn an_explicit_proxy_is_used_with_its_credentials() {
    let proxy = Tenant::builder()
        .access_key("the-key-id", SECRET)
        .start()
        .await;
    let client = PrismaCloud::builder()
        .custom_url("http://prisma.invalid")
        .allow_plain_http_exposing_credentials()
        .access_key("the-key-id", SECRET)
        .proxy(proxy.url())
        .proxy_user("proxy-user", "proxy-password")
        .build()
        .unwrap();
    assert_eq!(repositories(&client).await.unwrap(), 6);
    for record in proxy.recorded() {
        // "proxy-user:proxy-password"
        assert_eq!(
            record.headers.get("proxy-authorization").unwrap(),
            "Basic cHJveHktdXNlcjpwcm94eS1wYXNzd29yZA=="
        );
    }
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let key = || PrismaCloud::builder().access_key("id", SECRET);
    for (what, result) in [
        ("no region", key().build()),
        ("no credentials", PrismaCloud::builder().url("app").build()),
        (
            "an empty id",
            PrismaCloud::builder()
                .url("app")
                .access_key(" ", SECRET)
                .build(),
        ),
        (
            "an empty secret",
            PrismaCloud::builder()
                .url("app")
                .access_key("id", "")
                .build(),
        ),
        (
            "an empty token",
            PrismaCloud::builder().url("app").token(" ").build(),
        ),
        (
            "a token with a line break",
            PrismaCloud::builder().url("app").token("a\nb").build(),
        ),
        ("no proxy", key().url("app").proxy("::no url::").build()),
        ("no CA", key().url("app").ca_bundle("nonsense").build()),
        (
            "no identity",
            key().url("app").client_identity(SECRET).build(),
        ),
        (
            "a user agent of two lines",
            key().url("app").user_agent("a\nb").build(),
        ),
    ] {
        let error = result.expect_err(what);
        assert!(error.is_config(), "{what}: {error}");
        assert!(!format!("{error} {error:?}").contains(SECRET), "{what}");
    }
    assert!(
        key()
            .url("app")
            .danger_accept_any_certificate()
            .build()
            .is_ok()
    );
}

#[tokio::test]
async fn nothing_that_a_service_sends_steers_a_terminal() {
    const ESCAPE: &str = "\u{1b}[31mred\u{7}\u{9b}2J \u{202e}dlrow\u{2066}\u{7f}\u{200b}";
    // In headers there is room for those that are no bytes below 32.
    const IN_HEADERS: &str = "\u{9b}2J \u{202e}dlrow\u{2066}\u{200b}";

    let own = tenant().await;
    let json = |name: &str| format!("{{\"{name}\":{}}}", serde_json::to_string(ESCAPE).unwrap());
    let entry = "[{\"i18nKey\":\"k\\u001b[31m\\u202e\\n\",\"subject\":\"s\\u009b2J\\u0007\"}]";
    for fault in [
        Fault::answer(400, "text/plain", ESCAPE),
        Fault::answer(400, "application/json", json("message")),
        Fault::answer(400, "application/json", json("code")),
        Fault::answer(400, "application/json", json("requestId")),
        Fault::answer(502, "text/html", format!("<html><title>{ESCAPE}</title>")),
        Fault::status(400).header("x-redlock-status", entry),
        Fault::status(400).header("x-redlock-request-id", IN_HEADERS),
        Fault::status(400).header("x-redlock-status", IN_HEADERS),
        Fault::status(400).header("via", IN_HEADERS),
        Fault::redirect(302, &format!("http://127.0.0.1/{IN_HEADERS}")),
        Fault::answer(200, "application/json", format!("\"{ESCAPE}\"")),
    ] {
        let client = own.client().no_retries().build().unwrap();
        repositories(&client).await.unwrap();
        own.fail_next(fault);
        let answer = client.raw(Product::Cspm, Method::GET, "/policy").send();
        let error = match answer.await {
            Ok(answer) => answer.json::<u32>().unwrap_err(),
            Err(error) => error,
        };
        let mut shown = format!("{error}|{error:?}|{:?}", error.entries());
        for (_, value) in error.headers() {
            shown += &String::from_utf8_lossy(value.as_bytes());
        }
        shown += &format!("{:?}", error.request_id());
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            shown += &format!("{error}|{error:?}");
            cause = error.source();
        }
        let steering = shown.find(|letter: char| {
            letter.is_control() || matches!(letter, '\u{200b}' | '\u{202e}' | '\u{2066}')
        });
        assert_eq!(steering, None, "{shown:?}");
    }
}
