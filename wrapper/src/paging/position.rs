//! A place in a listing that can be kept and gone back to.

use std::fmt;
use std::str::FromStr;

use prisma_cloud_api::paging::Place;

use crate::error::{Error, ErrorKind};

const VERSION: &str = "1";

/// Where a listing stands, as text that can be stored: an export that broke off goes on from here, in another process
/// too.
///
/// Its text is `1;<operation>;<elements to leave out>;<kind>;<place>`. Tokens are part of it, and some are 43 kB long. How
/// long a token stays good is up to the service.
#[derive(Clone, PartialEq, Eq)]
pub struct Position {
    pub(super) operation: String,
    pub(super) place: Place,
    pub(super) skip: usize,
}

impl Position {
    /// The generated method that the listing belongs to.
    pub fn operation(&self) -> &str {
        &self.operation
    }

    /// Where the page begins.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// How many elements of the page were gone through already.
    pub fn skip(&self) -> usize {
        self.skip
    }

    pub(super) fn check(&self, operation: &str) -> Result<(), Error> {
        if self.operation == operation {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidRequest,
            format!(
                "the position is of the listing `{}` and cannot be used for `{operation}`",
                self.operation
            ),
        ))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION};{};{};", self.operation, self.skip)?;
        match &self.place {
            Place::Tokens(tokens) => {
                write!(f, "tokens;{}", serde_json::json!(tokens))
            }
            Place::Offset(offset) => write!(f, "offset;{offset}"),
            Place::Page(page) => write!(f, "page;{page}"),
            _ => f.write_str("start;"),
        }
    }
}

/// Without the tokens, which are long.
impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match &self.place {
            Place::Tokens(tokens) => {
                let lengths = tokens.iter().map(|token| token.as_ref().map(String::len));
                format!("tokens of {:?} bytes", lengths.collect::<Vec<_>>())
            }
            place => format!("{place:?}"),
        };
        f.debug_struct("Position")
            .field("operation", &self.operation)
            .field("place", &place)
            .field("skip", &self.skip)
            .finish()
    }
}

impl FromStr for Position {
    type Err = Error;

    /// # Errors
    /// Text that no [`Position`] was written as; the error names the part that is wrong.
    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = |what: &str| {
            Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "this is no position of a listing: {what} (expected \
                     `{VERSION};<operation>;<elements>;<start|tokens|offset|page>;<place>`)"
                ),
            )
        };
        let parts: Vec<&str> = text.splitn(5, ';').collect();
        let [version, operation, skip, kind, place] = parts[..] else {
            return Err(wrong("it has too few parts"));
        };
        if version != VERSION {
            return Err(wrong("it was written by another version of this library"));
        }
        // Requests carry places as numbers with a sign.
        let number = || {
            let number = place
                .parse()
                .ok()
                .filter(|number| *number <= i64::MAX as u64);
            number.ok_or_else(|| wrong("the place is no number that a request can carry"))
        };
        Ok(Self {
            operation: operation.to_owned(),
            skip: skip
                .parse()
                .map_err(|_| wrong("the third part is no number"))?,
            place: match kind {
                "start" => Place::Start,
                "tokens" => Place::Tokens(
                    serde_json::from_str(place).map_err(|_| wrong("the tokens are no list"))?,
                ),
                "offset" => Place::Offset(number()?),
                "page" => Place::Page(number()?),
                _ => return Err(wrong("the fourth part is none of the kinds")),
            },
        })
    }
}

impl serde::Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_survives_as_text() {
        for place in [
            Place::Start,
            Place::Offset(7),
            Place::Page(3),
            Place::Tokens(vec![Some("a;b\"c".to_owned()), None]),
        ] {
            let position = Position {
                operation: "post_alerts_v2".to_owned(),
                place,
                skip: 12,
            };
            assert_eq!(position.to_string().parse::<Position>().unwrap(), position);
            let json = serde_json::to_string(&position).unwrap();
            assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
        }
    }

    #[test]
    fn other_text_is_refused_with_the_part_that_is_wrong() {
        for (text, part) in [
            ("", "too few"),
            ("2;a;0;start;", "another version"),
            ("1;a;x;start;", "third"),
            ("1;a;0;middle;", "fourth"),
            ("1;a;0;page;x", "no number"),
            ("1;a;0;page;18446744073709551615", "no number"),
            ("1;a;0;offset;9223372036854775808", "no number"),
            ("1;a;0;tokens;x", "no list"),
        ] {
            let error = text.parse::<Position>().unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn tokens_do_not_fill_the_log() {
        let position = Position {
            operation: "a".to_owned(),
            place: Place::Tokens(vec![Some("x".repeat(43_000))]),
            skip: 0,
        };
        assert!(format!("{position:?}").len() < 200);
    }
}
