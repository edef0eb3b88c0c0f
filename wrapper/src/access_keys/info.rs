//! What the service tells of an access key.

use std::collections::BTreeMap;

use prisma_cloud_api::cspm::types::UserAccessKeyDetailResponseModel;

use crate::time::EpochMillis;

/// An access key as it is listed. The secret is never listed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessKeyInfo {
    /// Its id; empty if the service left it out.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether it is switched on; nothing if the service says neither.
    pub active: Option<bool>,
    /// When it ends; nothing if the service does not say.
    pub expires: Option<EpochMillis>,
    /// When it was made.
    pub created: Option<EpochMillis>,
    /// When somebody last logged in with it.
    pub last_used: Option<EpochMillis>,
    /// Whose it is.
    pub username: Option<String>,
    /// The role it was made under.
    pub role: BTreeMap<String, String>,
}

impl From<UserAccessKeyDetailResponseModel> for AccessKeyInfo {
    fn from(key: UserAccessKeyDetailResponseModel) -> Self {
        Self {
            id: key.id.unwrap_or_default(),
            name: key.name,
            active: key.status.and_then(|status| is_active(&status)),
            expires: key.expires_on.map(EpochMillis::from),
            created: key.created_ts.map(EpochMillis::from),
            last_used: key.last_used_time.map(EpochMillis::from),
            username: key.username,
            role: key.role.unwrap_or_default(),
        }
    }
}

/// The documents do not list the values of a status.
fn is_active(status: &str) -> Option<bool> {
    match status.to_ascii_lowercase().as_str() {
        "active" | "enabled" | "true" => Some(true),
        "inactive" | "disabled" | "expired" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_in_any_spelling() {
        for (status, active) in [
            ("active", Some(true)),
            ("ACTIVE", Some(true)),
            ("Inactive", Some(false)),
            ("expired", Some(false)),
            ("false", Some(false)),
            ("revoked?", None),
            ("", None),
        ] {
            assert_eq!(is_active(status), active, "{status}");
        }
    }
}
