//! Tests of the grants.

use super::*;

fn credentials(grant: Grant) -> Credentials {
    Credentials {
        grant: Some(grant),
        ..Credentials::default()
    }
}

fn api_key() -> Credentials {
    credentials(Grant::ApiKey("k&y=1 +".into()))
}

fn request(credentials: &Credentials, part: Option<&Token>) -> (Request, String) {
    let endpoint = Endpoint::custom("https://iam.example", false).unwrap();
    let request = credentials.request(&endpoint, Asked::LogIn, part).unwrap();
    assert_eq!(request.url().as_str(), "https://iam.example/identity/token");
    assert_eq!(request.method(), Method::POST);
    assert_eq!(
        request.headers()["content-type"],
        "application/x-www-form-urlencoded"
    );
    let body = request.body().unwrap().as_bytes().unwrap().to_vec();
    (request, String::from_utf8(body).unwrap())
}

const COMMON: &str = "response_type=cloud_iam";

#[test]
fn every_grant_has_its_form() {
    const KEY: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aapikey";
    let (request_of_key, body) = request(&api_key(), None);
    assert_eq!(body, format!("{KEY}&{COMMON}&apikey=k%26y%3D1+%2B"));
    assert!(!request_of_key.headers().contains_key("authorization"));

    let mut with_client = credentials(Grant::Refresh);
    with_client.remember(|recent| recent.refresh = Some("r1".into()));
    with_client.client = Some(("bx".into(), "bx".into()));
    with_client.scope = Some("ibm openid".into());
    let (refresh, body) = request(&with_client, None);
    assert_eq!(
        body,
        format!("grant_type=refresh_token&{COMMON}&scope=ibm+openid&refresh_token=r1")
    );
    assert_eq!(refresh.headers()["authorization"], "Basic Yng6Yng=");
    assert!(refresh.headers()["authorization"].is_sensitive());

    const COMPUTE: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Acr-token";
    for (profile, field) in [
        (ComputeProfile::Id("p".into()), "profile_id=p"),
        (ComputeProfile::Name("p".into()), "profile_name=p"),
    ] {
        let token = crate::ibm::ComputeToken::Value("c".into());
        let (_, body) = request(&credentials(Grant::ComputeResource(token, profile)), None);
        assert_eq!(body, format!("{COMPUTE}&{COMMON}&cr_token=c&{field}"));
    }
}

#[test]
fn a_profile_takes_a_second_exchange() {
    const ASSUME: &str = "grant_type=urn%3Aibm%3Aparams%3Aoauth%3Agrant-type%3Aassume";
    let part = Token::with_scheme("Bearer ", &"mine".into()).unwrap();
    for (profile, fields) in [
        (TrustedProfile::Id("p".into()), "profile_id=p"),
        (TrustedProfile::Crn("crn:v1".into()), "profile_crn=crn%3Av1"),
        (
            TrustedProfile::Name {
                name: "n".into(),
                account: "a".into(),
            },
            "profile_name=n&account=a",
        ),
    ] {
        let mut source = api_key();
        source.profile = Some(profile);
        assert!(request(&source, None).1.contains("apikey"));
        let (_, body) = request(&source, Some(&part));
        assert_eq!(
            body,
            format!("{ASSUME}&{COMMON}&access_token=mine&{fields}")
        );
        let answer = br#"{"access_token":"t"}"#;
        let now = Instant::now();
        assert!(matches!(
            source.obtained(answer, now, None),
            Obtained::Partly(_)
        ));
        assert!(matches!(
            source.obtained(answer, now, Some(&part)),
            Obtained::Token(..)
        ));
        // A token that was given takes the place of the first exchange.
        source.grant = None;
        source.token = Some("mine".into());
        assert!(request(&source, None).1.contains("access_token=mine"));
        assert!(matches!(
            source.obtained(answer, now, None),
            Obtained::Token(..)
        ));
        assert!(source.given().is_none() && source.can_log_in());
    }
}

