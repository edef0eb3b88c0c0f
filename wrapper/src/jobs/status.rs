//! What the service says about a job.

use std::time::Duration;

use serde_json::Value;

use super::kind::JobKind;
use crate::error::body;
use crate::files::Transfer;
use crate::time::EpochMillis;

/// What the service says about a job. Everything but the words themselves depends on the kind.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct JobStatus {
    /// The status, in the service's words: `IN_PROGRESS`, `READY_TO_DOWNLOAD`, …
    pub status: Option<String>,
    /// How many records the file has or will have.
    pub records: Option<u64>,
    /// When the job was made.
    pub created: Option<EpochMillis>,
    /// Who made it.
    pub created_by: Option<String>,
    /// What the service says besides: the reason of a failure, mostly.
    pub message: Option<String>,
}

impl JobStatus {
    pub(crate) fn of(answer: &Value) -> Self {
        let text = |name: &str| {
            answer
                .get(name)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .filter(|text| !text.is_empty())
        };
        let number = |name: &str| {
            let value = answer.get(name)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok())
        };
        Self {
            status: text("status"),
            records: number("recordCount").and_then(|count| count.try_into().ok()),
            created: number("createdOn").map(EpochMillis::from),
            created_by: text("createdBy"),
            message: words(answer),
        }
    }
}

/// Where services put the reason of a failure.
fn words(answer: &Value) -> Option<String> {
    const NAMES: [&str; 7] = [
        "errorMessage",
        "failureReason",
        "statusMessage",
        "statusDescription",
        "reason",
        "description",
        "details",
    ];
    let own = NAMES
        .iter()
        .find_map(|name| answer.get(*name)?.as_str())
        .filter(|text| !text.is_empty());
    match own {
        Some(text) => body::words(text),
        None => body::parse(answer.to_string().as_bytes(), Some("application/json")).message,
    }
}

/// The id of the job in the answer to its submission.
pub(crate) fn id(answer: &Value) -> Option<String> {
    ["id", "reportId", "jobId"]
        .iter()
        .find_map(|name| match answer.get(*name)? {
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            Value::Number(id) => Some(id.to_string()),
            _ => None,
        })
}

/// What happens while a job is followed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum JobProgress {
    /// The service took it on.
    Submitted {
        /// Which kind it is. An export may become a [background report](JobKind::BackgroundReport).
        kind: JobKind,
        /// Its id, to go on with it later.
        id: String,
    },
    /// It is not done yet.
    Waiting {
        /// What the service says.
        status: JobStatus,
        /// How long it has been waited for.
        waited: Duration,
    },
    /// The file is coming.
    Receiving(Transfer),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn statuses_as_services_write_them() {
        let status = JobStatus::of(&json!({
            "id": "7", "status": "FAILED", "recordCount": 12, "createdOn": "1700000000000",
            "createdBy": "someone", "errorMessage": "the query\ntook too long",
        }));
        assert_eq!(status.status.as_deref(), Some("FAILED"));
        assert_eq!(status.records, Some(12));
        assert_eq!(status.created, Some(EpochMillis::from(1_700_000_000_000)));
        assert_eq!(status.created_by.as_deref(), Some("someone"));
        assert_eq!(status.message.as_deref(), Some("the query took too long"));

        let nested =
            JobStatus::of(&json!({ "status": "failed", "error": { "message": "no rights" } }));
        assert_eq!(nested.message.as_deref(), Some("no rights"));
        assert_eq!(JobStatus::of(&json!(null)), JobStatus::default());
        assert_eq!(
            JobStatus::of(&json!({ "status": null, "recordCount": -1 })),
            JobStatus::default()
        );
    }

    #[test]
    fn ids_as_services_write_them() {
        assert_eq!(id(&json!({ "id": "a" })).as_deref(), Some("a"));
        assert_eq!(
            id(&json!({ "reportId": "b", "id": "" })).as_deref(),
            Some("b")
        );
        assert_eq!(id(&json!({ "id": 7 })).as_deref(), Some("7"));
        assert_eq!(id(&json!({ "id": null })), None);
        assert_eq!(id(&json!(null)), None);
    }
}
