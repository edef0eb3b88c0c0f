//! Answers that are a list or a map as a whole.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};

use serde::de::{Deserialize, Deserializer, Error};
use serde::{Serialize, Serializer};

use super::{Lenient, Tolerant};

/// A list that is a whole answer. It derefs to `Vec`; elements that are null are left out, and null in place of the list is an
/// empty one.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct List<T>(pub Vec<T>);

/// A map that is a whole answer. It derefs to `BTreeMap`; members that are null are left out, and null in place of the map is an
/// empty one.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub struct Members<T>(pub BTreeMap<String, T>);

impl<'de, T: Lenient> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        whole(deserializer, "expected a list").map(Self)
    }
}

impl<'de, T: Lenient> Deserialize<'de> for Members<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        whole(deserializer, "expected an object").map(Self)
    }
}

/// Reads what holds nothing where it is null. Anything else that is no `T` is an error.
fn whole<'de, T: Lenient + Default, D: Deserializer<'de>>(
    deserializer: D,
    expected: &str,
) -> Result<T, D::Error> {
    match Option::<Tolerant<T>>::deserialize(deserializer)? {
        None => Ok(T::default()),
        Some(Tolerant(Some(whole))) => Ok(whole),
        Some(Tolerant(None)) => Err(D::Error::custom(expected)),
    }
}

macro_rules! derefs_to {
    ($name:ident, $inner:ty) => {
        impl<T> Deref for $name<T> {
            type Target = $inner;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<T> DerefMut for $name<T> {
            fn deref_mut(&mut self) -> &mut Self::Target {
                &mut self.0
            }
        }

        impl<T> From<$name<T>> for $inner {
            fn from(whole: $name<T>) -> Self {
                whole.0
            }
        }

        impl<T: Serialize> Serialize for $name<T> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<T> IntoIterator for $name<T> {
            type Item = <$inner as IntoIterator>::Item;
            type IntoIter = <$inner as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                self.0.into_iter()
            }
        }

        impl<'a, T> IntoIterator for &'a $name<T> {
            type Item = <&'a $inner as IntoIterator>::Item;
            type IntoIter = <&'a $inner as IntoIterator>::IntoIter;

            fn into_iter(self) -> Self::IntoIter {
                (&self.0).into_iter()
            }
        }
    };
}

derefs_to!(List, Vec<T>);
derefs_to!(Members, BTreeMap<String, T>);
