//! Reads the members of an object that a type asks for, and passes over the others without reading them.
//!
//! Everything but objects is serde_json's work, one value at a time.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor,
};
use serde_json::{Error, Result};

use super::scan::{after_space, value_end};

/// How deep objects may stand in each other here. Deeper ones are serde_json's work, too, which goes 128 deeper.
const DEPTH: u8 = 32;

/// Reads `json`. What `T` does not ask for may be anything, as long as strings and brackets are closed.
///
/// # Errors
/// Those of serde_json.
pub(super) fn read<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T> {
    let start = after_space(json, 0);
    let value = Value {
        json: &json[start..],
        depth: DEPTH,
    };
    // What is unusual is read as usual, so that it fails as usual or not at all.
    T::deserialize(value).or_else(|_| serde_json::from_slice(json))
}

/// The text of one value.
struct Value<'de> {
    json: &'de [u8],
    depth: u8,
}

impl<'de> Value<'de> {
    fn members<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value> {
        visitor.visit_map(Members {
            json: self.json,
            at: 1,
            is_first: true,
            depth: self.depth - 1,
        })
    }

    fn is_object(&self) -> bool {
        self.json.first() == Some(&b'{') && self.depth > 0
    }
}

/// Leaves a method to serde_json.
macro_rules! as_usual {
    ($($method:ident($($argument:ident: $kind:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(self $(, $argument: $kind)*, visitor: V) -> Result<V::Value> {
            let mut usual = serde_json::Deserializer::from_slice(self.json);
            let value = usual.$method($($argument,)* visitor)?;
            usual.end()?;
            Ok(value)
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.is_object() {
            return self.members(visitor);
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if self.json == b"null" {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    as_usual! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_i128();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_u128();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(len: usize);
        deserialize_tuple_struct(name: &'static str, len: usize);
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
    }
}

/// The members of an object from `at` on.
struct Members<'de> {
    json: &'de [u8],
    at: usize,
    is_first: bool,
    depth: u8,
}

impl Members<'_> {
    /// Takes `byte` and the white space around it.
    fn take(&mut self, byte: u8) -> Result<()> {
        self.at = after_space(self.json, self.at);
        if self.json.get(self.at) != Some(&byte) {
            return Err(Error::custom("expected another character"));
        }
        self.at = after_space(self.json, self.at + 1);
        Ok(())
    }
}

impl<'de> MapAccess<'de> for Members<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        self.at = after_space(self.json, self.at);
        if self.json.get(self.at) == Some(&b'}') {
            return if self.at + 1 == self.json.len() {
                Ok(None)
            } else {
                Err(Error::custom("expected the end"))
            };
        }
        if !std::mem::take(&mut self.is_first) {
            self.take(b',')?;
        }
        let start = self.at;
        let end = value_end(self.json, start)
            .filter(|_| self.json[start] == b'"')
            .ok_or_else(|| Error::custom("expected a key"))?;
        self.at = end;
        self.take(b':')?;
        let quoted = &self.json[start..end];
        if quoted.contains(&b'\\') {
            let key: String = serde_json::from_slice(quoted)?;
            return seed.deserialize(key.into_deserializer()).map(Some);
        }
        let key = std::str::from_utf8(&quoted[1..quoted.len() - 1]).map_err(Error::custom)?;
        seed.deserialize(BorrowedStrDeserializer::new(key))
            .map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        let end = value_end(self.json, self.at).ok_or_else(|| Error::custom("expected a value"))?;
        let value = Value {
            json: &self.json[self.at..end],
            depth: self.depth,
        };
        self.at = end;
        seed.deserialize(value)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Few<'a> {
        #[serde(borrow)]
        id: Option<Cow<'a, str>>,
        count: Option<f64>,
        inner: Option<Box<Few<'a>>>,
        kind: Option<Kind>,
        #[serde(default)]
        list: Vec<serde_json::Value>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Open,
        Closed { at: i64 },
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Named {
        id: String,
        #[serde(flatten)]
        others: BTreeMap<String, serde_json::Value>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapped(Vec<Named>);

    fn same_as<'a, T: Deserialize<'a> + PartialEq + Debug>(json: &'a str) {
        let skimmed = read::<T>(json.as_bytes()).map_err(|error| error.to_string());
        let usual = serde_json::from_str::<T>(json).map_err(|error| error.to_string());
        assert_eq!(skimmed, usual, "{json}");
    }

    /// Some JSON, with names that the types above know now and then.
    fn json(random: &mut fastrand::Rng, depth: u8) -> String {
        let space = |random: &mut fastrand::Rng| " \n".repeat(random.usize(..8) / 6);
        match random.u8(..if depth == 0 { 6 } else { 10 }) {
            0 => "null".to_owned(),
            1 => random.bool().to_string(),
            2 => random.i64(-9..2_000).to_string(),
            3 => "-2.5e3".to_owned(),
            4 => format!("{:?}", ["", "open", "a\"b", "\\", "}]"][random.usize(..5)]),
            5 => r#""\u00fcx""#.to_owned(),
            6 => {
                let elements: Vec<String> = (0..random.usize(..4))
                    .map(|_| json(random, depth - 1))
                    .collect();
                format!("[{}]", elements.join(","))
            }
            _ => {
                let names = [
                    "id", "count", "inner", "kind", "list", "at", "\\u0069d", "x{",
                ];
                let members: Vec<String> = (0..random.usize(..6))
                    .map(|_| {
                        let name = names[random.usize(..names.len())];
                        let (before, after) = (space(random), space(random));
                        let value = json(random, depth - 1);
                        format!("{before}\"{name}\"{after}:{before}{value}{after}")
                    })
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    #[test]
    fn every_type_reads_what_it_would_read_otherwise() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let mut read_well = 0;
        for _ in 0..20_000 {
            let json = json(&mut random, 4);
            read_well += usize::from(read::<Few<'_>>(json.as_bytes()).is_ok());
            same_as::<Few<'_>>(&json);
            same_as::<Option<Few<'_>>>(&json);
            same_as::<BTreeMap<String, Option<Few<'_>>>>(&json);
            same_as::<Named>(&json);
            same_as::<Wrapped>(&json);
            same_as::<serde_json::Value>(&json);
            same_as::<BTreeMap<Cow<'_, str>, serde::de::IgnoredAny>>(&json);
            same_as::<Kind>(&json);
        }
        assert!(read_well > 100, "{read_well}");
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |depth| format!("{}{{}}{}", "{\"inner\":".repeat(depth), "}".repeat(depth));
        for depth in [1, 31, 32, 33, 100, 200, 10_000] {
            same_as::<Few<'_>>(&nested(depth));
        }
        // What would be refused as a whole may still be read.
        assert!(read::<Few<'_>>(nested(140).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_asked_for_may_be_anything() {
        let json = br#"{"other":{"a":tru,"b":[1 2]},"id":"x"}"#;
        let few: Few<'_> = read(json).unwrap();
        assert_eq!(few.id.as_deref(), Some("x"));
        assert!(serde_json::from_slice::<Few<'_>>(json).is_err());
        for json in [
            r#"{"other":{"a":1,"id":"x"}"#,
            r#"{"other":1 "id":"x"}"#,
            r#"{"other":1,"id":"x"}}"#,
            r#"{"other":1,"id":"x",}"#,
            r#"{"other" 1}"#,
            r#"{other:1}"#,
            "",
        ] {
            same_as::<Few<'_>>(json);
        }
    }
}
