//! Config and event search.

use prisma_cloud_api::TimeRange;
use prisma_cloud_api::cspm::builder;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::{
    AuditEventSearchParamsModel, ConfigRuleSearchParams, ConfigSearchByQueryWithDownloadV1Request,
    UiFilterModel,
};

use super::Search;
use super::explain::Asked;
use crate::error::Error;
use crate::files::{Download, DownloadExt};
use crate::jobs::Job;
use crate::paging::{Items, PagedExt};

impl Search {
    /// Resources by their configuration: `config from cloud.resource where …`.
    pub fn config(&self, query: impl Into<String>, range: impl Into<TimeRange>) -> ConfigSearch {
        let asked = self.asking(query, range);
        ConfigSearch {
            request: ConfigRuleSearchParams::new()
                .query(asked.query.clone())
                .time_range(asked.range.clone()),
            asked,
        }
    }

    /// Audit events: `event from cloud.audit_logs where …`.
    pub fn events(&self, query: impl Into<String>, range: impl Into<TimeRange>) -> EventSearch {
        let asked = self.asking(query, range);
        EventSearch {
            request: AuditEventSearchParamsModel::new()
                .query(asked.query.clone())
                .time_range(asked.range.clone()),
            asked,
        }
    }
}

/// A search for resources; nothing is sent before its results are asked for.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the results are asked for"]
pub struct ConfigSearch {
    asked: Asked,
    request: ConfigRuleSearchParams,
}

impl ConfigSearch {
    /// How many resources in one page. Default: what the service does by itself.
    pub fn limit(mut self, limit: u32) -> Self {
        self.request = self.request.limit(limit.into());
        self
    }

    /// With the configuration of each resource as the cloud provider tells it. Large.
    pub fn with_resource_json(mut self) -> Self {
        self.request = self.request.with_resource_json(true);
        self
    }

    /// Lets the service take a faster way that finds all the same; the cure for searches that time out.
    pub fn heuristic(mut self) -> Self {
        self.request = self.request.heuristic_search(true);
        self
    }

    /// The resources.
    pub fn items(self) -> Items<builder::SearchConfig<'static>> {
        let call = self.asked.client.cspm().search_config();
        let items = call.body(self.request).items();
        self.asked.explaining(items)
    }

    /// The resources as CSV, in one answer. For results too large for that there are [`job`](Self::job) and
    /// [`report`](Self::report).
    ///
    /// # Errors
    /// As any call; a refused query says what is wrong with it ([`RqlProblem`](super::RqlProblem)).
    pub async fn csv(self) -> Result<Download, Error> {
        let call = self.asked.client.cspm().search_config_csv_download();
        match call.body(self.export()).send().await.download() {
            Ok(download) => Ok(download),
            Err(error) => Err(self.asked.explain(error).await),
        }
    }

    /// The resources as CSV, by a job.
    pub fn job(self) -> Job {
        let jobs = self.asked.client.jobs();
        jobs.config_search(self.request)
    }

    /// The resources as CSV, by a background report.
    pub fn report(self) -> Job {
        self.asked.client.jobs().config_search_report(self.export())
    }

    fn export(&self) -> ConfigSearchByQueryWithDownloadV1Request {
        ConfigSearchByQueryWithDownloadV1Request::new(self.asked.query.clone())
            .time_range(self.asked.range.clone())
    }
}

/// A search for audit events; nothing is sent before its results are asked for.
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until the results are asked for"]
pub struct EventSearch {
    asked: Asked,
    request: AuditEventSearchParamsModel,
}

impl EventSearch {
    /// How many events in one page. Default: what the service does by itself.
    pub fn limit(mut self, limit: u32) -> Self {
        self.request = self.request.limit(limit.into());
        self
    }

    /// Only events that pass this filter as well; may be called several times.
    pub fn filter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let filter = UiFilterModel::new().name(name).operator("=").value(value);
        self.request.filters.get_or_insert_default().push(filter);
        self
    }

    /// The events.
    pub fn items(self) -> Items<builder::SearchEvents<'static>> {
        let call = self.asked.client.cspm().search_events();
        let items = call.body(self.request).items();
        self.asked.explaining(items)
    }

    /// The events as CSV, in one answer.
    ///
    /// # Errors
    /// As any call; a refused query says what is wrong with it ([`RqlProblem`](super::RqlProblem)).
    pub async fn csv(self) -> Result<Download, Error> {
        let call = self.asked.client.cspm().search_events_csv();
        match call.body(self.request).send().await.download() {
            Ok(download) => Ok(download),
            Err(error) => Err(self.asked.explain(error).await),
        }
    }
}
