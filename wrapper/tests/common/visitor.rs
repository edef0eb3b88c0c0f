//! Somebody who talks to a tenant without the client.

use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{Operation, SampleRequest};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends the token with each request, in the headers of both products.
pub struct Visitor {
    client: reqwest::Client,
    url: String,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    /// The body; null if it is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let value = self.headers.get(name)?.to_str().expect("text");
        Some(value.to_owned())
    }

    /// Why it is a refusal.
    pub fn said(&self) -> String {
        let entries = self.header("x-redlock-status").unwrap_or_default();
        let body: String = String::from_utf8_lossy(&self.body)
            .chars()
            .take(300)
            .collect();
        format!("{entries} {body}")
    }
}

impl Visitor {
    /// With a good token.
    pub fn new(tenant: &Tenant) -> Self {
        Self::with(tenant, &tenant.issue_token())
    }

    pub fn with(tenant: &Tenant, token: &str) -> Self {
        #[cfg(feature = "rustls")]
        prisma_cloud::install_crypto_provider();
        Self {
            client: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            url: tenant.url(),
            token: token.to_owned(),
        }
    }

    /// Takes a new token.
    pub fn renew(&mut self, tenant: &Tenant) {
        self.token = tenant.issue_token();
    }

    pub async fn try_ask(
        &self,
        method: &str,
        path: &str,
        headers: HeaderMap,
        body: Option<&Value>,
    ) -> reqwest::Result<Seen> {
        let method = method.parse().expect("a method");
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.url))
            .header("x-redlock-auth", &self.token)
            .header("authorization", &self.token)
            .headers(headers);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = request.send().await?;
        Ok(Seen {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await?.to_vec(),
        })
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        let answer = self.try_ask(method, path, HeaderMap::new(), body).await;
        answer.expect("an answer")
    }

    pub async fn try_get(&self, path: &str) -> reqwest::Result<Seen> {
        self.try_ask("GET", path, HeaderMap::new(), None).await
    }

    pub async fn get(&self, path: &str) -> Seen {
        self.ask("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Seen {
        self.ask("POST", path, Some(body)).await
    }

    /// Head and body as they came, until the connection was closed.
    pub async fn raw(&self, method: &str, path: &str) -> (String, Vec<u8>) {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        let token = &self.token;
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nx-redlock-auth: {token}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.expect("a request");
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.expect("an end");
        let end = all
            .windows(4)
            .position(|bytes| bytes == b"\r\n\r\n")
            .expect("a head");
        let body = all.split_off(end + 4);
        (String::from_utf8(all).expect("text"), body)
    }

    /// Calls an operation with a sample.
    pub async fn send(&self, operation: &Operation, sample: &SampleRequest) -> Seen {
        self.send_with(operation, sample, &[]).await
    }

    /// Calls an operation with a sample and `more` parameters of the query.
    pub async fn send_with(
        &self,
        operation: &Operation,
        sample: &SampleRequest,
        more: &[(String, String)],
    ) -> Seen {
        let mut headers = HeaderMap::new();
        for (name, value) in sample.headers() {
            headers.append(
                name.parse::<HeaderName>().expect("a name"),
                HeaderValue::from_str(&value).expect("a value"),
            );
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(sample.query());
        query.extend_pairs(more);
        let path = format!("{}?{}", sample.path(), query.finish());
        let method = operation.method().as_str();
        let answer = self
            .try_ask(method, &path, headers, sample.body.as_ref())
            .await;
        answer.unwrap_or_else(|error| panic!("{}: {error}", operation.id()))
    }
}
