//! What a new edition does to the users of the generated Rust API.
//!
//! Two merged documents are compared operation by operation, by method and path template. The
//! comparison is about what reaches users: how a schema is called, in which order things stand,
//! or which error statuses are declared makes no difference, because generated code does not
//! depend on it (errors have one shape, decoded by the session).
//!
//! `side` reads, `operations` and `exchange` compare operations, `schema` what they carry,
//! `render_*` print. Only `side` does I/O.

mod exchange;
mod group;
mod model;
mod operations;
mod render_json;
mod render_markdown;
mod render_text;
mod schema;
mod shape;
pub mod side;
pub mod version;

pub use model::Comparison;
pub use render_json::render as json;
pub use render_markdown::render as markdown;
pub use render_text::{render as text, summary};

use side::Side;

/// Compares two editions.
pub fn compare(old: &Side, new: &Side) -> Comparison {
    let products = old
        .documents
        .iter()
        .zip(&new.documents)
        .map(|((product, old), (_, new))| operations::compare(*product, old, new))
        .collect();
    Comparison { products }
}

#[cfg(test)]
mod editions;
#[cfg(test)]
mod tests;
