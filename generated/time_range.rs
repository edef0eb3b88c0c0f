//! The time ranges of the service, as types that can only say what it accepts.
//!
//! The published documents describe them in some thirty variants. There are three families: what
//! most operations take ([`TimeRange`]), what compliance and inventory take, which measure from the
//! onboarding of an account ([`InventoryTimeRange`]), and how long an alert stays dismissed
//! ([`DismissalTimeRange`]).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::support::{Lenient, open_enum};

open_enum! {
    /// A unit of time. A month and a year are those of the calendar.
    pub enum TimeUnit {
        Minute = "minute",
        Hour = "hour",
        Day = "day",
        Week = "week",
        Month = "month",
        Year = "year",
    }
}

open_enum! {
    /// Where a range that reaches to the present begins.
    pub enum Since {
        Login = "login",
        Epoch = "epoch",
        Minute = "minute",
        Hour = "hour",
        Day = "day",
        Week = "week",
        Month = "month",
        Year = "year",
    }
}

/// A range of time. All times are Unix milliseconds (UTC).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum TimeRange {
    /// The last `amount` units up to now.
    Relative {
        /// How many units.
        amount: i64,
        /// Which units.
        unit: TimeUnit,
    },
    /// From one point to another.
    Absolute {
        /// The first millisecond.
        start: i64,
        /// The last millisecond.
        end: i64,
    },
    /// From a point with a name up to now.
    ToNow(Since),
    /// A range of another form, as it came from the service.
    Unlisted(Value),
}

/// A range for compliance and inventory, which count from the onboarding of an account: an
/// absolute range has an end and no beginning, and the only named beginning is the epoch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum InventoryTimeRange {
    /// The last `amount` units up to now.
    Relative {
        /// How many units.
        amount: i64,
        /// Which units.
        unit: TimeUnit,
    },
    /// From onboarding to `end`, in Unix milliseconds.
    Until {
        /// The last millisecond.
        end: i64,
    },
    /// From onboarding to now.
    All,
    /// A range of another form, as it came from the service.
    Unlisted(Value),
}

/// How long an alert stays dismissed or snoozed: a span from now, or a point in the future.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum DismissalTimeRange {
    /// For `amount` units from now.
    For {
        /// How many units.
        amount: i64,
        /// Which units.
        unit: TimeUnit,
    },
    /// Until `end`, in Unix milliseconds.
    Until {
        /// The millisecond at which the alert opens again.
        end: i64,
    },
    /// A range of another form, as it came from the service.
    Unlisted(Value),
}

/// A [`TimeRange`] as query parameters; those that do not apply are `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct TimeRangeQuery {
    /// `timeType`: `relative`, `absolute` or `to_now`.
    pub time_type: Option<String>,
    /// `timeAmount` of a relative range.
    pub time_amount: Option<i64>,
    /// `timeUnit` of a relative range, or the beginning of one that reaches to now.
    pub time_unit: Option<String>,
    /// `startTime` of an absolute range, Unix milliseconds.
    pub start_time: Option<i64>,
    /// `endTime` of an absolute range, Unix milliseconds.
    pub end_time: Option<i64>,
}

impl TimeRange {
    /// The last `amount` units.
    pub fn last(amount: i64, unit: TimeUnit) -> Self {
        Self::Relative { amount, unit }
    }

    /// The last `amount` days.
    pub fn last_days(amount: i64) -> Self {
        Self::last(amount, TimeUnit::Day)
    }

    /// The last `amount` hours.
    pub fn last_hours(amount: i64) -> Self {
        Self::last(amount, TimeUnit::Hour)
    }

    /// From `start` to `end`, both in Unix milliseconds.
    pub fn between(start: i64, end: i64) -> Self {
        Self::Absolute { start, end }
    }

    /// From `since` up to now.
    pub fn since(since: Since) -> Self {
        Self::ToNow(since)
    }

    /// The form for operations that take the range in the query.
    pub fn query(&self) -> TimeRangeQuery {
        let mut query = TimeRangeQuery::default();
        match self {
            Self::Relative { amount, unit } => {
                query.time_type = Some("relative".to_owned());
                query.time_amount = Some(*amount);
                query.time_unit = Some(unit.to_string());
            }
            Self::Absolute { start, end } => {
                query.time_type = Some("absolute".to_owned());
                query.start_time = Some(*start);
                query.end_time = Some(*end);
            }
            Self::ToNow(since) => {
                query.time_type = Some("to_now".to_owned());
                query.time_unit = Some(since.to_string());
            }
            // Only the type of an unknown form is known to have a place in the query.
            Self::Unlisted(value) => {
                query.time_type = value["type"].as_str().map(ToOwned::to_owned);
            }
        }
        query
    }

