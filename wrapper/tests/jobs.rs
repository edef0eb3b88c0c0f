//! Jobs from submission to file, in simulated time.

mod common;

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{settle_until, simulated};
use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::jobs::{Job, JobKind, JobProgress};
use prisma_cloud::testing::Fault;
use prisma_cloud::testing::samples::{self, Extent};
use prisma_cloud::{ErrorKind, Method, PrismaCloud, Product};
use serde_json::{Value, json};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn query() -> AlertQuery {
    AlertQuery::new().status("open")
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// A body with what is required, and one member more.
fn valid(operation: &str, name: &str, value: &str) -> Value {
    let operation = samples::operation(operation).unwrap();
    let mut body = operation.sample_request(Extent::Minimal, 1).body.unwrap();
    body[name] = value.into();
    body
}

/// Submits a job of each kind without its helper; gives the id.
async fn submitted(client: &PrismaCloud, kind: JobKind) -> String {
    let (path, body) = match kind {
        JobKind::Alerts => ("/alert/jobs", json!({})),
        JobKind::AlertsByPolicy => ("/alert/policy/jobs", json!({})),
        JobKind::AlertCsv => ("/alert/csv", json!({})),
        JobKind::ConfigSearch => ("/search/config/jobs", json!({})),
        JobKind::Report => (
            "/v2/report",
            json!({ "name": "a report", "cloudType": "aws" }),
        ),
        JobKind::AdoptionAdvisorReport => (
            "/adoptionadvisor/report/generate",
            valid("adoption-advisor-create-report", "id", "advice"),
        ),
        JobKind::BackgroundReport => (
            "/search/api/v1/config/async",
            json!({ "query": "config from cloud.resource" }),
        ),
        other => panic!("{other} has no test"),
    };
    let call = client.raw(Product::Cspm, Method::POST, path).json(&body);
    let answer = call.send().await.unwrap();
    let answer: Value = answer.json().unwrap_or_default();
    let id = answer.get("id").or(answer.get("reportId"));
    id.map_or("advice", |id| id.as_str().unwrap()).to_owned()
}

#[tokio::test]
async fn each_kind_is_followed_to_its_file() {
    let (clock, tenant, client) = simulated().await;
    let folder = tempfile::tempdir().unwrap();
    for kind in JobKind::ALL {
        let id = submitted(&client, kind).await;
        let begin = clock.elapsed();
        let target = folder.path().join(kind.as_str());
        let saved = client.jobs().resume(kind, &id).save(&target).await.unwrap();
        let content = std::fs::read_to_string(&target).unwrap();
        assert_eq!(saved.size, content.len() as u64, "{kind}");
        assert!(
            content.contains("P-0") && content.contains("P-249"),
            "{kind}"
        );
        let waited = clock.elapsed() - begin;
        // Twice not ready: pauses of 1 s and 1.5 s, or 7 s each where the answer asks for that.
        let expected = match kind {
            JobKind::ConfigSearch | JobKind::AdoptionAdvisorReport => 14.0,
            _ => 2.5,
        };
        assert_eq!(waited.as_secs_f64(), expected, "{kind}");
        assert!(saved.name.unwrap().contains('.'), "{kind}");
    }
    assert_eq!(tenant.count_where(|record| record.status >= Some(400)), 0);
}

#[tokio::test]
async fn one_call_with_progress() {
    let (_, tenant, client) = simulated().await;
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("alerts.csv");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watch = seen.clone();
    let mut job = client
        .jobs()
        .alert_csv(query())
        .on_progress(move |progress| watch.lock().unwrap().push(progress.clone()));
    assert_eq!((job.kind(), job.id()), (None, None));
    let saved = job.save(&target).await.unwrap();
    assert_eq!(
        (job.kind(), job.id()),
        (Some(JobKind::AlertCsv), Some("job-1"))
    );
    assert_eq!(job.last_status().records, Some(250));
    assert_eq!(names(folder.path()), ["alerts.csv"]);
    let content = std::fs::read_to_string(&target).unwrap();
    assert_eq!(content.lines().count(), 251);

    let seen = seen.lock().unwrap();
    let submitted = JobProgress::Submitted {
        kind: JobKind::AlertCsv,
        id: "job-1".into(),
    };
    assert_eq!(seen[0], submitted);
    let waiting = |progress: &JobProgress| match progress {
        JobProgress::Waiting { status, waited } => Some((status.status.clone(), *waited)),
        _ => None,
    };
    let waits: Vec<_> = seen.iter().filter_map(waiting).collect();
    let in_progress = || Some("IN_PROGRESS".to_owned());
    assert_eq!(
        waits,
        [
            (None, seconds(0)),
            (in_progress(), seconds(1)),
            (in_progress(), Duration::from_millis(2500)),
        ]
    );
    let JobProgress::Receiving(last) = seen.last().unwrap() else {
        panic!("{seen:?}");
    };
    assert_eq!((last.received, last.total), (saved.size, Some(saved.size)));

    let request = tenant
        .recorded()
        .into_iter()
        .find(|record| record.path == "/alert/csv")
        .unwrap();
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(sent["filters"][0]["value"], "open");
}

#[tokio::test]
async fn after_the_deadline_another_process_goes_on() {
    let (clock, tenant, client) = simulated().await;
    tenant.jobs_take(100);
    let mut job = client.jobs().alerts(query()).deadline(seconds(60));
    let error = job.download().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(clock.elapsed(), seconds(60));
    for words in [
        "deadline of 60 s",
        "IN_PROGRESS",
        "kind alerts",
        "\"job-1\"",
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    let id = job.id().unwrap().to_owned();
    drop(job);
    let mut resumed = client.jobs().resume("alerts".parse().unwrap(), id);
    let content = content_of(&mut resumed).await;
    assert!(content.starts_with(b"["));
    assert_eq!(tenant.count("POST", "/alert/jobs"), 1);
    // The longest pause is 15 s.
    assert!(
        (seconds(1200)..seconds(1600)).contains(&clock.elapsed()),
        "{:?}",
        clock.elapsed()
    );
}

#[tokio::test]
async fn a_job_that_is_not_known_everywhere_at_once_is_not_lost() {
    let (clock, tenant, client) = simulated().await;
    let tenant = Arc::new(tenant);
    let mut job = client.jobs().alert_csv(query());
    job.submit().await.unwrap();
    for _ in 0..4 {
        tenant.fail_next(Fault::status(404));
    }
    let content = content_of(&mut job).await;
    assert!(!content.is_empty());
    assert_eq!(tenant.count("POST", "/alert/csv"), 1);

    // Once it was found, it is gone if it is not found.
    let mut job = client.jobs().alerts(query());
    job.submit().await.unwrap();
    tenant.jobs_take(100);
    let seen = Arc::new(Mutex::new(0));
    let (polls, other) = (seen.clone(), tenant.clone());
    job = job.on_progress(move |progress| {
        if matches!(progress, JobProgress::Waiting { status, .. } if status.status.is_some()) {
            *polls.lock().unwrap() += 1;
            other.fail_next(Fault::status(404));
        }
    });
    let error = job.download().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(*seen.lock().unwrap(), 1);

    // And it has to be known after a while.
    let begin = clock.elapsed();
    let mut job = client.jobs().alerts(query());
    job.submit().await.unwrap();
    for _ in 0..40 {
        tenant.fail_next(Fault::status(404));
    }
    let error = job.download().await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let waited = clock.elapsed() - begin;
    assert!((seconds(30)..seconds(60)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn a_job_that_fails_says_why() {
    let (_, tenant, client) = simulated().await;
    tenant.fail_jobs("the result has more than 1,000,000 rows");
    for kind in [JobKind::Alerts, JobKind::Report, JobKind::BackgroundReport] {
        let id = submitted(&client, kind).await;
        let error = client
            .jobs()
            .resume(kind, &id)
            .download()
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::JobFailed, "{error}");
        assert!(error.is_job_failed());
        assert!(
            error
                .to_string()
                .contains("FAILED: the result has more than"),
            "{error}"
        );
        assert!(error.to_string().contains(&id), "{error}");
    }
    let error = client
        .jobs()
        .resume(JobKind::AlertCsv, "no-such")
        .download()
        .await
        .unwrap_err();
    assert!(error.is_not_found(), "{error}");
    for id in ["", ".", ".."] {
        let error = client
            .jobs()
            .resume(JobKind::AlertCsv, id)
            .download()
            .await
            .unwrap_err();
        assert!(error.is_config(), "{error}");
    }
    // An id is a segment, whatever it holds.
    let mut odd = client.jobs().resume(JobKind::AlertCsv, "a/../b?c");
    assert!(odd.download().await.unwrap_err().is_not_found());
    assert_eq!(
        tenant.recorded().last().unwrap().path,
        "/alert/csv/a%2F..%2Fb%3Fc/status"
    );
}

#[tokio::test]
async fn polls_survive_an_outage_and_the_submission_is_sent_once() {
    let clock = prisma_cloud::testing::SimulatedClock::new();
    let tenant = prisma_cloud::testing::Tenant::builder()
        .clock(&clock)
        .start()
        .await;
    let client = tenant.client().no_retries().build().unwrap();
    let mut polls = 0;
    tenant.rule(move |record| {
        polls += u32::from(record.path.ends_with("/status"));
        let away = record.path.ends_with("/status") && (1..=4).contains(&polls);
        away.then(|| Fault::status(503).header("retry-after", "20"))
    });
    drop(client.jobs().alert_csv(query()).download().await.unwrap());
    assert!(clock.elapsed() >= seconds(80), "{:?}", clock.elapsed());

    tenant.rule(|record| record.path.ends_with("/status").then(Fault::reset));
    let error = client
        .jobs()
        .alert_csv(query())
        .download()
        .await
        .unwrap_err();
    assert!(error.is_network(), "{error}");
    assert!(error.to_string().contains("\"job-2\""), "{error}");
    assert_eq!(
        tenant.count_where(|record| record.path == "/alert/csv/job-2/status"),
        6
    );

    tenant.rule(|record| (record.path == "/alert/csv").then(|| Fault::status(502)));
    assert!(
        client
            .jobs()
            .alert_csv(query())
            .download()
            .await
            .unwrap_err()
            .is_server()
    );
    assert_eq!(
        tenant.count("POST", "/alert/csv"),
        3,
        "a second one could be a second job"
    );
}

#[tokio::test]
async fn a_wait_that_the_deadline_does_not_allow_is_not_begun() {
    let (clock, tenant, client) = simulated().await;
    let id = submitted(&client, JobKind::ConfigSearch).await;
    let begin = clock.elapsed();
    let mut job = client
        .jobs()
        .resume(JobKind::ConfigSearch, &id)
        .deadline(seconds(5));
    assert!(
        job.download().await.unwrap_err().is_timeout(),
        "7 s are asked for"
    );
    assert_eq!(clock.elapsed(), begin);
    assert_eq!(
        tenant.count_where(|record| record.path.ends_with("/download")),
        1
    );
}

#[tokio::test]
async fn dropped_at_any_moment_it_goes_on() {
    let (clock, tenant, client) = simulated().await;
    let clock = clock.by_hand();
    tenant.jobs_take(3);
    let mut job = client.jobs().alert_csv(query());
    job.submit().await.unwrap();
    job.submit().await.unwrap();
    assert_eq!(job.id(), Some("job-1"));
    for _ in 0..3 {
        tokio::select! {
            _ = job.download() => panic!("it waits for a clock that stands still"),
            () = settle_until(|| clock.sleepers() > 0) => {}
        }
    }
    drop(job.download().await.unwrap());
    assert_eq!(tenant.count("POST", "/alert/csv"), 1);
}

#[tokio::test]
async fn a_target_that_cannot_be_written_is_told_before_anything_is_sent() {
    let (_, tenant, client) = simulated().await;
    let folder = tempfile::tempdir().unwrap();
    let existing = folder.path().join("alerts.csv");
    std::fs::write(&existing, "old").unwrap();
    let missing = folder.path().join("no/alerts.csv");
    for target in [existing.as_path(), missing.as_path(), folder.path()] {
        let error = client
            .jobs()
            .alert_csv(query())
            .save(target)
            .await
            .unwrap_err();
        assert!(error.is_io(), "{error}");
    }
    assert_eq!(tenant.recorded().len(), 0);
    client
        .jobs()
        .alert_csv(query())
        .overwrite()
        .save(&existing)
        .await
        .unwrap();
    assert!(
        std::fs::read_to_string(&existing)
            .unwrap()
            .starts_with("Alert ID")
    );
    let mut written = Vec::new();
    client
        .jobs()
        .alert_csv(query())
        .write_to(&mut written)
        .await
        .unwrap();
    assert_eq!(std::fs::read(&existing).unwrap(), written);
}

/// The file that `job` comes to.
async fn content_of(job: &mut Job) -> Vec<u8> {
    let download = job.download().await.unwrap();
    download.bytes(1 << 20).await.unwrap().into()
}

/// An export through a call of one's own: `POST` to a path that answers with a file or with 202.
fn export(client: &PrismaCloud) -> Job {
    client.jobs().export(|client| async move {
        let path = "/uve/api/v3/vulnerabilities/download";
        let url = format!("{}{path}", client.base_url());
        let request = client.http_client().post(url).body("{}").build()?;
        static OPERATION: prisma_cloud::api::Operation =
            prisma_cloud::api::Operation::undocumented(Product::Cspm);
        let transport = client.transport();
        let response = transport
            .exchange(client.http_client(), request, &OPERATION)
            .await?;
        Ok(progenitor_client::ResponseValue::stream(response))
    })
}

#[tokio::test]
async fn an_export_comes_at_once_or_becomes_a_report_or_is_asked_for_again() {
    let (clock, tenant, client) = simulated().await;
    let bytes = |content: &[u8]| content.starts_with(b"Alert ID");

    tenant.jobs_take(0);
    let mut at_once = export(&client);
    let content = content_of(&mut at_once).await;
    assert!(bytes(&content) && at_once.id().is_none());
    assert_eq!(clock.elapsed(), seconds(0));

    tenant.jobs_take(2);
    let mut report = export(&client);
    let content = content_of(&mut report).await;
    assert!(bytes(&content));
    assert_eq!(report.kind(), Some(JobKind::BackgroundReport));

    tenant.hide_reports();
    let begin = clock.elapsed();
    let mut again = export(&client);
    let before = tenant.recorded().len();
    let content = content_of(&mut again).await;
    assert!(bytes(&content) && again.id().is_none());
    assert_eq!(tenant.recorded().len() - before, 3);
    assert_eq!(
        clock.elapsed() - begin,
        seconds(14),
        "what Retry-After asks for"
    );
}

#[tokio::test]
async fn alerts_as_json_and_by_policy() {
    let (_, tenant, client) = simulated().await;
    for mut job in [
        client.jobs().alerts(query()),
        client.jobs().alerts_by_policy(query()),
    ] {
        let mut file = Vec::new();
        job.write_to(&mut file).await.unwrap();
        assert!(file.starts_with(b"["));
    }
    for path in ["/alert/jobs", "/alert/policy/jobs"] {
        assert_eq!(tenant.count("POST", path), 1, "{path}");
    }
}

#[cfg(all(
    feature = "cspm-adoption-advisor",
    feature = "cspm-reports",
    feature = "cspm-vulnerabilities-dashboard"
))]
#[tokio::test]
async fn reports_and_vulnerabilities_are_submitted_by_their_types() {
    use prisma_cloud::api::cspm::types::{
        AdvisorReportGenerationConfigApiModel, BaseReportGenerationConfigApiModel,
        VulnerabilityDownloadRequest, VulnerabilityDownloadRequestV3, VulnerabilitySearchRequest,
    };

    let (_, tenant, client) = simulated().await;
    let advisor = AdvisorReportGenerationConfigApiModel::new().name("advice");
    let jobs = client.jobs();
    let mut nameless = jobs.adoption_advisor_report(advisor.clone());
    assert!(nameless.download().await.unwrap_err().is_config());
    assert_eq!(tenant.recorded().len(), 0);

    let report = BaseReportGenerationConfigApiModel::new("aws", "a report");
    let cve = VulnerabilityDownloadRequest::new("CVE-2026-1");
    let many = VulnerabilityDownloadRequestV3::new().download_requests([cve]);
    let search = VulnerabilitySearchRequest::new("vulnerability where cveId = 'CVE-2026-1'");
    for (mut job, kind) in [
        (jobs.report(report), JobKind::Report),
        (
            jobs.adoption_advisor_report(advisor.id("advice-1")),
            JobKind::AdoptionAdvisorReport,
        ),
        (jobs.vulnerabilities(many), JobKind::BackgroundReport),
        (jobs.vulnerability_search(search), JobKind::BackgroundReport),
    ] {
        let mut file = Vec::new();
        job.write_to(&mut file).await.unwrap();
        assert!(file.starts_with(b"Alert ID"), "{kind}");
        assert_eq!(job.kind(), Some(kind));
    }
}
