//! What IBM Cloud says when it refuses: four shapes of JSON, and the plain text of a proxy.

use http::StatusCode;
use serde_json::{Map, Value};

use crate::dialect::Said;
use crate::error::body::{self, BodyFacts};
use crate::error::{Error, ErrorKind, StatusEntry};

/// One thing that is wrong with a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The machine-readable code, such as `BXNIM0415E` or `not_found`. Nothing, where only text came.
    pub code: Option<String>,
    /// What the service says in words.
    pub message: Option<String>,
    /// More about it.
    pub details: Option<String>,
    /// The address of a page about it.
    pub more_info: Option<String>,
}

/// A refusal by IBM Cloud, in one form for all its shapes.
///
/// ```
/// # fn f(error: prisma_cloud::Error) {
/// use prisma_cloud::ibm::Refusal;
///
/// if let Some(refusal) = Refusal::of(&error) {
///     for problem in &refusal.problems {
///         eprintln!("{:?}: {:?}", problem.code, problem.message);
///     }
///     eprintln!("transaction {:?}", refusal.transaction_id);
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// What is wrong; at least one.
    pub problems: Vec<Problem>,
    /// The id by which support finds the request: that of the answer's header, else of its body, else the one that was sent.
    pub transaction_id: Option<String>,
    /// The status that the body names.
    pub status_code: Option<u16>,
    /// What a second factor or an outside identity provider still asks for.
    pub requirement: Option<Problem>,
}

impl Refusal {
    /// What the answer in `error` says. Nothing, if no answer came or if it says nothing.
    pub fn of(error: &Error) -> Option<Self> {
        let mut refusal = Self::parse(error.body())?;
        if let Some(id) = error.request_id() {
            refusal.transaction_id = Some(id.to_owned());
        }
        Some(refusal)
    }

    /// Whether one of the [`problems`](Self::problems) has this code.
    pub fn has_code(&self, code: &str) -> bool {
        let mut codes = self.problems.iter().filter_map(|p| p.code.as_deref());
        codes.any(|known| known == code)
    }

    /// Reads the body of a failed exchange. Nothing, if it says nothing or is a web page.
    pub fn parse(body: &[u8]) -> Option<Self> {
        if body::is_html(body, None) {
            return None;
        }
        let refusal = match serde_json::from_slice::<Value>(body) {
            Ok(Value::Object(members)) => Self::of_object(&members),
            Ok(Value::String(text)) => Self::of_text(&text),
            Ok(_) => return None,
            // The proxies in front of the services speak plain text.
            Err(_) => Self::of_text(std::str::from_utf8(body).ok()?),
        };
        (!refusal.problems.is_empty()).then_some(refusal)
    }

    fn of_text(text: &str) -> Self {
        let problem = Problem {
            message: body::words(text),
            ..Problem::default()
        };
        Self {
            problems: Vec::from_iter(problem.message.is_some().then_some(problem)),
            ..Self::default()
        }
    }

    fn of_object(members: &Map<String, Value>) -> Self {
        let context = members.get("context").and_then(Value::as_object);
        let within = |name| context.and_then(|context| text(context, name));
        let mut problems: Vec<Problem> = members
            .get("errors")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .map(listed)
            .collect();
        let flat = Problem {
            code: text(members, "errorCode"),
            message: text(members, "errorMessage"),
            details: text(members, "errorDetails"),
            more_info: None,
        };
        if flat.code.is_some() || flat.message.is_some() {
            problems.push(flat);
        }
        if problems.is_empty() {
            // A gateway of somebody's own, perhaps.
            let facts = body::parse(
                &serde_json::to_vec(members).unwrap_or_default(),
                Some("application/json"),
            );
            if facts.message.is_some() || facts.code.is_some() {
                problems.push(Problem {
                    code: facts.code,
                    message: facts.message,
                    ..Problem::default()
                });
            }
        }
        Self {
            problems,
            transaction_id: text(members, "trace")
                .or_else(|| within("transaction_id"))
                .or_else(|| within("requestId")),
            status_code: members.get("status_code").and_then(|status| {
                let written = || status.as_str()?.trim().parse().ok();
                status
                    .as_u64()
                    .and_then(|status| u16::try_from(status).ok())
                    .or_else(written)
            }),
            requirement: members.get("requirements").and_then(Value::as_object).map(
                |requirement| Problem {
                    code: text(requirement, "code"),
                    message: text(requirement, "error"),
                    ..Problem::default()
                },
            ),
        }
    }
}

/// An element of `errors`: IAM numbers its messages besides, the services link to a page.
fn listed(members: &Map<String, Value>) -> Problem {
    Problem {
        code: text(members, "message_code").or_else(|| text(members, "code")),
        message: text(members, "message"),
        details: text(members, "details"),
        more_info: text(members, "more_info"),
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    body::words(members.get(name)?.as_str()?)
}

/// For the error that the caller sees.
pub(super) fn said(bytes: &[u8], content_type: Option<&str>) -> Said {
    let Some(refusal) = Refusal::parse(bytes) else {
        return (body::parse(bytes, content_type), Vec::new());
    };
    let facts = BodyFacts {
        message: refusal.problems.iter().find_map(|p| p.message.clone()),
        code: None,
        request_id: refusal.transaction_id,
    };
    let entries = refusal
        .problems
        .into_iter()
        .filter_map(|problem| {
            Some(StatusEntry {
                key: problem.code?,
                severity: None,
                subject: problem.details,
            })
        })
        .collect();
    (facts, entries)
}

/// IAM answers 400 to a key that it does not know: `BXNIM0415E`, one of the codes `BXNIM04…E`, which are all about
/// the credentials. Codes of other hundreds are about the form of the request.
pub(super) fn kind(kind: ErrorKind, status: Option<StatusCode>, keys: &[&str]) -> ErrorKind {
    let about_credentials = keys.iter().any(|key| {
        key.strip_prefix("BXNIM04")
            .and_then(|rest| rest.strip_suffix('E'))
            .is_some_and(|digits| digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
    });
    match status.map(|status| status.as_u16()) {
        Some(400 | 401) if about_credentials => ErrorKind::Unauthorized,
        Some(412) => ErrorKind::Conflict,
        _ => kind.refine(keys),
    }
}
