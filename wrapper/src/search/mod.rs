//! Search with RQL: a query and a time range in, what it finds out. Features `cspm-search`, `cspm-iam` and
//! `cspm-search-manager`.
//!
//! ```no_run
//! # #[cfg(feature = "cspm-search")]
//! # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::api::TimeRange;
//!
//! let query = "config from cloud.resource where api.name = 'aws-ec2-describe-instances'";
//! let mut found = client.search().config(query, TimeRange::last_days(1)).items();
//! while let Some(resource) = found.next().await {
//!     println!("{:?}", resource?.name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A query that the service refuses fails with its words and the place, on the message and, with a caret under the query, on
//! [`RqlProblem`]:
//!
//! ```no_run
//! # #[cfg(feature = "cspm-search")]
//! # fn f(error: prisma_cloud::Error) {
//! # use prisma_cloud::search::RqlProblem;
//! if let Some(problem) = RqlProblem::of(&error) {
//!     eprintln!("{problem}");
//! }
//! # }
//! ```

#[cfg(feature = "cspm-search")]
mod config;
mod explain;
#[cfg(feature = "cspm-search")]
mod graph;
#[cfg(feature = "cspm-iam")]
mod iam;
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
mod rql;
#[cfg(feature = "cspm-search-manager")]
mod saved;

use prisma_cloud_api::TimeRange;

#[cfg(feature = "cspm-search")]
pub use config::{ConfigSearch, EventSearch};
pub use explain::Suggestion;
#[cfg(feature = "cspm-search")]
pub use graph::WholeSearch;
#[cfg(feature = "cspm-iam")]
pub use iam::IamSearch;
#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
pub use rql::RqlProblem;
#[cfg(feature = "cspm-search-manager")]
pub use saved::SavedSearches;

use crate::client::PrismaCloud;
use crate::error::Error;

impl PrismaCloud {
    /// Search with RQL.
    pub fn search(&self) -> Search {
        Search {
            client: self.clone(),
        }
    }
}

/// The searches of a tenant; see [`PrismaCloud::search`].
#[derive(Clone, Debug)]
pub struct Search {
    client: PrismaCloud,
}

impl Search {
    /// What the service makes of a query, whole or begun: whether it can be run, and how it could go on.
    ///
    /// # Errors
    /// As any call.
    pub async fn suggest(
        &self,
        query: &str,
        range: impl Into<TimeRange> + Send,
    ) -> Result<Suggestion, Error> {
        explain::suggest(&self.client, query, &range.into()).await
    }

    #[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
    fn asking(&self, query: impl Into<String>, range: impl Into<TimeRange>) -> explain::Asked {
        explain::Asked {
            client: self.client.clone(),
            query: query.into(),
            range: range.into(),
        }
    }
}

#[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
impl Error {
    /// The same error with what is wrong with the query as its source, and the place in its message.
    pub(crate) fn with_problem(self, problem: RqlProblem) -> Self {
        // The problem holds the refusal itself, which keeps its own message.
        let place = problem.place();
        let error = self.with_source(problem);
        match place {
            Some(place) => error.with_more_advice(place),
            None => error,
        }
    }
}

/// Finds the place of a mistake in any words, and shows it.
#[cfg(all(
    feature = "fuzzing",
    any(feature = "cspm-iam", feature = "cspm-search")
))]
pub(crate) fn fuzzed(query: &str, words: &str, offset: usize) {
    let refusal = Error::new(crate::ErrorKind::InvalidRequest, words);
    let body = serde_json::json!({ "message": words }).to_string();
    let problem = RqlProblem::new(query, refusal.with_body(body.into(), false));
    let problem = problem.suggested(Some(offset), Vec::new());
    let length = query.chars().count();
    assert!(problem.position().is_none_or(|position| position <= length));
    let _ = (problem.to_string(), problem.place());
}
