//! The vendored documents.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

static CSPM: LazyLock<Value> = LazyLock::new(|| read("cspm"));
static CODE: LazyLock<Value> = LazyLock::new(|| read("code"));

/// The vendored document of `product`: `cspm` or `code`.
pub fn vendored(product: &str) -> &'static Value {
    if product == "code" { &CODE } else { &CSPM }
}

fn read(product: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../spec/{product}.json"));
    let text = fs::read_to_string(&path).expect("the vendored documents are in the repository");
    serde_json::from_str(&text).expect("the vendored documents are JSON")
}

/// The schema of an operation's JSON request.
pub fn request<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    document["paths"][path][method.to_ascii_lowercase()]
        .get("requestBody")?
        .pointer("/content/application~1json/schema")
}

/// The schema of an operation's successful JSON answer.
pub fn response<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    document["paths"][path][method.to_ascii_lowercase()]["responses"]
        .as_object()?
        .iter()
        .filter(|(status, _)| status.starts_with('2'))
        .find_map(|(_, response)| response.pointer("/content/application~1json/schema"))
}
