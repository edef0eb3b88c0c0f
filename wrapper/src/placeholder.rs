//! The id of the session's tenant, where the caller of an operation gave none.

use http::{HeaderName, HeaderValue};
use prisma_cloud_api::{Operation, PRISMA_ID_OF_SESSION, vanishes};
use reqwest::Request;
use url::Url;

use crate::error::{Error, ErrorKind};

/// The parameters of path templates that are this id.
const IN_PATH: [&str; 2] = ["{prismaId}", "{prisma_id}"];
/// The header that is this id.
const HEADER: HeaderName = HeaderName::from_static("x-prisma-tenant-id");

/// Whether `request` lacks the id.
pub(crate) fn is_in(request: &Request, operation: &Operation) -> bool {
    // Nearly all operations have no place for it, and their requests are not searched.
    if !operation.wants_prisma_id {
        return false;
    }
    let header = request.headers().get(&HEADER);
    header.is_some_and(|value| value.is_empty() || value == PRISMA_ID_OF_SESSION)
        || !segments(request.url(), operation).is_empty()
}

/// Puts `id` where it is lacking.
pub(crate) fn fill(request: &mut Request, operation: &Operation, id: &str) -> Result<(), Error> {
    if vanishes(id) {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            format!(
                "the id of the session's tenant, for the parameter `prismaId`, is {id:?}, which would lead to another \
                 path; nothing was sent"
            ),
        )
        .with_advice(Some(
            "set the id with `prisma_id` of the builder of the client, or of the call".into(),
        )));
    }
    let places = segments(request.url(), operation);
    if !places.is_empty() {
        let encoded = encoded(id);
        let path: Vec<&str> = request
            .url()
            .path()
            .split('/')
            .enumerate()
            .map(|(index, segment)| {
                if places.contains(&index) {
                    &encoded
                } else {
                    segment
                }
            })
            .collect();
        let path = path.join("/");
        request.url_mut().set_path(&path);
    }
    if let Some(value) = request.headers_mut().get_mut(&HEADER)
        && (value.is_empty() || *value == PRISMA_ID_OF_SESSION)
    {
        *value = HeaderValue::from_str(id).map_err(|source| {
            Error::new(ErrorKind::Other, "no header can carry the id of the tenant")
                .with_source(source)
        })?;
    }
    Ok(())
}

/// The places of the path, counted between slashes, where the id belongs and is not.
fn segments(url: &Url, operation: &Operation) -> Vec<usize> {
    let path: Vec<&str> = url.path().split('/').collect();
    let template: Vec<&str> = operation.path.split('/').collect();
    // The base URL may have a path of its own, so they agree at their ends.
    let before = path.len().saturating_sub(template.len());
    path.iter()
        .enumerate()
        .filter(|(index, segment)| {
            let wanted = index
                .checked_sub(before)
                .and_then(|index| template.get(index))
                .is_some_and(|name| IN_PATH.contains(name));
            **segment == PRISMA_ID_OF_SESSION || (wanted && segment.is_empty())
        })
        .map(|(index, _)| index)
        .collect()
}

fn encoded(id: &str) -> String {
    let unreserved = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_~".contains(byte);
    id.as_bytes()
        .iter()
        .map(|byte| match byte {
            byte if unreserved(byte) => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use prisma_cloud_api::{Answer, Product};

    use super::*;

    const fn operation(path: &'static str) -> Operation {
        Operation::new(Product::Cspm, "", path, Answer::Bytes).with_prisma_id()
    }

    static TENANT: Operation = operation("/api/v1/tenant/{prismaId}/integration/{id}");
    static ARCHIVE: Operation = operation("/config/api/v1/tenant/{prisma_id}/archiveList");
    static OTHER: Operation = operation("/config/v3/tenant/{tenantId}/script");

    fn filled(operation: &Operation, url: &str, id: &str) -> Option<String> {
        assert_eq!(operation.answer, Answer::Bytes);
        let url = Url::parse(&format!("https://api.example{url}")).unwrap();
        let mut request = Request::new(http::Method::GET, url);
        if !is_in(&request, operation) {
            return None;
        }
        fill(&mut request, operation, id).unwrap();
        let url = request.url();
        Some(url[url::Position::BeforePath..].to_owned())
    }

    #[test]
    fn the_id_is_put_where_none_was_given() {
        for (operation, url, expected) in [
            (
                &TENANT,
                "/api/v1/tenant/prisma-id-of-session/integration/7?a=b",
                Some("/api/v1/tenant/42/integration/7?a=b"),
            ),
            (
                &TENANT,
                "/gateway/x/api/v1/tenant//integration/7",
                Some("/gateway/x/api/v1/tenant/42/integration/7"),
            ),
            (&TENANT, "/api/v1/tenant/9/integration/7", None),
            // An empty id of something else is the caller's affair.
            (&TENANT, "/api/v1/tenant/9/integration/", None),
            (
                &ARCHIVE,
                "/config/api/v1/tenant/prisma-id-of-session/archiveList",
                Some("/config/api/v1/tenant/42/archiveList"),
            ),
            (&OTHER, "/config/v3/tenant//script", None),
        ] {
            assert_eq!(filled(operation, url, "42").as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn an_id_that_would_vanish_is_refused() {
        for id in ["", ".", "..", "%2e", ".%2E"] {
            let url = "https://api.example/config/api/v1/tenant/prisma-id-of-session/archiveList";
            let mut request = Request::new(http::Method::GET, Url::parse(url).unwrap());
            let error = fill(&mut request, &ARCHIVE, id).unwrap_err();
            assert!(error.to_string().contains("`prismaId`"), "{id}: {error}");
            assert_eq!(request.url().as_str(), url);
        }
    }

    #[test]
    fn an_odd_id_stays_one_segment() {
        let url = "/config/api/v1/tenant/prisma-id-of-session/archiveList";
        assert_eq!(
            filled(&ARCHIVE, url, "a/../b ?").unwrap(),
            "/config/api/v1/tenant/a%2F%2E%2E%2Fb%20%3F/archiveList"
        );
    }

    #[test]
    fn the_header_is_filled_too() {
        let mut request = Request::new(
            http::Method::GET,
            Url::parse("https://api.example/appid/api/v1/satellite").unwrap(),
        );
        let satellite = operation("/appid/api/v1/satellite");
        assert!(!is_in(&request, &satellite));
        let given = HeaderValue::from_static(PRISMA_ID_OF_SESSION);
        request.headers_mut().insert(HEADER, given);
        assert!(is_in(&request, &satellite));
        fill(&mut request, &satellite, "42").unwrap();
        assert_eq!(request.headers()[HEADER], "42");
        assert!(!is_in(&request, &satellite));
    }
}
