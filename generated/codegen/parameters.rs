//! Parameters whose names the generated code of a call uses for something else.
//!
//! The generator steps aside for a parameter called `url`, `client`, `request`, `result` or `response`. It does not for the
//! names below, so such a parameter is generated under another name and its published one is put back afterwards.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::operations::{self, method_name};

/// Methods of builders, and words in the code of `send`.
const TAKEN: [&str; 7] = [
    "encode_path",
    "header_map",
    "new",
    "read_answer",
    "send",
    "time_range",
    "unread",
];
/// Comes after the name of such a parameter.
const SUFFIX: &str = "_parameter";

/// For each builder: names of parameters as generated, and as published.
pub type Renamed = BTreeMap<String, Vec<(String, String)>>;

/// `document` as the generator takes it, and what was renamed for that.
pub fn rename(document: &Value) -> (Value, Renamed) {
    let mut renamed = Renamed::new();
    let mut copy = document.clone();
    for (path, method, operation) in operations::each(document) {
        let mut new_path = path.to_owned();
        let mut names = BTreeSet::new();
        let has_body = operation.get("requestBody").is_some();
        for (index, parameter) in parameters(operation).enumerate() {
            let published = parameter["name"].as_str().unwrap_or_default();
            let name = field(published);
            let reserved = TAKEN.contains(&name.as_str()) || has_body && name == "body";
            let mut given = match reserved {
                true => format!("{name}{SUFFIX}"),
                false => name.clone(),
            };
            // Published names that differ in what no Rust name has, such as `page-size` beside `pageSize`.
            while !names.insert(given.clone()) {
                given += SUFFIX;
            }
            if given != name {
                let (old, new) = (format!("{{{published}}}"), format!("{{{given}}}"));
                if parameter["in"] == "path" {
                    new_path = new_path.replace(&old, &new);
                }
                copy["paths"][path][method]["parameters"][index]["name"] = given.clone().into();
                let of = renamed.entry(builder(operation)).or_default();
                of.push((given.clone(), published.to_owned()));
            }
        }
        if new_path != path {
            let operation = copy["paths"][path][method].take();
            if let Some(of_path) = copy["paths"][path].as_object_mut() {
                of_path.remove(method);
            }
            copy["paths"][new_path][method] = operation;
        }
    }
    (copy, renamed)
}

/// Which document, operation and parameters `builder` is of, for messages.
pub fn describe(product: &str, document: &Value, builder_name: &str) -> String {
    let found =
        operations::each(document).find(|(_, _, operation)| builder(operation) == builder_name);
    let Some((path, method, operation)) = found else {
        return format!("{product}, the builder `{builder_name}`");
    };
    let names: Vec<&str> = parameters(operation)
        .filter_map(|parameter| parameter["name"].as_str())
        .collect();
    let names = match &names[..] {
        [] => "without parameters".to_owned(),
        names => format!("parameters `{}`", names.join("`, `")),
    };
    format!(
        "{product}, operation `{}` ({} {path}; {names})",
        operation["operationId"].as_str().unwrap_or_default(),
        method.to_ascii_uppercase(),
    )
}

/// The published name of a parameter that may have been renamed.
pub fn without_suffix(setter: &str) -> &str {
    match setter.strip_suffix(SUFFIX) {
        Some(name) if TAKEN.contains(&name) || name == "body" => name,
        _ => setter,
    }
}

fn parameters(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"].as_array().into_iter().flatten()
}

fn builder(operation: &Value) -> String {
    method_name(operation["operationId"].as_str().unwrap_or_default()).to_pascal_case()
}

fn field(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric(), "-")
        .to_snake_case()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document(names: &[(&str, &str)]) -> Value {
        let parameters: Vec<Value> = names
            .iter()
            .map(|(place, name)| json!({"name": name, "in": place}))
            .collect();
        json!({"paths": {"/x/{send}/y": {"get": {"operationId": "get-x", "parameters": parameters, "requestBody": {}}}}})
    }

    #[test]
    fn a_name_that_is_taken_is_generated_as_another() {
        let names = [("path", "send"), ("query", "body"), ("query", "id")];
        let (copy, renamed) = rename(&document(&names));
        let operation = &copy["paths"]["/x/{send_parameter}/y"]["get"];
        let names: Vec<&str> = parameters(operation)
            .filter_map(|parameter| parameter["name"].as_str())
            .collect();
        assert_eq!(names, ["send_parameter", "body_parameter", "id"]);
        let pair = |given: &str, published: &str| (given.to_owned(), published.to_owned());
        assert_eq!(
            renamed["GetX"],
            [
                pair("send_parameter", "send"),
                pair("body_parameter", "body")
            ]
        );
        assert_eq!(without_suffix("send_parameter"), "send");
        assert_eq!(without_suffix("first_parameter"), "first_parameter");
    }

    #[test]
    fn two_parameters_of_one_name_are_told_apart() {
        let names = [("query", "page-size"), ("query", "pageSize")];
        let (copy, renamed) = rename(&document(&names));
        let parameters = &copy["paths"]["/x/{send}/y"]["get"]["parameters"];
        assert_eq!(parameters[0]["name"], "page-size");
        assert_eq!(parameters[1]["name"], "page_size_parameter");
        let pair = ("page_size_parameter".to_owned(), "pageSize".to_owned());
        assert_eq!(renamed["GetX"], [pair]);
    }
}
