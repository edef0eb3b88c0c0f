//! Names that Rust does not take as they are: the client has others, all different.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use syn::Item;

use super::documents::{build, document, folder};
use crate::codegen;
use crate::pipeline::document::Product;

/// The items of the client of the one document.
fn client(document: &Value) -> Vec<Item> {
    let built = build(&folder("names", document.to_string())).unwrap();
    let (_, merged) = built.documents.into_iter().next().unwrap();
    let generated = codegen::generate("cspm", merged, &Default::default(), |_| true);
    let code = generated.unwrap().code;
    syn::parse_file(&code)
        .unwrap_or_else(|error| panic!("{error}\n{code}"))
        .items
}

/// The methods of the extension traits.
fn methods(items: &[Item]) -> Vec<String> {
    let traits = items.iter().filter_map(|item| match item {
        Item::Trait(item) => Some(item),
        _ => None,
    });
    traits
        .flat_map(|item| &item.items)
        .filter_map(|item| match item {
            syn::TraitItem::Fn(item) => Some(item.sig.ident.to_string()),
            _ => None,
        })
        .collect()
}

fn assert_unique(names: &[String]) {
    let unique: BTreeSet<_> = names.iter().collect();
    assert_eq!(unique.len(), names.len(), "{names:?}");
}

#[test]
fn operations_that_collide_or_are_keywords() {
    let ids = [
        "get-thing",
        "getThing",
        "get_thing",
        "GetThing",
        "match",
        "self",
        "Self",
        "größe",
        "1st",
        "async",
        "日本",
    ];
    let mut document = document(Product::Cspm);
    for (index, id) in ids.iter().enumerate() {
        document["paths"][format!("/a/{index}")] = json!({"get": {"operationId": id, "tags": ["Things"],
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"type": "string"}}}}}}});
    }
    let methods = methods(&client(&document));
    assert_eq!(methods.len(), ids.len() + 3);
    assert_unique(&methods);
    // The table of operations calls them as the generator does.
    for id in ["match", "1st", "async"] {
        let name = codegen::method_name(id);
        assert!(methods.contains(&name), "{name}: {methods:?}");
    }
}

#[test]
fn tags_that_collide_or_are_odd() {
    let mut document = document(Product::Cspm);
    for (index, tag) in ["things", "THINGS!", "type", "größe", ""]
        .iter()
        .enumerate()
    {
        document["paths"][format!("/a/{index}")] = json!({"get": {"operationId": format!("a{index}"), "tags": [tag],
            "responses": {"200": {"description": ""}}}});
    }
    let result = build(&folder("tags", document.to_string()));
    if let Ok(built) = result {
        let (_, merged) = built.documents.into_iter().next().unwrap();
        let generated = codegen::generate("cspm", merged, &Default::default(), |_| true);
        let code = generated.unwrap().code;
        let items = syn::parse_file(&code).unwrap().items;
        let traits = items.iter().filter_map(|item| match item {
            Item::Trait(item) => Some(item.ident.to_string()),
            _ => None,
        });
        assert_unique(&traits.collect::<Vec<_>>());
    }
}

#[test]
fn properties_values_parameters_and_schemas() {
    let names = [
        "a-b", "a_b", "aB", "A.B", "type", "self", "Self", "crate", "größe", "grüße", "1", "_", "",
        "$", "日本", "new", "extra",
    ];
    let mut document = document(Product::Cspm);
    let mut properties = serde_json::Map::new();
    let mut parameters = Vec::new();
    for name in names {
        properties.insert(name.to_owned(), json!({"type": "string", "enum": names}));
        if !name.is_empty() {
            parameters.push(json!({"name": name, "in": "query", "schema": {"type": "string"}}));
        }
        if !name.is_empty() {
            document["components"]["schemas"][name] =
                json!({"type": "object", "properties": {"x": {"type": "string"}}});
            let reference = format!("#/components/schemas/{name}");
            document["components"]["schemas"]["Thing"]["properties"][format!("ref {name}")] =
                json!({"$ref": reference});
        }
    }
    document["components"]["schemas"]["Odd"] =
        json!({"type": "object", "properties": properties, "required": ["type", "a-b"]});
    document["components"]["schemas"]["Thing"]["properties"]["odd"] =
        json!({"$ref": "#/components/schemas/Odd"});
    document["paths"]["/v2/thing"]["get"]["parameters"] = Value::from(parameters);
    let scratch = crate::testing::Scratch::new("listing");
    let built = build(&folder("odd", document.to_string())).unwrap();
    let (_, merged) = built.documents.into_iter().next().unwrap();
    let generated = codegen::generate("cspm", merged, &Default::default(), |_| true).unwrap();
    scratch.write("cspm.rs", &generated.code);
    syn::parse_file(&generated.code).unwrap_or_else(|error| panic!("{error}"));
    assert_unique(&generated.types);
    // Each property has a field, each value a variant, each parameter a setter: none is lost.
    for name in names {
        let wire = format!("{name:?} ");
        assert!(generated.code.contains(wire.trim_end()), "{name}");
    }
}
