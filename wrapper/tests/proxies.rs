//! A proxy in between, and certificates that are wrong: tried once, and named.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use common::repositories;
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Builder, Error, ErrorKind, PrismaCloud};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy on loopback that answers every request with `answer`.
struct Proxy {
    place: String,
    asked: Arc<AtomicUsize>,
    heads: Arc<Mutex<Vec<String>>>,
}

async fn proxy(answer: &'static str) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let asked = Arc::new(AtomicUsize::new(0));
    let heads = Arc::new(Mutex::new(Vec::new()));
    let (count, kept) = (asked.clone(), heads.clone());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut head = Vec::new();
            while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => break,
                }
            }
            kept.lock()
                .unwrap()
                .push(String::from_utf8_lossy(&head).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
    });
    Proxy {
        place,
        asked,
        heads,
    }
}

/// With the retries of the defaults, in simulated time.
fn client(url: &str) -> Builder {
    PrismaCloud::builder()
        .custom_url(url)
        .access_key("example-access-key", "example-secret-key")
        .clock(SimulatedClock::new())
}

async fn failure(builder: Builder) -> Error {
    let error = repositories(&builder.build().unwrap()).await.unwrap_err();
    let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error));
    for secret in ["wrong-pass", "d3Jvbmct", "example-secret-key"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    error
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_asked_once() {
    let tunnel =
        proxy("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n")
            .await;
    let address = format!("http://{}", tunnel.place);
    let builder = client("https://service.example")
        .proxy(address)
        .proxy_user("user", "wrong-pass");
    let error = failure(builder).await;
    assert_eq!(tunnel.asked.load(Ordering::SeqCst), 1);
    assert!(tunnel.heads.lock().unwrap()[0].starts_with("CONNECT service.example:443"));
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    let shown = error.to_string();
    for words in [
        &tunnel.place,
        "407 Proxy Authentication Required",
        "`proxy_user`",
        "service.example",
    ] {
        assert!(shown.contains(words), "{shown}");
    }
    assert!(!shown.contains("ca_bundle"), "{shown}");
}

#[tokio::test]
async fn without_a_tunnel_too() {
    for (body, said) in [
        ("", "407"),
        ("<html><title>Sign in</title></html>", "Sign in"),
        ("ask the help desk", "ask the help desk"),
    ] {
        let answer: &'static str = format!(
            "HTTP/1.1 407 Proxy Authentication Required\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
        .leak();
        let plain = proxy(answer).await;
        let builder = client("http://service.example")
            .allow_plain_http_exposing_credentials()
            .proxy(format!("http://user:wrong-pass@{}", plain.place));
        let error = failure(builder).await;
        assert_eq!(plain.asked.load(Ordering::SeqCst), 1);
        assert_eq!(error.kind(), ErrorKind::Network, "{error}");
        let shown = error.to_string();
        for words in [&plain.place, "407", "`proxy_user`", said] {
            assert!(shown.contains(words), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_away_is_named() {
    let tunnel = proxy("HTTP/1.1 403 Forbidden\r\n\r\n").await;
    let builder = client("https://service.example").proxy(format!("http://{}", tunnel.place));
    let shown = failure(builder).await.to_string();
    assert!(
        shown.contains(&format!("the proxy {} refused", tunnel.place))
            && shown.contains("NO_PROXY"),
        "{shown}"
    );
    // It may have been a passing trouble: what it answered is not told.
    assert_eq!(tunnel.asked.load(Ordering::SeqCst), 5);

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    drop(listener);
    let builder = client("https://service.example").proxy(format!("http://{place}"));
    let shown = failure(builder).await.to_string();
    assert!(
        shown.contains(&format!("the proxy {place} cannot be reached")),
        "{shown}"
    );
}

/// A server whose certificate is for `name` and ends in `year`. Gives its URL, the CA as PEM, and how often it was asked.
async fn server(name: &str, year: i32) -> (String, String, Arc<AtomicUsize>) {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = ca.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(ca, ca_key);
    let key = KeyPair::generate().unwrap();
    let mut own = CertificateParams::new(vec![name.to_owned()]).unwrap();
    own.not_before = rcgen::date_time_ymd(2000, 1, 1);
    own.not_after = rcgen::date_time_ymd(year, 1, 1);
    let own = own.signed_by(&key, &issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![own.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let _ = acceptor.accept(stream).await;
        }
    });
    (url, pem, asked)
}

#[tokio::test]
async fn certificates_that_are_wrong_are_tried_once_and_a_ca_is_advised_only_where_it_helps() {
    for (name, year, trusted, words, ca_helps) in [
        ("127.0.0.1", 2999, false, "unknown issuer", true),
        ("other.example", 2999, true, "for another name", false),
        ("127.0.0.1", 2001, true, "has expired", false),
    ] {
        let (url, pem, asked) = server(name, year).await;
        let builder = client(&url);
        let builder = if trusted {
            builder.ca_bundle(pem)
        } else {
            builder
        };
        let error = failure(builder).await;
        let shown = error.to_string();
        assert_eq!(asked.load(Ordering::SeqCst), 1, "{shown}");
        assert_eq!(error.kind(), ErrorKind::Network, "{shown}");
        assert!(shown.contains(words), "{shown}");
        assert_eq!(shown.contains("`ca_bundle`"), ca_helps, "{shown}");
        assert!(
            !shown.contains("proxy ") || ca_helps || year == 2001,
            "{shown}"
        );
    }
}

/// A SOCKS5 proxy that leads every connection to `target`, whatever was asked for. Gives its place.
async fn socks(target: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let place = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let target = target.clone();
            tokio::spawn(async move {
                let mut greeting = [0; 2];
                stream.read_exact(&mut greeting).await.unwrap();
                let mut methods = vec![0; usize::from(greeting[1])];
                stream.read_exact(&mut methods).await.unwrap();
                stream.write_all(&[5, 0]).await.unwrap();
                let mut request = [0; 4];
                stream.read_exact(&mut request).await.unwrap();
                let length = match request[3] {
                    1 => 4,
                    3 => usize::from(stream.read_u8().await.unwrap()),
                    _ => 16,
                };
                let mut address = vec![0; length + 2];
                stream.read_exact(&mut address).await.unwrap();
                stream
                    .write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0])
                    .await
                    .unwrap();
                let mut behind = TcpStream::connect(target).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
            });
        }
    });
    place
}

