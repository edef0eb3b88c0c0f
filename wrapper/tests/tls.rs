//! Certificates: verified unless somebody says otherwise, by a CA of one's own, and shown.

mod common;

use std::sync::Arc;

use common::repositories;
use prisma_cloud::testing::{SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, PrismaCloud};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};

/// A CA with a certificate for a server on loopback and one for a client.
struct Certificates {
    ca: CertificateDer<'static>,
    ca_pem: String,
    server: CertificateDer<'static>,
    server_key: PrivateKeyDer<'static>,
    client_pem: String,
}

fn certificates() -> Certificates {
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::new(Vec::new()).unwrap();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_certificate = ca.self_signed(&ca_key).unwrap();
    let issuer = Issuer::new(ca, ca_key);

    let server_key = KeyPair::generate().unwrap();
    let mut server =
        CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let server = server.signed_by(&server_key, &issuer).unwrap();

    let client_key = KeyPair::generate().unwrap();
    let mut client = CertificateParams::new(vec!["client".to_owned()]).unwrap();
    client.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let client = client.signed_by(&client_key, &issuer).unwrap();

    Certificates {
        ca: ca_certificate.der().clone(),
        ca_pem: ca_certificate.pem(),
        server: server.der().clone(),
        server_key: PrivateKeyDer::try_from(server_key.serialize_der()).unwrap(),
        client_pem: client_key.serialize_pem() + &client.pem(),
    }
}

/// Encrypts the way to a tenant. Gives the URL.
async fn encrypted(tenant: &Tenant, certificates: &Certificates, asks_for_one: bool) -> String {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = if asks_for_one {
        let mut roots = RootCertStore::empty();
        roots.add(certificates.ca.clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
    let config = builder
        .with_single_cert(
            vec![certificates.server.clone()],
            certificates.server_key.clone_key(),
        )
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let to = tenant.url().strip_prefix("http://").unwrap().to_owned();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    let mut behind = TcpStream::connect(to).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
                }
            });
        }
    });
    format!("https://127.0.0.1:{port}")
}

fn client(url: &str) -> prisma_cloud::Builder {
    PrismaCloud::builder()
        .custom_url(url)
        .access_key("example-access-key", "example-secret-key")
        .clock(SimulatedClock::new())
        .no_retries()
}

async fn failure(builder: prisma_cloud::Builder) -> Error {
    repositories(&builder.build().unwrap()).await.unwrap_err()
}

#[tokio::test]
async fn a_certificate_of_an_unknown_ca_is_refused_and_explained() {
    let certificates = certificates();
    let tenant = Tenant::start().await;
    let url = encrypted(&tenant, &certificates, false).await;
    let error = failure(client(&url)).await;
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.to_string().contains("`ca_bundle`"), "{error}");
    assert!(tenant.recorded().is_empty());

    let trusting = client(&url)
        .ca_bundle(certificates.ca_pem.clone())
        .build()
        .unwrap();
    assert_eq!(repositories(&trusting).await.unwrap(), 6);

    let careless = client(&url)
        .danger_accept_any_certificate()
        .build()
        .unwrap();
    assert_eq!(repositories(&careless).await.unwrap(), 6);
}

#[tokio::test]
async fn a_client_shows_its_certificate() {
    let certificates = certificates();
    let tenant = Tenant::start().await;
    let url = encrypted(&tenant, &certificates, true).await;
    let trusting = || client(&url).ca_bundle(certificates.ca_pem.clone());
    let error = failure(trusting()).await;
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    let shown = trusting()
        .client_identity(certificates.client_pem.clone())
        .build()
        .unwrap();
    assert_eq!(repositories(&shown).await.unwrap(), 6);
}

#[tokio::test]
async fn nothing_goes_from_https_to_http() {
    let certificates = certificates();
    let (tenant, other) = (Tenant::start().await, Tenant::start().await);
    let url = encrypted(&tenant, &certificates, false).await;
    let client = client(&url)
        .ca_bundle(certificates.ca_pem.clone())
        .build()
        .unwrap();
    repositories(&client).await.unwrap();
    for location in [other.url(), url.replacen("https", "http", 1)] {
        tenant.fail_next(prisma_cloud::testing::Fault::redirect(307, &location));
        let error = repositories(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Redirect, "{error}");
    }
    assert!(other.recorded().is_empty());
}
