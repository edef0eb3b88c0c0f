//! Somebody who talks to a tenant without the client.

use prisma_cloud::testing::Tenant;
use prisma_cloud::testing::samples::{Operation, SampleRequest};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

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

    /// Calls an operation with a sample.
    pub async fn send(&self, operation: &Operation, sample: &SampleRequest) -> Seen {
        let mut headers = HeaderMap::new();
        for (name, value) in sample.headers() {
            headers.append(
                name.parse::<HeaderName>().expect("a name"),
                HeaderValue::from_str(&value).expect("a value"),
            );
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(sample.query());
        let path = format!("{}?{}", sample.path(), query.finish());
        let method = operation.method().as_str();
        let answer = self
            .try_ask(method, &path, headers, sample.body.as_ref())
            .await;
        answer.unwrap_or_else(|error| panic!("{}: {error}", operation.id()))
    }
}
