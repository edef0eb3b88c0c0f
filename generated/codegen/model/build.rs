//! Builds the model of a whole document, and replaces its schemas by references to the types.
//!
//! The whole document is modelled before it is pruned, so that the names of anonymous types do not
//! depend on the enabled features.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::flat;
use super::naming::{self, nested, shorten, singular, type_name, unique};
use super::{Bodies, Field, Item, Kind, Model, recursion, usage};
use crate::codegen::lower::OPTIONAL;
use crate::codegen::operations;
use crate::codegen::prune::reference;

/// The model of `document`. Its operations refer to the types, its named schemas are the types'
/// names with nothing behind them.
pub fn build(document: &mut Value, renames: &BTreeMap<String, String>) -> Model {
    let schemas = document["components"]["schemas"]
        .as_object()
        .cloned()
        .unwrap_or_default();
    let mut builder = Builder::new(schemas, renames);
    builder.count(document);
    builder.named_schemas();
    builder.operations(document);
    let mut model = builder.model;
    recursion::break_loops(&mut model);
    usage::mark(&mut model, document);
    let names: Map<String, Value> = model
        .items
        .keys()
        .map(|name| (name.clone(), json!({})))
        .collect();
    document["components"] = json!({"schemas": names});
    model
}

/// What makes two anonymous schemas one type: the name of the member, and all that is in them.
type Identity = (String, String);

