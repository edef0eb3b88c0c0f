//! Requests and answers for every operation, from the vendored documents. Nothing is sent.
//!
//! The same seed gives the same samples. They are valid under the documents' schemas.
//!
//! ```
//! use prisma_cloud::testing::samples::{self, Extent};
//!
//! let alert = samples::operation("get-alert").unwrap();
//! let request = alert.sample_request(Extent::Minimal, 1);
//! assert!(request.path().starts_with("/alert/P-"));
//! assert_eq!(samples::operations().len(), 629);
//! ```

use prisma_cloud_api::Product;
use serde_json::Value;

pub use super::schema::damage::damage;
use super::schema::documents::JSON;
pub use super::schema::documents::{Operation, document, operation, operations};
use super::schema::pagination;
pub use super::schema::sample::{Extent, Sampler};
pub use super::schema::validate::{Violation, Way, check};

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query; a list as one pair for each element.
    Query,
    /// Into the headers.
    Header,
}

/// A parameter with a value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// The name, as sent.
    pub name: &'static str,
    /// Where it goes.
    pub location: Location,
    /// The value: text, a number, a boolean, or a list of these.
    pub value: Value,
}

impl Parameter {
    /// The value as it is sent: several texts if it is a list.
    pub fn texts(&self) -> Vec<String> {
        let text = |value: &Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        match &self.value {
            Value::Array(values) => values.iter().map(text).collect(),
            value => vec![text(value)],
        }
    }
}

/// What a call of an operation sends.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleRequest {
    /// The path with its parameters in braces.
    pub template: &'static str,
    /// All parameters, in the order of the document.
    pub parameters: Vec<Parameter>,
    /// The JSON body.
    pub body: Option<Value>,
}

impl SampleRequest {
    /// The path with its parameters, percent-encoded.
    pub fn path(&self) -> String {
        let mut path = self.template.to_owned();
        for parameter in self.at(Location::Path) {
            let value = encoded(&parameter.texts().join(","));
            path = path.replace(&format!("{{{}}}", parameter.name), &value);
        }
        path
    }

    /// The query in pairs, not encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        self.pairs(Location::Query)
    }

    /// The headers, without those of the session and of the body.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        self.pairs(Location::Header)
    }

    fn at(&self, location: Location) -> impl Iterator<Item = &Parameter> {
        self.parameters
            .iter()
            .filter(move |parameter| parameter.location == location)
    }

    fn pairs(&self, location: Location) -> Vec<(&'static str, String)> {
        self.at(location)
            .flat_map(|parameter| {
                parameter
                    .texts()
                    .into_iter()
                    .map(|text| (parameter.name, text))
            })
            .collect()
    }
}

/// What a parameter is called in full: an `id` after `/policy` is one of a policy.
fn full_name(template: &str, name: &str) -> String {
    let before = template.split(&format!("/{{{name}}}")).next();
    match before.and_then(|before| before.rsplit('/').next()) {
        Some(owner) if name == "id" && !owner.is_empty() => format!("{owner}.{name}"),
        _ => name.to_owned(),
    }
}

/// One segment of a path: whatever is not unreserved is written in percent.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded += &format!("%{byte:02X}");
        }
    }
    encoded
}

/// A successful answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SampleAnswer {
    /// The status, as in 200.
    pub status: u16,
    /// The media type, if there is a body.
    pub media_type: Option<&'static str>,
    /// The body: JSON, or text of another media type; null if there is none.
    pub body: Value,
}

impl SampleAnswer {
    /// The body as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        match (self.media_type, &self.body) {
            (None, _) => Vec::new(),
            (Some(JSON), body) => body.to_string().into_bytes(),
            (Some(_), body) => body.as_str().unwrap_or_default().as_bytes().to_vec(),
        }
    }
}

impl Operation {
    /// A valid request. With [`Extent::Minimal`] it has only what is required.
    pub fn sample_request(&self, extent: Extent, seed: u64) -> SampleRequest {
        let mut sampler = Sampler::new(self.schemas(), extent, Way::Request, self.own(seed));
        let mut parameters = Vec::new();
        for parameter in self.parameters() {
            let wanted = parameter["required"] == true || extent != Extent::Minimal;
            let (true, Some(name)) = (wanted, parameter["name"].as_str()) else {
                continue;
            };
            let location = match parameter["in"].as_str() {
                Some("path") => Location::Path,
                Some("header") => Location::Header,
                _ => Location::Query,
            };
            parameters.push(Parameter {
                name,
                location,
                value: sampler.value(&parameter["schema"], &full_name(self.path(), name)),
            });
        }
        SampleRequest {
            template: self.path(),
            parameters,
            body: self
                .request_schema()
                .map(|schema| sampler.value(schema, "")),
        }
    }

    /// A valid answer. With [`Extent::Full`] that of a listing is its last page.
    pub fn sample_answer(&self, extent: Extent, seed: u64) -> SampleAnswer {
        let (status, body) = self.success();
        let mut sampler = Sampler::new(self.schemas(), extent, Way::Response, self.own(seed));
        let (media_type, body) = match body {
            None => (None, Value::Null),
            Some((JSON, schema)) => {
                let mut body = sampler.value(schema, "");
                if extent == Extent::Full {
                    pagination::end(self, &mut body);
                }
                (Some(JSON), body)
            }
            Some((media_type, _)) => (Some(media_type), file(media_type).into()),
        };
        SampleAnswer {
            status,
            media_type,
            body,
        }
    }

    /// Operations with the same seed differ.
    fn own(&self, seed: u64) -> u64 {
        let start = match self.product() {
            Product::Code => 0xcbf2_9ce4_8422_2325,
            _ => 0x8422_2325_cbf2_9ce4_u64,
        };
        // FNV-1a: the standard library's hashes may change with its version.
        let hash = self.id().bytes().fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash ^ seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// What a file of this kind may hold.
fn file(media_type: &str) -> &'static str {
    match media_type {
        "application/xml" => {
            "<?xml version=\"1.0\"?>\n<report><verdict>benign</verdict></report>\n"
        }
        _ => {
            "id,name,severity\nP-1,Example billing production,high\nP-2,Example search staging,low\n"
        }
    }
}
