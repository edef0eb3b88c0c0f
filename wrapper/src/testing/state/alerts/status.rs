//! What has become of alerts. Only changes are kept.

use std::fmt::Write;

use serde_json::{Value, json};

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Open,
    Dismissed,
    Snoozed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Dismissed => "dismissed",
            Self::Snoozed => "snoozed",
        }
    }
}

/// The last change of an alert, and those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::testing) struct Change {
    status: Status,
    /// In Unix milliseconds.
    pub(super) at: u64,
    /// Until when it is snoozed, in Unix milliseconds.
    until: Option<u64>,
    note: String,
    before: Vec<Status>,
}

impl Change {
    /// After `before`, if there was a change before. A snoozed alert has an end.
    pub(super) fn new(
        status: Status,
        at: u64,
        until: Option<u64>,
        note: &str,
        before: Option<Self>,
    ) -> Self {
        let before = before.map_or_else(
            || vec![Status::Open],
            |before| {
                let woken = (before.status(at) != before.status).then_some(Status::Open);
                let all = before.before.into_iter();
                all.chain([before.status]).chain(woken).collect()
            },
        );
        Self {
            status,
            at,
            until,
            note: note.to_owned(),
            before,
        }
    }

    /// A snoozed alert opens again when its time has come.
    pub(super) fn status(&self, now: u64) -> Status {
        match self.until {
            Some(until) if until <= now => Status::Open,
            _ => self.status,
        }
    }

    /// Writes the members that an alert has because of it.
    pub(super) fn write(&self, text: &mut String) {
        let history: Vec<Value> = self
            .before
            .iter()
            .chain([&self.status])
            .map(|status| json!({ "status": status.name().to_ascii_uppercase(), "reason": "USER_ACTION" }))
            .collect();
        let _ = write!(text, r#","history":{}"#, Value::from(history));
        if self.status != Status::Open {
            let note = Value::from(self.note.as_str());
            let _ = write!(
                text,
                r#","dismissedBy":"user@example.com","dismissalNote":{note}"#
            );
        }
        if let Some(until) = self.until {
            let _ = write!(text, r#","dismissalUntilTs":{until}"#);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snooze_ends_and_history_tells() {
        let snoozed = Change::new(Status::Snoozed, 10, Some(20), "later", None);
        assert_eq!(snoozed.status(19), Status::Snoozed);
        assert_eq!(snoozed.status(20), Status::Open);
        let dismissed = Change::new(Status::Dismissed, 30, None, "no", Some(snoozed));
        assert_eq!(
            dismissed.before,
            [Status::Open, Status::Snoozed, Status::Open]
        );
        let mut text = String::new();
        dismissed.write(&mut text);
        assert!(text.contains(r#""dismissalNote":"no""#) && !text.contains("dismissalUntilTs"));
    }
}
