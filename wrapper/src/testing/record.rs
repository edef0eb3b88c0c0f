//! What a tenant has seen.

use std::collections::VecDeque;

use http::{HeaderMap, Method};

/// Longer bodies are kept up to here.
const LONGEST_BODY: usize = 64 * 1024;

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
    /// The body, of which the first 64 KiB are kept.
    pub body: Vec<u8>,
    /// The status of the answer; nothing if the connection was closed instead.
    pub status: Option<u16>,
    /// The operation id; nothing if no document has this path with this method.
    pub operation: Option<&'static str>,
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

/// The last requests, so that a listing without end needs no memory without end.
#[derive(Debug)]
pub(super) struct Records {
    most: usize,
    seen: u64,
    kept: VecDeque<Recorded>,
}

impl Records {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            seen: 0,
            kept: VecDeque::new(),
        }
    }

    pub(super) fn add(&mut self, mut record: Recorded) {
        self.seen += 1;
        if record.body.len() > LONGEST_BODY {
            record.body.truncate(LONGEST_BODY);
            record.body.shrink_to_fit();
        }
        self.kept.push_back(record);
        while self.kept.len() > self.most {
            self.kept.pop_front();
        }
    }

    /// How many there were, kept or not.
    pub(super) fn seen(&self) -> u64 {
        self.seen
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Recorded> {
        self.kept.iter()
    }

    pub(super) fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_ones_are_kept() {
        let mut records = Records::new(2);
        for path in ["/a", "/b", "/c"] {
            records.add(Recorded {
                method: Method::GET,
                path: path.into(),
                query: None,
                headers: HeaderMap::new(),
                body: vec![0; LONGEST_BODY + 1],
                status: None,
                operation: None,
            });
        }
        let paths: Vec<&str> = records.iter().map(|record| record.path.as_str()).collect();
        assert_eq!((paths, records.seen()), (vec!["/b", "/c"], 3));
        assert!(
            records
                .iter()
                .all(|record| record.body.len() == LONGEST_BODY)
        );
    }
}
