//! A request that is what its operation takes.

use http::{HeaderMap, Method};
use prisma_cloud_api::Product;
use serde_json::{Value, json};

use super::record::Recorded;
use super::routes::Reply;
use super::schema::documents::Operation;
use super::schema::request::{Parts, Wrong, read};
use super::schema::router::{Found, find};

/// A judged request, as those see it who answer it.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) operation: &'static Operation,
    pub(super) headers: &'a HeaderMap,
    /// The JSON body; null if there is none.
    pub(super) body: Value,
    /// The path as it was sent.
    pub(super) path: &'a str,
    parameters: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
}

impl<'a> Call<'a> {
    /// Finds the operation and judges the request, or says how it is refused.
    pub(super) fn of(record: &'a Recorded) -> Result<Self, Reply> {
        let (operation, parameters) = match find(&record.method, &record.path) {
            Found::Operation(operation, parameters) => (operation, parameters),
            Found::OtherMethods(others) => {
                let others: Vec<&str> = others.into_iter().map(Method::as_str).collect();
                let mut reply = refusal(product(&record.path), 405, "method_not_allowed", None);
                reply.set("allow", &others.join(", "));
                return Err(reply);
            }
            Found::Nothing => return Err(refusal(product(&record.path), 404, "not_found", None)),
        };
        let query = record.query.as_deref().unwrap_or_default();
        let query: Vec<_> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let parts = Parts {
            path: &parameters,
            query: &query,
            headers: &record.headers,
            body: &record.body,
        };
        let refused = |wrong| match wrong {
            Wrong::MediaType => refusal(operation.product(), 415, "unsupported_media_type", None),
            Wrong::NotAcceptable => refusal(operation.product(), 406, "not_acceptable", None),
            Wrong::Value(violation) => {
                let key = if violation.reason == "is required" {
                    "missing_required_parameter"
                } else {
                    "invalid_parameter_value"
                };
                let said = format!("{} {}", violation.place, violation.reason);
                refusal(
                    operation.product(),
                    operation.refusal(),
                    key,
                    Some((&violation.place, &said)),
                )
            }
        };
        let body = read(operation, parts).map_err(refused)?;
        Ok(Self {
            operation,
            headers: &record.headers,
            body,
            path: &record.path,
            parameters,
            query,
        })
    }

    /// The operation id.
    pub(super) fn id(&self) -> &'static str {
        self.operation.id()
    }

    /// A parameter of the path.
    pub(super) fn parameter(&self, name: &str) -> &str {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or("", |(_, value)| value)
    }

    /// All parameters of the path.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }

    /// All pairs of the query.
    pub(super) fn queries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.queries()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// A member of the body that is text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// A refusal in the manner of the product.
    pub(super) fn refused(&self, status: u16, key: &str, subject: &str) -> Reply {
        let said = format!("{key}: {subject}");
        refusal(
            self.operation.product(),
            status,
            key,
            Some((subject, &said)),
        )
    }

    /// Nothing has this id.
    pub(super) fn unknown(&self, id: &str) -> Reply {
        self.refused(404, "not_found", id)
    }
}

/// CSPM says why in a header, Code Security in the body. `about` is the subject and a sentence about it.
fn refusal(product: Product, status: u16, key: &str, about: Option<(&str, &str)>) -> Reply {
    let (subject, said) = about.unzip();
    if product == Product::Code {
        return Reply::json(status, &json!({ "message": said.unwrap_or(key) }));
    }
    let mut reply = Reply::refused(status, key, subject);
    if let Some(said) = said {
        let error = json!({ "code": key, "message": said, "target": subject, "details": [] });
        reply.set("content-type", "application/json; charset=UTF-8");
        reply.body = json!({ "error": error }).to_string().into_bytes();
    }
    reply
}

/// The product that a path belongs to that no document has.
pub(super) fn product(path: &str) -> Product {
    const CODE: [&str; 4] = [
        "/code/",
        "/bridgecrew/",
        "/api/v1/vcs-repository/",
        "/api/v2/",
    ];
    if CODE.iter().any(|start| path.starts_with(start)) {
        Product::Code
    } else {
        Product::Cspm
    }
}
