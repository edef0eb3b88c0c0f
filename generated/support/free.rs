//! JSON of any shape, as far as it nests like data.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How deep lists and objects may stand in each other in a value that has no type: deeper ones are no data but a mistake or
/// an attack. serde_json refuses the whole answer at 128, of which the rest is for what stands around the value.
const DEPTH: usize = 100;

/// Reads a value as JSON; `None` if it nests too deep.
pub fn free<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Free { left: DEPTH }.deserialize(deserializer)
}

/// The same of a list that has begun.
pub fn free_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Option<Value>, A::Error> {
    Free { left: DEPTH }.visit_seq(list)
}

/// The same of an object that has begun.
pub fn free_object<'de, A: MapAccess<'de>>(object: A) -> Result<Option<Value>, A::Error> {
    Free { left: DEPTH }.visit_map(object)
}

#[derive(Clone, Copy)]
struct Free {
    /// How many levels deeper it may go.
    left: usize,
}

impl Free {
    fn deeper(self) -> Option<Self> {
        let left = self.left.checked_sub(1)?;
        Some(Self { left })
    }
}

impl<'de> DeserializeSeed<'de> for Free {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Free {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Some(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Some(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
        Ok(Some(value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        if let Some(deeper) = self.deeper() {
            loop {
                match list.next_element_seed(deeper)? {
                    Some(Some(value)) => values.push(value),
                    Some(None) => break,
                    None => return Ok(Some(values.into())),
                }
            }
        }
        // Passed over without recursion.
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Map::new();
        if let Some(deeper) = self.deeper() {
            loop {
                let Some(key) = object.next_key::<String>()? else {
                    return Ok(Some(members.into()));
                };
                match object.next_value_seed(deeper)? {
                    Some(value) => members.insert(key, value),
                    None => break,
                };
            }
        }
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
