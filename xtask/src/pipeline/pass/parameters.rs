//! Parameters: what is in the path is declared, required and single; what is in the query is plain.

use serde_json::{Map, Value, json};

use super::Pass;
use super::references::schema_name;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;
use crate::pipeline::walk::{self, OperationSite};

/// Makes the declared path parameters those of the template.
pub const PATH_PARAMETERS: Pass = Pass {
    name: "path-parameters",
    repairs: "A path parameter that the template has and the operation lacks is declared as a \
              string; one that the template lacks is removed; all are required; of two parameters \
              with one name and place the first counts.",
    run: path_parameters,
};

/// Splits object-valued query parameters.
pub const OBJECT_QUERY_PARAMETER: Pass = Pass {
    name: "object-query-parameter",
    repairs: "An object in the query is sent, by OpenAPI's default style, as one parameter for each \
              of its properties: that is how it is declared.",
    run: object_query_parameter,
};

/// Makes paging parameters integers.
pub const PAGING_NUMBER: Pass = Pass {
    name: "paging-number",
    repairs: "A limit, offset, page or size declared as `number`, as a parameter or in a body, is an \
              integer: it would be sent as `10.0`.",
    run: paging_number,
};

/// Completes the parameters of a time range.
pub const TIME_RANGE_PARAMETERS: Pass = Pass {
    name: "time-range-parameters",
    repairs: "An operation that takes `timeType` and `timeUnit` in the query takes all forms of a time \
              range, also the absolute one: `startTime` and `endTime` are declared with it. \
              Compliance and inventory measure from onboarding and take no `startTime`.",
    run: time_range_parameters,
};

/// Gives every parameter a schema.
pub const PARAMETER_SCHEMA: Pass = Pass {
    name: "parameter-schema",
    repairs: "A parameter without a schema, or with `content` instead, is a string.",
    run: parameter_schema,
};

/// Calls `visit` with the parameters of each operation.
fn each(
    document: &mut Document,
    mut visit: impl FnMut(OperationSite<'_>, Vec<Value>) -> Vec<Value>,
) {
    for site in walk::operations(&mut document.value) {
        let parameters = match site.value.remove("parameters") {
            Some(Value::Array(parameters)) => parameters,
            _ => Vec::new(),
        };
        let place = OperationSite {
            at: site.at.clone(),
            path: site.path,
            method: site.method,
            value: site.value,
        };
        let parameters = visit(place, parameters);
        if !parameters.is_empty() {
            site.value
                .insert("parameters".to_owned(), Value::Array(parameters));
        }
    }
}

/// The names in the braces of a path template, in order.
pub fn template_names(path: &str) -> Vec<&str> {
    path.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
        .collect()
}

fn path_parameters(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    each(document, |site, parameters| {
        let names = template_names(site.path);
        let mut kept: Vec<Value> = Vec::new();
        for (index, mut parameter) in parameters.into_iter().enumerate() {
            let at = site.at.child("parameters").child(index);
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let in_path = parameter["in"] == "path";
            if in_path && !names.contains(&name.as_str()) {
                log.noted(&at, format!("`{name}` is not in the template"));
                continue;
            }
            if kept
                .iter()
                .any(|other| other["name"] == name && other["in"] == parameter["in"])
            {
                log.noted(&at, format!("`{name}` is declared twice"));
                continue;
            }
            if in_path && parameter["required"] != true {
                log.noted(&at, format!("`{name}` is required"));
                parameter["required"] = Value::Bool(true);
            }
            kept.push(parameter);
        }
        for name in names {
            if !kept
                .iter()
                .any(|other| other["name"] == name && other["in"] == "path")
            {
                log.noted(&site.at, format!("`{name}` is not declared"));
                kept.push(json!({
                    "name": name, "in": "path", "required": true, "schema": {"type": "string"}
                }));
            }
        }
        kept
    });
    Ok(())
}

fn object_query_parameter(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    let named = document.value["components"]["schemas"].clone();
    each(document, |site, parameters| {
        let mut flat: Vec<Value> = Vec::new();
        for (index, mut parameter) in parameters.into_iter().enumerate() {
            let at = site.at.child("parameters").child(index);
            let schema = followed(&named, &parameter["schema"]);
            let plain = parameter["in"] != "query" || !is_object(schema);
            match schema["properties"].as_object() {
                _ if plain => flat.push(parameter),
                Some(properties) => {
                    log.noted(&at, parameter["name"].as_str().unwrap_or_default());
                    flat.extend(split(&parameter, schema, properties));
                }
                None => {
                    log.noted(&at, "an object without properties is taken as text");
                    parameter["schema"] = json!({"type": "string"});
                    flat.push(parameter);
                }
            }
        }
        flat
    });
    Ok(())
}

fn followed<'a>(named: &'a Value, schema: &'a Value) -> &'a Value {
    schema["$ref"]
        .as_str()
        .and_then(schema_name)
        .and_then(|name| named.get(name))
        .unwrap_or(schema)
}

fn is_object(schema: &Value) -> bool {
    schema["type"] == "object" || schema["properties"].is_object()
}

fn split(parameter: &Value, schema: &Value, properties: &Map<String, Value>) -> Vec<Value> {
    let required = parameter["required"] == true;
    properties
        .iter()
        .map(|(name, property)| {
            let listed = schema["required"]
                .as_array()
                .is_some_and(|list| list.iter().any(|entry| entry == name));
            json!({
                "name": name, "in": "query", "required": required && listed, "schema": property
            })
        })
        .collect()
}

fn paging_number(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    each(document, |site, mut parameters| {
        for (index, parameter) in parameters.iter_mut().enumerate() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            if let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut)
                && make_integer(&name, schema)
            {
                log.noted(&site.at.child("parameters").child(index), name);
            }
        }
        parameters
    });
    walk::schemas(&mut document.value, |at, schema| {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            if property
                .as_object_mut()
                .is_some_and(|property| make_integer(name, property))
            {
                log.fired(&at.child("properties").child(name));
            }
        }
        Ok(())
    })
}

