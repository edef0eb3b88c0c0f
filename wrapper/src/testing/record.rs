//! What a tenant has seen.

use http::{HeaderMap, Method};

/// A request as it arrived, and what became of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query, if any.
    pub query: Option<String>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    /// The status of the answer; nothing if the connection was closed instead.
    pub status: Option<u16>,
}

impl Recorded {
    /// Everything in one text, for looking for something that must not be there.
    pub fn text(&self) -> String {
        let mut text = format!("{} {}?{:?}\n", self.method, self.path, self.query);
        for (name, value) in &self.headers {
            text += &format!("{name}: {}\n", String::from_utf8_lossy(value.as_bytes()));
        }
        text + &String::from_utf8_lossy(&self.body)
    }
}
