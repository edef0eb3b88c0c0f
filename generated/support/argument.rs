//! Arguments of paths.

use progenitor_client::{Error, encode_path};

use crate::PRISMA_ID_OF_SESSION;

/// Whether `segment` of a path would vanish on the way, or take others with it: it is empty, or `.` or `..`, also where a dot
/// is written as `%2e`.
#[doc(hidden)]
pub fn vanishes(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    matches!(&plain[..], "" | "." | "..")
}

/// The argument `text` of the path parameter `name`, as one segment of a path.
///
/// # Errors
/// One that would make the path another one.
// The error is the generator's.
#[allow(clippy::result_large_err)]
pub(crate) fn argument(name: &str, text: &str) -> Result<String, Error<()>> {
    if vanishes(text) {
        return Err(Error::InvalidRequest(format!(
            "the path parameter `{name}` is {text:?}, which would lead to another path; nothing was sent"
        )));
    }
    // The backslash counts as a slash in URLs, and the generator's encoding leaves it as it is.
    Ok(encode_path(text).replace('\\', "%5C"))
}

/// The same for a parameter that the session knows: an empty text is none, and the id of the session's tenant is sent.
#[allow(clippy::result_large_err)]
pub(crate) fn argument_of_session(name: &str, text: &str) -> Result<String, Error<()>> {
    match text {
        "" => Ok(PRISMA_ID_OF_SESSION.to_owned()),
        text => argument(name, text),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::*;

    #[test]
    fn what_would_vanish_is_refused_with_the_name_of_the_parameter() {
        for text in [
            "", ".", "..", "%2e", "%2E", ".%2e", "%2E.", "%2e%2E", "%2E%2E",
        ] {
            let refused = argument("id", text).unwrap_err().to_string();
            assert!(refused.contains("`id`"), "{text}: {refused}");
            assert!(refused.contains(&format!("{text:?}")), "{text}: {refused}");
        }
        let refused = argument_of_session("prisma_id", "..").unwrap_err();
        assert!(refused.to_string().contains("`prisma_id`"));
        assert_eq!(
            argument_of_session("prisma_id", "").unwrap(),
            PRISMA_ID_OF_SESSION
        );
    }

    /// The segments that a parser finds are those that were meant, whatever the argument is.
    #[test]
    fn any_argument_stays_one_segment() {
        let odd = [
            "\\",
            "..\\..",
            "a/../b",
            "...",
            ". ",
            " ..",
            "..;x",
            ".\t.",
            "\n..",
            "a?b#c",
            "%",
            "%2f",
            "%25",
            "é",
            "\u{7f}",
            "a:b@c",
            "//",
            "%2e%2e%2e",
        ];
        for text in odd {
            let encoded = argument("id", text).unwrap();
            let mut url = Url::parse("https://api.example").unwrap();
            url.set_path(&format!("/policy/{encoded}/x"));
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            assert_eq!(segments, ["policy", &encoded, "x"], "{text:?}");
        }
    }
}
