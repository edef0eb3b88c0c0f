//! Dismissing, snoozing and reopening.

use prisma_cloud_api::DismissalTimeRange;
use prisma_cloud_api::cspm::prelude::*;
use prisma_cloud_api::cspm::types::{AlertStatusChangeRequestModel, FilterModel};

use super::batch::{BatchReport, Batches};
use super::{AlertQuery, Alerts};
use crate::client::PrismaCloud;
use crate::error::Error;

/// Unless set.
const BATCH: usize = 500;

#[derive(Clone, Copy, Debug)]
enum To {
    Dismissed,
    Open,
}

/// What is sent with each batch.
#[derive(Clone, Debug)]
struct Change {
    to: To,
    until: Option<DismissalTimeRange>,
    note: Option<String>,
}

impl Change {
    fn new(to: To, until: Option<DismissalTimeRange>) -> Self {
        Self {
            to,
            until,
            note: None,
        }
    }

    async fn send(
        &self,
        client: &PrismaCloud,
        filter: FilterModel,
        fill: impl FnOnce(AlertStatusChangeRequestModel) -> AlertStatusChangeRequestModel,
    ) -> Result<(), Error> {
        let mut body = fill(AlertStatusChangeRequestModel::new(filter));
        body.dismissal_note = self.note.clone();
        body.dismissal_time_range = self.until.clone();
        match self.to {
            To::Dismissed => client.cspm().dismiss_alerts().body(body).send().await?,
            To::Open => client.cspm().reopen_alerts().body(body).send().await?,
        };
        Ok(())
    }
}

impl Alerts {
    /// Dismisses the alerts with these ids for good.
    pub fn dismiss(&self, ids: impl IntoIterator<Item = impl Into<String>>) -> StatusChange {
        self.change(ids, Change::new(To::Dismissed, None))
    }

    /// Dismisses the alerts with these ids for a time, after which they open again.
    pub fn snooze(
        &self,
        ids: impl IntoIterator<Item = impl Into<String>>,
        until: DismissalTimeRange,
    ) -> StatusChange {
        self.change(ids, Change::new(To::Dismissed, Some(until)))
    }

    /// Opens the alerts with these ids again.
    pub fn reopen(&self, ids: impl IntoIterator<Item = impl Into<String>>) -> StatusChange {
        self.change(ids, Change::new(To::Open, None))
    }

    /// Dismisses for good the alerts of these policies that match `query`, in one request.
    pub fn dismiss_policies(
        &self,
        policies: impl IntoIterator<Item = impl Into<String>>,
        query: AlertQuery,
    ) -> PolicyAlertsChange {
        self.change_policies(policies, query, Change::new(To::Dismissed, None))
    }

    /// The same for a time, after which they open again.
    pub fn snooze_policies(
        &self,
        policies: impl IntoIterator<Item = impl Into<String>>,
        query: AlertQuery,
        until: DismissalTimeRange,
    ) -> PolicyAlertsChange {
        self.change_policies(policies, query, Change::new(To::Dismissed, Some(until)))
    }

    /// Opens again the alerts of these policies that match `query`, in one request.
    pub fn reopen_policies(
        &self,
        policies: impl IntoIterator<Item = impl Into<String>>,
        query: AlertQuery,
    ) -> PolicyAlertsChange {
        self.change_policies(policies, query, Change::new(To::Open, None))
    }

    fn change(
        &self,
        ids: impl IntoIterator<Item = impl Into<String>>,
        change: Change,
    ) -> StatusChange {
        StatusChange {
            client: self.client.clone(),
            ids: ids.into_iter().map(Into::into).collect(),
            change,
            size: BATCH,
        }
    }

    fn change_policies(
        &self,
        policies: impl IntoIterator<Item = impl Into<String>>,
        query: AlertQuery,
        change: Change,
    ) -> PolicyAlertsChange {
        PolicyAlertsChange {
            client: self.client.clone(),
            policies: policies.into_iter().map(Into::into).collect(),
            query,
            change,
        }
    }
}

/// A change of the status of alerts, by their ids; nothing is sent before [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct StatusChange {
    client: PrismaCloud,
    ids: Vec<String>,
    change: Change,
    size: usize,
}

impl StatusChange {
    /// The reason, which the alerts show. A tenant may require one for dismissals.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.change.note = Some(note.into());
        self
    }

    /// How many ids go into one request. Default: 500.
    pub fn batch_size(mut self, size: usize) -> Self {
        self.size = size;
        self
    }

    /// Changes them, batch after batch. A batch that is refused for some of its ids is halved until those are found, so that the
    /// others are done all the same.
    ///
    /// Dropping the future leaves the batches done that were sent. The change is the same when it is sent again.
    pub async fn send(self) -> BatchReport {
        let mut batches = Batches::new(self.ids, self.size);
        while let Some(batch) = batches.next() {
            // The service wants a filter besides; all alerts of all time are among the ids then.
            let filter = AlertQuery::new().into();
            let ids = batch.clone();
            let sent = self
                .change
                .send(&self.client, filter, |body| body.alerts(ids));
            match sent.await {
                Ok(()) => batches.done(batch),
                Err(error) => batches.failed(batch, error),
            }
        }
        batches.report()
    }
}

/// A change of the status of alerts, by their policies; nothing is sent before [`send`](Self::send).
#[derive(Clone, Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct PolicyAlertsChange {
    client: PrismaCloud,
    policies: Vec<String>,
    query: AlertQuery,
    change: Change,
}

impl PolicyAlertsChange {
    /// The reason, which the alerts show. A tenant may require one for dismissals.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.change.note = Some(note.into());
        self
    }

    /// Changes them.
    ///
    /// # Errors
    /// As any call; [`is_config`](Error::is_config) if there is no policy, because the service would then change the alerts of all.
    pub async fn send(self) -> Result<(), Error> {
        if self.policies.is_empty() {
            return Err(Error::config(
                "no policy is given whose alerts are to be changed; name at least one, or change alerts by their ids",
            ));
        }
        let policies = self.policies;
        self.change
            .send(&self.client, self.query.into(), |body| {
                body.policies(policies)
            })
            .await
    }
}
