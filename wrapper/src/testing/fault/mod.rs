//! What a tenant can be made to do wrong.

use http::{HeaderMap, HeaderName, HeaderValue};

/// A failure on demand.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) how: How,
    pub(super) acts: bool,
}

#[derive(Clone, Debug)]
pub(super) enum How {
    Answer {
        status: u16,
        headers: HeaderMap,
        body: Vec<u8>,
    },
    /// The connection is closed without an answer.
    Reset,
    /// All tokens are revoked, and then the request is judged as usual.
    Revoke,
    /// The answer comes after this much real time.
    Delay(std::time::Duration),
}

impl Fault {
    /// An empty answer with this status.
    pub fn status(status: u16) -> Self {
        Self::answer(status, "text/plain", "")
    }

    /// An answer with this status and body.
    pub fn answer(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static(content_type),
        );
        Self {
            how: How::Answer {
                status,
                headers,
                body: body.into(),
            },
            acts: false,
        }
    }

    /// A web page with this status, as proxies send it.
    pub fn html(status: u16) -> Self {
        Self::answer(
            status,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Gateway</title></head><body>…</body></html>",
        )
    }

    /// 429, refused before anything was done.
    pub fn too_many_requests() -> Self {
        Self::status(429)
    }

    /// A redirect to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("location", location)
    }

    /// The connection breaks before an answer.
    pub fn reset() -> Self {
        Self {
            how: How::Reset,
            acts: false,
        }
    }

    /// All tokens issued so far are revoked just before the request is judged.
    pub fn revoke() -> Self {
        Self {
            how: How::Revoke,
            acts: true,
        }
    }

    /// The right answer, after this much real time.
    pub fn delay(duration: std::time::Duration) -> Self {
        Self {
            how: How::Delay(duration),
            acts: true,
        }
    }

    /// Adds a header to the answer.
    ///
    /// # Panics
    /// If `name` or `value` cannot be one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let How::Answer { headers, .. } = &mut self.how {
            headers.insert(
                name.parse::<HeaderName>().expect("a header name"),
                value.parse().expect("a header value"),
            );
        }
        self
    }

    /// The request is carried out before the answer is lost: what gateways do when they lose patience.
    pub fn after_acting(mut self) -> Self {
        self.acts = true;
        self
    }
}
