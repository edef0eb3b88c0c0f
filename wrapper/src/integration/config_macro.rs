//! A struct for the keys of one configuration, with its way to and from the map.

/// Declares a struct: each field with the key it is sent as, its type, and the [`Codec`](super::codec::Codec) that writes it. The
/// required ones are what `new` takes. The type of the integration comes last.
macro_rules! config {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            required { $( $(#[$rdoc:meta])* $rkey:literal $rfield:ident: $rtype:ty as $rcodec:ident, )* }
            optional { $( $(#[$odoc:meta])* $okey:literal $ofield:ident: $otype:ty as $ocodec:ident, )* }
        } = $type:literal
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub struct $name {
            $( $(#[$rdoc])* pub $rfield: $rtype, )*
            $( $(#[$odoc])* pub $ofield: Option<$otype>, )*
            /// Keys that this version does not know, sent back as they came.
            pub other: OtherKeys,
        }

        impl $name {
            /// With what is required, and nothing else.
            pub fn new($( $rfield: impl Into<$rtype>, )*) -> Self {
                Self {
                    $( $rfield: $rfield.into(), )*
                    $( $ofield: None, )*
                    other: OtherKeys::default(),
                }
            }

            $(
                $(#[$odoc])*
                #[must_use]
                pub fn $ofield(mut self, value: impl Into<$otype>) -> Self {
                    self.$ofield = Some(value.into());
                    self
                }
            )*
        }

        impl Config for $name {
            const TYPE: &str = $type;

            fn write(&self) -> Result<ConfigMap, Error> {
                let mut map = self.other.0.clone();
                $(
                    if codec::$rcodec::is_blank(&self.$rfield) {
                        return Err(problem::blank($type, $rkey));
                    }
                    map.insert($rkey.to_owned(), codec::$rcodec::write(&self.$rfield));
                )*
                $(
                    if let Some(value) = &self.$ofield {
                        map.insert($okey.to_owned(), codec::$ocodec::write(value));
                    }
                )*
                Ok(map)
            }

            fn read(map: &ConfigMap) -> Result<Self, Error> {
                Ok(Self {
                    $( $rfield: required::<codec::$rcodec>($type, map, $rkey)?, )*
                    $( $ofield: optional::<codec::$ocodec>($type, map, $okey)?, )*
                    other: OtherKeys::of(map, &[$( $rkey, )* $( $okey, )*]),
                })
            }
        }
    };
}

pub(super) use config;
