//! The vendored documents, parsed once.

use std::sync::LazyLock;

use http::Method;
use prisma_cloud_api::{Product, documents};
use serde_json::{Map, Value};

static CSPM: LazyLock<Value> = LazyLock::new(|| parse(documents::CSPM));
static CODE: LazyLock<Value> = LazyLock::new(|| parse(documents::CODE));
static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(|| {
    [Product::Cspm, Product::Code]
        .into_iter()
        .flat_map(operations_of)
        .collect()
});

fn parse(text: &str) -> Value {
    serde_json::from_str(text).expect("the vendored documents are JSON")
}

/// The document of a product.
pub fn document(product: Product) -> &'static Value {
    match product {
        Product::Code => &CODE,
        _ => &CSPM,
    }
}

/// The named schemas of a product.
pub(crate) fn schemas(product: Product) -> &'static Value {
    &document(product)["components"]["schemas"]
}

/// One operation, as the documents describe it.
#[derive(Debug)]
pub struct Operation {
    product: Product,
    method: Method,
    path: &'static str,
    id: &'static str,
    described: &'static Value,
}

/// All operations of both products, whatever features are enabled.
pub fn operations() -> &'static [Operation] {
    &OPERATIONS
}

/// The operation with this id, as in `post-alerts-v2`.
pub fn operation(id: &str) -> Option<&'static Operation> {
    operations().iter().find(|operation| operation.id == id)
}

fn operations_of(product: Product) -> impl Iterator<Item = Operation> {
    members(&document(product)["paths"]).flat_map(move |(path, item)| {
        members(item).filter_map(move |(method, described)| {
            Some(Operation {
                product,
                method: method.to_ascii_uppercase().parse().ok()?,
                path,
                id: described["operationId"].as_str()?,
                described,
            })
        })
    })
}

fn members(value: &'static Value) -> impl Iterator<Item = (&'static str, &'static Value)> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let object = value.as_object().unwrap_or(&NONE);
    object.iter().map(|(name, value)| (name.as_str(), value))
}

impl Operation {
    /// The product it belongs to.
    pub fn product(&self) -> Product {
        self.product
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path with its parameters in braces, as in `/alert/{id}`.
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The operation id, unique in both products.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Method and path template, as in `GET /alert/{id}`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Whether it wants the token of a session.
    pub fn needs_token(&self) -> bool {
        !self.described["security"]
            .as_array()
            .is_some_and(Vec::is_empty)
    }

    /// The named schemas that it refers to.
    pub(crate) fn schemas(&self) -> &'static Value {
        schemas(self.product)
    }

    /// The parameters as described: `name`, `in`, `required`, `schema`.
    pub(crate) fn parameters(&self) -> &'static [Value] {
        self.described["parameters"]
            .as_array()
            .map_or(&[], Vec::as_slice)
    }

    /// The schema of the JSON body that it wants.
    pub fn request_schema(&self) -> Option<&'static Value> {
        self.described
            .pointer("/requestBody/content/application~1json/schema")
    }

    /// The status of its success, and the media type and the schema of the answer's body, if it has one. JSON comes
    /// before other media types.
    pub(crate) fn success(&self) -> (u16, Option<(&'static str, &'static Value)>) {
        let mut found = (200, None);
        let successes = members(&self.described["responses"]).filter_map(|(status, answer)| {
            let status: u16 = status.parse().ok()?;
            (200..300).contains(&status).then_some((status, answer))
        });
        for (index, (status, answer)) in successes.enumerate() {
            let content = || members(&answer["content"]);
            let body = content()
                .find(|(media_type, _)| *media_type == JSON)
                .or_else(|| content().next());
            match body {
                Some((media_type, body)) => {
                    return (status, Some((media_type, &body["schema"])));
                }
                None if index == 0 => found = (status, None),
                None => {}
            }
        }
        found
    }

    /// The media types of its answer.
    pub(crate) fn media_types(&self) -> Vec<&'static str> {
        let (status, _) = self.success();
        members(&self.described["responses"][status.to_string()]["content"])
            .map(|(media_type, _)| media_type)
            .collect()
    }

    /// The status with which it refuses a request that is not what it takes.
    pub(crate) fn refusal(&self) -> u16 {
        let declares = |status: &str| self.described["responses"].get(status).is_some();
        let other = !declares("400") && !declares("4XX") && declares("422");
        if other { 422 } else { 400 }
    }

    /// The schema of its JSON answer.
    pub fn response_schema(&self) -> Option<&'static Value> {
        match self.success().1 {
            Some((JSON, schema)) => Some(schema),
            _ => None,
        }
    }
}

pub(crate) const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_operations_are_there_whatever_is_enabled() {
        let of = |product| {
            operations()
                .iter()
                .filter(|operation| operation.product == product)
                .count()
        };
        assert_eq!((of(Product::Cspm), of(Product::Code)), (545, 84));
        let alerts = operation("post-alerts-v2").unwrap();
        assert_eq!(alerts.key(), "POST /v2/alert");
        assert!(alerts.needs_token() && !operation("app-login").unwrap().needs_token());
        assert!(alerts.request_schema().is_some() && alerts.response_schema().is_some());
    }

    #[test]
    fn a_success_has_the_status_of_the_document() {
        let success = |id| {
            let (status, body) = operation(id).unwrap().success();
            (status, body.map(|(media_type, _)| media_type))
        };
        assert_eq!(success("post-alerts-v2"), (200, Some(JSON)));
        assert_eq!(success("delete-policy"), (204, None));
        assert_eq!(success("savePolicy"), (200, Some(JSON)));
        assert_eq!(
            success("search-config-csv-download"),
            (200, Some("text/csv"))
        );
        assert_eq!(
            success("download-report"),
            (200, Some("application/octet-stream"))
        );
    }
}
