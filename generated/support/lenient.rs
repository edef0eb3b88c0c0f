//! Tolerant decoding of what the service sends.
//!
//! The published schemas are wrong often: fields are null, numbers come as strings, required
//! fields are missing. A page of ten thousand alerts must not fail for one of them. Everything that
//! an answer can hold is therefore decoded by [`Lenient`], which understands a value in each form
//! in which the service has been seen to send it, and gives `None` for one that it cannot
//! understand as the type, rather than failing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::free::{free, free_list, free_object};

/// A type that can be read from more forms than its own. `None` is a value that has none of them.
pub trait Lenient: Sized {
    /// Reads a value. Null and what cannot be understood are `None`.
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error>;
}

/// Carries [`Lenient`] where serde wants [`Deserialize`].
pub struct Tolerant<T>(pub Option<T>);

impl<'de, T: Lenient> Deserialize<'de> for Tolerant<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::lenient(deserializer).map(Self)
    }
}

/// Implements null as `None`, and what is wrapped in an option as what it is.
macro_rules! null_is_none {
    ($lifetime:lifetime) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_some<D: serde::Deserializer<$lifetime>>(
            self,
            deserializer: D,
        ) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_any(self)
        }
    };
}

pub(crate) use null_is_none;

/// Implements every kind of value that a scalar does not want as `None`.
macro_rules! ignore_containers {
    ($lifetime:lifetime) => {
        $crate::support::lenient::null_is_none!($lifetime);

        fn visit_seq<A: SeqAccess<$lifetime>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(None)
        }

        fn visit_map<A: MapAccess<$lifetime>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(None)
        }
    };
}

impl Lenient for i64 {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Integer;

        impl<'de> Visitor<'de> for Integer {
            type Value = Option<i64>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Some(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(i64::try_from(value).ok())
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(whole(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                let text = value.trim();
                Ok(text.parse().ok().or_else(|| whole(text.parse().ok()?)))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(None)
            }

            ignore_containers!('de);
        }

        deserializer.deserialize_any(Integer)
    }
}

/// `value` as an integer, if it is one. Beyond 2^53 a float no longer says which integer it is.
fn whole(value: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i64)
}

impl Lenient for f64 {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Number;

        impl<'de> Visitor<'de> for Number {
            type Value = Option<f64>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Some(value as f64))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Some(value as f64))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Some(value))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                // `inf` and `NaN` parse, but have no JSON form to send them back in.
                Ok(value
                    .trim()
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(None)
            }

            ignore_containers!('de);
        }

        deserializer.deserialize_any(Number)
    }
}

impl Lenient for bool {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Boolean;

        impl<'de> Visitor<'de> for Boolean {
            type Value = Option<bool>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Some(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(match value {
                    0 => Some(false),
                    1 => Some(true),
                    _ => None,
                })
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                self.visit_i64(i64::try_from(value).unwrap_or(-1))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                let value = value.trim();
                Ok(if value.eq_ignore_ascii_case("true") {
                    Some(true)
                } else if value.eq_ignore_ascii_case("false") {
                    Some(false)
                } else {
                    None
                })
            }

            ignore_containers!('de);
        }

        deserializer.deserialize_any(Boolean)
    }
}

impl Lenient for String {
    /// Numbers and booleans become their text, lists and objects their JSON: nothing is lost.
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        lenient_text(deserializer, |text| text.into_owned())
    }
}

/// Reads what has the form of a text, as [`String`] does, without copying it first where the input allows that.
pub fn lenient_text<'de, T, D: Deserializer<'de>>(
    deserializer: D,
    make: impl FnOnce(Cow<'_, str>) -> T,
) -> Result<Option<T>, D::Error> {
    struct Text<F>(F);

    impl<'de, T, F: FnOnce(Cow<'_, str>) -> T> Visitor<'de> for Text<F> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }

        fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
            Ok(Some((self.0)(value.into())))
        }

        fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
            Ok(Some((self.0)(value.into())))
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
            self.visit_string(value.to_string())
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            self.visit_string(value.to_string())
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
            self.visit_string(value.to_string())
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
            self.visit_string(Value::from(value).to_string())
        }

        null_is_none!('de);

        fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
            match free_list(seq)? {
                Some(value) => self.visit_string(value.to_string()),
                None => Ok(None),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            match free_object(map)? {
                Some(value) => self.visit_string(value.to_string()),
                None => Ok(None),
            }
        }
    }

    deserializer.deserialize_any(Text(make))
}

impl Lenient for Value {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(free(deserializer)?.filter(|value| !value.is_null()))
    }
}

impl<T: Lenient> Lenient for Box<T> {
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Ok(T::lenient(deserializer)?.map(Box::new))
    }
}

impl<T: Lenient> Lenient for Vec<T> {
    /// Elements that are null or cannot be understood are left out; one element that comes without
    /// its list is a list of one.
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct List<T>(PhantomData<T>);

        impl<T: Lenient> List<T> {
            fn one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<T>>, D::Error> {
                Ok(T::lenient(deserializer)?.map(|element| vec![element]))
            }
        }

        impl<'de, T: Lenient> Visitor<'de> for List<T> {
            type Value = Option<Vec<T>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                // The hint is the sender's word; a wrong one must not reserve memory.
                let mut list = Vec::with_capacity(seq.size_hint().unwrap_or(0).min(1024));
                while let Some(Tolerant(element)) = seq.next_element()? {
                    list.extend(element);
                }
                Ok(Some(list))
            }

            null_is_none!('de);

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Self::one(MapAccessDeserializer::new(map))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
                Self::one(serde::de::value::StrDeserializer::new(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::I64Deserializer::new(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::U64Deserializer::new(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                Self::one(serde::de::value::F64Deserializer::new(value))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
                Self::one(serde::de::value::BoolDeserializer::new(value))
            }
        }

        deserializer.deserialize_any(List(PhantomData))
    }
}

impl<T: Lenient> Lenient for BTreeMap<String, T> {
    /// Members that are null or cannot be understood are left out.
    fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Lenient> Visitor<'de> for Members<T> {
            type Value = Option<BTreeMap<String, T>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((key, Tolerant(value))) = map.next_entry::<String, Tolerant<T>>()? {
                    if let Some(value) = value {
                        members.insert(key, value);
                    }
                }
                Ok(Some(members))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(None)
            }

            scalars_are_none!('de);
        }

        deserializer.deserialize_any(Members(PhantomData))
    }
}

/// Implements every kind of scalar as `None`, for what is an object.
macro_rules! scalars_are_none {
    ($lifetime:lifetime) => {
        $crate::support::lenient::null_is_none!($lifetime);

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(None)
        }
    };
}

pub(crate) use scalars_are_none;
