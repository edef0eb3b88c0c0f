//! How each kind of job begins.

use std::future::Future;
use std::sync::Arc;

use http::StatusCode;
use progenitor_client::{ByteStream, Error as ApiError, ResponseValue};
use serde_json::Value;

use super::Jobs;
use super::job::{Begin, Begun, Job};
use super::kind::JobKind;
use super::status;
use crate::client::PrismaCloud;
use crate::error::{Error, ErrorKind};
use crate::files::DownloadExt;
use crate::retry::retry_after;

#[allow(
    unused_imports,
    reason = "which methods there are depends on the features"
)]
use prisma_cloud_api::cspm::{prelude::*, types};

/// What says which report is being made is short.
const MOST_TICKET: usize = 64 * 1024;

#[cfg(feature = "cspm-alerts")]
impl Jobs {
    /// The alerts that match, as JSON: a [`FilterModel`](types::FilterModel) or an
    /// [`AlertQuery`](crate::alerts::AlertQuery).
    pub fn alerts(&self, filter: impl Into<types::FilterModel>) -> Job {
        let filter = filter.into();
        self.submitting(JobKind::Alerts, move |client| {
            let filter = filter.clone();
            async move {
                let call = client.cspm().submit_job_for_listing_alerts().body(filter);
                Ok(call.send().await?.into_inner().id)
            }
        })
    }

    /// The alerts that match, grouped by policy, as JSON.
    pub fn alerts_by_policy(&self, filter: impl Into<types::FilterModel>) -> Job {
        let filter = filter.into();
        self.submitting(JobKind::AlertsByPolicy, move |client| {
            let filter = filter.clone();
            async move {
                let call = client.cspm().submit_alerts_by_policy_job().body(filter);
                Ok(call.send().await?.into_inner().id)
            }
        })
    }

    /// The alerts that match, as CSV.
    pub fn alert_csv(&self, filter: impl Into<types::FilterModel>) -> Job {
        let filter = filter.into();
        self.submitting(JobKind::AlertCsv, move |client| {
            let filter = filter.clone();
            async move {
                let call = client
                    .cspm()
                    .submit_an_alert_csv_download_job()
                    .body(filter);
                Ok(call.send().await?.into_inner().id)
            }
        })
    }
}

#[cfg(feature = "cspm-search")]
impl Jobs {
    /// The resources that an RQL config query finds, as CSV.
    pub fn config_search(&self, search: types::ConfigRuleSearchParams) -> Job {
        self.submitting(JobKind::ConfigSearch, move |client| {
            let search = search.clone();
            async move {
                let call = client
                    .cspm()
                    .submit_an_search_config_csv_download_job()
                    .body(search);
                Ok(call.send().await?.into_inner().and_then(|job| job.id))
            }
        })
    }

    /// The same as a background report: for results that the other kind refuses as too large.
    pub fn config_search_report(
        &self,
        search: types::ConfigSearchByQueryWithDownloadV1Request,
    ) -> Job {
        self.submitting(JobKind::BackgroundReport, move |client| {
            let search = search.clone();
            async move {
                let call = client
                    .cspm()
                    .search_config_async_csv_download()
                    .body(search);
                Ok(call
                    .send()
                    .await?
                    .into_inner()
                    .and_then(|job| job.report_id))
            }
        })
    }
}

#[cfg(feature = "cspm-reports")]
impl Jobs {
    /// A compliance or inventory report that is created now and fetched when it has run. It stays in the tenant's list of
    /// reports; one that exists is fetched by [`resume`](Self::resume) with [`JobKind::Report`] and its id.
    pub fn report(&self, report: types::BaseReportGenerationConfigApiModel) -> Job {
        self.submitting(JobKind::Report, move |client| {
            let report = report.clone();
            async move {
                let call = client.cspm().save_report_v2().body(report);
                Ok(call.send().await?.into_inner().id)
            }
        })
    }
}

