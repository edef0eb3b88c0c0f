//! Network and asset search, whose answers come at once.

use prisma_cloud_api::TimeRange;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::{SearchModel2, SearchResponseModel};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Search;
use super::explain::Asked;
use crate::error::Error;

impl Search {
    /// Network traffic and exposure: `network from vpc.flow_record where …`, `config from network where …`.
    pub fn network(&self, query: impl Into<String>, range: impl Into<TimeRange>) -> WholeSearch {
        self.whole(query, range, "network")
    }

    /// Assets with what is known of them: `asset where …`.
    pub fn assets(&self, query: impl Into<String>, range: impl Into<TimeRange>) -> WholeSearch {
        self.whole(query, range, "asset")
    }

    fn whole(
        &self,
        query: impl Into<String>,
        range: impl Into<TimeRange>,
        kind: &str,
    ) -> WholeSearch {
        let asked = self.asking(query, range);
        WholeSearch {
            request: SearchModel2::new(asked.query.clone(), asked.range.clone()).search_type(kind),
            asked,
        }
    }
}

/// A search that is answered as a whole; nothing is sent before its results are asked for.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the results are asked for"]
pub struct WholeSearch {
    asked: Asked,
    request: SearchModel2,
}

impl WholeSearch {
    /// The search as the service ran it, with its id and its `data`.
    ///
    /// # Errors
    /// As any call; a refused query says what is wrong with it ([`RqlProblem`](super::RqlProblem)).
    pub async fn send(self) -> Result<SearchResponseModel, Error> {
        let call = self.asked.client.cspm().search_network();
        match call.body(self.request).send().await {
            Ok(answer) => Ok(answer.into_inner()),
            Err(error) => Err(self.asked.explain(error.into()).await),
        }
    }

    /// What was found, each as a `T`: the shape of the data is not published, so it is the caller's. `serde_json::Value` takes
    /// everything. Of a graph these are the nodes.
    ///
    /// # Errors
    /// As [`send`](Self::send); [`is_decode`](Error::is_decode) for something that is no `T`, with its number.
    pub async fn items<T: DeserializeOwned>(self) -> Result<Vec<T>, Error> {
        let answer = self.send().await?;
        let items = listed(answer.data.unwrap_or_default()).into_iter();
        let decoded = items.enumerate().map(|(number, item)| {
            serde_json::from_value(item).map_err(|source| {
                Error::new(
                    crate::ErrorKind::Decode,
                    format!("result {number} of the search is not of the type it is read as"),
                )
                .with_source(crate::error::DecodeProblem::new(&source))
            })
        });
        decoded.collect()
    }
}

/// The list in the data: itself, or the first of the members that hold one.
fn listed(data: Value) -> Vec<Value> {
    match data {
        Value::Array(items) => items,
        Value::Object(mut fields) => {
            let list = ["items", "nodes", "data", "value"].iter().find_map(|name| {
                match fields.remove(*name) {
                    Some(Value::Array(items)) => Some(items),
                    Some(inner @ Value::Object(_)) => Some(listed(inner)),
                    _ => None,
                }
            });
            list.unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn results_are_found_in_every_shape() {
        for data in [
            json!([1, 2]),
            json!({ "items": [1, 2], "totalRows": 2 }),
            json!({ "nodes": [1, 2], "connections": [3] }),
            json!({ "data": { "items": [1, 2] } }),
        ] {
            assert_eq!(listed(data.clone()), [json!(1), json!(2)], "{data}");
        }
        assert!(listed(json!(null)).is_empty());
        assert!(listed(json!({ "totalRows": 0 })).is_empty());
    }
}
