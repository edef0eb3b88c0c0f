//! Putting together the request of a call.

use progenitor_client::Error;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Request, Url};
use serde::Serialize;

use crate::Operation;

/// Makes an error of what is wrong with a request for `operation` that is not sent.
pub(crate) fn incomplete(operation: &'static Operation) -> impl FnOnce(String) -> Error<()> {
    move |message| Error::InvalidRequest(operation.named(&message))
}

/// The same of an error that does not name the operation yet.
pub(crate) fn named(operation: &'static Operation) -> impl FnOnce(Error<()>) -> Error<()> {
    move |error| match error {
        Error::InvalidRequest(message) => incomplete(operation)(message),
        other => other,
    }
}

/// What generated calls ask of reqwest's builder, done in one place: that one hands the request, which is a quarter of a
/// kilobyte, on from method to method.
pub(crate) struct Outgoing {
    /// There until it is built.
    request: Option<Request>,
    /// The first thing that went wrong.
    failed: Option<String>,
}

impl Outgoing {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        Self {
            request: Some(Request::new(method, url)),
            failed: None,
        }
    }

    pub(crate) fn header(&mut self, name: HeaderName, value: HeaderValue) -> &mut Self {
        self.change(|request| {
            request.headers_mut().append(name, value);
            Ok(())
        })
    }

    /// Adds `headers`, in place of those of the same names.
    pub(crate) fn headers(&mut self, headers: HeaderMap) -> &mut Self {
        self.change(|request| {
            request.headers_mut().extend(headers);
            Ok(())
        })
    }

    /// Adds parameters to the query.
    pub(crate) fn query(&mut self, query: &(impl Serialize + ?Sized)) -> &mut Self {
        self.change(|request| {
            let url = request.url_mut();
            let mut pairs = url.query_pairs_mut();
            let written = query
                .serialize(serde_urlencoded::Serializer::new(&mut pairs))
                .map(drop)
                .map_err(|error| format!("a parameter of the query: {error}"));
            drop(pairs);
            // Where there is no parameter after all.
            if url.query() == Some("") {
                url.set_query(None);
            }
            written
        })
    }

    pub(crate) fn body(&mut self, body: impl Into<Body>) -> &mut Self {
        self.change(|request| {
            *request.body_mut() = Some(body.into());
            Ok(())
        })
    }

    pub(crate) fn json(&mut self, body: &(impl Serialize + ?Sized)) -> &mut Self {
        self.encoded("application/json", || {
            serde_json::to_vec(body).map_err(|error| error.to_string())
        })
    }

    #[allow(clippy::result_large_err)]
    pub(crate) fn form_urlencoded(
        &mut self,
        body: &(impl Serialize + ?Sized),
    ) -> Result<&mut Self, Error<()>> {
        Ok(self.encoded("application/x-www-form-urlencoded", || {
            let body = serde_urlencoded::to_string(body).map_err(|error| error.to_string())?;
            Ok(body.into_bytes())
        }))
    }

    /// The request, once.
    // The error is the generator's.
    #[allow(clippy::result_large_err)]
    pub(crate) fn build(&mut self) -> Result<Request, Error<()>> {
        match (self.request.take(), self.failed.take()) {
            (Some(request), None) => Ok(request),
            (_, failed) => {
                Err(Error::InvalidRequest(failed.unwrap_or_else(|| {
                    "the request has been built already".into()
                })))
            }
        }
    }

    fn encoded(
        &mut self,
        media_type: &'static str,
        encode: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> &mut Self {
        self.change(|request| {
            let body = encode().map_err(|error| format!("the body: {error}"))?;
            let headers = request.headers_mut();
            if !headers.contains_key(CONTENT_TYPE) {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            }
            *request.body_mut() = Some(body.into());
            Ok(())
        })
    }

    fn change(&mut self, change: impl FnOnce(&mut Request) -> Result<(), String>) -> &mut Self {
        if let (Some(request), None) = (&mut self.request, &self.failed) {
            self.failed = change(request).err();
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use reqwest::header::ACCEPT;

    use super::*;

    fn outgoing() -> Outgoing {
        Outgoing::new(Method::POST, Url::parse("https://api.example/x").unwrap())
    }

    fn body(request: &Request) -> &str {
        std::str::from_utf8(request.body().unwrap().as_bytes().unwrap()).unwrap()
    }

    #[test]
    fn query_and_body_are_encoded_as_forms_and_json_are() {
        let nothing: [(&str, &str); 0] = [];
        let request = outgoing()
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .json(&serde_json::json!({"a": ["ü", 1, null]}))
            .query(&[("q", "a b&c=ü/+"), ("r", "")])
            .query(&nothing)
            .query(&[("s", 1)])
            .build()
            .unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(
            request.url().as_str(),
            "https://api.example/x?q=a+b%26c%3D%C3%BC%2F%2B&r=&s=1"
        );
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(request.headers()[ACCEPT], "application/json");
        assert_eq!(body(&request), r#"{"a":["ü",1,null]}"#);

        let request = outgoing().query(&nothing).body("x").build().unwrap();
        assert_eq!(request.url().as_str(), "https://api.example/x");
        assert_eq!(body(&request), "x");
        assert!(request.headers().is_empty());

        let form = [("grant_type", "a b"), ("apikey", "&=ü")];
        let request = outgoing().form_urlencoded(&form).unwrap().build().unwrap();
        assert_eq!(body(&request), "grant_type=a+b&apikey=%26%3D%C3%BC");
        assert_eq!(
            request.headers()[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
    }

    #[test]
    fn headers_take_the_place_of_others() {
        let mut headers = HeaderMap::new();
        headers.append("x-tenant", HeaderValue::from_static("1"));
        headers.append("x-tenant", HeaderValue::from_static("2"));
        headers.append(ACCEPT, HeaderValue::from_static("text/csv"));
        headers.append(
            CONTENT_TYPE,
            HeaderValue::from_static("application/merge-patch+json"),
        );
        let request = outgoing()
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .headers(headers.clone())
            .json(&1)
            .build()
            .unwrap();
        assert_eq!(*request.headers(), headers);
    }

    #[test]
    fn what_cannot_be_written_is_told_and_nothing_is_sent() {
        let no_query = outgoing().query(&7).build().unwrap_err().to_string();
        assert!(no_query.contains("a parameter of the query"), "{no_query}");
        let no_json = HashMap::from([(vec![1], 2)]);
        let no_body = outgoing().json(&no_json).query(&[("a", "b")]).build();
        let no_body = no_body.unwrap_err().to_string();
        assert!(
            no_body.contains("the body: key must be a string"),
            "{no_body}"
        );
    }
}
