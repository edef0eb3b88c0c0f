//! The kinds of jobs: where each is asked about, and where its file is.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A kind of job. With the job's id it is all that is needed to [go on](super::Jobs::resume) with it in another process;
/// [`Display`](fmt::Display) and [`FromStr`] write and read its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobKind {
    /// Alerts as JSON (`/alert/jobs`).
    Alerts,
    /// Alerts grouped by policy, as JSON (`/alert/policy/jobs`).
    AlertsByPolicy,
    /// Alerts as CSV (`/alert/csv`).
    AlertCsv,
    /// The resources of a config search as CSV (`/search/config/jobs`).
    ConfigSearch,
    /// A compliance or inventory report (`/report`); its id is that of the report.
    Report,
    /// A report of the adoption advisor (`/adoptionadvisor/report`); its id is that of the report.
    AdoptionAdvisorReport,
    /// A report made in the background (`/report-service/api/v1/report`), which exports of other groups become.
    BackgroundReport,
}

/// How a kind is followed. Paths have `{id}` where the id goes.
pub(crate) struct Description {
    /// As in messages.
    pub(crate) name: &'static str,
    /// Operation and path that tell the status; without them only asking for the file does.
    pub(crate) status: Option<(&'static str, &'static str)>,
    /// Operation and path of the file.
    pub(crate) file: (&'static str, &'static str),
}

impl JobKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Alerts,
        Self::AlertsByPolicy,
        Self::AlertCsv,
        Self::ConfigSearch,
        Self::Report,
        Self::AdoptionAdvisorReport,
        Self::BackgroundReport,
    ];

    /// Its name, in kebab case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::AlertsByPolicy => "alerts-by-policy",
            Self::AlertCsv => "alert-csv",
            Self::ConfigSearch => "config-search",
            Self::Report => "report",
            Self::AdoptionAdvisorReport => "adoption-advisor-report",
            Self::BackgroundReport => "background-report",
        }
    }

    pub(crate) const fn description(self) -> Description {
        match self {
            Self::Alerts => Description {
                name: "alert job",
                status: Some(("get-alerts-job-status", "/alert/jobs/{id}/status")),
                file: ("download-alerts-list-json", "/alert/jobs/{id}/download"),
            },
            Self::AlertsByPolicy => Description {
                name: "job of alerts by policy",
                status: Some((
                    "get-async-policy-alert-job-status",
                    "/alert/policy/jobs/{id}/status",
                )),
                file: (
                    "download-policy-alerts-json",
                    "/alert/policy/jobs/{id}/download",
                ),
            },
            Self::AlertCsv => Description {
                name: "alert CSV job",
                status: Some(("get-alert-csv-job-status", "/alert/csv/{id}/status")),
                file: ("download-alert-csv", "/alert/csv/{id}/download"),
            },
            // Answers 202 as long as there is nothing to fetch.
            Self::ConfigSearch => Description {
                name: "config search job",
                status: None,
                file: (
                    "async-search-config-csv",
                    "/search/config/jobs/{id}/download",
                ),
            },
            Self::Report => Description {
                name: "report",
                status: Some(("get-specified-report", "/report/{id}")),
                file: ("download-report", "/report/{id}/download"),
            },
            // Answers 204 as long as there is nothing to fetch.
            Self::AdoptionAdvisorReport => Description {
                name: "adoption advisor report",
                status: None,
                file: (
                    "adoption-advisor-download-latest-report",
                    "/adoptionadvisor/report/{id}/download",
                ),
            },
            Self::BackgroundReport => Description {
                name: "background report",
                status: Some((
                    "get-report-status-by-id",
                    "/report-service/api/v1/report/{id}/status",
                )),
                file: (
                    "download-report-by-id",
                    "/report-service/api/v1/report/{id}/download",
                ),
            },
        }
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for JobKind {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(", ");
                Error::config(format!("{name:?} is no kind of job; there are {names}"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for kind in JobKind::ALL {
            assert_eq!(kind.to_string().parse::<JobKind>().unwrap(), kind);
        }
        let error = "alert".parse::<JobKind>().unwrap_err();
        assert!(error.to_string().contains("alert-csv"), "{error}");
    }

    /// With the feature `full` this covers all of them.
    #[test]
    fn the_descriptions_are_those_of_the_interface() {
        let mut known = 0;
        for kind in JobKind::ALL {
            let Description { status, file, .. } = kind.description();
            for (id, path) in status.into_iter().chain([file]) {
                let all = prisma_cloud_api::cspm::OPERATIONS;
                let Some(operation) = all.iter().find(|operation| operation.id == id) else {
                    continue;
                };
                known += 1;
                assert_eq!(operation.method, "GET", "{id}");
                let parameter = operation.path.split_once('{').unwrap().1;
                let parameter = parameter.split_once('}').unwrap().0;
                let published = operation.path.replace(parameter, "id");
                assert_eq!(published, path, "{id}");
            }
        }
        let all = cfg!(feature = "full").then_some(12);
        assert!(all.is_none_or(|all| known == all), "{known}");
        assert!(!cfg!(feature = "cspm-alerts") || known >= 6, "{known}");
    }
}
