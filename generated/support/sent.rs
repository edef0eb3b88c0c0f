//! Objects that are only sent: what the document requires is required.

/// Declares an object that is only sent. Required fields come first and have their plain types. `Debug` shows no secrets.
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
        #[derive(Clone, PartialEq, ::serde::Serialize, ::serde::Deserialize)]
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

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                let mut shown = f.debug_struct(stringify!($name));
                $($crate::support::shown::required(&mut shown, stringify!($required), $required_wire, &self.$required);)*
                $($crate::support::shown::optional(&mut shown, stringify!($field), $wire, &self.$field);)*
                $(shown.field(stringify!($extra), &$crate::support::shown::Extra(&self.$extra));)?
                shown.finish()
            }
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
