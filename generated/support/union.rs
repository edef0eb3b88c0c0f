//! Unions: one of several shapes, told apart by what the document says about each.

use serde_json::Value;

/// What tells a variant apart from the others.
// Which of them are used depends on the enabled groups.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object {
        /// The members it always has.
        required: &'static [&'static str],
        /// The members it can have.
        declared: &'static [&'static str],
        /// Members that always have one of these values.
        constants: &'static [(&'static str, &'static [&'static str])],
    },
    /// An object with any members.
    Map,
}

impl Shape {
    /// How well `value` fits: `None` if it does not, else larger for more that speaks for it.
    fn fit(&self, value: &Value) -> Option<usize> {
        match (self, value) {
            (Self::Text, Value::String(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (Self::List, Value::Array(_))
            | (Self::Map, Value::Object(_)) => Some(0),
            (Self::Integer, Value::Number(number)) => number.is_i64().then_some(1),
            (
                Self::Object {
                    required,
                    declared,
                    constants,
                },
                Value::Object(members),
            ) => {
                let complete = required.iter().all(|name| members.contains_key(*name));
                let constant = constants.iter().all(|(name, values)| {
                    members.get(*name).is_none_or(|value| {
                        value.as_str().is_some_and(|text| {
                            values.iter().any(|known| known.eq_ignore_ascii_case(text))
                        })
                    })
                });
                let known = declared
                    .iter()
                    .filter(|name| members.contains_key(**name))
                    .count();
                (complete && constant).then_some(1 + known)
            }
            _ => None,
        }
    }
}

/// The index of the shape that `value` fits best; the first of several that fit equally.
pub fn choose(value: &Value, shapes: &[Shape]) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (index, shape) in shapes.iter().enumerate() {
        if let Some(fit) = shape.fit(value)
            && best.is_none_or(|(_, other)| fit > other)
        {
            best = Some((index, fit));
        }
    }
    best.map(|(index, _)| index)
}

/// Declares a union. A value that fits no variant is kept as JSON.
macro_rules! union_of {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($variant:ident($kind:ty) = $shape:expr,)* }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", stringify!($kind), "`")]
                $variant($kind),
            )*
            /// A value of none of the documented shapes, as it came.
            Unlisted(::serde_json::Value),
        }

        impl $name {
            fn from_value(value: ::serde_json::Value) -> Self {
                const SHAPES: &[$crate::support::Shape] = &[$($shape,)*];
                let chosen = $crate::support::choose(&value, SHAPES);
                let mut index = 0;
                $(
                    if chosen == Some(index) {
                        return match ::serde::Deserialize::deserialize(&value) {
                            Ok(value) => Self::$variant(value),
                            Err(_) => Self::Unlisted(value),
                        };
                    }
                    index += 1;
                )*
                let _ = index;
                Self::Unlisted(value)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <::serde_json::Value as ::serde::Deserialize>::deserialize(deserializer)
                    .map(Self::from_value)
            }
        }

        impl $crate::support::Lenient for $name {
            fn lenient<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                let value = <::serde_json::Value as $crate::support::Lenient>::lenient(deserializer)?;
                Ok(value.map(Self::from_value))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    $(Self::$variant(value) => value.serialize(serializer),)*
                    Self::Unlisted(value) => value.serialize(serializer),
                }
            }
        }

        $(
            impl From<$kind> for $name {
                fn from(value: $kind) -> Self {
                    Self::$variant(value)
                }
            }
        )*

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                let variants = vec![$(generator.subschema_for::<$kind>(),)*];
                ::schemars::json_schema!({"anyOf": variants})
            }
        }
    };
}

pub(crate) use union_of;
