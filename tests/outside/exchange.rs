//! One call of one operation, with what went over the wire.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use prisma_cloud::PrismaCloud;
use prisma_cloud::api::{
    BoxFuture, Operation as Generated, Product, ReadBody, SharedTransport, Transport, code, cspm,
};
use prisma_cloud::testing::samples::{Operation, SampleRequest};
use prisma_cloud_tests::same::difference;
use serde_json::Value;

use crate::arguments::{Arguments, Failure};

/// Longer than any answer takes: a server that has not answered by then hangs.
const PATIENCE: Duration = Duration::from_secs(15);

/// How a call went.
#[derive(Debug)]
pub enum Outcome {
    /// It was accepted, and its answer decoded.
    Decoded {
        /// The first thing in the answer that its type does not hold.
        lost: Option<String>,
    },
    /// It was refused, with what the server says about it.
    Refused(String),
    /// It was accepted, and the answer did not decode.
    Undecodable(String),
    /// It was not sent as the sample says.
    Distorted(String),
    /// No answer came.
    Silent(String),
}

/// What went over the wire.
#[derive(Default)]
struct Wire {
    request: Option<reqwest::Request>,
    status: u16,
    answer: Vec<u8>,
}

/// Hands requests on, and keeps them and the answers.
struct Recorder {
    inner: SharedTransport,
    random: Option<u64>,
    wire: Arc<Mutex<Wire>>,
}

impl Transport for Recorder {
    fn exchange<'a>(
        &'a self,
        client: &'a reqwest::Client,
        mut request: reqwest::Request,
        operation: &'static Generated,
    ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>> {
        Box::pin(async move {
            if let Some(seed) = self.random {
                let wish = format!("dynamic=true, seed=\"{seed}\"");
                let wish = http::HeaderValue::from_str(&wish).expect("digits and letters");
                request.headers_mut().insert("prefer", wish);
            }
            let copy = request.try_clone();
            let response = self.inner.exchange(client, request, operation).await?;
            let mut whole = http::Response::new(());
            *whole.status_mut() = response.status();
            *whole.headers_mut() = response.headers().clone();
            *whole.extensions_mut() = response.extensions().clone();
            let answer = ReadBody::of(response).await?;
            let mut wire = self.wire.lock().unwrap_or_else(PoisonError::into_inner);
            wire.request = copy;
            wire.status = whole.status().as_u16();
            wire.answer = answer.to_vec();
            Ok(reqwest::Response::from(whole.map(|()| answer)))
        })
    }
}

/// Calls `operation` as `sample` says. With a seed, Prism is asked for a random answer.
pub async fn exchange(
    client: &PrismaCloud,
    operation: &Operation,
    sample: &SampleRequest,
    random: Option<u64>,
) -> Outcome {
    let wire = Arc::new(Mutex::new(Wire::default()));
    let transport = SharedTransport::new(Arc::new(Recorder {
        inner: client.transport(),
        random,
        wire: wire.clone(),
    }));
    let http = client.http_client().clone();
    let (base, name) = (client.base_url(), method(operation));
    let arguments = Arguments::new(sample);
    let answer = match operation.product() {
        Product::Code => {
            let client = code::Client::new_with_client(base, http, transport);
            let call = code::calls::call(&client, name, arguments).expect("a generated method");
            tokio::time::timeout(PATIENCE, call).await
        }
        _ => {
            let client = cspm::Client::new_with_client(base, http, transport);
            let call = cspm::calls::call(&client, name, arguments).expect("a generated method");
            tokio::time::timeout(PATIENCE, call).await
        }
    };
    let wire = std::mem::take(&mut *wire.lock().unwrap_or_else(PoisonError::into_inner));
    match answer {
        Err(_) => Outcome::Silent(format!("no answer in {PATIENCE:?}")),
        Ok(Err(Failure::Unfit(complaint))) => Outcome::Distorted(complaint),
        Ok(Err(Failure::Failed(error))) if wire.status == 0 => Outcome::Silent(error.to_string()),
        Ok(Err(Failure::Failed(error))) if (200..300).contains(&wire.status) => {
            Outcome::Undecodable(format!("{error}: {}", excerpt(&wire.answer)))
        }
        Ok(Err(Failure::Failed(error))) => {
            Outcome::Refused(format!("{error}: {}", reason(client, wire).await))
        }
        Ok(Ok(decoded)) => match distorted(sample, &wire) {
            Some(difference) => Outcome::Distorted(difference),
            None => Outcome::Decoded {
                lost: lost(&wire.answer, &decoded),
            },
        },
    }
}

/// What of the sample's body did not reach the wire.
fn distorted(sample: &SampleRequest, wire: &Wire) -> Option<String> {
    let sent = wire
        .request
        .as_ref()?
        .body()
        .and_then(reqwest::Body::as_bytes);
    match (&sample.body, sent) {
        (None, _) => None,
        (Some(_), None) => Some("the body was not sent".to_owned()),
        (Some(body), Some(sent)) => match serde_json::from_slice(sent) {
            Ok(sent) => difference(body, &sent),
            Err(error) => Some(format!("what was sent is no JSON: {error}")),
        },
    }
}

/// What of a JSON answer did not reach the caller.
fn lost(answer: &[u8], decoded: &Value) -> Option<String> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    // A file that holds JSON comes as text.
    if decoded.is_string() && !answer.is_string() {
        return None;
    }
    difference(&answer, decoded)
}

/// Why the server refused: the session keeps no bodies of errors that are not the service's own, so it is asked again.
async fn reason(client: &PrismaCloud, wire: Wire) -> String {
    let Some(mut request) = wire.request else {
        return "nothing was sent".to_owned();
    };
    for name in ["x-redlock-auth", "authorization"] {
        let token = http::HeaderValue::from_static(TOKEN);
        request.headers_mut().insert(name, token);
    }
    let sent = request.url().to_string();
    match client.http_client().execute(request).await {
        Ok(response) => {
            let violations = response.headers().get("sl-violations").cloned();
            let answer = response.bytes().await.unwrap_or_default();
            match violations {
                Some(violations) => format!("{sent}: {}", excerpt(violations.as_bytes())),
                None => format!("{sent}: {}", excerpt(&answer)),
            }
        }
        Err(error) => error.to_string(),
    }
}

/// The token that Prism gets; it looks at no more than the header's name.
pub const TOKEN: &str = "any-token";

fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().take(400).collect()
}

/// The name of the generated method.
fn method(operation: &Operation) -> &'static str {
    static NAMES: LazyLock<HashMap<(&str, &str), &str>> = LazyLock::new(|| {
        let all = cspm::OPERATIONS.iter().chain(code::OPERATIONS);
        all.map(|operation| ((operation.method, operation.path), operation.name))
            .collect()
    });
    NAMES[&(operation.method().as_str(), operation.path())]
}
