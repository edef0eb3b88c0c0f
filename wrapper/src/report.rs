//! From a failed attempt to the error that the caller sees.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use prisma_cloud_api::Operation;

use crate::attempt::{Failure, Trouble};
use crate::dialect;
use crate::endpoint::Endpoint;
use crate::error::advice::Circumstances;
use crate::error::body::{BodyFacts, words};
use crate::error::scrub::Scrubber;
use crate::error::{Error, ErrorKind, StatusEntry, headers, redlock};
use crate::retry::class::Class;
use crate::retry::decision::Outcome;
use crate::retry::retry_after;

/// What is known about the call besides the failure itself.
pub(crate) struct Context<'a> {
    pub(crate) operation: &'static Operation,
    pub(crate) class: Class,
    pub(crate) endpoint: &'a Endpoint,
    /// Host and port of the proxy on the way to it, if one is known.
    pub(crate) proxy: Option<String>,
    pub(crate) scrubber: &'a Scrubber,
    pub(crate) attempts: u32,
    pub(crate) wall: SystemTime,
    /// Whether the call was the login or the extension itself.
    pub(crate) login: bool,
    /// A token was tried that was got because the call had been refused.
    pub(crate) tested: bool,
    /// Whether there is an access key to log in with.
    pub(crate) has_key: bool,
    /// What to log in with, in words.
    pub(crate) wanted: &'static str,
}

/// Where the request id may be found, in order.
const REQUEST_IDS: [&str; 5] = [
    "x-redlock-request-id",
    "trace-id",
    "transaction-id",
    "x-request-id",
    "x-amzn-requestid",
];

/// How many headers of one name are looked at.
const MAX_VALUES: usize = 64;

/// Ids that a server gives have some 40 characters. What is longer is none: it may be a token that was sent back.
const MAX_REQUEST_ID: usize = 128;

/// The id in `headers` by which the provider's support finds the request: one line.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = REQUEST_IDS
        .iter()
        .find_map(|name| headers.get(*name)?.to_str().ok())?;
    words(id).filter(|id| id.len() <= MAX_REQUEST_ID)
}

/// What body and header say, unless it is the same.
fn both(body: Option<String>, header: Option<String>) -> Option<String> {
    match (body, header) {
        (Some(body), Some(header)) if !body.contains(&header) => Some(format!("{body} ({header})")),
        (body, header) => body.or(header),
    }
}

