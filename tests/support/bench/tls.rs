//! Those who can encrypt for the client, and a server behind TLS for them all.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use reqwest::{Certificate, Client};
use rustls::crypto::{CryptoProvider, aws_lc_rs, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::clients;
use super::server::Server;

/// Who encrypts: one for each feature of the client that chooses one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Feature `rustls`.
    Ring,
    /// Feature `rustls-aws-lc`.
    AwsLc,
    /// Feature `native-tls`.
    Native,
}

impl Backend {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Ring, Self::AwsLc, Self::Native];

    /// The feature of the client.
    pub fn feature(self) -> &'static str {
        match self {
            Self::Ring => "rustls",
            Self::AwsLc => "rustls-aws-lc",
            Self::Native => "native-tls",
        }
    }

    /// reqwest over it, trusting nobody but `server`.
    pub fn http(self, server: &Server) -> Client {
        let pem = server.certificate().expect("the server encrypts");
        let builder = match self {
            Self::Ring => clients::settings().tls_backend_preconfigured(trusting(pem, ring())),
            Self::AwsLc => clients::settings().tls_backend_preconfigured(trusting(pem, aws_lc())),
            Self::Native => clients::settings()
                .tls_backend_native()
                .tls_certs_only(Certificate::from_pem(pem.as_bytes())),
        };
        builder.build().expect("a client")
    }
}

fn ring() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

fn aws_lc() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn trusting(pem: &str, provider: Arc<CryptoProvider>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate");
    roots.add(certificate).expect("a certificate to trust");
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A certificate for loopback, as PEM, and what to show it with. Whoever the client has, the server has ring.
pub fn server() -> (String, Arc<ServerConfig>) {
    let names = vec!["127.0.0.1".to_owned(), "localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("its key");
    let config = ServerConfig::builder_with_provider(ring())
        .with_safe_default_protocol_versions()
        .expect("the versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("a certificate to show");
    (made.cert.pem(), Arc::new(config))
}

/// The server's side of a connection; hands are shaken with the first byte that is read.
pub fn accept(
    config: &Arc<ServerConfig>,
    stream: TcpStream,
) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}
