//! What the user can do about a failure of IBM Cloud, in a sentence.

use crate::error::ErrorKind;
use crate::error::advice::{self, Circumstances};

/// The next step for a failure, if there is one to name.
pub(super) fn advise(c: &Circumstances<'_>) -> Option<String> {
    let text = match c.kind {
        ErrorKind::Unauthorized if c.login => format!(
            "check that the API key (or the other grant) exists, is enabled and belongs to the environment of {}; \
             `ibmcloud iam api-keys` lists your keys",
            c.host
        ),
        ErrorKind::Unauthorized => {
            "a fresh token was refused too; check that the API key still exists and that the service knows its account"
                .into()
        }
        ErrorKind::Forbidden => {
            "the identity behind the token lacks a role for this call; an administrator grants it under Manage > Access (IAM)"
                .into()
        }
        ErrorKind::NotFound if c.status == Some(410) => {
            "the account is disabled, or what was asked for is gone for good".into()
        }
        ErrorKind::NotFound => format!(
            "check the id, and the instance id if the path has one: {} knows those of its own region only",
            c.host
        ),
        ErrorKind::Conflict => return None,
        // The rest is about connections, time and load, which no provider does differently.
        ErrorKind::RateLimited => match c.retry_after {
            Some(wait) => format!("try again in {} s", wait.as_secs() + 1),
            None => "try again in a minute, or run fewer programs at once".into(),
        },
        _ if c.status == Some(412) => {
            "somebody has changed it since it was read; read it again and use the new tag in `If-Match`".into()
        }
        _ => return advice::advise(c),
    };
    Some(text)
}