struct Builder<'a> {
    schemas: Map<String, Value>,
    renames: &'a BTreeMap<String, String>,
    model: Model,
    /// The type names of named schemas, by the schemas' names.
    names: BTreeMap<String, String>,
    taken: BTreeSet<String>,
    /// In how many places an anonymous schema stands.
    counts: BTreeMap<Identity, usize>,
    /// The types made of anonymous schemas.
    made: BTreeMap<Identity, Kind>,
    /// Named schemas without a type of their own that are being looked into, to end recursion.
    inlining: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(schemas: Map<String, Value>, renames: &'a BTreeMap<String, String>) -> Self {
        let mut taken = BTreeSet::new();
        let mut names = BTreeMap::new();
        for (name, schema) in &schemas {
            if is_type(&schemas, schema) {
                let wanted = shorten(renames.get(name).unwrap_or(&type_name(name)));
                names.insert(name.clone(), unique(&wanted, &mut taken));
            }
        }
        Self {
            schemas,
            renames,
            model: Model::default(),
            names,
            taken,
            counts: BTreeMap::new(),
            made: BTreeMap::new(),
            inlining: Vec::new(),
        }
    }

    /// Counts the anonymous schemas by identity.
    fn count(&mut self, document: &Value) {
        let mut found = Vec::new();
        collect_members(document, &mut found);
        for identity in found {
            *self.counts.entry(identity).or_default() += 1;
        }
    }

    fn named_schemas(&mut self) {
        for (schema, name) in self.names.clone() {
            let schema = flat::resolved(&self.schemas, &self.schemas[&schema]);
            if let Some(item) = self.item(&schema, &name) {
                self.model.items.insert(name, item);
            }
        }
    }

    /// The type that `schema` is, if it has one of its own.
    fn item(&mut self, schema: &Value, name: &str) -> Option<Item> {
        if let Some(values) = flat::text_values(&self.schemas, schema) {
            return Some(Item::Enum(variants(&values)));
        }
        if let Some(branches) = flat::branches(&self.schemas, schema) {
            return Some(self.union(&branches, name));
        }
        schema["properties"]
            .as_object()
            .map(|properties| self.structure(schema, properties, name))
    }

    fn structure(&mut self, schema: &Value, properties: &Map<String, Value>, name: &str) -> Item {
        let required: BTreeSet<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut taken = BTreeSet::new();
        let mut fields = Vec::new();
        for (wire, property) in properties {
            let values = flat::text_values(&self.schemas, property);
            let better = self.renames.get(&format!("{name}.{wire}"));
            fields.push(Field {
                wire: wire.clone(),
                name: naming::field_name(better.unwrap_or(wire), &mut taken),
                kind: self.member(property, name, wire),
                required: required.contains(wire.as_str()) && property["nullable"] != true,
                constants: values
                    .filter(|values| values.len() == 1)
                    .unwrap_or_default(),
            });
        }
        let extra = schema
            .get("additionalProperties")
            .filter(|extra| extra.as_object().is_some_and(|extra| !extra.is_empty()))
            .map(|extra| self.member(extra, name, "value"));
        Item::Struct(fields, extra)
    }

    /// The type of the member called `wire` of the type called `parent`.
    fn member(&mut self, schema: &Value, parent: &str, wire: &str) -> Kind {
        if let Some(native) = flat::native(&self.schemas, wire, schema) {
            return Kind::Native(native);
        }
        self.kind(schema, parent, wire)
    }

    fn kind(&mut self, schema: &Value, parent: &str, wire: &str) -> Kind {
        if let Some(target) = schema.as_object().and_then(reference) {
            return self.referred(&target, parent, wire);
        }
        if is_type(&self.schemas, schema) {
            return self.anonymous(schema, parent, wire);
        }
        if let Some(branches) = flat::branches(&self.schemas, schema) {
            // A choice that turned out to be none.
            return match branches.as_slice() {
                [only] => self.kind(only, parent, wire),
                _ => Kind::Any,
            };
        }
        match schema["type"].as_str() {
            Some("string") => Kind::Text,
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("array") => Kind::List(Box::new(self.kind(
                &schema["items"],
                parent,
                &singular(wire),
            ))),
            Some("object") | None => match schema.get("additionalProperties") {
                Some(Value::Object(values)) if !values.is_empty() => Kind::Map(Box::new(
                    self.kind(&schema["additionalProperties"], parent, &singular(wire)),
                )),
                _ => Kind::Any,
            },
            Some(_) => Kind::Any,
        }
    }

    fn referred(&mut self, target: &str, parent: &str, wire: &str) -> Kind {
        if let Some(name) = self.names.get(target) {
            return Kind::Named(name.clone());
        }
        if self.inlining.iter().any(|name| name == target) {
            // A list of itself has no Rust type without a name.
            return Kind::Any;
        }
        let Some(schema) = self.schemas.get(target).cloned() else {
            return Kind::Any;
        };
        self.inlining.push(target.to_owned());
        let kind = self.kind(&schema, parent, wire);
        self.inlining.pop();
        kind
    }

    /// The type of an anonymous schema: made once for each identity.
    fn anonymous(&mut self, schema: &Value, parent: &str, wire: &str) -> Kind {
        let identity = identity(wire, schema);
        if let Some(kind) = self.made.get(&identity) {
            return kind.clone();
        }
        let plain = type_name(wire);
        let name = if self.is_shared(&identity) && !self.taken.contains(&plain) {
            shorten(&plain)
        } else {
            nested(parent, wire)
        };
        let name = self.renames.get(&name).cloned().unwrap_or(name);
        let name = unique(&name, &mut self.taken);
        let kind = Kind::Named(name.clone());
        self.made.insert(identity, kind.clone());
        let schema = flat::resolved(&self.schemas, schema);
        if let Some(item) = self.item(&schema, &name) {
            self.model.items.insert(name, item);
        }
        kind
    }

    /// Whether an anonymous schema stands in several places and no other of its name does: then
    /// the name of the member alone says what it is.
    fn is_shared(&self, identity: &Identity) -> bool {
        let rivals = self
            .counts
            .range((identity.0.clone(), String::new())..)
            .take_while(|((name, _), _)| *name == identity.0)
            .filter(|(_, count)| **count > 1)
            .count();
        self.counts.get(identity).is_some_and(|count| *count > 1) && rivals == 1
    }

    fn union(&mut self, branches: &[Value], name: &str) -> Item {
        let mut taken = BTreeSet::from(["Unlisted".to_owned()]);
        let variants = branches
            .iter()
            .map(|branch| {
                let label = branch.as_object().and_then(reference);
                let kind = self.kind(branch, name, label.as_deref().unwrap_or("variant"));
                let variant = match &kind {
                    Kind::Text => "Text".to_owned(),
                    Kind::Integer => "Integer".to_owned(),
                    Kind::Number => "Number".to_owned(),
                    Kind::Boolean => "Boolean".to_owned(),
                    Kind::List(_) => "List".to_owned(),
                    Kind::Map(_) => "Map".to_owned(),
                    Kind::Named(name) => name.clone(),
                    Kind::Any | Kind::Native(_) | Kind::Boxed(_) | Kind::Whole(_) => {
                        "Value".to_owned()
                    }
                };
                (unique(&variant, &mut taken), kind)
            })
            .collect();
        Item::Union(variants)
    }

    fn operations(&mut self, document: &mut Value) {
        let sites: Vec<(String, String, String)> = operations::each(document)
            .map(|(path, method, operation)| {
                let id = operation["operationId"].as_str().unwrap_or_default();
                (path.to_owned(), method.to_owned(), type_name(id))
            })
            .collect();
        for (path, method, name) in sites {
            let mut operation = document["paths"][&path][&method].take();
            let bodies = self.operation(&mut operation, &name);
            document["paths"][&path][&method] = operation;
            self.model.bodies.insert((path, method), bodies);
        }
    }

    fn operation(&mut self, operation: &mut Value, name: &str) -> Bodies {
        let mut bodies = Bodies::default();
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            let wire = parameter["name"].as_str().unwrap_or_default().to_owned();
            let kind = self.kind(&parameter["schema"], name, &wire);
            parameter["schema"] = as_schema(&kind);
        }
        for (place, wire) in [("requestBody", "request"), ("responses", "response")] {
            let mut contents: Vec<&mut Value> = match place {
                "requestBody" => operation.get_mut(place).into_iter().collect(),
                _ => operation[place]
                    .as_object_mut()
                    .into_iter()
                    .flat_map(|responses| responses.values_mut())
                    .collect(),
            };
            for part in &mut contents {
                let content = part.get_mut("content").and_then(Value::as_object_mut);
                for (_, media) in content.into_iter().flatten() {
                    let schema = &media["schema"];
                    if schema["format"] == "binary" {
                        continue;
                    }
                    let mut kind = self.kind(schema, name, wire);
                    if place == "responses" && matches!(kind, Kind::List(_) | Kind::Map(_)) {
                        kind = self.whole(kind, name);
                    }
                    media["schema"] = as_schema(&kind);
                    let slot = match place {
                        "requestBody" => &mut bodies.request,
                        _ => &mut bodies.response,
                    };
                    *slot = Some(kind.clone());
                    let optional = media.as_object_mut().and_then(|m| m.remove(OPTIONAL));
                    if optional.is_some() && kind != Kind::Any {
                        media["schema"] =
                            json!({"allOf": [media["schema"].take()], "nullable": true});
                    }
                }
            }
        }
        bodies
    }

    /// An answer that is a list or a map has to be read leniently as a whole.
    fn whole(&mut self, kind: Kind, operation: &str) -> Kind {
        let name = unique(&format!("{operation}Answer"), &mut self.taken);
        let whole = Kind::Whole(Box::new(kind));
        self.model.items.insert(name.clone(), Item::Answer(whole));
        Kind::Named(name)
    }
}

