//! How a call is authenticated: every operation says so itself, with schemes that are defined.

use serde_json::{Map, Value, json};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Makes the security of each operation explicit and defined.
pub const SECURITY: Pass = Pass {
    name: "security",
    repairs: "Each operation states its security (its document's where it has none of its own), and \
              a scheme that is used without being defined is the product's token header.",
    run: security,
};

fn security(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let product = document.product;
    let Value::Object(root) = &mut document.value else {
        return Ok(());
    };
    let inherited = root.remove("security").filter(Value::is_array);
    let mut defined = Map::new();
    if let Some(Value::Object(schemes)) = root
        .get_mut("components")
        .and_then(|components| components.get_mut("securitySchemes"))
    {
        defined = std::mem::take(schemes);
    }
    for site in walk::operations(&mut document.value) {
        let requirement = site
            .value
            .entry("security")
            .or_insert_with(|| inherited.clone().unwrap_or_else(|| json!([])));
        let Value::Array(alternatives) = requirement else {
            *requirement = json!([]);
            continue;
        };
        let before = alternatives.len();
        let known = |alternative: &Value| {
            alternative
                .as_object()
                .is_some_and(|schemes| schemes.keys().all(|name| defined.contains_key(name)))
        };
        let mut kept: Vec<Value> = alternatives.iter().filter(|a| known(a)).cloned().collect();
        if kept.len() < before {
            log.noted(&site.at.child("security"), "scheme not defined");
            if kept.is_empty() {
                kept.push(json!({product.security_scheme(): []}));
            }
        }
        *alternatives = kept;
    }
    // Whatever the document said about the scheme, the header is what the product reads.
    let used = defined
        .keys()
        .cloned()
        .chain([product.security_scheme().to_owned()]);
    let mut schemes = Map::new();
    for name in used {
        let scheme = match defined.get(&name) {
            Some(scheme) if name != product.security_scheme() => scheme.clone(),
            _ => json!({"type": "apiKey", "in": "header", "name": product.auth_header()}),
        };
        schemes.insert(name, scheme);
    }
    if let Value::Object(root) = &mut document.value {
        let components = root.entry("components").or_insert_with(|| json!({}));
        if let Value::Object(components) = components {
            components.insert("securitySchemes".to_owned(), Value::Object(schemes));
        }
    }
    Ok(())
}

/// Removes the token header where it is declared as a parameter.
pub const TOKEN_PARAMETER: Pass = Pass {
    name: "token-parameter",
    repairs: "A header parameter that is the token (or `Accept`, `Content-Type`, which OpenAPI \
              ignores as parameters) is removed: the session sets it.",
    run: token_parameter,
};

fn token_parameter(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    const SET_ELSEWHERE: [&str; 4] = ["x-redlock-auth", "authorization", "accept", "content-type"];
    for site in walk::operations(&mut document.value) {
        let Some(Value::Array(parameters)) = site.value.get_mut("parameters") else {
            continue;
        };
        let mut index = 0;
        parameters.retain(|parameter| {
            let at = site.at.child("parameters").child(index);
            index += 1;
            let name = parameter["name"].as_str().unwrap_or_default();
            let gone = parameter["in"] == "header"
                && SET_ELSEWHERE.contains(&name.to_ascii_lowercase().as_str());
            if gone {
                log.noted(&at, name);
            }
            !gone
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    #[test]
    fn every_operation_names_a_defined_scheme() {
        let (value, log) = run(
            &SECURITY,
            json!({
                "security": [{"bearerAuth": []}],
                "paths": {"/a": {
                    "get": {"security": [{"x-redlock-auth": []}]},
                    "put": {},
                    "post": {"security": []},
                    "patch": {"security": [{"gone": []}, {"other": []}]}
                }},
                "components": {"securitySchemes": {"other": {"type": "http", "scheme": "basic"}}}
            }),
        );
        let item = &value["paths"]["/a"];
        let product = json!([{"x-redlock-auth": []}]);
        assert_eq!(item["get"]["security"], product);
        assert_eq!(item["put"]["security"], product);
        assert_eq!(item["post"]["security"], json!([]));
        assert_eq!(item["patch"]["security"], json!([{"other": []}]));
        assert_eq!(
            value["components"]["securitySchemes"]["x-redlock-auth"],
            json!({"type": "apiKey", "in": "header", "name": "x-redlock-auth"})
        );
        assert!(value.get("security").is_none());
        assert_eq!(places(&log).len(), 3);
    }

    #[test]
    fn the_token_is_no_parameter_and_other_headers_stay() {
        let (value, log) = run(
            &TOKEN_PARAMETER,
            json!({"paths": {"/a": {"get": {"parameters": [
                {"name": "x-prisma-tenant-id", "in": "header"},
                {"name": "X-Redlock-Auth", "in": "header"},
                {"name": "authorization", "in": "query"}
            ]}}}}),
        );
        assert_eq!(
            value["paths"]["/a"]["get"]["parameters"],
            json!([{"name": "x-prisma-tenant-id", "in": "header"}, {"name": "authorization", "in": "query"}])
        );
        assert_eq!(places(&log), ["/paths/~1a/get/parameters/1 X-Redlock-Auth"]);
    }
}
