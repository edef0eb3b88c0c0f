//! Jobs and their files: submitted, not ready for a while, and then there.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::collection::millis;
use crate::testing::Tenant;
use crate::testing::call::Call;
use crate::testing::generic;
use crate::testing::routes::Reply;
use crate::testing::server::State;

/// More alerts are not put into a file.
const MOST: u64 = 1_000;
/// What those whose answer is 202 are asked to wait, in seconds.
const RETRY_AFTER: &str = "7";

/// What a tenant knows of jobs.
#[derive(Debug)]
pub(in crate::testing) struct Jobs {
    /// How often one has to be asked about before it is ready.
    pub(in crate::testing) polls: u32,
    /// Why jobs fail, if they do.
    pub(in crate::testing) failing: Option<String>,
    /// Whether an answer of 202 says which report is being made.
    pub(in crate::testing) names_reports: bool,
    /// What is left of the polls, by path and id.
    made: BTreeMap<String, u32>,
    count: u64,
}

/// Everything of this kind has a job that was done before the tenant began. Samples are about these.
const BASES: [&str; 7] = [
    "/adoptionadvisor/report",
    "/alert/csv",
    "/alert/jobs",
    "/alert/policy/jobs",
    "/report",
    "/report-service/api/v1/report",
    "/search/config/jobs",
];
/// The id of those jobs.
pub(in crate::testing) const DONE: &str = "job-0";

impl Default for Jobs {
    fn default() -> Self {
        Self {
            polls: 2,
            failing: None,
            names_reports: true,
            made: BASES
                .iter()
                .map(|base| (format!("{base}/{DONE}"), 0))
                .collect(),
            count: 0,
        }
    }
}

impl Jobs {
    fn make(&mut self, base: &str) -> String {
        self.count += 1;
        let id = format!("job-{}", self.count);
        self.made.insert(format!("{base}/{id}"), self.polls);
        id
    }

    /// Asks once: how often it is still to be asked. Nothing if there is no such job.
    fn ask(&mut self, job: &str) -> Option<u32> {
        let left = self.made.get_mut(job)?;
        let now = *left;
        *left = now.saturating_sub(1);
        Some(now)
    }
}

/// The answer, if the path belongs to a job.
pub(in crate::testing) fn answer(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    match call.operation.method().as_str() {
        "POST" => submit(state, call),
        "GET" => follow(state, call),
        _ => None,
    }
}

fn submit(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let (path, body) = (call.path, &call.body);
    Some(match path {
        "/alert/jobs" | "/alert/csv" | "/alert/policy/jobs" => {
            let id = state.jobs.make(path);
            Reply::json(200, &async_job(path, &id, "SUBMITTED", None))
        }
        "/search/config/jobs" => {
            let id = state.jobs.make(path);
            Reply::json(
                200,
                &json!({ "id": id, "createdOn": 1_767_225_600_000_u64 }),
            )
        }
        "/v2/report" | "/report" => {
            let id = state.jobs.make("/report");
            let members = json!({
                "id": id, "status": "scheduled", "name": body["name"], "cloudType": body["cloudType"],
            });
            generic::with(state.seed, call, members)
        }
        "/adoptionadvisor/report/generate" => {
            let id = body["id"].as_str().unwrap_or_default();
            let job = format!("/adoptionadvisor/report/{id}");
            state.jobs.made.insert(job, state.jobs.polls);
            Reply::empty(200)
        }
        "/search/api/v1/config/async" => Reply::json(200, &background(state)),
        "/uve/api/v3/vulnerabilities/download" | "/uve/api/v1/vulnerabilities/search/download" => {
            export(state, path)
        }
        _ => return None,
    })
}

/// A file at once if jobs need no polls; otherwise 202, with the report's id or with nothing.
fn export(state: &mut State, path: &str) -> Reply {
    if state.jobs.names_reports && state.jobs.polls > 0 {
        return Reply::json(202, &background(state));
    }
    let polls = state.jobs.polls;
    state.jobs.made.entry(path.into()).or_insert(polls);
    match state.jobs.ask(path) {
        Some(1..) => not_yet(202),
        _ => {
            state.jobs.made.remove(path);
            file(state, "text/csv", "vulnerabilities.csv")
        }
    }
}

fn background(state: &mut State) -> Value {
    let base = "/report-service/api/v1/report";
    let id = state.jobs.make(base);
    json!({
        "reportId": id,
        "status": "SUBMITTED",
        "statusUrl": format!("{base}/{id}/status"),
        "downloadUrl": format!("{base}/{id}/download"),
    })
}

