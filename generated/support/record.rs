//! Objects that the service sends: all fields optional, unknown ones ignored.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An object whose fields can be set one by one while it is read.
pub trait Record: Default {
    /// The name of the type, for messages.
    const NAME: &'static str;

    /// Reads the value of the member `key` if the type has such a field, and says whether it has.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

/// Reads a record; `None` where there is something else than an object, or a list of one: which of several is meant nobody says.
pub fn read<'de, R: Record, D: Deserializer<'de>>(deserializer: D) -> Result<Option<R>, D::Error> {
    deserializer.deserialize_any(Members {
        listed: false,
        record: PhantomData,
    })
}

/// Reads a record; anything else than an object is an error.
pub fn require<'de, R: Record, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    read(deserializer)?.ok_or_else(|| D::Error::custom(format!("expected the object {}", R::NAME)))
}

struct Members<R> {
    /// It stands in a list, whose elements are no lists again: else nesting without end would be followed.
    listed: bool,
    record: PhantomData<R>,
}

impl<'de, R: Record> DeserializeSeed<'de> for Members<R> {
    type Value = Option<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<R>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: Record> Visitor<'de> for Members<R> {
    type Value = Option<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the object {}", R::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut record = R::default();
        while let Some(Key(key)) = map.next_key::<Key<'de>>()? {
            match record.read(&key, &mut map) {
                Ok(true) => {}
                Ok(false) => {
                    map.next_value::<IgnoredAny>()?;
                }
                Err(error) => {
                    return Err(A::Error::custom(format!("{}.{key}: {error}", R::NAME)));
                }
            }
        }
        Ok(Some(record))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut only = None;
        if !self.listed {
            let first = Self {
                listed: true,
                record: PhantomData,
            };
            only = seq.next_element_seed(first)?.flatten();
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {
            only = None;
        }
        Ok(only)
    }

    super::lenient::scalars_are_none!('de);
}

/// A key, borrowed from the input where that is possible.
struct Key<'de>(std::borrow::Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Self::Value, E> {
                Ok(Key(value.into()))
            }

            fn visit_str<E>(self, value: &str) -> Result<Self::Value, E> {
                Ok(Key(value.to_owned().into()))
            }

            fn visit_string<E>(self, value: String) -> Result<Self::Value, E> {
                Ok(Key(value.into()))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

/// Declares an object that the service sends.
///
/// Every field is an `Option`: absent, null and what cannot be understood are `None`. Fields that
/// are `None` are not sent back. `..extra: T` collects the members that are no fields. `Debug` shows no
/// secrets.
macro_rules! received {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            $($wire:literal $field:ident: $kind:ty,)*
            $(..$extra:ident: $extra_kind:ty)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Default, PartialEq)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[cfg_attr(feature = "schemars", schemars(rename = $wire))]
                #[doc = concat!("`", $wire, "`")]
                pub $field: Option<$kind>,
            )*
            $(
                #[cfg_attr(feature = "schemars", schemars(flatten))]
                /// The members that are none of the fields above.
                pub $extra: ::std::collections::BTreeMap<String, $extra_kind>,
            )?
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $($crate::support::shown::optional(&mut shown, stringify!($field), $wire, &self.$field);)*
                $(shown.field(stringify!($extra), &$crate::support::shown::Extra(&self.$extra));)?
                shown.finish()
            }
        }

        impl $crate::support::Record for $name {
            const NAME: &'static str = stringify!($name);

            fn read<'de, A: ::serde::de::MapAccess<'de>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<bool, A::Error> {
                let _ = &map;
                match key {
                    $($wire => self.$field = map.next_value::<$crate::support::Tolerant<$kind>>()?.0,)*
                    $(
                        _ if true => {
                            if let Some(value) =
                                map.next_value::<$crate::support::Tolerant<$extra_kind>>()?.0
                            {
                                self.$extra.insert(key.to_owned(), value);
                            }
                        }
                    )?
                    _ => return Ok(false),
                }
                #[allow(unreachable_code)]
                Ok(true)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::support::require(deserializer)
            }
        }

        impl $crate::support::Lenient for $name {
            fn lenient<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                $crate::support::read(deserializer)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                #[allow(unused_imports)]
                use ::serde::ser::SerializeMap;
                #[allow(unused_mut)]
                let mut map = serializer.serialize_map(None)?;
                $(
                    if let Some(value) = &self.$field {
                        map.serialize_entry($wire, value)?;
                    }
                )*
                $(
                    for (key, value) in &self.$extra {
                        map.serialize_entry(key, value)?;
                    }
                )?
                map.end()
            }
        }
    };
}

pub(crate) use received;