/// Whether `schema` is a type of its own rather than a standard one.
fn is_type(schemas: &Map<String, Value>, schema: &Value) -> bool {
    if schema.get("$ref").is_some() {
        return false;
    }
    if flat::text_values(schemas, schema).is_some() {
        return true;
    }
    match flat::branches(schemas, schema) {
        Some(branches) => branches.len() > 1,
        None => {
            schema["properties"]
                .as_object()
                .is_some_and(|p| !p.is_empty())
                || flat::is_widened(schema)
        }
    }
}

fn variants(values: &[String]) -> Vec<(String, String)> {
    let mut taken = BTreeSet::from(["Unlisted".to_owned()]);
    let mut seen = BTreeSet::new();
    values
        .iter()
        // Values that differ only in letter case are one variant.
        .filter(|value| seen.insert(value.to_ascii_lowercase()))
        .map(|value| (naming::variant_name(value, &mut taken), value.clone()))
        .collect()
}

fn identity(wire: &str, schema: &Value) -> Identity {
    (type_name(wire), schema.to_string())
}

/// The identities of all anonymous schemas below `value` that are members of something.
fn collect_members(value: &Value, found: &mut Vec<Identity>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                if key == "properties" {
                    for (name, property) in value.as_object().into_iter().flatten() {
                        note_member(name, property, found);
                    }
                }
                if key == "parameters" {
                    for parameter in value.as_array().into_iter().flatten() {
                        let name = parameter["name"].as_str().unwrap_or_default();
                        note_member(name, &parameter["schema"], found);
                    }
                }
                collect_members(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_members(item, found)),
        _ => {}
    }
}

fn note_member(name: &str, schema: &Value, found: &mut Vec<Identity>) {
    if schema["enum"].is_array() || schema["properties"].is_object() {
        found.push(identity(name, schema));
    } else if schema["items"].is_object() {
        note_member(&singular(name), &schema["items"], found);
    } else if schema["additionalProperties"].is_object() {
        note_member(&singular(name), &schema["additionalProperties"], found);
    }
}

/// The schema from which the generator makes the type `kind`.
fn as_schema(kind: &Kind) -> Value {
    match kind {
        Kind::Text => json!({"type": "string"}),
        Kind::Integer => json!({"type": "integer", "format": "int64"}),
        Kind::Number => json!({"type": "number", "format": "double"}),
        Kind::Boolean => json!({"type": "boolean"}),
        Kind::Any | Kind::Native(_) => json!({}),
        Kind::List(inner) => json!({"type": "array", "items": as_schema(inner)}),
        Kind::Map(inner) => json!({"type": "object", "additionalProperties": as_schema(inner)}),
        Kind::Named(name) => json!({"$ref": format!("#/components/schemas/{name}")}),
        Kind::Boxed(inner) | Kind::Whole(inner) => as_schema(inner),
    }
}
