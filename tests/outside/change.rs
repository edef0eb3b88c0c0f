//! Changes to samples, where a server takes less than the vendored documents allow.

use prisma_cloud::testing::samples::{Operation, SampleRequest};
use serde::Deserialize;
use serde_json::Value;

/// Another value for a place of a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The operation, as in `GET /alert/{id}`; `*` for all.
    pub on: String,
    /// The name of a parameter, or a JSON pointer into the body.
    at: String,
    /// What stands there instead. Null: the place is left out, or the request is not changed if it has no such place.
    value: Value,
    /// The reason, for those who read the list.
    #[serde(rename = "why")]
    _why: String,
}

/// Makes all `changes` that are meant for `operation`.
pub fn apply(changes: &[Change], operation: &Operation, sample: &mut SampleRequest) {
    let key = operation.key();
    for change in changes {
        if change.on == "*" || change.on == key {
            change.make(sample);
        }
    }
}

impl Change {
    fn make(&self, sample: &mut SampleRequest) {
        let Some((parent, name)) = self.at.rsplit_once('/') else {
            let value = &self.value;
            if value.is_null() {
                sample
                    .parameters
                    .retain(|parameter| parameter.name != self.at);
            }
            let parameters = sample.parameters.iter_mut();
            let named = parameters.filter(|parameter| parameter.name == self.at);
            named.for_each(|parameter| parameter.value = value.clone());
            return;
        };
        let body = sample
            .body
            .as_mut()
            .and_then(|body| body.pointer_mut(parent));
        let Some(Value::Object(members)) = body else {
            return;
        };
        if self.value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.to_owned(), self.value.clone());
        }
    }
}
