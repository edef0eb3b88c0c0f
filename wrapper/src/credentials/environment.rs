//! The variables that other programs have taught people.

use secrecy::SecretString;

use super::pieces::{Pieces, Verify};
use crate::error::Error;

/// Looks a variable up.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Names the JSON file that stands below the variables and above the files of the user.
pub(super) const CONFIG_FILE: &str = "PRISMACLOUD_JSON_CONFIG_FILE";
const TOKEN: &str = "PRISMACLOUD_JSON_WEB_TOKEN";
const SKIP_VERIFY: &str = "PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION";
const PC_VERIFY: &str = "PC_VERIFY";
/// Id and secret in one.
const BOTH: &str = "BC_API_KEY";
const BETWEEN: &str = "::";

struct Family {
    url: &'static str,
    identity: &'static str,
    secret: &'static str,
    name: Option<&'static str>,
    customer_name: Option<&'static str>,
}

/// In order: the first one that has credentials gives them.
const FAMILIES: [Family; 3] = [
    Family {
        url: "PC_URL",
        identity: "PC_IDENTITY",
        secret: "PC_SECRET",
        name: Some("PC_NAME"),
        customer_name: None,
    },
    Family {
        url: "PRISMACLOUD_URL",
        identity: "PRISMACLOUD_USERNAME",
        secret: "PRISMACLOUD_PASSWORD",
        name: None,
        customer_name: Some("PRISMACLOUD_CUSTOMER_NAME"),
    },
    Family {
        url: "PRISMA_API_URL",
        identity: "PRISMA_ACCESS_KEY_ID",
        secret: "PRISMA_SECRET_KEY",
        name: None,
        customer_name: None,
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
    Ok(families.into_iter().fold(Pieces::default(), Pieces::or))
}

/// The value of a variable; blanks count as unset.
pub(super) fn value(lookup: Lookup<'_>, name: &str) -> Option<String> {
    let value = lookup(name)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn of(family: &Family, lookup: Lookup<'_>) -> Result<Pieces, Error> {
    let get = |name: &str| value(lookup, name);
    let (identity, secret) = (get(family.identity), get(family.secret));
    let (set, unset) = match (&identity, &secret) {
        (Some(_), None) => (family.identity, family.secret),
        (None, Some(_)) => (family.secret, family.identity),
        _ => ("", ""),
    };
    if !set.is_empty() {
        return Err(Error::config(format!(
            "the environment variable {set} is set and {unset} is not; set both, or neither"
        )));
    }
    let (token, verify) = match family.url {
        "PC_URL" => (None, get(PC_VERIFY).map(|text| Verify::of(&text))),
        "PRISMACLOUD_URL" => (get(TOKEN), skip_verify(get(SKIP_VERIFY))?),
        _ => (None, None),
    };
    Ok(Pieces {
        name: family.name.and_then(get),
        url: get(family.url),
        identity,
        secret: secret.map(SecretString::from),
        token: token.map(SecretString::from),
        customer_name: family.customer_name.and_then(get),
        prisma_id: None,
        verify,
    })
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
    let Some(text) = value(lookup, BOTH) else {
        return Ok(None);
    };
    match text.split_once(BETWEEN) {
        Some((id, secret)) if !id.trim().is_empty() && !secret.trim().is_empty() => {
            Ok(Some((id.trim().to_owned(), secret.trim().into())))
        }
        _ => Err(Error::config(format!(
            "the environment variable {BOTH} must hold the id of an access key and its secret with {BETWEEN:?} between them"
        ))),
    }
}
