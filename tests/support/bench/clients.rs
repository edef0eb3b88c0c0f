//! The two sides of every comparison: this client, and bare reqwest with the same settings and the same types.

use std::sync::Arc;

use prisma_cloud::PrismaCloud;
use prisma_cloud_api::cspm::types::{FilterModel, PagedResultsAlertModel, PolicyModel2};
use prisma_cloud_api::{BoxFuture, Operation, SharedTransport, Transport, cspm};
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};
use reqwest::{Client, ClientBuilder, Response};

use super::answers::PAGE;
use super::server::Server;

/// The token that the server gives first.
const TOKEN: &str = "token-0";
/// Where CSPM expects it.
const HEADER: HeaderName = HeaderName::from_static("x-redlock-auth");

/// The client as its users get it.
pub fn full(server: &Server) -> PrismaCloud {
    PrismaCloud::builder()
        .url(server.url())
        .access_key("id", "secret")
        .build()
        .expect("a client")
}

/// reqwest with what the client sets about connections.
pub fn http() -> Client {
    // reqwest wants a provider of cryptography even for plain http.
    prisma_cloud::install_crypto_provider();
    settings().build().expect("a client")
}

/// What the client sets about connections.
pub fn settings() -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(std::time::Duration::from_secs(10))
        .pool_max_idle_per_host(16)
        .user_agent("bare")
        .no_proxy()
}

/// Bare reqwest, as a program without any library would use it.
#[derive(Clone, Debug)]
pub struct Bare {
    http: Client,
    url: String,
    token: HeaderValue,
}

impl Bare {
    /// Of the server's first token.
    pub fn new(server: &Server) -> Self {
        Self::over(http(), server)
    }

    /// The same over connections of `http`.
    pub fn over(http: Client, server: &Server) -> Self {
        Self {
            http,
            url: server.url(),
            token: HeaderValue::from_static(TOKEN),
        }
    }

    /// `GET /policy/{id}`
    pub async fn policy(&self) -> PolicyModel2 {
        let request = self.http.get(format!("{}/policy/{}", self.url, "p-1"));
        let response = request
            .header(ACCEPT, "application/json")
            .header(HEADER, self.token.clone())
            .send()
            .await
            .expect("sent")
            .error_for_status()
            .expect("a success");
        response.json().await.expect("a policy")
    }

    /// `POST /v2/alert`
    pub async fn alerts(&self, next: Option<String>) -> PagedResultsAlertModel {
        self.send(next).await.json().await.expect("a page")
    }

    /// The same, not decoded.
    pub async fn undecoded_alerts(&self, next: Option<String>) -> impl AsRef<[u8]> {
        self.send(next).await.bytes().await.expect("a page")
    }

    async fn send(&self, next: Option<String>) -> Response {
        let mut filter = FilterModel::new().limit(PAGE as i64);
        if let Some(next) = next {
            filter = filter.page_token(next);
        }
        let request = self.http.post(format!("{}/v2/alert", self.url));
        request
            .header(ACCEPT, "application/json")
            .header(HEADER, self.token.clone())
            .json(&filter)
            .send()
            .await
            .expect("sent")
            .error_for_status()
            .expect("a success")
    }
}

/// The generated client on a transport that only adds the token: what is left of the full one without session, limiter,
/// retries and traces.
pub fn generated(server: &Server) -> cspm::Client {
    let transport = SharedTransport::new(Arc::new(Straight(HeaderValue::from_static(TOKEN))));
    cspm::Client::new_with_client(&server.url(), http(), transport)
}

struct Straight(HeaderValue);

impl Transport for Straight {
    fn exchange<'a>(
        &'a self,
        client: &'a Client,
        mut request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        request.headers_mut().insert(HEADER, self.0.clone());
        Box::pin(client.execute(request))
    }
}