/// The error for `failure`.
pub(crate) fn error(failure: Failure, context: &Context<'_>) -> Error {
    let scrub = context.scrubber;
    // Scrubbed before parsing, so that nothing is cut in two, and after it, for what was escaped once more.
    let told: Vec<String> = failure
        .headers
        .get_all("x-redlock-status")
        .iter()
        .take(MAX_VALUES)
        .map(|value| scrub.text(&String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let told = redlock::read(told.iter().map(String::as_str));
    let entries: Vec<StatusEntry> = told
        .entries
        .into_iter()
        .map(|entry| StatusEntry {
            key: scrub.text(&entry.key),
            severity: scrub.option(entry.severity),
            subject: scrub.option(entry.subject),
        })
        .collect();
    let failed_body = if failure.body_cut {
        scrub.beginning(failure.body.clone())
    } else {
        scrub.bytes(failure.body.clone())
    };
    // A login that succeeded has a token in its answer, whatever the answer claims to be.
    let has_token = context.login && failure.status.is_some_and(|status| status.is_success());
    let kept_body = match has_token {
        true => Bytes::new(),
        false => failed_body.clone(),
    };
    let content_type = failure
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let dialect = dialect::of(context.operation.product);
    let (facts, listed) = (dialect.said)(&failed_body, content_type);
    let facts = BodyFacts {
        message: scrub.option(facts.message),
        code: scrub.option(facts.code),
        request_id: scrub.option(facts.request_id),
    };
    let entries: Vec<StatusEntry> = entries
        .into_iter()
        .chain(listed.into_iter().map(|entry| StatusEntry {
            key: scrub.text(&entry.key),
            severity: None,
            subject: scrub.option(entry.subject),
        }))
        .collect();
    let keys: Vec<&str> = entries
        .iter()
        .map(|entry| entry.key.as_str())
        .chain(facts.code.as_deref())
        .collect();
    let kind = (dialect.kind)(failure.kind, failure.status, &keys);
    let retry_after: Option<Duration> = retry_after::of(&failure.headers, context.wall);
    let request_id = request_id(&failure.headers)
        .map(|id| scrub.text(&id))
        .or(facts.request_id);
    // A success whose answer is of no use undoes nothing either.
    let may_have_acted = context.class == Class::Unsafe
        && (failure.status.is_some_and(|status| status.is_success())
            || matches!(
                failure.outcome,
                Outcome::Broken
                    | Outcome::TimedOut
                    | Outcome::Status(408 | 500..=599)
                    | Outcome::Page(408 | 500..=599)
            ));
    let trouble = match failure.status {
        Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => Some(Trouble::ProxyWantsPassword),
        _ => failure.trouble,
    };
    let advice = if let Some(trouble) = trouble {
        Some(trouble.advice(context.endpoint.host()))
    } else if failure.kind == ErrorKind::Unauthorized && !context.has_key {
        Some(format!(
            "the token that the client was given has expired or is refused; get a new one, or give the builder {}",
            context.wanted
        ))
    } else {
        (dialect.advise)(&Circumstances {
            kind,
            status: failure.status.map(|status| status.as_u16()),
            entries: &entries,
            group: context.operation.group,
            login: context.login,
            tested: context.tested,
            host: context.endpoint.host(),
            retry_after,
            may_have_acted,
        })
    };
    let said = both(facts.message, scrub.option(told.words));
    let said = said.as_deref();
    let message = match trouble {
        Some(trouble) => in_the_way(trouble, said, context),
        None => message(&failure, said, scrub, context),
    };
    let mut error = Error::new(kind, message)
        .with_operation(context.operation)
        .with_entries(entries)
        .with_request_id(request_id)
        .with_headers(headers::kept(&failure.headers, scrub))
        .with_body(kept_body, failure.body_cut && !has_token)
        .with_retry_after(retry_after)
        .with_attempts(context.attempts)
        .with_may_have_been_carried_out(may_have_acted)
        .with_advice(advice);
    if let Some(status) = failure.status {
        error = error.with_status(status);
    }
    if let Some(source) = failure.source {
        error = error.with_source(source);
    }
    error
}

/// What stands in the way of a connection. Where a proxy is in between, it is named: it may well be what is at fault.
fn in_the_way(trouble: Trouble, said: Option<&str>, context: &Context<'_>) -> String {
    let what = trouble.what(context.proxy.as_deref());
    let said = said.map_or(String::new(), |said| format!(": {said}"));
    format!("{what}{said} ({})", way(context))
}

/// As the end of a sentence: the proxy in between, if there is one.
fn through(context: &Context<'_>) -> String {
    match &context.proxy {
        Some(proxy) => format!(", through the proxy {proxy}"),
        None => String::new(),
    }
}

/// The host, and the proxy on the way to it.
fn way(context: &Context<'_>) -> String {
    format!("{}{}", context.endpoint.host(), through(context))
}

fn message(
    failure: &Failure,
    said: Option<&str>,
    scrub: &Scrubber,
    context: &Context<'_>,
) -> String {
    let endpoint = context.endpoint;
    match (failure.outcome, failure.status) {
        (Outcome::Page(_), Some(status)) => match said {
            Some(title) => format!(
                "a web page titled {title:?} came instead of data, with status {status}{}",
                through(context)
            ),
            None => format!(
                "a web page came instead of data, with status {status}{}",
                through(context)
            ),
        },
        (_, Some(status)) if status.is_redirection() => format!(
            "the server redirects to {} (status {status})",
            failure
                .headers
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .map_or_else(
                    || "nowhere".to_owned(),
                    |to| scrub.text(&place(to, endpoint))
                )
        ),
        (_, Some(status)) if failure.what.is_empty() => match said {
            // Often the body says nothing but the reason phrase.
            Some(said) if !same(said, status) => format!("the server answered {status}: {said}"),
            _ => format!("the server answered {status}"),
        },
        (_, Some(status)) => format!("{} ({}, status {status})", failure.what, way(context)),
        _ => format!("{} ({})", failure.what, way(context)),
    }
}

fn same(said: &str, status: StatusCode) -> bool {
    status
        .canonical_reason()
        .is_some_and(|reason| reason.eq_ignore_ascii_case(said))
}

/// Scheme, host and port only: the rest of a redirect may carry what must not be shown.
fn place(location: &str, endpoint: &Endpoint) -> String {
    match url::Url::parse(location) {
        Ok(url) => url.origin().ascii_serialization(),
        Err(_) => format!("another path of {}", endpoint.host()),
    }
}
