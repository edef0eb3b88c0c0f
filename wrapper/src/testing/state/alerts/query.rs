//! Which alerts are asked for, and in what order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::item::Alert;
use crate::testing::call::Call;
use crate::testing::routes::{Reply, member};

const DAY: u64 = 86_400_000;

/// Which time of an alert a time range is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Time {
    Opened,
    StatusChanged,
}

/// What is asked for. A page token carries it, so that the next page needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Query {
    /// Values by name: one of them must fit for each name.
    filters: Vec<(String, Vec<String>)>,
    time: Time,
    /// In Unix milliseconds, both inclusive.
    from: u64,
    to: u64,
    /// Oldest first.
    pub(super) ascending: bool,
}

/// What time ranges are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    /// In Unix milliseconds.
    pub(super) now: u64,
    /// When the last login was, in Unix milliseconds.
    pub(super) login: u64,
}

impl Query {
    /// All alerts.
    pub(super) fn all() -> Self {
        Self {
            filters: Vec::new(),
            time: Time::Opened,
            from: 0,
            to: u64::MAX,
            ascending: false,
        }
    }

    /// By the body or the parameters of a call.
    pub(super) fn of(call: &Call<'_>, now: Now) -> Result<Self, Reply> {
        let mut query = Self::of_body(&call.body, now).map_err(|name| unknown(call, &name))?;
        for (name, value) in call.queries() {
            if name.contains('.') {
                query
                    .add(name, value)
                    .map_err(|name| unknown(call, &name))?;
            }
        }
        if let Some(kind) = call.query("timeType") {
            let number = |name| call.query(name).and_then(|text| text.parse().ok());
            let unit = call.query("timeUnit").unwrap_or_default();
            (query.from, query.to) = range(
                kind,
                (number("timeAmount"), unit),
                (number("startTime"), number("endTime")),
                now,
            );
        }
        let order = call.queries().filter(|(name, _)| *name == "sortBy");
        for (_, order) in order {
            query.ascending = order.to_ascii_lowercase().ends_with(":asc");
        }
        Ok(query)
    }

    /// By a filter model. Fails with the name of a filter that nobody knows.
    pub(super) fn of_body(body: &Value, now: Now) -> Result<Self, String> {
        let mut query = Self::all();
        for filter in body["filters"].as_array().into_iter().flatten() {
            let text = |name: &str| filter[name].as_str().unwrap_or_default();
            query.add(text("name"), text("value"))?;
        }
        if let Some(asked) = member(body, "timeRange") {
            let kind = asked["type"].as_str().unwrap_or_default();
            let value = &asked["value"];
            let unit = value["unit"].as_str().or(value.as_str());
            let amount = (value["amount"].as_u64(), unit.unwrap_or_default());
            let ends = (value["startTime"].as_u64(), value["endTime"].as_u64());
            (query.from, query.to) = range(kind, amount, ends, now);
        }
        for order in body["sortBy"].as_array().into_iter().flatten() {
            let order = order.as_str().unwrap_or_default();
            query.ascending = order.to_ascii_lowercase().ends_with(":asc");
        }
        Ok(query)
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name == "timeRange.type" {
            self.time = match value {
                "ALERT_OPENED" => Time::Opened,
                "ALERT_STATUS_UPDATED" | "ALERT_UPDATED" => Time::StatusChanged,
                other => return Err(format!("timeRange.type={other}")),
            };
            return Ok(());
        }
        let probe = Alert {
            number: 0,
            origin: 0,
            change: None,
        };
        if probe.has(name, value, 0).is_none() {
            return Err(name.to_owned());
        }
        match self.filters.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value.to_owned()),
            None => self.filters.push((name.to_owned(), vec![value.to_owned()])),
        }
        Ok(())
    }

    /// Whether all alerts are meant as long as none has changed: then nobody has to look at each.
    pub(super) fn means_all_unchanged(&self, newest: u64) -> bool {
        let open = |(name, values): &(String, Vec<String>)| {
            name == "alert.status"
                && values
                    .iter()
                    .any(|value| value.eq_ignore_ascii_case("open"))
        };
        self.from == 0 && self.to >= newest && self.filters.iter().all(open)
    }

    pub(super) fn fits(&self, alert: Alert<'_>, now: u64) -> bool {
        let time = match self.time {
            Time::Opened => alert.opened(),
            Time::StatusChanged => alert.changed(),
        };
        (self.from..=self.to).contains(&time)
            && self.filters.iter().all(|(name, values)| {
                values
                    .iter()
                    .any(|value| alert.has(name, value, now) == Some(true))
            })
    }
}

