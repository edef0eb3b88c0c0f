//! What generated types are made of.

mod answer;
mod argument;
mod free;
mod lenient;
mod open_enum;
mod outgoing;
mod record;
mod repair;
mod sent;
pub(crate) mod shown;
#[cfg(test)]
mod tests;
mod union;
mod whole;

pub use answer::read_json;
pub(crate) use answer::{Answered, answered, decoded, parsed};
pub use argument::vanishes;
pub(crate) use argument::{argument, argument_of_session};
pub(crate) use lenient::{Lenient, Tolerant, lenient_text};
pub(crate) use open_enum::{open_enum, text};
pub(crate) use outgoing::{Outgoing, incomplete, named};
pub(crate) use record::{Record, read, received, require};
pub(crate) use sent::sent;
pub(crate) use union::{Shape, choose, union_of};
pub use whole::{List, Members};
