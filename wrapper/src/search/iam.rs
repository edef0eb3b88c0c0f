//! Permission search.

use http::{HeaderValue, Method, header};
use prisma_cloud_api::cspm::builder;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::PermissionSearchV4RequestDto;
use prisma_cloud_api::{Product, Since, TimeRange};
use serde_json::json;

use super::Search;
use super::explain::Asked;
use crate::error::Error;
use crate::files::Download;
use crate::paging::{Items, PagedExt};

/// In the CSV, unless set; the service wants a number.
const MOST_ROWS: u32 = 10_000;

impl Search {
    /// Who may do what: `config from iam where …`. These searches are about the present and take no time range.
    pub fn iam(&self, query: impl Into<String>) -> IamSearch {
        IamSearch {
            asked: self.asking(query, TimeRange::since(Since::Epoch)),
            groups: Vec::new(),
            limit: None,
        }
    }
}

/// A search for permissions; nothing is sent before its results are asked for.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the results are asked for"]
pub struct IamSearch {
    asked: Asked,
    groups: Vec<String>,
    limit: Option<u32>,
}

impl IamSearch {
    /// Groups the permissions by a field, such as `source`; may be called several times.
    pub fn group_by(mut self, field: impl Into<String>) -> Self {
        self.groups.push(field.into());
        self
    }

    /// How many permissions in one page, or in the CSV. Default: what the service does by itself, and 10 000 in the CSV.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The permissions.
    pub fn items(self) -> Items<builder::PermissionSearchV4<'static>> {
        let mut request = PermissionSearchV4RequestDto::new(self.asked.query.clone());
        if !self.groups.is_empty() {
            let groups = self.groups.iter().map(String::as_str);
            request = request.group_by_fields(groups);
        }
        let mut call = self
            .asked
            .client
            .cspm()
            .permission_search_v4()
            .body(request);
        if let Some(limit) = self.limit {
            call = call.limit(i64::from(limit));
        }
        let items = call.items();
        self.asked.explaining(items)
    }

    /// The permissions as CSV, in one answer and not grouped.
    ///
    /// # Errors
    /// As any call; a refused query says what is wrong with it ([`RqlProblem`](super::RqlProblem)).
    pub async fn csv(self) -> Result<Download, Error> {
        let limit = self.limit.unwrap_or(MOST_ROWS);
        let call = self
            .asked
            .client
            .raw(Product::Cspm, Method::POST, "/api/v1/permission")
            .known_as("get-permissions-with-post")
            .header(header::ACCEPT, HeaderValue::from_static("text/csv"))
            .only_reads()
            .json(&json!({ "query": self.asked.query, "limit": limit }));
        match call.download().await {
            Ok(download) => Ok(download),
            Err(error) => Err(self.asked.explain(error).await),
        }
    }
}
