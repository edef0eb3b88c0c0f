//! Which alerts.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::SystemTime;

use prisma_cloud_api::cspm::types::{FilterModel, UiFilterModel};
use prisma_cloud_api::{Since, TimeRange};

use crate::time::EpochMillis;

/// Which point in the life of an alert a time range is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    Opened,
    Updated,
    StatusUpdated,
}

impl Moment {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "ALERT_OPENED",
            Self::Updated => "ALERT_UPDATED",
            Self::StatusUpdated => "ALERT_STATUS_UPDATED",
        }
    }
}

/// Which alerts: the filter of listings, counts, jobs and changes of status.
///
/// A condition may be given several times: one of the values is enough. Different conditions must all hold. Without a time
/// range all alerts of all time are meant.
///
/// ```
/// use prisma_cloud::alerts::AlertQuery;
/// use prisma_cloud::api::TimeRange;
/// use prisma_cloud::api::cspm::types::FilterModel;
///
/// let query = AlertQuery::new()
///     .status("open")
///     .severity("critical")
///     .severity("high")
///     .account("production")
///     .changed_within(TimeRange::last_days(1));
/// let request: FilterModel = query.into();
/// assert_eq!(request.filters.map(|filters| filters.len()), Some(5));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use = "a query does nothing by itself"]
pub struct AlertQuery {
    /// By name; the values in the order in which they were given.
    conditions: BTreeMap<String, Vec<String>>,
    range: Option<TimeRange>,
    moment: Option<Moment>,
    detailed: Option<bool>,
    limit: Option<i64>,
    fields: Vec<String>,
    sort: Vec<String>,
}