#[tokio::test]
async fn a_socks_proxy_works() {
    let tenant = Tenant::start().await;
    let place = socks(tenant.url().strip_prefix("http://").unwrap().to_owned()).await;
    for scheme in ["socks5", "socks5h"] {
        let client = match scheme {
            "socks5" => client(&tenant.url()),
            // A name that only the proxy can resolve.
            _ => client("http://service.example").allow_plain_http_exposing_credentials(),
        };
        let client = client.proxy(format!("{scheme}://{place}")).build().unwrap();
        assert_eq!(repositories(&client).await.unwrap(), 6, "{scheme}");
    }
}

#[tokio::test]
async fn a_proxy_of_another_kind_is_refused_when_the_client_is_built() {
    for url in [
        "ftp://proxy.example",
        "socks://user:wrong-pass@proxy.example",
    ] {
        let error = client("https://service.example")
            .proxy(url)
            .build()
            .unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(error.is_config() && shown.contains("socks5://"), "{shown}");
        assert!(!shown.contains("wrong-pass"), "{shown}");
    }
}

/// The name of the next test, which starts itself once more with a proxy in the environment.
const PROXY_TEST: &str = "a_proxy_of_another_kind_in_the_environment_is_refused_too";

#[test]
fn a_proxy_of_another_kind_in_the_environment_is_refused_too() {
    if std::env::var_os("PRISMA_CLOUD_TEST_PROXY").is_some() {
        let error = client("https://service.example").build().unwrap_err();
        println!("{error}");
        return;
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", PROXY_TEST, "--nocapture"])
        .env("PRISMA_CLOUD_TEST_PROXY", "1")
        .env("HTTPS_PROXY", "ftp://user:wrong-pass@proxy.example")
        .output()
        .unwrap();
    let shown = String::from_utf8(child.stdout).unwrap();
    assert!(
        shown.contains("HTTPS_PROXY") && shown.contains("socks5://"),
        "{shown}"
    );
    assert!(!shown.contains("wrong-pass"), "{shown}");
}
