//! Schemas that describe the bean of a JSON library instead of the JSON it holds.

use serde_json::{Map, Value};

use super::Pass;
use crate::pipeline::document::Document;
use crate::pipeline::failure::Failure;
use crate::pipeline::log::Log;
use crate::pipeline::walk;

/// Replaces the beans of JSON libraries by any JSON.
pub const JSON_TREE: Pass = Pass {
    name: "json-tree",
    repairs: "A schema with the getters of a JSON library's tree (`nodeType`, `containerNode`, \
              `asJsonObject`, …), or with the one getter of a collection, `empty`, describes the \
              class that held the JSON: it stands for any JSON value.",
    run: json_tree,
};

/// Properties that only such beans have: Jackson's `JsonNode`, Gson's `JsonElement`, org.json.
const GETTERS: [&str; 16] = [
    "containerNode",
    "missingNode",
    "valueNode",
    "nodeType",
    "pojo",
    "bigDecimal",
    "bigInteger",
    "floatingPointNumber",
    "integralNumber",
    "asJsonObject",
    "asJsonArray",
    "asJsonPrimitive",
    "jsonNull",
    "jsonObject",
    "jsonArray",
    "jsonPrimitive",
];

/// So many of them are no coincidence.
const ENOUGH: usize = 3;

fn json_tree(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    walk::schemas(&mut document.value, |at, schema| {
        if is_bean(schema) {
            log.fired(at);
            schema.clear();
        }
        Ok(())
    })
}

fn is_bean(schema: &Map<String, Value>) -> bool {
    let Some(Value::Object(properties)) = schema.get("properties") else {
        return false;
    };
    let only_empty = properties.len() == 1 && properties.contains_key("empty");
    let getters = GETTERS
        .iter()
        .filter(|getter| properties.contains_key(**getter))
        .count();
    only_empty || getters >= ENOUGH
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::pass::testing::run_schema;

    #[test]
    fn a_bean_is_any_json() {
        let (value, log) = run_schema(
            &JSON_TREE,
            json!({"type": "object", "properties": {"array": {}, "nodeType": {}, "pojo": {}, "valueNode": {}}}),
        );
        assert_eq!(value, json!({}));
        assert_eq!(log.firings().len(), 1);
    }

    #[test]
    fn the_bean_of_a_collection_is_any_json() {
        let list = json!({"type": "object", "properties": {"empty": {"type": "boolean"}}});
        assert_eq!(run_schema(&JSON_TREE, list).0, json!({}));
    }

    #[test]
    fn a_node_of_the_service_stays() {
        let node = json!({"type": "object", "properties": {"nodeType": {}, "label": {}}});
        assert_eq!(run_schema(&JSON_TREE, node.clone()).0, node);
    }
}
