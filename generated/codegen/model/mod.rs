//! The Rust types of a document: which there are, what they hold, how they are used.

mod build;
mod flat;
mod naming;
mod recursion;
mod shape;
mod usage;

use std::collections::{BTreeMap, BTreeSet};

pub use build::build;
pub use shape::{Shape, of as shape_of};
pub use usage::closure;

/// A Rust type where it is used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `String`.
    Text,
    /// `i64`.
    Integer,
    /// `f64`.
    Number,
    /// `bool`.
    Boolean,
    /// `serde_json::Value`.
    Any,
    /// `Vec`.
    List(Box<Kind>),
    /// `BTreeMap<String, _>`.
    Map(Box<Kind>),
    /// A generated type.
    Named(String),
    /// A hand-written type of the crate.
    Native(&'static str),
    /// A list or a map that is a whole answer: `List` or `Members`, which read leniently.
    Whole(Box<Kind>),
    /// A box, which breaks the recursion of a type that holds itself.
    Boxed(Box<Kind>),
}

impl Kind {
    /// The name of the generated type in it, if there is one.
    pub fn named(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::List(inner) | Self::Map(inner) | Self::Boxed(inner) | Self::Whole(inner) => {
                inner.named()
            }
            _ => None,
        }
    }
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name on the wire.
    pub wire: String,
    /// The Rust name.
    pub name: String,
    /// The type, without `Option`.
    pub kind: Kind,
    /// Whether the document requires it and never allows null.
    pub required: bool,
    /// The values of a string that can only be these: what tells the variants of a union apart.
    pub constants: Vec<String>,
}

/// What a generated type is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An object with fields, and the type of the members that are none of them.
    Struct(Vec<Field>, Option<Kind>),
    /// An open enumeration: the variants with their texts.
    Enum(Vec<(String, String)>),
    /// A union: the variants with their types.
    Union(Vec<(String, Kind)>),
    /// An answer that is a list or a map: no type of its own, but a name that the generator can be
    /// given another type for.
    Answer(Kind),
}

/// The types of a document.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Each generated type by its name.
    pub items: BTreeMap<String, Item>,
    /// The types that requests hold.
    pub sent: BTreeSet<String>,
    /// The types that answers hold.
    pub received: BTreeSet<String>,
    /// What each operation sends and receives, by path and method.
    pub bodies: BTreeMap<(String, String), Bodies>,
}

/// The JSON of one operation.
#[derive(Clone, Debug, Default)]
pub struct Bodies {
    /// The type of the request.
    pub request: Option<Kind>,
    /// The type of a successful answer.
    pub response: Option<Kind>,
}

impl Model {
    /// Whether the type called `name` is written, rather than being a name for another one.
    pub fn is_emitted(&self, name: &str) -> bool {
        !matches!(self.items.get(name), Some(Item::Answer(_)) | None)
    }

    /// Whether the type called `name` is only sent, and so as strict as the document.
    pub fn is_strict(&self, name: &str) -> bool {
        !self.received.contains(name)
    }
}
