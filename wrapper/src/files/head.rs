//! What the head of an answer says about the file behind it.

use http::{HeaderMap, header};

use super::disposition;

/// What the server told about a file before it sent it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: Option<String>,
    pub(crate) size: Option<u64>,
    pub(crate) media_type: Option<String>,
}

impl Head {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name| {
            headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
        };
        // The length of something compressed is not that of the file. (reqwest removes both when it unpacks.)
        let plain = !headers.contains_key(header::CONTENT_ENCODING);
        Self {
            name: text(header::CONTENT_DISPOSITION).and_then(|value| disposition::name(&value)),
            size: text(header::CONTENT_LENGTH)
                .filter(|_| plain)
                .and_then(|value| value.trim().parse().ok()),
            media_type: text(header::CONTENT_TYPE).map(Into::into),
        }
    }
}

/// Whether `Content-Range` says that a part is all there is: `bytes 0-11/12`.
pub(super) fn is_whole(headers: &HeaderMap) -> bool {
    let read = || {
        let text = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let number = |text: &str| text.trim().parse::<u64>().ok();
        Some((number(first)?, number(last)?, number(total)?))
    };
    read().is_some_and(|(first, last, total)| first == 0 && last.checked_add(1) == Some(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(lines: &[(&str, &str)]) -> Head {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name: http::HeaderName = name.parse().unwrap();
            headers.insert(
                name,
                http::HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        Head::of(&headers)
    }

    #[test]
    fn size_name_and_type() {
        let told = head(&[
            ("content-length", "12"),
            ("content-disposition", "attachment; filename=\"ä.csv\""),
            ("content-type", "text/csv"),
        ]);
        assert_eq!(told.size, Some(12));
        assert_eq!(
            told.name.as_deref(),
            Some("ä.csv"),
            "as UTF-8 without saying so"
        );
        assert_eq!(told.media_type.as_deref(), Some("text/csv"));
        assert_eq!(head(&[]), Head::default());
    }

    #[test]
    fn a_part_may_be_the_whole() {
        for (range, whole) in [
            ("bytes 0-11/12", true),
            ("bytes 0-10/12", false),
            ("bytes 1-11/12", false),
            ("bytes 0-11/*", false),
            ("bytes */12", false),
            ("bytes 0-18446744073709551615/0", false),
            ("lines 0-11/12", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, range.parse().unwrap());
            assert_eq!(is_whole(&headers), whole, "{range}");
        }
        assert!(!is_whole(&HeaderMap::new()));
    }

    #[test]
    fn a_length_that_is_not_the_files_is_no_size() {
        assert_eq!(head(&[("content-length", "many")]).size, None);
        let packed = head(&[("content-length", "12"), ("content-encoding", "zstd")]);
        assert_eq!(packed.size, None);
    }
}