    fn from_value(value: Value) -> Self {
        let inner = &value["value"];
        let known = match kind(&value) {
            Some("relative") => {
                relative(inner).map(|(amount, unit)| Self::Relative { amount, unit })
            }
            Some("absolute") => match (integer(&inner["startTime"]), integer(&inner["endTime"])) {
                (Some(start), Some(end)) => Some(Self::Absolute { start, end }),
                _ => None,
            },
            Some("to_now") => inner.as_str().map(|since| Self::ToNow(since.into())),
            _ => None,
        };
        // A form that says more than the variant can hold stays as it is.
        match known {
            Some(known) if same(&known.to_value(), &value) => known,
            _ => Self::Unlisted(value),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Relative { amount, unit } => span(*amount, unit),
            Self::Absolute { start, end } => {
                json!({"type": "absolute", "value": {"startTime": start, "endTime": end}})
            }
            Self::ToNow(since) => json!({"type": "to_now", "value": since}),
            Self::Unlisted(value) => value.clone(),
        }
    }
}

impl InventoryTimeRange {
    /// The last `amount` units.
    pub fn last(amount: i64, unit: TimeUnit) -> Self {
        Self::Relative { amount, unit }
    }

    /// From onboarding to `end`, in Unix milliseconds.
    pub fn until(end: i64) -> Self {
        Self::Until { end }
    }

    /// The form for operations that take the range in the query.
    pub fn query(&self) -> TimeRangeQuery {
        match self {
            Self::Until { end } => TimeRangeQuery {
                time_type: Some("absolute".to_owned()),
                end_time: Some(*end),
                ..TimeRangeQuery::default()
            },
            other => TimeRange::from(other.clone()).query(),
        }
    }

    fn from_value(value: Value) -> Self {
        let inner = &value["value"];
        let known = match kind(&value) {
            Some("relative") => {
                relative(inner).map(|(amount, unit)| Self::Relative { amount, unit })
            }
            Some("absolute") => integer(&inner["endTime"]).map(Self::until),
            Some("to_now") if is(inner, "epoch") => Some(Self::All),
            _ => None,
        };
        match known {
            Some(known) if same(&known.to_value(), &value) => known,
            _ => Self::Unlisted(value),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Relative { amount, unit } => span(*amount, unit),
            Self::Until { end } => json!({"type": "absolute", "value": {"endTime": end}}),
            Self::All => json!({"type": "to_now", "value": "epoch"}),
            Self::Unlisted(value) => value.clone(),
        }
    }
}

impl DismissalTimeRange {
    /// For `amount` units from now.
    pub fn for_next(amount: i64, unit: TimeUnit) -> Self {
        Self::For { amount, unit }
    }

    /// Until `end`, in Unix milliseconds.
    pub fn until(end: i64) -> Self {
        Self::Until { end }
    }

    fn from_value(value: Value) -> Self {
        let inner = &value["value"];
        let known = match kind(&value) {
            Some("relative") => relative(inner).map(|(amount, unit)| Self::For { amount, unit }),
            Some("absolute") => integer(&inner["endTime"]).map(Self::until),
            _ => None,
        };
        match known {
            Some(known) if same(&known.to_value(), &value) => known,
            _ => Self::Unlisted(value),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::For { amount, unit } => span(*amount, unit),
            Self::Until { end } => json!({"type": "absolute", "value": {"endTime": end}}),
            Self::Unlisted(value) => value.clone(),
        }
    }
}

impl From<InventoryTimeRange> for TimeRange {
    /// The general form of the same range. One without a beginning has no general variant.
    fn from(range: InventoryTimeRange) -> Self {
        Self::from_value(range.to_value())
    }
}

fn kind(value: &Value) -> Option<&'static str> {
    ["relative", "absolute", "to_now"]
        .into_iter()
        .find(|kind| is(&value["type"], kind))
}

fn is(value: &Value, text: &str) -> bool {
    value
        .as_str()
        .is_some_and(|value| value.eq_ignore_ascii_case(text))
}

fn relative(value: &Value) -> Option<(i64, TimeUnit)> {
    let unit = value["unit"].as_str()?;
    Some((integer(&value["amount"])?, unit.into()))
}

