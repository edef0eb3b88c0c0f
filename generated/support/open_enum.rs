//! Open enumerations: known values are variants, everything else is kept as it came.

/// Declares an open enumeration of strings.
///
/// A known value is recognised in any letter case and sent as the document writes it. Any other
/// text is `Unlisted`, and is sent back verbatim.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident { $($variant:ident = $wire:literal,)* }
    ) => {
        $(#[$attribute])*
        ///
        /// The service may send values that are not listed here: match them with `Unlisted`, and
        /// treat them as new, not as wrong. Any text can be sent.
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(
                #[doc = concat!("`", $wire, "`")]
                $variant,
            )*
            /// A value that the published documents do not list, as it came.
            Unlisted(String),
        }

        impl $name {
            /// The values that the published documents list.
            pub const LISTED: &'static [Self] = &[$(Self::$variant,)*];

            /// The text that is sent.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unlisted(text) => text,
                }
            }

            /// The listed value that `text` is, in any letter case.
            fn listed(text: &str) -> Option<Self> {
                match text {
                    $($wire => return Some(Self::$variant),)*
                    _ => {}
                }
                $(
                    if text.eq_ignore_ascii_case($wire) {
                        return Some(Self::$variant);
                    }
                )*
                None
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::listed(text).unwrap_or_else(|| Self::Unlisted(text.to_owned()))
            }
        }

        impl From<&String> for $name {
            fn from(text: &String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::listed(&text).unwrap_or(Self::Unlisted(text))
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::support::text(deserializer, |text| Self::from(text))
            }
        }

        impl $crate::support::Lenient for $name {
            fn lenient<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                $crate::support::lenient_text(deserializer, |text| match text {
                    ::std::borrow::Cow::Borrowed(text) => Self::from(text),
                    ::std::borrow::Cow::Owned(text) => Self::from(text),
                })
            }
        }

        #[cfg(feature = "schemars")]
        impl ::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                // Listed values for editors, any text for validators: that is what is accepted.
                ::schemars::json_schema!({
                    "anyOf": [{"type": "string", "enum": [$($wire),*]}, {"type": "string"}]
                })
            }
        }
    };
}

pub(crate) use open_enum;

/// Reads a string without copying it first where the input allows that.
pub fn text<'de, T, D: serde::Deserializer<'de>>(
    deserializer: D,
    make: fn(&str) -> T,
) -> Result<T, D::Error> {
    struct Text<T>(fn(&str) -> T);

    impl<T> serde::de::Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, value: &str) -> Result<T, E> {
            Ok((self.0)(value))
        }
    }

    deserializer.deserialize_str(Text(make))
}
