//! Searches that the tenant keeps.

use prisma_cloud_api::TimeRange;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::{SavedRecentSearch, SearchManagerSearchModel};

use super::Search;
use crate::client::PrismaCloud;
use crate::error::Error;

impl Search {
    /// The searches that the tenant keeps.
    pub fn saved(&self) -> SavedSearches {
        SavedSearches {
            client: self.client.clone(),
        }
    }
}

/// The searches that a tenant keeps; see [`Search::saved`].
#[derive(Clone, Debug)]
pub struct SavedSearches {
    client: PrismaCloud,
}

impl SavedSearches {
    /// Those that were saved under a name.
    ///
    /// # Errors
    /// As any call.
    pub async fn list(&self) -> Result<Vec<SavedRecentSearch>, Error> {
        self.history("saved").await
    }

    /// Those that were run lately.
    ///
    /// # Errors
    /// As any call.
    pub async fn recent(&self) -> Result<Vec<SavedRecentSearch>, Error> {
        self.history("recent").await
    }

    async fn history(&self, filter: &str) -> Result<Vec<SavedRecentSearch>, Error> {
        let call = self.client.cspm().search_history().filter(filter);
        Ok(call.send().await?.into_inner().0)
    }

    /// One by its id.
    ///
    /// # Errors
    /// As any call; [`is_not_found`](Error::is_not_found) if there is none.
    pub async fn get(&self, id: &str) -> Result<SearchManagerSearchModel, Error> {
        let call = self.client.cspm().search_history_by_id().id(id);
        Ok(call.send().await?.into_inner())
    }

    /// Saves a search that was run under a name. `id` is that of the search, which its answer tells
    /// (`SearchResponseModel::id`).
    ///
    /// # Errors
    /// As any call.
    pub async fn save(
        &self,
        id: &str,
        name: impl Into<String>,
        query: impl Into<String>,
        range: impl Into<TimeRange>,
    ) -> Result<(), Error> {
        let search = SearchManagerSearchModel::new()
            .id(id)
            .name(name)
            .query(query)
            .time_range(range.into())
            .saved(true);
        let call = self.client.cspm().search_history_manage().id(id);
        call.body(search).send().await?;
        Ok(())
    }

    /// Deletes one.
    ///
    /// # Errors
    /// As any call; [`is_not_found`](Error::is_not_found) if there is none.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        let call = self.client.cspm().search_history_delete().id(id);
        call.send().await?;
        Ok(())
    }
}