#[test]
fn the_life_is_what_the_server_says() {
    let now = Instant::now();
    for (answer, life, due, unusable) in [
        (
            r#"{"access_token":"t","expires_in":3600,"expiration":1}"#,
            3600,
            2880,
            3590,
        ),
        (
            r#"{"access_token":"t","expires_in":"1200"}"#,
            1200,
            960,
            1190,
        ),
        // {"iat":1000}
        (
            r#"{"access_token":"e30.eyJpYXQiOjEwMDB9.s","expiration":2800}"#,
            1800,
            1440,
            1790,
        ),
        // {"iat":1000,"exp":1900}
        (
            r#"{"access_token":"e30.eyJpYXQiOjEwMDAsImV4cCI6MTkwMH0.s"}"#,
            900,
            720,
            890,
        ),
        (
            r#"{"access_token":"t","expires_in":-1,"expiration":null}"#,
            600,
            480,
            590,
        ),
        (
            r#"{"access_token":"t","expires_in":99999999999}"#,
            600,
            480,
            590,
        ),
        (r#"{"access_token":"t","expires_in":10}"#, 10, 8, 5),
    ] {
        let Obtained::Token(Gain { lease, .. }) = api_key().obtained(answer.as_bytes(), now, None)
        else {
            panic!("{answer}");
        };
        assert_eq!(
            lease.unusable - now,
            Duration::from_secs(unusable),
            "{answer}"
        );
        assert_eq!(lease.due - now, Duration::from_secs(due), "{answer}");
        let pause = Duration::from_secs(life) / 20;
        assert_eq!(
            lease.pause_after_failure(),
            pause.min(Duration::from_secs(60))
        );
    }
}

#[test]
fn what_is_no_token_is_none() {
    for answer in [
        "",
        "[]",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":5}"#,
        r#"{"token":"x"}"#,
    ] {
        let obtained = api_key().obtained(answer.as_bytes(), Instant::now(), None);
        assert!(matches!(obtained, Obtained::Nothing), "{answer}");
    }
}

#[test]
fn a_new_refresh_token_takes_over_unless_it_is_none() {
    let source = credentials(Grant::Refresh);
    source.remember(|recent| recent.refresh = Some("r1".into()));
    for (answer, next) in [
        (r#"{"access_token":"t","refresh_token":"r2"}"#, "r2"),
        (
            r#"{"access_token":"t","refresh_token":"not_supported"}"#,
            "r2",
        ),
        (r#"{"access_token":"t"}"#, "r2"),
        (r#"{"access_token":"t","refresh_token":"r3"}"#, "r3"),
    ] {
        source.obtained(answer.as_bytes(), Instant::now(), None);
        let refresh = source.recent().refresh.unwrap();
        assert_eq!(refresh.expose_secret(), next, "{answer}");
    }
}

#[test]
fn the_account_is_in_the_token() {
    // {"account":{"bss":"0123abcd"}}
    let token = Token::new(&"e30.eyJhY2NvdW50Ijp7ImJzcyI6IjAxMjNhYmNkIn19.s".into()).unwrap();
    assert_eq!(account_of(&token).as_deref(), Some("0123abcd"));
    for other in ["opaque", "e30.e30.s"] {
        assert_eq!(account_of(&Token::new(&other.into()).unwrap()), None);
    }
}

#[test]
fn what_cannot_work_is_found_when_building() {
    for (change, word) in [
        ((|_| {}) as fn(&mut Credentials), "api_key"),
        (|c| c.grant = Some(Grant::ApiKey(" ".into())), "empty"),
        (|c| c.grant = Some(Grant::Refresh), "`client`"),
        (
            |c| {
                c.grant = Some(Grant::ApiKey("k".into()));
                c.client = Some(("a:b".into(), "s".into()));
            },
            "colon",
        ),
        (
            |c| {
                c.grant = Some(Grant::ApiKey("k".into()));
                c.client = Some(("a".into(), "".into()));
            },
            "client secret",
        ),
    ] {
        let mut credentials = Credentials::default();
        change(&mut credentials);
        let error = credentials.judge().unwrap_err();
        assert!(
            error.is_config() && error.to_string().contains(word),
            "{error}"
        );
    }
}

#[test]
fn a_file_with_the_token_is_read_at_every_login() {
    let path = std::env::temp_dir().join(format!("prisma-cloud-compute-{}", std::process::id()));
    let source = credentials(Grant::ComputeResource(
        crate::ibm::ComputeToken::File(path.clone()),
        ComputeProfile::Name("p".into()),
    ));
    for token in ["first", "second"] {
        std::fs::write(&path, format!("{token}\n")).unwrap();
        assert!(
            request(&source, None)
                .1
                .contains(&format!("cr_token={token}&"))
        );
    }
    std::fs::remove_file(&path).unwrap();
    let endpoint = Endpoint::custom("https://iam.example", false).unwrap();
    let error = source
        .request(&endpoint, Asked::LogIn, None)
        .unwrap_err()
        .to_string();
    assert!(error.contains(&path.display().to_string()), "{error}");
}

#[test]
fn no_secret_is_shown() {
    let mut source = api_key();
    source.client = Some(("id".into(), "c-secret".into()));
    source.token = Some("a-token".into());
    let shown = format!(
        "{source:?} {:?}",
        crate::ibm::ComputeToken::Value("compute".into())
    );
    for secret in ["k&y", "c-secret", "a-token", "compute\""] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
