//! An item that nobody has read.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use serde::Deserialize;

use super::skim;
use crate::error::Error;

/// An item of a listing as the service sent it, every member included. Made by [`Items::raw`](super::Items::raw).
///
/// It is a part of the page that it came with, and keeps that in memory: do not collect many of them. It can be read on any thread. Whether it is good JSON
/// shows when it is [read](Self::read). Unlike the types of this crate it hides no secrets that the service has put into it;
/// only `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct RawItem {
    json: Bytes,
}

impl RawItem {
    pub(super) fn new(json: Bytes) -> Self {
        Self { json }
    }

    /// Its JSON, with the white space that it came with. UTF-8, if the service keeps to the standard.
    pub fn as_bytes(&self) -> &[u8] {
        &self.json
    }

    /// Its JSON without line breaks, as files with an object in each line (NDJSON) want it. The break at the end of the line is not
    /// part of it.
    pub fn line(&self) -> Cow<'_, [u8]> {
        if memchr::memchr2(b'\n', b'\r', &self.json).is_none() {
            return Cow::Borrowed(&self.json);
        }
        // In strings they are written as escapes; between values they are white space.
        let mut line = self.json.to_vec();
        line.iter_mut()
            .filter(|byte| matches!(byte, b'\n' | b'\r'))
            .for_each(|byte| *byte = b' ');
        Cow::Owned(line)
    }

    /// Reads it as a type of the caller's, which may borrow from it: with the few members that a program needs, or
    /// [`serde_json::Value`] for all of them. Members that the type does not have are passed over without a look at them.
    ///
    /// ```no_run
    /// # async fn f(client: prisma_cloud::PrismaCloud) -> Result<(), prisma_cloud::Error> {
    /// use prisma_cloud::alerts::AlertQuery;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Alert {
    ///     id: String,
    ///     policy: Option<Policy>,
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Policy {
    ///     severity: Option<String>,
    /// }
    ///
    /// let mut alerts = client.alerts().list(AlertQuery::new()).raw();
    /// while let Some(alert) = alerts.next().await {
    ///     let alert: Alert = alert?.read()?;
    ///     println!("{} {:?}", alert.id, alert.policy.and_then(|policy| policy.severity));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) if it is something else.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        skim::read(&self.json).map_err(|error| {
            Error::of_part(
                "the item is something else than the type that it was to be read as",
                "`body()` of this error holds the item",
                self.json.clone(),
                &error,
            )
        })
    }
}

impl AsRef<[u8]> for RawItem {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

/// Its size alone.
impl fmt::Debug for RawItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawItem")
            .field("bytes", &self.json.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(json: &str) -> RawItem {
        RawItem::new(Bytes::copy_from_slice(json.as_bytes()))
    }

    #[test]
    fn a_line_is_the_same_json() {
        let tight = item(r#"{"a":"b\nc"}"#);
        assert!(matches!(tight.line(), Cow::Borrowed(line) if line == tight.as_bytes()));
        let loose = item("{\r\n  \"a\": \"b\\nc\"\n}");
        let line = String::from_utf8(loose.line().into_owned()).unwrap();
        assert_eq!(line.lines().count(), 1, "{line}");
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read, tight.read::<serde_json::Value>().unwrap());
    }

    #[test]
    fn it_is_read_as_what_the_caller_wants() {
        #[derive(Deserialize)]
        struct Named<'a> {
            name: &'a str,
        }
        let named = item(r#"{"id":1,"name":"x"}"#);
        assert_eq!(named.read::<Named<'_>>().unwrap().name, "x");
        let error = named.read::<Vec<u8>>().unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::Decode);
        assert_eq!(&error.body()[..], named.as_bytes());
    }

    #[test]
    fn what_it_says_is_not_shown() {
        let shown = format!("{:?}", item(r#"{"secretKey":"s3cret"}"#));
        assert!(shown.contains("22") && !shown.contains("s3cret"), "{shown}");
    }
}