/// Makes a number called like a paging parameter an integer, and says whether it was one.
fn make_integer(name: &str, schema: &mut Map<String, Value>) -> bool {
    const PAGING: [&str; 10] = [
        "limit",
        "offset",
        "page",
        "pagesize",
        "size",
        "skip",
        "count",
        "pagenumber",
        "top",
        "totalrows",
    ];
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let wrong =
        PAGING.contains(&plain.as_str()) && schema.get("type").is_some_and(|kind| kind == "number");
    if wrong {
        schema.insert("type".to_owned(), Value::from("integer"));
        schema.remove("format");
    }
    wrong
}

fn time_range_parameters(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    const FORMS: [&str; 3] = ["relative", "absolute", "to_now"];
    each(document, |site, mut parameters| {
        let has = |parameters: &[Value], name: &str| {
            parameters
                .iter()
                .any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
        };
        if !has(&parameters, "timeType") || !has(&parameters, "timeUnit") {
            return parameters;
        }
        let from_onboarding = ["compliance", "inventory"]
            .iter()
            .any(|word| site.path.contains(word));
        for name in ["startTime", "endTime"] {
            if has(&parameters, name) || (name == "startTime" && from_onboarding) {
                continue;
            }
            log.noted(&site.at, name);
            parameters.push(json!({
                "name": name, "in": "query", "required": false,
                "schema": {"type": "integer", "format": "int64"}
            }));
        }
        for parameter in &mut parameters {
            if parameter["name"] == "timeType" && parameter["schema"]["enum"].is_array() {
                parameter["schema"]["enum"] = json!(FORMS);
            }
        }
        parameters
    });
    Ok(())
}