fn integer(value: &Value) -> Option<i64> {
    i64::lenient(value).ok().flatten()
}

fn span(amount: i64, unit: &TimeUnit) -> Value {
    json!({"type": "relative", "value": {"amount": amount, "unit": unit}})
}

/// Whether two ranges say the same, apart from letter case, numbers as text, and nulls.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let meaningful = other.iter().filter(|(_, value)| !value.is_null()).count();
            one.len() == meaningful
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Number(_), other) => integer(one) == integer(other),
        (Value::String(one), other) => is(other, one),
        _ => one == other,
    }
}

/// Implements reading and writing by the form on the wire.
macro_rules! on_the_wire {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.to_value().serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Value::deserialize(deserializer).map(Self::from_value)
            }
        }

        impl Lenient for $name {
            fn lenient<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                Ok(Value::lenient(deserializer)?.map(Self::from_value))
            }
        }

        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "object",
                    "properties": {"type": {"type": "string"}, "value": {}},
                    "required": ["type"]
                })
            }
        }
    };
}

on_the_wire!(TimeRange);
on_the_wire!(InventoryTimeRange);
on_the_wire!(DismissalTimeRange);

#[cfg(test)]
mod tests {
    use super::*;

    fn range(value: Value) -> TimeRange {
        serde_json::from_value(value).expect("any JSON is a range")
    }

    #[test]
    fn each_form_reads_and_writes_as_documented() {
        for (range_of, wire) in [
            (
                TimeRange::last_days(3),
                json!({"type": "relative", "value": {"amount": 3, "unit": "day"}}),
            ),
            (
                TimeRange::between(1, 2),
                json!({"type": "absolute", "value": {"startTime": 1, "endTime": 2}}),
            ),
            (
                TimeRange::since(Since::Login),
                json!({"type": "to_now", "value": "login"}),
            ),
        ] {
            assert_eq!(serde_json::to_value(&range_of).unwrap(), wire);
            assert_eq!(range(wire), range_of);
        }
    }

    #[test]
    fn letter_case_and_numbers_as_text_do_not_matter() {
        let loud = json!({"type": "RELATIVE", "value": {"amount": "3", "unit": "DAY"}});
        assert_eq!(range(loud), TimeRange::last_days(3));
        let epoch = json!({"type": "to_now", "value": "EPOCH"});
        assert_eq!(range(epoch), TimeRange::since(Since::Epoch));
    }

    #[test]
    fn what_says_more_than_a_variant_holds_is_kept_whole() {
        for value in [
            json!({"type": "relative", "value": {"amount": 3, "unit": "day"}, "relativeTimeType": "FORWARD"}),
            json!({"type": "absolute", "value": {"endTime": 2}}),
            json!({"type": "from_now", "value": "day"}),
            json!("nonsense"),
        ] {
            assert_eq!(range(value.clone()), TimeRange::Unlisted(value.clone()));
            assert_eq!(serde_json::to_value(range(value.clone())).unwrap(), value);
        }
    }

    #[test]
    fn compliance_and_dismissal_cannot_say_what_is_refused() {
        let end_only = json!({"type": "absolute", "value": {"endTime": 2}});
        let until: InventoryTimeRange = serde_json::from_value(end_only.clone()).unwrap();
        assert_eq!(until, InventoryTimeRange::until(2));
        assert_eq!(
            serde_json::to_value(DismissalTimeRange::until(2)).unwrap(),
            end_only
        );
        assert_eq!(
            serde_json::to_value(InventoryTimeRange::All).unwrap(),
            json!({"type": "to_now", "value": "epoch"})
        );
        assert_eq!(
            TimeRange::from(InventoryTimeRange::All),
            TimeRange::since(Since::Epoch)
        );
    }

    #[test]
    fn query_forms() {
        let relative = TimeRange::last_days(3).query();
        assert_eq!(
            (
                relative.time_type.as_deref(),
                relative.time_amount,
                relative.time_unit.as_deref()
            ),
            (Some("relative"), Some(3), Some("day"))
        );
        let absolute = TimeRange::between(1, 2).query();
        assert_eq!((absolute.start_time, absolute.end_time), (Some(1), Some(2)));
        let until = InventoryTimeRange::until(2).query();
        assert_eq!((until.start_time, until.end_time), (None, Some(2)));
        let login = TimeRange::since(Since::Login).query();
        assert_eq!(
            (login.time_type.as_deref(), login.time_unit.as_deref()),
            (Some("to_now"), Some("login"))
        );
    }
}
