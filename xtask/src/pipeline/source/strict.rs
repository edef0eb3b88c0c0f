//! A strict reader of JSON and YAML values.
//!
//! `serde_json::Value` keeps the last of two equal keys and loses the first without a word. This
//! one refuses duplicates, and says at which JSON pointer the reader was when anything failed.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::pipeline::failure::Pointer;

/// Deeper documents are refused; the published ones stay below 30 levels.
pub const MAX_DEPTH: usize = 100;

/// Where the reader is. Shared by all levels of the recursion, and read when an error comes out.
#[derive(Default)]
pub struct Trail(RefCell<Vec<String>>);

impl Trail {
    /// The pointer to the value that was being read last.
    pub fn pointer(&self) -> Pointer {
        self.0
            .borrow()
            .iter()
            .fold(Pointer::root(), |pointer, key| pointer.child(key))
    }

    fn enter(&self, key: String) {
        self.0.borrow_mut().push(key);
    }

    /// Not called after an error, so that the trail still shows where it happened.
    fn leave(&self) {
        self.0.borrow_mut().pop();
    }

    fn depth(&self) -> usize {
        self.0.borrow().len()
    }
}

/// Reads one value.
pub struct Strict<'a>(pub &'a Trail);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.0.depth() > MAX_DEPTH {
            return Err(Error::custom(format!(
                "nested more than {MAX_DEPTH} levels deep"
            )));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom(format!("{value} is no JSON number")))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            self.0.enter(items.len().to_string());
            let item = seq.next_element_seed(Strict(self.0))?;
            self.0.leave();
            match item {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.0.enter(key.clone());
            if members.contains_key(&key) {
                return Err(Error::custom(format!("the key `{key}` stands here twice")));
            }
            let value = map.next_value_seed(Strict(self.0))?;
            self.0.leave();
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}
