//! The passes: small named repairs, each for one class of defect, applied to each document in the
//! order of [`PASSES`].
//!
//! A pass changes what is wrong and leaves alone what is right, whatever edition it meets: none
//! knows a document by name. What is judgement rather than rule is data, see [`super::overlay`].

mod closed;
mod composition;
mod enumerations;
mod inheritance;
mod json_tree;
mod media_types;
mod operation_id;
mod parameters;
mod prose;
pub mod references;
mod responses;
mod schema_types;
mod security;
mod structure;

use super::document::Document;
use super::failure::Failure;
use super::log::Log;

pub use operation_id::{PUBLISHED_ID, PUBLISHED_TAG};
pub use parameters::template_names;
pub use schema_types::KEYWORDS;

/// One repair.
pub struct Pass {
    /// The name in the report.
    pub name: &'static str,
    /// What it repairs, for the report.
    pub repairs: &'static str,
    /// Repairs `document`, and notes each place in the log.
    pub run: fn(&mut Document, &mut Log) -> Result<(), Failure>,
}

/// All passes, in the order in which they run. The order matters where a line says so.
pub const PASSES: [&Pass; 35] = [
    // Before anything looks for keywords: prose may hold examples of them.
    &structure::STRAY_TOP_LEVEL,
    &prose::PROSE,
    &structure::PATH_LEVEL_PARAMETERS,
    // After parameters are where they belong, before anything reads them.
    &references::INLINE_REFERENCES,
    &references::REFERENCE_SIBLINGS,
    &structure::SINGLE_TAG,
    &operation_id::OPERATION_ID,
    &security::SECURITY,
    &security::TOKEN_PARAMETER,
    // Schemas, innermost words first: what follows relies on real types.
    &schema_types::TYPE_NAME,
    &schema_types::STRAY_PROPERTIES,
    &schema_types::OBJECT_TYPE,
    &schema_types::ARRAY_ITEMS,
    &enumerations::ENUM_PLACEMENT,
    &enumerations::ENUM_VALUES,
    &schema_types::CONSTRAINT,
    &json_tree::JSON_TREE,
    // Loops first, then what is left of `allOf`, then choices, and `required` when all
    // properties have arrived.
    &inheritance::INHERITANCE,
    &composition::ALL_OF,
    &composition::CHOICE_SIBLINGS,
    &closed::CLOSED_CHOICE,
    &schema_types::REQUIRED_UNDECLARED,
    &parameters::PARAMETER_SCHEMA,
    &parameters::PATH_PARAMETERS,
    &parameters::OBJECT_QUERY_PARAMETER,
    &parameters::PAGING_NUMBER,
    &parameters::TIME_RANGE_PARAMETERS,
    // Success first: it may come from a `default` that would otherwise lose its body.
    &responses::MISSING_SUCCESS,
    &responses::ERROR_BODIES,
    &media_types::JSON_CHARSET,
    &media_types::WILDCARD_MEDIA_TYPE,
    &media_types::JSON_WITHOUT_SCHEMA,
    &media_types::FILE_SCHEMA,
    &media_types::REQUEST_BODY_REQUIRED,
    &responses::MISSING_BODY,
];

/// Runs all passes on `document`.
///
/// # Errors
/// What a pass cannot repair.
pub fn run_all(document: &mut Document, log: &mut Log) -> Result<(), Failure> {
    for pass in PASSES {
        log.enter(pass.name, &document.name);
        (pass.run)(document, log)?;
    }
    Ok(())
}

#[cfg(test)]
pub mod testing {
    //! Runs one pass on a minimal document.

    use serde_json::{Value, json};

    use super::*;
    use crate::pipeline::document::Product;

    fn document(value: Value) -> Document {
        Document {
            product: Product::Cspm,
            stem: "Test".to_owned(),
            name: "cspm/Test.json".to_owned(),
            sha256: String::new(),
            value,
        }
    }

    /// Runs `pass` and returns the document and the log.
    pub fn run(pass: &Pass, value: Value) -> (Value, Log) {
        let mut document = document(value);
        let mut log = Log::default();
        log.enter(pass.name, &document.name);
        (pass.run)(&mut document, &mut log).expect("the pass repairs this");
        (document.value, log)
    }

    /// Runs `pass` on a document with one schema, and returns that.
    pub fn run_schema(pass: &Pass, schema: Value) -> (Value, Log) {
        let (mut value, log) = run(
            pass,
            json!({"paths": {}, "components": {"schemas": {"Test": schema}}}),
        );
        (value["components"]["schemas"]["Test"].take(), log)
    }

    /// Runs `pass` and returns the failure that it must end in.
    pub fn fail(pass: &Pass, value: Value) -> Failure {
        (pass.run)(&mut document(value), &mut Log::default())
            .expect_err("the pass must refuse this")
    }

    /// Where a pass fired, as `pointer note`.
    pub fn places(log: &Log) -> Vec<String> {
        log.firings()
            .iter()
            .map(|firing| {
                format!("{} {}", firing.pointer, firing.note)
                    .trim_end()
                    .to_owned()
            })
            .collect()
    }
}