fn follow(state: &mut State, call: &Call<'_>) -> Option<Reply> {
    let path = call.path;
    let (job, what) = match path.rsplit_once('/')? {
        (job, what @ ("status" | "download")) => (job, what),
        _ => (path, ""),
    };
    let (base, id) = job.rsplit_once('/')?;
    let known = state.jobs.made.get(job).copied();
    Some(match (base, what) {
        ("/alert/jobs" | "/alert/csv" | "/alert/policy/jobs", "status") => {
            let Some(left) = state.jobs.ask(job) else {
                return Some(missing());
            };
            let (status, words) = state.status(left, "READY_TO_DOWNLOAD");
            let mut answer = async_job(base, id, status, words);
            answer["recordCount"] = state.alerts.total().min(MOST).into();
            Reply::json(200, &answer)
        }
        ("/report-service/api/v1/report", "status") => {
            let Some(left) = state.jobs.ask(job) else {
                return Some(missing());
            };
            let (status, words) = state.status(left, "COMPLETED");
            Reply::json(
                200,
                &json!({ "reportId": id, "status": status, "errorMessage": words }),
            )
        }
        ("/report", "") if known.is_some() => {
            let left = state.jobs.ask(job)?;
            let (status, words) = state.status(left, "completed");
            let members = json!({ "id": id, "status": status, "errorMessage": words });
            generic::with(state.seed, call, members)
        }
        (
            "/alert/jobs"
            | "/alert/csv"
            | "/alert/policy/jobs"
            | "/report-service/api/v1/report"
            | "/report",
            "download",
        ) => match known {
            Some(0) => match base {
                "/alert/jobs" | "/alert/policy/jobs" => {
                    file(state, "application/json", "alerts.json")
                }
                "/alert/csv" => file(state, "text/csv", "alerts.csv"),
                _ => file(state, "application/zip", "report.zip"),
            },
            Some(_) => Reply::refused(400, "job_not_ready", Some(id)),
            None => missing(),
        },
        // These two tell only when asked for the file.
        ("/search/config/jobs" | "/adoptionadvisor/report", "download") => {
            match (state.jobs.ask(job), base) {
                (None, _) => missing(),
                (Some(0), "/search/config/jobs") => file(state, "text/csv", "resources.csv"),
                (Some(0), _) => file(state, "application/pdf", "adoption.pdf"),
                (Some(_), "/search/config/jobs") => not_yet(202),
                (Some(_), _) => not_yet(204),
            }
        }
        _ => return None,
    })
}

impl State {
    fn status(&self, left: u32, ready: &'static str) -> (&'static str, Option<String>) {
        match (&self.jobs.failing, left) {
            (Some(words), _) => ("FAILED", Some(words.clone())),
            (None, 0) => (ready, None),
            (None, _) => ("IN_PROGRESS", None),
        }
    }
}

fn async_job(base: &str, id: &str, status: &str, words: Option<String>) -> Value {
    json!({
        "id": id,
        "status": status,
        "statusUri": format!("{base}/{id}/status"),
        "downloadUri": format!("{base}/{id}/download"),
        "createdBy": "someone@example.com",
        "createdOn": 1_767_225_600_000_u64,
        "errorMessage": words,
    })
}

fn missing() -> Reply {
    Reply::refused(404, "not_found", None)
}

fn not_yet(status: u16) -> Reply {
    let mut reply = Reply::empty(status);
    reply.set("retry-after", RETRY_AFTER);
    reply
}

/// A file about the tenant's alerts, with its name.
fn file(state: &State, media_type: &str, name: &str) -> Reply {
    let now = millis(state.wall());
    let rows = (0..state.alerts.total().min(MOST)).map(|number| state.alerts.value(number, now));
    let body = if media_type == "application/json" {
        Value::from_iter(rows).to_string()
    } else {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut csv = "Alert ID,Status,Severity,Policy Name,Resource Name\n".to_owned();
        for row in rows {
            let cells = [
                text(&row["id"]),
                text(&row["status"]),
                text(&row["policy"]["severity"]),
                text(&row["policy"]["name"]),
                text(&row["resource"]["name"]),
            ];
            csv.push_str(&cells.join(","));
            csv.push('\n');
        }
        csv
    };
    let mut reply = Reply::empty(200);
    reply.set("content-type", media_type);
    reply.set(
        "content-disposition",
        &format!("attachment; filename=\"{name}\""),
    );
    reply.body = body.into_bytes();
    reply
}

impl Tenant {
    /// Jobs are ready after they were asked about so often. Default: 2.
    pub fn jobs_take(&self, polls: u32) {
        self.shared.lock().jobs.polls = polls;
    }

    /// All jobs fail from now on, with these words.
    pub fn fail_jobs(&self, words: &str) {
        self.shared.lock().jobs.failing = Some(words.to_owned());
    }

    /// Exports that are not done at once do not say from now on which report is being made.
    pub fn hide_reports(&self) {
        self.shared.lock().jobs.names_reports = false;
    }
}
