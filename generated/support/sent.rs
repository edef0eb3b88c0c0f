//! Objects that are only sent: what the document requires is required.

/// Declares an object that is only sent. Required fields come first and have their plain types.
macro_rules! sent {
    (
        $(#[$attribute:meta])*
        pub struct $name:ident {
            required { $($required_wire:literal $required:ident: $required_kind:ty,)* }
            optional { $($wire:literal $field:ident: $kind:ty,)* }
            $(..$extra:ident: $extra_kind:ty)?
        }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[non_exhaustive]
        pub struct $name {
            $(
                #[serde(rename = $required_wire)]
                #[doc = concat!("`", $required_wire, "`, required")]
                pub $required: $required_kind,
            )*
            $(
                #[serde(rename = $wire, default, skip_serializing_if = "Option::is_none")]
                #[doc = concat!("`", $wire, "`")]
                pub $field: Option<$kind>,
            )*
            $(
                /// The members that are none of the fields above.
                #[serde(flatten)]
                pub $extra: ::std::collections::BTreeMap<String, $extra_kind>,
            )?
        }

        impl $crate::support::Lenient for $name {
            fn lenient<'de, D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                ::serde::Deserialize::deserialize(deserializer).map(Some)
            }
        }
    };
}

pub(crate) use sent;
