//! Paths that a caller wrote: they must lead to where they seem to.

use prisma_cloud_api::vanishes;

use crate::error::{Error, ErrorKind};

/// Refuses a path that another one would be made of before it is sent: parsers of URLs take out `.` and `..`, with what
/// stands before the latter, and read a backslash as a slash; servers take an empty segment for none. The id that was to
/// stand there is missing then, and `DELETE /policy/` may mean more than one policy.
///
/// `template` is the path of the documented operation, if it is one: the error names the parameter.
///
/// # Errors
/// [`ErrorKind::InvalidRequest`], naming the segment.
pub(crate) fn check(path: &str, template: Option<&str>) -> Result<(), Error> {
    let refuse = |why: String| {
        Err(Error::new(
            ErrorKind::InvalidRequest,
            format!("the path {path:?} would lead to another place: {why}; nothing was sent"),
        )
        .with_advice(Some(
            "give the id that belongs there; percent-encode what is not to be read as a part of the path".into(),
        )))
    };
    // That it does not begin as a path does is refused where it is joined to the address.
    if !path.starts_with('/') {
        return Ok(());
    }
    let end = path.find(['?', '#']).unwrap_or(path.len());
    let path_only = &path[..end];
    if let Some(odd) = path_only
        .chars()
        .find(|c| c.is_control() || matches!(c, ' ' | '\\'))
    {
        return refuse(format!("it holds {odd:?}"));
    }
    // The root has no segment that could be missing.
    let segments: Vec<&str> = path_only
        .strip_prefix('/')
        .unwrap_or(path_only)
        .split('/')
        .collect();
    if path_only == "/" {
        return Ok(());
    }
    let names: Vec<&str> = template
        .map(|template| template.split('/').skip(1).collect())
        .unwrap_or_default();
    for (index, segment) in segments.iter().enumerate() {
        if !vanishes(segment) {
            continue;
        }
        let what = match names.get(index).and_then(|name| parameter(name)) {
            Some(name) if names.len() == segments.len() => format!("the parameter `{name}`"),
            _ => format!("segment {} of {}", index + 1, segments.len()),
        };
        return refuse(format!("{what} is {segment:?}"));
    }
    Ok(())
}

/// The name in `{name}`.
fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_lead_elsewhere_is_refused_with_its_place() {
        for (path, place) in [
            ("/policy/", "segment 2 of 2 is \"\""),
            ("/policy//x", "segment 2 of 3 is \"\""),
            ("/policy/.", "segment 2 of 2 is \".\""),
            ("/policy/..", "segment 2 of 2 is \"..\""),
            ("/policy/../x?a=b", "segment 2 of 3"),
            ("/policy/%2e%2E", "segment 2 of 2"),
            ("/policy/.%2e/x", "segment 2 of 3"),
            ("/policy/%2E#f", "segment 2 of 2"),
            ("/policy/?a=/x", "segment 2 of 2"),
            ("/policy/..\\x", "'\\\\'"),
            ("/policy/.\t.", "'\\t'"),
            ("/policy/x ", "' '"),
            ("//policy", "segment 1 of 2"),
        ] {
            let error = check(path, None).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest);
            assert!(error.to_string().contains(place), "{path}: {error}");
        }
        let named = check("/alert/jobs/../status", Some("/alert/jobs/{id}/status")).unwrap_err();
        assert!(named.to_string().contains("`id` is \"..\""), "{named}");
    }

    #[test]
    fn other_paths_go_as_they_are() {
        for path in [
            "/",
            "/policy",
            "/policy/a.b",
            "/policy/...",
            "/x?path=../..&a=//",
            "/policy/%2Fx",
            "/policy/a%2e",
        ] {
            assert!(check(path, None).is_ok(), "{path}");
        }
    }
}
