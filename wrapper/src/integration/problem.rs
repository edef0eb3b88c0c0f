//! What is wrong with a configuration. A value is never named: it may be a secret.

use crate::error::{Error, ErrorKind};

pub(super) fn missing(integration_type: &str, key: &str) -> Error {
    new(format!(
        "the integration {integration_type:?} lacks {key:?}, which is required"
    ))
}

pub(super) fn blank(integration_type: &str, key: &str) -> Error {
    new(format!(
        "the integration {integration_type:?} has an empty {key:?}, which is required; answers of the service may leave \
         secrets out, so set it anew before sending it back"
    ))
}

pub(super) fn form(integration_type: &str, key: &str, what: &str) -> Error {
    new(format!(
        "the integration {integration_type:?} has a {key:?} that is not {what}"
    ))
}

pub(super) fn new(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}
