//! What a rotation does, decided from what is listed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::expiry::Expiry;
use super::info::AccessKeyInfo;
use crate::error::Error;

/// How long a key is good if nothing is known of the old one: what the service takes, too.
const MONTH: Duration = Duration::from_secs(30 * 24 * 3600);

/// The key in use, if a second one can be made beside it.
pub(super) fn own<'a>(keys: &'a [AccessKeyInfo], id: &str) -> Result<&'a AccessKeyInfo, Error> {
    let Some(own) = keys.iter().find(|key| key.id == id) else {
        return Err(Error::config(
            "the list of access keys does not hold the one that the client logs in with, so it cannot be rotated; a user \
             name with a password is no access key, and a key of another user is rotated by a client that uses it",
        ));
    };
    let others: Vec<&AccessKeyInfo> = keys
        .iter()
        .filter(|key| key.id != own.id && same_role(key, own))
        .collect();
    if others.is_empty() {
        return Ok(own);
    }
    let shown: Vec<String> = others.iter().map(|key| shown(key)).collect();
    Err(Error::config(format!(
        "there are {} access keys already and a role can have two: {} is in use, and there is {}; delete what nobody \
         uses, then rotate",
        others.len() + 1,
        own.id,
        shown.join(" and ")
    )))
}

/// Keys count for each role of a user. What is not told may be the same.
fn same_role(one: &AccessKeyInfo, other: &AccessKeyInfo) -> bool {
    let may_match = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => true,
    };
    let roles = one.role.is_empty() || other.role.is_empty() || one.role == other.role;
    may_match(&one.username, &other.username) && roles
}

fn shown(key: &AccessKeyInfo) -> String {
    let state = match key.active {
        Some(true) => "active",
        Some(false) => "inactive",
        None => "of unknown state",
    };
    let name = key.name.as_deref().unwrap_or("without a name");
    format!("{} ({name:?}, {state})", key.id)
}

/// The name of the successor: the old one with the time, in place of the time of the rotation before.
pub(super) fn name(old: Option<&str>, now: SystemTime) -> String {
    let old = old.unwrap_or("prisma-cloud");
    let base = match old.rsplit_once('-') {
        Some((base, time))
            if time.len() == 10 && time.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            base
        }
        _ => old,
    };
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{base}-{:010}", seconds.as_secs())
}

/// The end of the successor: it lives as long as the old key did from the start.
pub(super) fn expiry(old: &AccessKeyInfo) -> Expiry {
    let (Some(expires), created) = (old.expires, old.created) else {
        return Expiry::In(MONTH);
    };
    if expires.as_millis() <= 0 {
        return Expiry::Never;
    }
    let life = created
        .filter(|created| created.as_millis() > 0)
        .and_then(|created| expires.as_millis().checked_sub(created.as_millis()))
        .and_then(|life| u64::try_from(life).ok())
        .filter(|life| *life > 0);
    Expiry::In(life.map_or(MONTH, Duration::from_millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::EpochMillis;

    fn key(id: &str, username: Option<&str>, role: Option<&str>) -> AccessKeyInfo {
        AccessKeyInfo {
            id: id.into(),
            name: Some(format!("name of {id}")),
            active: Some(true),
            expires: None,
            created: None,
            last_used: None,
            username: username.map(Into::into),
            role: role
                .map(|role| ("id".into(), role.into()))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn a_second_key_of_the_same_user_and_role_is_in_the_way() {
        let own_key = key("own", Some("u@example.com"), Some("r1"));
        for (other, free) in [
            (key("b", Some("u@example.com"), Some("r1")), false),
            (key("b", Some("U@EXAMPLE.COM"), Some("r1")), false),
            (key("b", Some("u@example.com"), Some("r2")), true),
            (key("b", Some("v@example.com"), Some("r1")), true),
            (key("b", None, Some("r1")), false),
            (key("b", Some("u@example.com"), None), false),
        ] {
            let keys = [other, own_key.clone()];
            assert_eq!(own(&keys, "own").is_ok(), free, "{:?}", keys[0]);
        }
    }

    #[test]
    fn a_refusal_names_the_keys() {
        let mut other = key("b", None, None);
        other.active = Some(false);
        let text = own(&[key("a", None, None), other], "a")
            .unwrap_err()
            .to_string();
        assert!(text.contains("a is in use"), "{text}");
        assert!(text.contains("b (\"name of b\", inactive)"), "{text}");
        let text = own(&[key("a", None, None)], "z").unwrap_err().to_string();
        assert!(text.contains("does not hold the one"), "{text}");
    }

    #[test]
    fn a_name_carries_the_time_of_the_last_rotation_only() {
        let at = |seconds| UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(name(Some("ci"), at(1_700_000_000)), "ci-1700000000");
        assert_eq!(
            name(Some("ci-1700000000"), at(1_800_000_000)),
            "ci-1800000000"
        );
        assert_eq!(
            name(Some("ci-2024"), at(1_700_000_000)),
            "ci-2024-1700000000"
        );
        assert_eq!(name(None, at(1_700_000_000)), "prisma-cloud-1700000000");
    }

    #[test]
    fn the_successor_lives_as_long() {
        let day = 86_400_000;
        let days = |days: u64| Expiry::In(Duration::from_millis(days * 86_400_000));
        for (expires, created, expected) in [
            (Some(-1), Some(5), Expiry::Never),
            (Some(0), None, Expiry::Never),
            (Some(91 * day), Some(day), days(90)),
            (Some(91 * day), None, days(30)),
            (Some(day), Some(2 * day), days(30)),
            (None, Some(5), days(30)),
        ] {
            let mut old = key("a", None, None);
            old.expires = expires.map(EpochMillis::from);
            old.created = created.map(EpochMillis::from);
            assert_eq!(expiry(&old), expected, "{expires:?} {created:?}");
        }
    }
}