/// Defines methods that each add a condition.
macro_rules! conditions {
    ($($(#[$attribute:meta])* $method:ident = $name:literal;)*) => {
        $(
            $(#[$attribute])*
            #[doc = concat!("\n\nThe filter `", $name, "`.")]
            pub fn $method(self, value: impl Display) -> Self {
                self.filter($name, value)
            }
        )*
    };
}

impl AlertQuery {
    /// All alerts.
    pub fn new() -> Self {
        Self::default()
    }

    /// Any condition by its name, such as `("policy.remediable", true)`. `GET /filter/alert/suggest` tells which there are.
    pub fn filter(mut self, name: impl Into<String>, value: impl Display) -> Self {
        let values = self.conditions.entry(name.into()).or_default();
        values.push(value.to_string());
        self
    }

    /// `open`, `dismissed`, `snoozed`, `resolved` or `pending_resolution`.
    ///
    /// The filter `alert.status`.
    pub fn status(self, status: impl Display) -> Self {
        self.lower_case("alert.status", status)
    }

    /// `critical`, `high`, `medium`, `low` or `informational`.
    ///
    /// The filter `policy.severity`.
    pub fn severity(self, severity: impl Display) -> Self {
        self.lower_case("policy.severity", severity)
    }

    /// `aws`, `azure`, `gcp`, `alibaba_cloud` or `oci`.
    ///
    /// The filter `cloud.type`.
    pub fn cloud(self, cloud: impl Display) -> Self {
        self.lower_case("cloud.type", cloud)
    }

    /// Answers write these in upper case, in places, and filters want them in lower case.
    fn lower_case(self, name: &str, value: impl Display) -> Self {
        self.filter(name, value.to_string().to_lowercase())
    }

    conditions! {
        /// The id of the alert, such as `P-1234`.
        id = "alert.id";
        /// The name of the alert rule.
        rule = "alertRule.name";
        /// The name of the policy.
        policy = "policy.name";
        /// The id of the policy.
        policy_id = "policy.id";
        /// `config`, `network`, `audit_event`, `anomaly`, `iam`, …
        policy_type = "policy.type";
        /// A label of the policy.
        policy_label = "policy.label";
        /// The name of a compliance standard that the policy belongs to.
        compliance_standard = "policy.complianceStandard";
        /// The name of the cloud account.
        account = "cloud.account";
        /// The cloud provider's id of the account.
        account_id = "cloud.accountId";
        /// The name of an account group.
        account_group = "account.group";
        /// The name of the region, such as `AWS Ireland`.
        region = "cloud.region";
        /// The cloud service.
        service = "cloud.service";
        /// The id of the resource.
        resource_id = "resource.id";
        /// The name of the resource.
        resource = "resource.name";
        /// The type of the resource.
        resource_type = "resource.type";
    }

    /// Only alerts of this time. Unless one of the other methods is called, the service decides by the time at which they were
    /// opened.
    pub fn within(mut self, range: TimeRange) -> Self {
        self.range = Some(range);
        self
    }

    /// Only alerts that were opened then.
    pub fn opened_within(self, range: TimeRange) -> Self {
        self.at(Moment::Opened, range)
    }

    /// Only alerts of which anything changed then.
    pub fn changed_within(self, range: TimeRange) -> Self {
        self.at(Moment::Updated, range)
    }

    /// Only alerts whose status changed then.
    pub fn status_changed_within(self, range: TimeRange) -> Self {
        self.at(Moment::StatusUpdated, range)
    }

    /// Only alerts of which anything changed from `time` up to now, by the clock of this machine.
    pub fn changed_since(self, time: impl Into<EpochMillis>) -> Self {
        self.changed_within(until_now(time.into()))
    }

    /// Only alerts whose status changed from `time` up to now, by the clock of this machine.
    pub fn status_changed_since(self, time: impl Into<EpochMillis>) -> Self {
        self.status_changed_within(until_now(time.into()))
    }

    fn at(mut self, moment: Moment, range: TimeRange) -> Self {
        self.moment = Some(moment);
        self.within(range)
    }

    /// With the policy and the resource in full, or not. Default: what the operation does by itself.
    pub fn detailed(mut self, detailed: bool) -> Self {
        self.detailed = Some(detailed);
        self
    }

    /// How many in one page; the service takes 10 000 at most.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = Some(limit.into());
        self
    }

    /// A field that answers are to have; without any they have all.
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.fields.push(name.into());
        self
    }

    /// Sorts by a field, such as `alertTime:desc`.
    pub fn sort_by(mut self, field: impl Into<String>) -> Self {
        self.sort.push(field.into());
        self
    }
}

fn until_now(time: EpochMillis) -> TimeRange {
    let now = EpochMillis::from(SystemTime::now());
    TimeRange::between(time.into(), now.into())
}

impl From<AlertQuery> for FilterModel {
    fn from(query: AlertQuery) -> Self {
        let condition =
            |name: &str, value: String| UiFilterModel::new().name(name).operator("=").value(value);
        let mut filters: Vec<UiFilterModel> = Vec::new();
        for (name, values) in query.conditions {
            filters.extend(values.into_iter().map(|value| condition(&name, value)));
        }
        filters.extend(
            query
                .moment
                .map(|moment| condition("timeRange.type", moment.as_str().to_owned())),
        );
        let mut model = Self::new().time_range(
            query
                .range
                .unwrap_or_else(|| TimeRange::since(Since::Epoch)),
        );
        model.detailed = query.detailed;
        model.limit = query.limit;
        model.filters = (!filters.is_empty()).then_some(filters);
        model.fields = (!query.fields.is_empty()).then_some(query.fields);
        model.sort_by = (!query.sort.is_empty()).then_some(query.sort);
        model
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn sent(query: AlertQuery) -> Value {
        serde_json::to_value(FilterModel::from(query)).unwrap()
    }

    #[test]
    fn every_condition_is_a_filter_with_its_name() {
        let query = AlertQuery::new()
            .status("OPEN")
            .severity("High")
            .severity("critical")
            .policy("a policy")
            .account("production")
            .cloud("AWS")
            .resource_id("i-1")
            .filter("policy.remediable", true)
            .detailed(true)
            .limit(500)
            .field("alert.id")
            .sort_by("alertTime:desc");
        let filter = |name, value| json!({ "name": name, "operator": "=", "value": value });
        assert_eq!(
            sent(query),
            json!({
                "detailed": true,
                "fields": ["alert.id"],
                "limit": 500,
                "sortBy": ["alertTime:desc"],
                "timeRange": { "type": "to_now", "value": "epoch" },
                "filters": [
                    filter("alert.status", "open"),
                    filter("cloud.account", "production"),
                    filter("cloud.type", "aws"),
                    filter("policy.name", "a policy"),
                    filter("policy.remediable", "true"),
                    filter("policy.severity", "high"),
                    filter("policy.severity", "critical"),
                    filter("resource.id", "i-1"),
                ],
            })
        );
    }

    #[test]
    fn a_time_range_says_what_it_is_about() {
        let day = TimeRange::last_days(1);
        for (query, moment) in [
            (AlertQuery::new().within(day.clone()), None),
            (
                AlertQuery::new().opened_within(day.clone()),
                Some("ALERT_OPENED"),
            ),
            (
                AlertQuery::new().changed_within(day.clone()),
                Some("ALERT_UPDATED"),
            ),
            (
                AlertQuery::new().status_changed_within(day),
                Some("ALERT_STATUS_UPDATED"),
            ),
        ] {
            let sent = sent(query);
            assert_eq!(
                sent["timeRange"],
                json!({ "type": "relative", "value": { "amount": 1, "unit": "day" } })
            );
            let filters = match moment {
                Some(moment) => {
                    json!([{ "name": "timeRange.type", "operator": "=", "value": moment }])
                }
                None => Value::Null,
            };
            assert_eq!(sent["filters"], filters);
        }
    }

    #[test]
    fn since_a_time_reaches_to_now() {
        let before = EpochMillis::from(SystemTime::now()).as_millis();
        let sent = sent(AlertQuery::new().changed_since(1_700_000_000_000));
        assert_eq!(sent["timeRange"]["type"], "absolute");
        assert_eq!(
            sent["timeRange"]["value"]["startTime"],
            1_700_000_000_000_i64
        );
        let end = sent["timeRange"]["value"]["endTime"].as_i64().unwrap();
        assert!((before..before + 60_000).contains(&end), "{end}");
    }
}
