//! The variables that other programs have taught people.

use std::ffi::OsString;

use secrecy::SecretString;

use super::pieces::{Pieces, Verify};
use super::trim::trimmed;
use crate::error::Error;

/// Looks a variable up.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// Names the JSON file that stands below the variables and above the files of the user.
pub(super) const CONFIG_FILE: &str = "PRISMACLOUD_JSON_CONFIG_FILE";
/// Names a host that is none of the service's. No other program knows it, so nobody sets it by accident.
pub(crate) const CUSTOM_URL: &str = "PRISMA_CLOUD_CUSTOM_API_URL";
const TOKEN: &str = "PRISMACLOUD_JSON_WEB_TOKEN";
const SKIP_VERIFY: &str = "PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION";
/// Id and secret in one.
const BOTH: &str = "BC_API_KEY";
const BETWEEN: &str = "::";

struct Family {
    url: &'static str,
    identity: &'static str,
    secret: &'static str,
    name: Option<&'static str>,
    customer_name: Option<&'static str>,
    token: Option<&'static str>,
    /// Whose certificates to believe.
    verify: Option<&'static str>,
}

/// In order: the first one that has credentials gives them.
const FAMILIES: [Family; 4] = [
    Family {
        url: "PC_URL",
        identity: "PC_IDENTITY",
        secret: "PC_SECRET",
        name: Some("PC_NAME"),
        customer_name: None,
        token: None,
        verify: Some("PC_VERIFY"),
    },
    // The same program before.
    Family {
        url: "PC_SAAS_API_ENDPOINT",
        identity: "PC_ACCESS_KEY",
        secret: "PC_SECRET_KEY",
        name: None,
        customer_name: None,
        token: None,
        verify: Some("PC_CA_BUNDLE"),
    },
    Family {
        url: "PRISMACLOUD_URL",
        identity: "PRISMACLOUD_USERNAME",
        secret: "PRISMACLOUD_PASSWORD",
        name: None,
        customer_name: Some("PRISMACLOUD_CUSTOMER_NAME"),
        token: Some(TOKEN),
        verify: Some(SKIP_VERIFY),
    },
    Family {
        url: "PRISMA_API_URL",
        identity: "PRISMA_ACCESS_KEY_ID",
        secret: "PRISMA_SECRET_KEY",
        name: None,
        customer_name: None,
        token: None,
        verify: None,
    },
];

/// What the variables say. A family that has credentials comes before those that have none, so that its own address goes with
/// them.
pub(super) fn pieces(lookup: Lookup<'_>) -> Result<Pieces, Error> {
    let mut families = FAMILIES
        .iter()
        .map(|family| of(family, lookup))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(last) = families.last_mut()
        && !last.proves()
    {
        (last.identity, last.secret) = both(lookup)?.unzip();
    }
    families.sort_by_key(|family| !family.proves());
    let found = families.into_iter().fold(Pieces::default(), Pieces::or);
    Ok(Pieces {
        custom_url: value(lookup, CUSTOM_URL)?,
        ..found
    })
}

/// The value of a variable; blanks count as unset.
pub(super) fn value(lookup: Lookup<'_>, name: &str) -> Result<Option<String>, Error> {
    let Some(value) = lookup(name) else {
        return Ok(None);
    };
    let Some(value) = value.to_str() else {
        return Err(Error::config(format!(
            "the environment variable {name} is not encoded in UTF-8; set it anew"
        )));
    };
    let value = trimmed(value);
    Ok((!value.is_empty()).then(|| value.to_owned()))
}

/// Which variables about addresses and keys are set, and what each goes with: for an error about what is missing. Nothing if
/// none is.
pub(super) fn set(lookup: Lookup<'_>) -> Option<String> {
    let is_set = |name: &str| matches!(value(lookup, name), Ok(Some(_)));
    let mut families = Vec::new();
    for family in &FAMILIES {
        let names = [
            Some(family.url),
            Some(family.identity),
            Some(family.secret),
            family.token,
        ];
        let (set, unset): (Vec<_>, Vec<_>) =
            names.into_iter().flatten().partition(|name| is_set(name));
        if !set.is_empty() && !unset.is_empty() {
            families.push(format!(
                "{} is set, but not {}",
                set.join(", "),
                unset.join(", ")
            ));
        } else if !set.is_empty() {
            families.push(format!("{} is set", set.join(", ")));
        }
    }
    families.extend(is_set(CUSTOM_URL).then(|| format!("{CUSTOM_URL} is set")));
    (!families.is_empty()).then(|| families.join("; "))
}

fn of(family: &Family, lookup: Lookup<'_>) -> Result<Pieces, Error> {
    let get = |name: &str| value(lookup, name);
    let maybe = |name: Option<&str>| name.map_or(Ok(None), get);
    let (identity, secret) = (get(family.identity)?, get(family.secret)?);
    let half = match (&identity, &secret) {
        (Some(_), None) => Some((family.identity, family.secret)),
        (None, Some(_)) => Some((family.secret, family.identity)),
        _ => None,
    };
    if let Some((set, unset)) = half {
        return Err(Error::config(format!(
            "the environment variable {set} is set and {unset} is not; set both, or neither{}",
            others(family, lookup)
        )));
    }
    let verify = match family.verify {
        Some(SKIP_VERIFY) => skip_verify(get(SKIP_VERIFY)?)?,
        name => maybe(name)?.map(|text| Verify::of(&text)),
    };
    Ok(Pieces {
        name: maybe(family.name)?,
        url: get(family.url)?,
        identity,
        secret: secret.map(SecretString::from),
        token: maybe(family.token)?.map(SecretString::from),
        customer_name: maybe(family.customer_name)?,
        verify,
        ..Pieces::default()
    })
}

/// Ids and secrets that are set in other families, where `family` has only half of a key: most likely two were mixed up.
fn others(family: &Family, lookup: Lookup<'_>) -> String {
    let mut found = String::new();
    let keys = FAMILIES
        .iter()
        .filter(|other| other.url != family.url)
        .flat_map(|other| {
            [
                (other.identity, other.secret),
                (other.secret, other.identity),
            ]
        });
    for (name, partner) in keys {
        if matches!(value(lookup, name), Ok(Some(_))) {
            found += &format!("; {name} is set too, which goes with {partner}");
        }
    }
    found
}

fn skip_verify(text: Option<String>) -> Result<Option<Verify>, Error> {
    let Some(text) = text else {
        return Ok(None);
    };
    match Verify::unless_skipped(&text) {
        Some(verify) => Ok(Some(verify)),
        None => Err(Error::config(format!(
            "the environment variable {SKIP_VERIFY} must be true or false"
        ))),
    }
}

fn both(lookup: Lookup<'_>) -> Result<Option<(String, SecretString)>, Error> {
    let Some(text) = value(lookup, BOTH)? else {
        return Ok(None);
    };
    match text.split_once(BETWEEN) {
        Some((id, secret)) if !trimmed(id).is_empty() && !trimmed(secret).is_empty() => {
            Ok(Some((trimmed(id).to_owned(), trimmed(secret).into())))
        }
        _ => Err(Error::config(format!(
            "the environment variable {BOTH} must hold the id of an access key and its secret with {BETWEEN:?} between them"
        ))),
    }
}