fn parameter_schema(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    each(document, |site, mut parameters| {
        for (index, parameter) in parameters.iter_mut().enumerate() {
            let Value::Object(members) = parameter else {
                continue;
            };
            let content = members.remove("content").is_some();
            if content || !members.get("schema").is_some_and(Value::is_object) {
                log.fired(&site.at.child("parameters").child(index));
                members.insert("schema".to_owned(), json!({"type": "string"}));
            }
        }
        parameters
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::pass::testing::{places, run};

    fn operation(path: &str, parameters: Value) -> Value {
        json!({"paths": {path: {"get": {"parameters": parameters}}}})
    }

    #[test]
    fn the_template_decides_on_path_parameters() {
        let (value, log) = run(
            &PATH_PARAMETERS,
            operation(
                "/a/{id}/{part}",
                json!([
                    {"name": "id", "in": "path", "schema": {"type": "string"}},
                    {"name": "gone", "in": "path", "required": true, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "integer"}}
                ]),
            ),
        );
        assert_eq!(
            value["paths"]["/a/{id}/{part}"]["get"]["parameters"],
            json!([
                {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
                {"name": "q", "in": "query", "schema": {"type": "string"}},
                {"name": "part", "in": "path", "required": true, "schema": {"type": "string"}}
            ])
        );
        assert_eq!(log.firings().len(), 4);
    }

    #[test]
    fn an_object_in_the_query_is_its_properties() {
        let mut document = operation(
            "/a",
            json!([
                {"name": "range", "in": "query", "required": true, "schema": {"$ref": "#/components/schemas/R"}},
                {"name": "any", "in": "query", "schema": {"type": "object"}}
            ]),
        );
        document["components"] = json!({"schemas": {"R": {"required": ["type"], "properties": {
            "type": {"type": "string"}, "value": {"type": "integer"}}}}});
        let (value, log) = run(&OBJECT_QUERY_PARAMETER, document);
        assert_eq!(
            value["paths"]["/a"]["get"]["parameters"],
            json!([
                {"name": "type", "in": "query", "required": true, "schema": {"type": "string"}},
                {"name": "value", "in": "query", "required": false, "schema": {"type": "integer"}},
                {"name": "any", "in": "query", "schema": {"type": "string"}}
            ])
        );
        assert_eq!(log.firings().len(), 2);
    }

    #[test]
    fn paging_parameters_are_integers_and_other_numbers_stay() {
        let (value, log) = run(
            &PAGING_NUMBER,
            operation(
                "/a",
                json!([
                    {"name": "page_size", "in": "query", "schema": {"type": "number", "format": "double"}},
                    {"name": "score", "in": "query", "schema": {"type": "number"}}
                ]),
            ),
        );
        let parameters = &value["paths"]["/a"]["get"]["parameters"];
        assert_eq!(parameters[0]["schema"], json!({"type": "integer"}));
        assert_eq!(parameters[1]["schema"], json!({"type": "number"}));
        assert_eq!(places(&log), ["/paths/~1a/get/parameters/0 page_size"]);
    }

    #[test]
    fn a_time_range_has_all_its_parameters() {
        let range = json!([
            {"name": "timeType", "in": "query", "schema": {"type": "string", "enum": ["relative"]}},
            {"name": "timeUnit", "in": "query", "schema": {"type": "string"}}
        ]);
        for (path, names) in [
            (
                "/alert",
                vec!["timeType", "timeUnit", "startTime", "endTime"],
            ),
            (
                "/compliance/posture",
                vec!["timeType", "timeUnit", "endTime"],
            ),
        ] {
            let (value, _) = run(&TIME_RANGE_PARAMETERS, operation(path, range.clone()));
            let parameters = value["paths"][path]["get"]["parameters"]
                .as_array()
                .unwrap();
            let found: Vec<_> = parameters
                .iter()
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            assert_eq!(found, names);
            let forms = json!(["relative", "absolute", "to_now"]);
            assert_eq!(parameters[0]["schema"]["enum"], forms);
        }
    }

    #[test]
    fn paging_members_of_bodies_are_integers_too() {
        let (value, log) = run(
            &PAGING_NUMBER,
            json!({"paths": {}, "components": {"schemas": {"A": {"properties": {
                "limit": {"type": "number"}, "score": {"type": "number"}}}}}}),
        );
        let properties = &value["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["limit"]["type"], "integer");
        assert_eq!(properties["score"]["type"], "number");
        assert_eq!(places(&log), ["/components/schemas/A/properties/limit"]);
    }

    #[test]
    fn a_parameter_without_a_schema_is_text() {
        let (value, log) = run(
            &PARAMETER_SCHEMA,
            operation(
                "/a",
                json!([
                    {"name": "a", "in": "query"},
                    {"name": "b", "in": "query", "content": {"application/json": {}}}
                ]),
            ),
        );
        for parameter in value["paths"]["/a"]["get"]["parameters"]
            .as_array()
            .unwrap()
        {
            assert_eq!(parameter["schema"], json!({"type": "string"}));
            assert!(parameter.get("content").is_none());
        }
        assert_eq!(log.firings().len(), 2);
    }
}
