//! What the user can do about it, in a sentence.

use std::time::Duration;

use super::kind::ErrorKind;
use super::redlock::StatusEntry;

/// What advice depends on.
pub(crate) struct Circumstances<'a> {
    pub(crate) kind: ErrorKind,
    pub(crate) status: Option<u16>,
    pub(crate) entries: &'a [StatusEntry],
    /// The API group of the operation, which is close to the name of the permission.
    pub(crate) group: &'a str,
    /// Whether the call was the login itself.
    pub(crate) login: bool,
    /// A token was tried that was got because the call had been refused.
    pub(crate) tested: bool,
    /// The host that was asked.
    pub(crate) host: &'a str,
    pub(crate) retry_after: Option<Duration>,
    /// See [`Error::may_have_been_carried_out`](super::Error::may_have_been_carried_out), which also says it to the reader.
    pub(crate) may_have_acted: bool,
}

/// The next step for a failure, if there is one to name.
pub(crate) fn advise(c: &Circumstances<'_>) -> Option<String> {
    let has = |key: &str| c.entries.iter().any(|entry| entry.key == key);
    let text = match c.kind {
        ErrorKind::Unauthorized if has("sso_enabled_password_login_attempt") => {
            "this user signs in by single sign-on, so a password does not work; make an access key under \
             Settings > Access Control > Access Keys and use that"
                .into()
        }
        ErrorKind::Unauthorized if c.login => format!(
            "check the access key and its secret (Settings > Access Control > Access Keys shows whether the \
             key is active and not expired) and the region: {} knows the keys of its own tenants only",
            c.host
        ),
        ErrorKind::Unauthorized if c.tested => {
            "a fresh token was refused too; check that the access key and its role still exist".into()
        }
        ErrorKind::Unauthorized => {
            "no fresh token was requested, because this call was refused with one less than a minute ago or its time was \
             used up; check that the access key and its role still exist and may make this call"
                .into()
        }
        ErrorKind::Forbidden if c.login => format!(
            "the login itself was forbidden; check whether the tenant's list of allowed login addresses holds \
             this machine's and whether {} is the right region",
            c.host
        ),
        ErrorKind::Forbidden if c.group.is_empty() => {
            "the role of the access key lacks the permission for this call (Settings > Access Control > Roles)"
                .into()
        }
        ErrorKind::Forbidden => format!(
            "the role of the access key lacks the permission for {:?} calls; ask an administrator for a role \
             whose permission group covers it (Settings > Access Control > Roles)",
            c.group
        ),
        ErrorKind::RateLimited => match c.retry_after {
            Some(wait) => format!(
                "the limit of this operation is used up by all programs of this user together; try again in {}",
                seconds(wait)
            ),
            None => "the limit of this operation is used up by all programs of this user together; try again \
                     in a minute, or run fewer programs at once under the same user"
                .into(),
        },
        ErrorKind::UnexpectedPage => format!(
            "a proxy, a firewall or a maintenance page answered instead of the API; open https://{}/ from this \
             machine, and check the proxy settings",
            c.host
        ),
        ErrorKind::Redirect => {
            "redirects are not followed, so that no token goes elsewhere; use the API's own address as base URL"
                .into()
        }
        ErrorKind::Network => format!(
            "check that {} can be reached from this machine (name resolution, proxy, firewall)",
            c.host
        ),
        ErrorKind::Timeout if c.may_have_acted => {
            "allow more time with the builder's time-outs".into()
        }
        ErrorKind::Timeout => "ask for less at once, or allow more time with the builder's time-outs".into(),
        ErrorKind::Server => match c.retry_after {
            Some(wait) => format!("try again in {}", seconds(wait)),
            None => "try again later; if it persists, give support the request id".into(),
        },
        ErrorKind::NotFound if c.entries.is_empty() && c.status == Some(404) => format!(
            "check the id; the tenant may also lack this feature or live in another region than {}",
            c.host
        ),
        ErrorKind::InvalidRequest if c.status == Some(406) => {
            "the server does not answer in the media type that was asked for".into()
        }
        ErrorKind::InvalidRequest if matches!(c.status, Some(413 | 414)) => {
            "the request is too large; ask with a smaller page or filter".into()
        }
        _ => return None,
    };
    Some(text)
}

fn seconds(wait: Duration) -> String {
    // Rounded up: who waits less is refused again.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    format!("{seconds} s")
}
