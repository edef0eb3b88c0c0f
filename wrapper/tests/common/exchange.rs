//! Exchanges of operations made up for tests.

use prisma_cloud::api::{Answer, Operation, ReadBody};
use prisma_cloud::{Error, PrismaCloud, Product};

pub const fn operation(method: &'static str, path: &'static str, answer: Answer) -> Operation {
    Operation::new(Product::Cspm, method, path, answer).called(
        "example-operation",
        "example_operation",
        "example",
    )
}

pub static JSON: Operation = operation("GET", "/thing", Answer::Json);
pub static JSON_OR_EMPTY: Operation = operation("GET", "/thing", Answer::JsonOrEmpty);
pub static BYTES: Operation = operation("GET", "/thing", Answer::Bytes);
pub static EMPTY: Operation = operation("GET", "/thing", Answer::Empty);
pub static POST: Operation = operation("POST", "/thing", Answer::Json);

/// As a generated call does it: every 2xx is a success, everything else an unexpected response.
pub async fn exchange(
    client: &PrismaCloud,
    operation: &'static Operation,
    body: Option<reqwest::Body>,
) -> Result<reqwest::Response, Error> {
    let url = format!("{}{}", client.base_url(), operation.path);
    let mut request =
        reqwest::Request::new(operation.method.parse().unwrap(), url.parse().unwrap());
    *request.body_mut() = body;
    let response = client
        .transport()
        .exchange(client.http_client(), request, operation)
        .await
        .unwrap();
    if response.status().is_success() {
        Ok(response)
    } else {
        Err(progenitor_client::Error::<()>::UnexpectedResponse(response).into())
    }
}

pub async fn text(client: &PrismaCloud, operation: &'static Operation) -> Result<String, Error> {
    Ok(body(exchange(client, operation, None).await?).await)
}

/// What `response` carries, whether it was read before or not.
pub async fn body(response: reqwest::Response) -> String {
    let body = ReadBody::of(response).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}