fn unknown(call: &Call<'_>, name: &str) -> Reply {
    call.refused(400, "invalid_filter", name)
}

/// From and to in Unix milliseconds.
fn range(
    kind: &str,
    (amount, unit): (Option<u64>, &str),
    (start, end): (Option<u64>, Option<u64>),
    now: Now,
) -> (u64, u64) {
    match kind {
        "absolute" => (start.unwrap_or(0), end.unwrap_or(u64::MAX)),
        "relative" => {
            let span = amount.unwrap_or(1).saturating_mul(length(unit));
            (now.now.saturating_sub(span), now.now)
        }
        "to_now" => match unit.to_ascii_lowercase().as_str() {
            "epoch" | "" => (0, now.now),
            "login" => (now.login, now.now),
            // The day, week, month or year so far, in UTC; weeks begin on Monday, 1970-01-01 was a Thursday.
            "week" => (now.now - (now.now + 3 * DAY) % (7 * DAY), now.now),
            "month" => (
                now.now - (day_of(now.now).1 - 1) * DAY - now.now % DAY,
                now.now,
            ),
            "year" => (now.now - day_of(now.now).0 * DAY - now.now % DAY, now.now),
            unit => (now.now - now.now % length(unit), now.now),
        },
        _ => (0, u64::MAX),
    }
}

/// The length of a unit in milliseconds.
pub(super) fn length(unit: &str) -> u64 {
    match unit.to_ascii_lowercase().as_str() {
        "minute" => 60_000,
        "hour" => 3_600_000,
        "week" => 7 * DAY,
        "month" => 30 * DAY,
        "year" => 365 * DAY,
        _ => DAY,
    }
}

/// The day of the year from 0 and the day of the month from 1.
fn day_of(millis: u64) -> (u64, u64) {
    let mut days = millis / DAY;
    let mut year = 1970;
    let leap = |year: u64| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    let long = |year| 365 + u64::from(leap(year));
    while days >= long(year) {
        days -= long(year);
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut of_month = days;
    for month in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if of_month < month {
            break;
        }
        of_month -= month;
    }
    (days, of_month + 1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// 2026-03-05T06:00:00Z, a Thursday.
    const NOW: Now = Now {
        now: 1_772_690_400_000,
        login: 1_772_690_000_000,
    };

    #[test]
    fn time_ranges_are_points_in_time() {
        for (body, expected) in [
            (
                json!({"type": "relative", "value": {"amount": 3, "unit": "day"}}),
                "Mon, 02 Mar 2026 06:00:00 GMT",
            ),
            (
                json!({"type": "absolute", "value": {"startTime": 1_772_409_600_000_u64}}),
                "Mon, 02 Mar 2026 00:00:00 GMT",
            ),
            (
                json!({"type": "to_now", "value": "DAY"}),
                "Thu, 05 Mar 2026 00:00:00 GMT",
            ),
            (
                json!({"type": "to_now", "value": "WEEK"}),
                "Mon, 02 Mar 2026 00:00:00 GMT",
            ),
            (
                json!({"type": "to_now", "value": "MONTH"}),
                "Sun, 01 Mar 2026 00:00:00 GMT",
            ),
            (
                json!({"type": "to_now", "value": "YEAR"}),
                "Thu, 01 Jan 2026 00:00:00 GMT",
            ),
            (
                json!({"type": "to_now", "value": "EPOCH"}),
                "Thu, 01 Jan 1970 00:00:00 GMT",
            ),
        ] {
            let query = Query::of_body(&json!({ "timeRange": body }), NOW).unwrap();
            let from = std::time::UNIX_EPOCH + std::time::Duration::from_millis(query.from);
            assert_eq!(httpdate::fmt_http_date(from), expected, "{body}");
        }
    }

    #[test]
    fn filters_of_one_name_are_alternatives() {
        let filter =
            |name: &str, value: &str| json!({"name": name, "operator": "=", "value": value});
        let body = json!({"filters": [
            filter("policy.severity", "HIGH"), filter("policy.severity", "low"), filter("cloud.type", "aws"),
        ]});
        let query = Query::of_body(&body, NOW).unwrap();
        let alert = |number| Alert {
            number,
            origin: NOW.now,
            change: None,
        };
        let fits: Vec<u64> = (0..12)
            .filter(|number| query.fits(alert(*number), NOW.now))
            .collect();
        assert_eq!(fits, [0, 2, 9, 11], "severities go round by 3, clouds by 9");
        let error = Query::of_body(&json!({"filters": [filter("alert.colour", "red")]}), NOW);
        assert_eq!(error, Err("alert.colour".to_owned()));
    }
}
