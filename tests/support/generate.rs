//! Random JSON values that a schema allows.

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

/// Deeper values have no optional parts.
const MAX_DEPTH: usize = 6;

/// Makes random values for the schemas of one document.
pub struct Generator<'a> {
    schemas: &'a Value,
    rng: Rng,
}

impl<'a> Generator<'a> {
    /// For the named schemas of `document`.
    pub fn new(document: &'a Value, seed: u64) -> Self {
        Self {
            schemas: &document["components"]["schemas"],
            rng: Rng::with_seed(seed),
        }
    }

    /// A value that `schema` allows.
    pub fn value(&mut self, schema: &Value) -> Value {
        self.at(schema, 0)
    }

    fn at(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.rsplit('/').next().unwrap_or_default();
            let target = self.schemas[name].clone();
            return self.at(&target, depth);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(branches) = schema[keyword].as_array() {
                let branch = branches[self.rng.usize(..branches.len())].clone();
                let mut value = self.at(&branch, depth);
                if let (Value::Object(value), true) = (&mut value, schema["properties"].is_object())
                {
                    self.members(schema, depth, value);
                }
                return value;
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            return values[self.rng.usize(..values.len())].clone();
        }
        match schema["type"].as_str() {
            Some("string") => self.text(),
            Some("integer") => self.integer(schema),
            Some("number") => self.number(schema),
            Some("boolean") => Value::Bool(self.rng.bool()),
            Some("array") => {
                let most = if depth > MAX_DEPTH { 0 } else { 3 };
                let count = self.rng.usize(..=most);
                (0..count)
                    .map(|_| self.at(&schema["items"], depth + 1))
                    .collect()
            }
            Some("object") | None => self.object(schema, depth),
            Some(other) => panic!("the vendored documents have no type {other}"),
        }
    }

    fn text(&mut self) -> Value {
        const WORDS: [&str; 6] = [
            "alpha",
            "Beta 2",
            "ünïcode",
            "",
            "a/b?c=d&e",
            "\"quoted\"\n",
        ];
        Value::from(WORDS[self.rng.usize(..WORDS.len())])
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let low = schema["minimum"].as_i64().unwrap_or(-1_000);
        let high = schema["maximum"]
            .as_i64()
            .unwrap_or(low.saturating_add(2_000_000));
        Value::from(self.rng.i64(low..=high))
    }

    fn number(&mut self, schema: &Value) -> Value {
        let low = schema["minimum"].as_f64().unwrap_or(-100.0);
        let value = low + f64::from(self.rng.u16(..)) / 8.0;
        Value::Number(Number::from_f64(value).expect("a finite number"))
    }

    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut object = Map::new();
        self.members(schema, depth, &mut object);
        let values = &schema["additionalProperties"];
        if values.as_object().is_some_and(|values| !values.is_empty()) && depth <= MAX_DEPTH {
            for index in 0..self.rng.usize(..3) {
                object.insert(format!("key {index}"), self.at(values, depth + 1));
            }
        }
        if schema["properties"].is_null() && values.is_null() && depth <= MAX_DEPTH {
            object.insert("any".to_owned(), json!([1, "two", null]));
        }
        Value::Object(object)
    }

    fn members(&mut self, schema: &Value, depth: usize, object: &mut Map<String, Value>) {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.iter().any(|entry| entry == name);
            if needed || (depth <= MAX_DEPTH && self.rng.u8(..4) > 0) {
                let value = self.at(property, depth + 1);
                object.insert(name.clone(), value);
            }
        }
    }
}
