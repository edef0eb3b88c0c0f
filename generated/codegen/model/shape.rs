//! What tells the variants of a union apart at run time.

use super::{Item, Kind, Model};

/// The shape of a variant, for the table that the generated code holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A shape without details: the name of its variant in `support::Shape`.
    Plain(&'static str),
    /// An object.
    Object {
        /// Members it always has.
        required: Vec<String>,
        /// Members it can have.
        declared: Vec<String>,
        /// Members with their only possible values.
        constants: Vec<(String, Vec<String>)>,
    },
}

/// The shape of values of `kind`.
pub fn of(model: &Model, kind: &Kind) -> Shape {
    Shape::Plain(match kind {
        Kind::Text => "Text",
        Kind::Integer => "Integer",
        Kind::Number => "Number",
        Kind::Boolean => "Boolean",
        Kind::List(_) => "List",
        Kind::Map(_) | Kind::Any | Kind::Native(_) => "Map",
        Kind::Boxed(inner) | Kind::Whole(inner) => return of(model, inner),
        Kind::Named(name) => match model.items.get(name) {
            Some(Item::Enum(_)) => "Text",
            Some(Item::Struct(fields, _)) => {
                return Shape::Object {
                    required: fields
                        .iter()
                        .filter(|field| field.required)
                        .map(|field| field.wire.clone())
                        .collect(),
                    declared: fields.iter().map(|field| field.wire.clone()).collect(),
                    constants: fields
                        .iter()
                        .filter(|field| !field.constants.is_empty())
                        .map(|field| (field.wire.clone(), field.constants.clone()))
                        .collect(),
                };
            }
            // A union in a union: anything that is an object may be in it.
            Some(Item::Union(_) | Item::Answer(_)) | None => "Map",
        },
    })
}
