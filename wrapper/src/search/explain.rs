//! From a refused query to an error that says what is wrong with it.

use http::Method;
use prisma_cloud_api::{Product, TimeRange};
use serde_json::{Value, json};

#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
use super::rql::RqlProblem;
use crate::client::PrismaCloud;
use crate::error::Error;
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
use crate::paging::{Items, Paged};

/// A query, and how to find out what is wrong with it.
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) client: PrismaCloud,
    pub(super) query: String,
    pub(super) range: TimeRange,
}

#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
impl Asked {
    /// Whether `error` may be about the query.
    fn concerns(&self, error: &Error) -> bool {
        error.status() == Some(http::StatusCode::BAD_REQUEST)
            && !self.query.is_empty()
            && RqlProblem::of(error).is_none()
    }

    /// Has the errors of a listing say what is wrong with the query.
    pub(super) fn explaining<C: Paged>(self, items: Items<C>) -> Items<C> {
        items.explained_by(move |error| Box::pin(self.clone().explain(error)))
    }

    /// The same error, with what is wrong and where, as far as the service tells.
    pub(super) async fn explain(self, error: Error) -> Error {
        if !self.concerns(&error) {
            return error;
        }
        let mut problem = RqlProblem::new(&self.query, error.clone());
        // A second question must not hide the answer to the first.
        if let Ok(suggestion) = suggest(&self.client, &self.query, &self.range).await {
            if suggestion.valid == Some(true) && problem.position().is_none() {
                // The query is fine; something else is wrong with the request.
                return error;
            }
            problem = problem.suggested(suggestion.offset, suggestion.suggestions);
        }
        error.with_problem(problem)
    }
}

/// What the service makes of a query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suggestion {
    /// Whether the query can be run as it is, where the service tells.
    pub valid: Option<bool>,
    /// The character from which the suggestions would go on, counted from 0.
    pub offset: Option<usize>,
    /// What may stand there.
    pub suggestions: Vec<String>,
}

/// Asks the service what it makes of `query`.
pub(super) async fn suggest(
    client: &PrismaCloud,
    query: &str,
    range: &TimeRange,
) -> Result<Suggestion, Error> {
    let call = client
        .raw(Product::Cspm, Method::POST, "/search/suggest")
        .known_as("search-suggest")
        .only_reads()
        .json(&json!({ "query": query, "timeRange": range }));
    let answer: Value = call.send().await?.json()?;
    let suggestions = answer["suggestions"].as_array();
    Ok(Suggestion {
        valid: answer["valid"].as_bool(),
        offset: answer["offset"]
            .as_u64()
            .and_then(|offset| offset.try_into().ok()),
        suggestions: suggestions
            .into_iter()
            .flatten()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
    })
}
