//! Fault rules as JSON, for programs in other languages.

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::{Fault, FaultRule};
use crate::testing::schema::documents::operations;

/// `{"on": "get-alert", "every": 5, "fault": {"status": 503}}`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    fault: Kind,
    on: Option<String>,
    from: Option<u64>,
    at: Option<u64>,
    every: Option<u64>,
    times: Option<u64>,
    #[serde(default)]
    once: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Expire,
    Revoke,
    Reset,
    Html,
    TooManyRequests,
    Limited {
        rate: f64,
        burst: f64,
    },
    CutAfter(usize),
    DelayMs(u64),
    Damage(u64),
    #[serde(untagged)]
    Answer(Answer),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    after_acting: bool,
}

impl FaultRule {
    /// Reads a rule, as the control endpoint of a running tenant takes it:
    ///
    /// | member | value |
    /// |---|---|
    /// | `on` | operation id, or method and path template; every call if missing |
    /// | `from`, `at`, `every`, `times`, `once` | numbers, the last one a boolean, as the methods of this type |
    /// | `fault` | `"expire"`, `"revoke"`, `"reset"`, `"html"` (with 200), `"too_many_requests"`, `{"limited": {"rate": 2, "burst": 10}}`, `{"cut_after": bytes}`, `{"delay_ms": 50}`, `{"damage": seed}`, or `{"status": 503, "headers": {}, "body": "", "after_acting": false}` |
    ///
    /// # Errors
    /// What is wrong with it, as a sentence.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let rule: Rule = serde_json::from_value(value.clone())
            .map_err(|error| format!("no fault rule: {error}"))?;
        let mut result = Self::new(rule.fault.fault()?);
        if let Some(on) = &rule.on {
            let known = |on: &str| {
                operations()
                    .iter()
                    .any(|known| known.id() == on || known.key() == on)
            };
            if !known(on) && !on.contains(" /") {
                return Err(format!(
                    "no operation is called {on:?}; give an operation id, or method and path as in GET /alert/{{id}}"
                ));
            }
            result = result.on(on);
        }
        for (number, change) in [
            (rule.from, Self::from as fn(Self, u64) -> Self),
            (rule.at, Self::at),
            (rule.every, Self::every),
            (rule.times, Self::times),
            (rule.once.then_some(1), Self::times),
        ] {
            if let Some(number) = number {
                result = change(result, number);
            }
        }
        Ok(result)
    }
}

impl Kind {
    fn fault(self) -> Result<Fault, String> {
        Ok(match self {
            Self::Expire => Fault::expire(),
            Self::Revoke => Fault::revoke(),
            Self::Reset => Fault::reset(),
            Self::Html => Fault::html(200),
            Self::TooManyRequests => Fault::too_many_requests(),
            Self::Limited { rate, burst } => Fault::limited(rate, burst),
            Self::CutAfter(bytes) => Fault::cut_after(bytes),
            Self::DelayMs(millis) => Fault::delay(Duration::from_millis(millis)),
            Self::Damage(seed) => Fault::damage(seed),
            Self::Answer(answer) => answer.fault()?,
        })
    }
}

impl Answer {
    fn fault(self) -> Result<Fault, String> {
        if !(200..600).contains(&self.status) {
            return Err(format!(
                "{} is no status of an answer: 200 to 599 are",
                self.status
            ));
        }
        let kind = if self.body.starts_with(['{', '[']) {
            "application/json"
        } else {
            "text/plain"
        };
        let mut fault = Fault::answer(self.status, kind, self.body);
        for (name, value) in &self.headers {
            let good = name.parse::<HeaderName>().is_ok() && value.parse::<HeaderValue>().is_ok();
            if !good {
                return Err(format!("{name:?} with {value:?} is no header"));
            }
            fault = fault.header(name, value);
        }
        Ok(if self.after_acting {
            fault.after_acting()
        } else {
            fault
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_is_read_and_mistakes_are_named() {
        for fault in [
            json!("expire"),
            json!("revoke"),
            json!("reset"),
            json!("html"),
            json!("too_many_requests"),
            json!({"limited": {"rate": 2, "burst": 10}}),
            json!({"cut_after": 10}),
            json!({"delay_ms": 5}),
            json!({"damage": 1}),
            json!({"status": 503, "headers": {"retry-after": "1"}, "after_acting": true}),
        ] {
            let rule =
                json!({"on": "get-alert", "from": 2, "every": 3, "once": true, "fault": fault});
            FaultRule::from_json(&rule).unwrap_or_else(|error| panic!("{fault}: {error}"));
        }
        for (rule, words) in [
            (json!({}), "missing field `fault`"),
            (json!({"fault": "explode"}), "no fault rule"),
            (json!({"fault": "reset", "evry": 3}), "unknown field `evry`"),
            (
                json!({"fault": "reset", "on": "get-alrt"}),
                "no operation is called \"get-alrt\"",
            ),
            (json!({"fault": {"status": 99}}), "99 is no status"),
            (
                json!({"fault": {"status": 503, "headers": {"a b": "c"}}}),
                "\"a b\"",
            ),
        ] {
            let error = FaultRule::from_json(&rule).unwrap_err();
            assert!(error.contains(words), "{rule}: {error}");
        }
    }
}
