//! What `spec/pagination.json` says.
//!
//! Places in an answer are paths of members with dots between them, `[]` for each element of a list: `data.items`. The
//! empty path is the answer itself. Places in a request begin with `query.` or `body.`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// The pages of one product, by `METHOD /path`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pagination {
    /// The operations whose answers come in pages.
    pub listings: BTreeMap<String, Listing>,
    /// Operations that look like it, and the reason why they are none.
    pub exceptions: BTreeMap<String, String>,
}

/// How one operation pages.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Listing {
    /// The first page comes from this operation, the others from another one.
    Then {
        /// From which.
        then: Then,
    },
    /// All pages come from the operation itself.
    Pages(Box<Pages>),
}

/// The operation that answers all pages but the first.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Then {
    /// Its `METHOD /path`.
    pub operation: String,
    /// Where the first answer holds what the other operation answers.
    #[serde(default)]
    pub page: String,
    /// What the first request says that the others must say too: its place there, and its place in the others.
    #[serde(default)]
    pub carry: BTreeMap<String, String>,
}

/// Where an operation carries its place in the listing, and where it answers the next one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pages {
    /// The list in the answer.
    pub items: String,
    /// The tokens.
    #[serde(default)]
    pub next: Vec<Next>,
    /// How it counts, where there is no token.
    pub count: Option<Count>,
    /// Where the request says how many items a page has.
    pub size: Option<String>,
    /// Where the answer says whether there is more.
    pub more: Option<String>,
    /// Where the answer says how many items there are.
    pub total: Option<String>,
    /// Where the answer says how many pages there are.
    pub pages: Option<String>,
    /// Members of the body that are sent where the caller gave none.
    #[serde(default)]
    pub defaults: Map<String, Value>,
}

/// A token: an answer names it, the next request carries it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Next {
    /// Where in the answer.
    pub answer: String,
    /// The parameter that is the token, if the answer tells it in an address.
    pub parameter: Option<String>,
    /// Where in the request.
    pub request: String,
    /// A number in the request that is nought once this token has come to its end and another has not.
    pub silence: Option<String>,
}

/// Counting.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// What is counted.
    pub by: Counted,
    /// Where in the request.
    pub request: String,
    /// The number of the first page. Of no meaning for items.
    #[serde(default)]
    pub first: u64,
}

/// What the place in a listing counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counted {
    /// Items before the page.
    Items,
    /// Pages.
    Pages,
}