#[cfg(feature = "cspm-adoption-advisor")]
impl Jobs {
    /// A report of the adoption advisor: asks the service to make one of this configuration, which must have its id, and
    /// fetches the latest that there is. The service does not tell which run a file is of, so an earlier one may come if this one
    /// takes long.
    pub fn adoption_advisor_report(
        &self,
        config: types::AdvisorReportGenerationConfigApiModel,
    ) -> Job {
        self.submitting(JobKind::AdoptionAdvisorReport, move |client| {
            let config = config.clone();
            async move {
                let Some(id) = config.id.clone() else {
                    return Err(Error::config(
                        "the configuration of an adoption advisor report has no id; list or create it first",
                    ));
                };
                let call = client.cspm().adoption_advisor_create_report().body(config);
                call.send().await?;
                Ok(Some(id))
            }
        })
    }
}

#[cfg(feature = "cspm-vulnerabilities-dashboard")]
impl Jobs {
    /// The assets that vulnerabilities touch, as CSV: at once, or as a background report when there are many.
    pub fn vulnerabilities(&self, request: types::VulnerabilityDownloadRequestV3) -> Job {
        self.export(move |client| {
            let request = request.clone();
            async move {
                let call = client.cspm().download_vulnerability_file_v3().body(request);
                call.send().await
            }
        })
    }

    /// What an RQL vulnerability query finds, as CSV: at once, or as a background report when there is much.
    pub fn vulnerability_search(&self, request: types::VulnerabilitySearchRequest) -> Job {
        self.export(move |client| {
            let request = request.clone();
            async move {
                let call = client
                    .cspm()
                    .download_vulnerability_search_csv()
                    .body(request);
                call.send().await
            }
        })
    }
}

impl Jobs {
    /// Any call that answers with a file at once (200) or says that it is being made (202): then the background report that the
    /// answer names is followed, or the same is asked again if it names none. So `call` may be made several times.
    pub fn export<F, R>(&self, call: F) -> Job
    where
        F: Fn(PrismaCloud) -> R + Send + Sync + 'static,
        R: Future<Output = Result<ResponseValue<ByteStream>, ApiError<()>>> + Send + 'static,
    {
        let begin: Begin = Arc::new(move |client| {
            let (call, clock) = (
                call(client.clone()),
                client.core().wire.shared.clock.clone(),
            );
            Box::pin(async move {
                let answer = call.await?;
                if answer.status() != StatusCode::ACCEPTED {
                    return answer.download().map(Begun::File);
                }
                let after = retry_after::of(answer.headers(), clock.wall());
                let ticket = crate::files::ticket(answer).bytes(MOST_TICKET).await?;
                let ticket: Value = prisma_cloud_api::read_json(&ticket).unwrap_or_default();
                Ok(match status::id(&ticket) {
                    Some(id) => Begun::Job(JobKind::BackgroundReport, id),
                    None => Begun::AskAgain(after),
                })
            })
        });
        Job::new(self.client.clone(), begin)
    }

    /// A job of `kind` that begins with `submit`, which gives its id.
    #[allow(dead_code, reason = "which kinds there are depends on the features")]
    fn submitting<F, R>(&self, kind: JobKind, submit: F) -> Job
    where
        F: Fn(PrismaCloud) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Option<String>, Error>> + Send + 'static,
    {
        let begin: Begin = Arc::new(move |client| {
            let answer = submit(client);
            Box::pin(async move {
                match answer.await?.filter(|id| !id.is_empty()) {
                    Some(id) => Ok(Begun::Job(kind, id)),
                    None => Err(Error::new(
                        ErrorKind::Decode,
                        format!(
                            "the service took on the {} and did not say its id",
                            kind.description().name
                        ),
                    )
                    .with_advice(Some(
                        "it may be running; look before submitting again".into(),
                    ))),
                }
            })
        });
        Job::new(self.client.clone(), begin)
    }
}
