//! Profiles as JSON: an object, or an array of them.
//!
//! Each value is kept as the slice of the text it stands in, so that an error can name its line, and never quotes it.

use std::path::Path;

use secrecy::SecretString;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::open::problem;
use super::pieces::{Pieces, Verify};
use super::trim::trimmed;
use crate::error::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Url,
    Identity,
    Secret,
    Token,
    CustomerName,
    PrismaId,
    Verify,
    SkipVerify,
}

/// All spellings, with underscores; hyphens and capitals are taken as well.
const FIELDS: [(&str, Field); 16] = [
    ("name", Field::Name),
    ("url", Field::Url),
    ("api_endpoint", Field::Url),
    ("api", Field::Url),
    ("identity", Field::Identity),
    ("username", Field::Identity),
    ("access_key_id", Field::Identity),
    ("secret", Field::Secret),
    ("password", Field::Secret),
    ("secret_key", Field::Secret),
    ("json_web_token", Field::Token),
    ("customer_name", Field::CustomerName),
    ("prisma_id", Field::PrismaId),
    ("verify", Field::Verify),
    ("ca_bundle", Field::Verify),
    ("skip_ssl_cert_verification", Field::SkipVerify),
];

impl Field {
    fn of(key: &str) -> Option<Self> {
        let key = key.trim().to_ascii_lowercase().replace('-', "_");
        let found = FIELDS.iter().find(|(name, _)| *name == key);
        found.map(|(_, field)| *field)
    }

    /// Both say whom to believe, so only one of them may be there.
    fn slot(self) -> Self {
        match self {
            Self::SkipVerify => Self::Verify,
            field => field,
        }
    }

    fn wanted(self) -> &'static str {
        match self {
            Self::Verify => "\"true\", \"false\", or the path of a CA bundle",
            Self::SkipVerify => "true or false",
            _ => "a text in quotes",
        }
    }
}

/// The profiles in `text`, which came from `path`.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Pieces>, Error> {
    let at = |raw: &RawValue, what: String| {
        // The slice lies in the text, or serde_json could not lend it.
        let offset = raw
            .get()
            .as_ptr()
            .addr()
            .saturating_sub(text.as_ptr().addr());
        let before = text.get(..offset).unwrap_or_default();
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        problem(path, format!("line {line}: {what}"))
    };
    if text.trim().is_empty() {
        return Err(problem(path, "the file is empty"));
    }
    // What serde_json says of syntax quotes nothing, and ends in line and column.
    let json: &RawValue = serde_json::from_str(text)
        .map_err(|error| problem(path, format!("this is no JSON: {error}")))?;
    match first(json) {
        b'{' => Ok(vec![entry(json, &at)?]),
        b'[' => {
            let elements: Vec<&RawValue> = inner(json, &at)?;
            if elements.is_empty() {
                return Err(problem(path, "the array holds no profile"));
            }
            elements
                .into_iter()
                .map(|element| entry(element, &at))
                .collect()
        }
        _ => Err(problem(
            path,
            "the file must hold a JSON object, or an array of objects",
        )),
    }
}

/// Makes an error about the place of a value.
type At<'a> = dyn Fn(&RawValue, String) -> Error + 'a;

/// One profile.
fn entry(json: &RawValue, at: &At<'_>) -> Result<Pieces, Error> {
    if first(json) != b'{' {
        return Err(at(
            json,
            "each element of the array must be a JSON object".into(),
        ));
    }
    let Members(members) = inner(json, at)?;
    let mut pieces = Pieces::default();
    let mut seen: Vec<(Field, String, &RawValue)> = Vec::new();
    for (key, value) in members {
        let Some(field) = Field::of(&key) else {
            continue;
        };
        let wrong = || at(value, format!("{key:?} must be {}", field.wanted()));
        let Some(text) = scalar(value, field).ok_or_else(wrong)? else {
            continue;
        };
        if let Some((_, other, _)) = seen.iter().find(|(other, ..)| *other == field.slot()) {
            return Err(at(
                value,
                match *other == key {
                    true => format!("{key:?} stands there twice; keep one"),
                    false => format!("{other:?} and {key:?} mean the same; keep one"),
                },
            ));
        }
        put(&mut pieces, field, text).ok_or_else(wrong)?;
        seen.push((field.slot(), key, value));
    }
    for (have, lack, names) in [
        (
            Field::Identity,
            Field::Secret,
            "\"secret\" (or \"password\", \"secret_key\")",
        ),
        (
            Field::Secret,
            Field::Identity,
            "\"identity\" (or \"username\", \"access_key_id\")",
        ),
    ] {
        if let Some((_, key, value)) = seen.iter().find(|(field, ..)| *field == have)
            && !seen.iter().any(|(field, ..)| *field == lack)
        {
            return Err(at(
                value,
                format!("beside {key:?} the profile lacks {names}"),
            ));
        }
    }
    Ok(pieces)
}

/// The text of a value, or nothing for null and for blanks; an error for what `field` cannot be.
fn scalar(value: &RawValue, field: Field) -> Option<Option<String>> {
    let text = match first(value) {
        b'"' => serde_json::from_str(value.get()).ok()?,
        b'n' => String::new(),
        b't' | b'f' if field.slot() == Field::Verify => value.get().to_owned(),
        _ => return None,
    };
    let text = trimmed(&text);
    Some((!text.is_empty()).then(|| text.to_owned()))
}

/// Sets the piece that `field` is; nothing if `text` cannot be it.
fn put(pieces: &mut Pieces, field: Field, text: String) -> Option<()> {
    match field {
        Field::Name => pieces.name = Some(text),
        Field::Url => pieces.url = Some(text),
        Field::Identity => pieces.identity = Some(text),
        Field::Secret => pieces.secret = Some(SecretString::from(text)),
        Field::Token => pieces.token = Some(SecretString::from(text)),
        Field::CustomerName => pieces.customer_name = Some(text),
        Field::PrismaId => pieces.prisma_id = Some(text),
        Field::Verify => pieces.verify = Some(Verify::of(&text)),
        Field::SkipVerify => pieces.verify = Some(Verify::unless_skipped(&text)?),
    }
    Some(())
}

fn first(json: &RawValue) -> u8 {
    json.get().bytes().next().unwrap_or_default()
}

/// What is in a value that is known to be JSON of the right kind.
fn inner<'de, T: Deserialize<'de>>(json: &'de RawValue, at: &At<'_>) -> Result<T, Error> {
    serde_json::from_str(json.get()).map_err(|_| at(json, "this cannot be read".into()))
}

/// The members of an object in order, those that occur twice included.
struct Members<'de>(Vec<(String, &'de RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members<'de>, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        json.deserialize_map(All)
    }
}
