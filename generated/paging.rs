//! Listings that come in pages: what a generated call knows about where its next page is.
//!
//! `spec/pagination.json` says for each operation where the request carries its place in the listing, where the answer
//! names the next one, and where the items are. Each such builder implements [`Paged`] from it. Which page comes next, and
//! when a listing is at its end, is decided by whoever drives it.

// The error is the generator's.
#![allow(clippy::result_large_err)]

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::BoxFuture;
use crate::support::{Answered, Lenient, Tolerant, parsed};

/// The error of a call that was sent for a page.
pub type PageError = progenitor_client::Error<()>;

/// A call whose answer comes in pages.
pub trait Paged: Sized {
    /// One page, as the operation answers it.
    type Page: Serialize + Send + Sync + 'static;
    /// One of the things listed.
    type Item: Send + 'static;

    /// The same call without a borrowed client, so that a listing can go to a task of its own.
    type Owned: Paged<Page = Self::Page, Item = Self::Item> + 'static;

    /// The name of the generated method: what a saved place in a listing belongs to.
    const OPERATION: &'static str;

    /// Takes the call as the description of a whole listing. It no longer borrows the client.
    fn into_listing(self) -> Listing;

    /// Reads the page that was fetched at `place`.
    ///
    /// # Errors
    /// A body that is no such page.
    fn read(body: PageBody, place: &Place) -> Result<Self::Page, PageError>;

    /// Where the items are in the body of the page at `place`: the names that lead to their list, `[]` for each element of
    /// a list. Nothing: the body is the list.
    fn items_at(place: &Place) -> &'static [&'static str];

    /// Reads one element of that list; `None` if it is null or something else than an item.
    ///
    /// # Errors
    /// Text that is no JSON.
    fn read_item(json: &[u8]) -> serde_json::Result<Option<Self::Item>>;

    /// What `page` says about itself and the next page.
    fn facts(page: &Self::Page) -> PageFacts;

    /// The items of `page`.
    fn into_items(page: Self::Page) -> Vec<Self::Item>;
}

/// The body of a page that was not read yet.
#[derive(Clone)]
pub struct PageBody {
    answered: Answered,
}

impl PageBody {
    pub(crate) fn of(answered: Answered) -> Self {
        Self { answered }
    }

    pub(crate) fn into_answered(self) -> Answered {
        self.answered
    }

    /// The error for a part of the body that cannot be read, which names the call and the answer.
    pub fn undecoded(&self, problem: serde_json::Error) -> serde_json::Error {
        self.answered.clone().undecoded(problem)
    }

    /// What the service sent.
    pub fn json(&self) -> &Bytes {
        &self.answered.body
    }

    /// The same answer with another body.
    pub fn with_json(&self, json: Bytes) -> Self {
        let mut page = self.clone();
        page.answered.body = json;
        page
    }
}

impl std::fmt::Debug for PageBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageBody")
            .field("bytes", &self.json().len())
            .finish_non_exhaustive()
    }
}

/// A place in a listing: where a page begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// The first page, as the caller asked for it.
    #[default]
    Start,
    /// The page that these tokens of the answer before stand for; most operations have one, a few have two.
    Tokens(Vec<Option<String>>),
    /// The page that begins after so many items.
    Offset(u64),
    /// The page with this number.
    Page(u64),
}

impl Place {
    /// The token at `index`, if the place is told by tokens.
    pub fn token(&self, index: usize) -> Option<&str> {
        match self {
            Self::Tokens(tokens) => tokens.get(index)?.as_deref(),
            _ => None,
        }
    }
}

/// How an operation counts where its answers name no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Counting {
    /// Not at all: without a token there is no further page.
    Nothing,
    /// Items that come before the page; the first page begins after so many.
    Items(u64),
    /// Pages; the first one has this number.
    Pages(u64),
}

/// What an answer says about itself and the next page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageFacts {
    /// How many items the page holds.
    pub items: usize,
    /// In how many lists they stand: none, if the page has no list where items are.
    pub lists: usize,
    /// The tokens of the next page. All `None`: the answer names none.
    pub tokens: Vec<Option<String>>,
    /// Whether there is more, where the answer says so.
    pub more: Option<bool>,
    /// How many items there are, where the answer says so. Servers count in different ways; some mean this page alone.
    pub total: Option<u64>,
    /// How many pages there are, where the answer says so.
    pub pages: Option<u64>,
}

type Fetch = dyn Fn(&Place) -> BoxFuture<'static, Result<PageBody, PageError>> + Send + Sync;

/// A whole listing: how its pages are fetched.
pub struct Listing {
    counting: Counting,
    size: Option<u64>,
    fetch: Box<Fetch>,
}

impl Listing {
    pub(crate) fn new(
        counting: Counting,
        size: Option<u64>,
        fetch: impl Fn(&Place) -> BoxFuture<'static, Result<PageBody, PageError>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        Self {
            counting,
            size,
            fetch: Box::new(fetch),
        }
    }

    /// How the operation counts, and where the caller had it begin.
    pub fn counting(&self) -> Counting {
        self.counting
    }

    /// How many items the caller asked for in a page, if that was said.
    pub fn size(&self) -> Option<u64> {
        self.size
    }

    /// Fetches the page at `place`.
    pub fn fetch(&self, place: &Place) -> BoxFuture<'static, Result<PageBody, PageError>> {
        (self.fetch)(place)
    }
}

impl std::fmt::Debug for Listing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listing")
            .field("counting", &self.counting)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// Reads one item, as tolerantly as a whole page is read.
pub(crate) fn read_item<T: Lenient>(json: &[u8]) -> serde_json::Result<Option<T>> {
    parsed::<Tolerant<T>>(json).map(|item| item.0)
}

/// An answer that is a page, or nothing.
pub(crate) trait IntoPage<P> {
    fn into_page(self) -> P;
}

impl<P> IntoPage<P> for P {
    fn into_page(self) -> P {
        self
    }
}

impl<P: Default> IntoPage<P> for Option<P> {
    fn into_page(self) -> P {
        self.unwrap_or_default()
    }
}

/// A number in a request or an answer, whatever it is wrapped in.
pub(crate) trait Number {
    fn number(&self) -> Option<u64>;
}

macro_rules! integers_are_numbers {
    ($($kind:ty),*) => {
        $(impl Number for $kind {
            fn number(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        })*
    };
}

integers_are_numbers!(i32, i64, u32, u64);

impl Number for f64 {
    fn number(&self) -> Option<u64> {
        (*self >= 0.0).then_some(*self as u64)
    }
}

impl Number for String {
    fn number(&self) -> Option<u64> {
        self.trim().parse().ok()
    }
}

impl<N: Number> Number for Option<N> {
    fn number(&self) -> Option<u64> {
        self.as_ref()?.number()
    }
}

impl<N: Number, E> Number for Result<N, E> {
    fn number(&self) -> Option<u64> {
        self.as_ref().ok()?.number()
    }
}

/// A token in an answer, as the text that the next request carries.
pub(crate) trait Token {
    fn token(&self) -> Option<String>;
}

impl Token for String {
    fn token(&self) -> Option<String> {
        (!self.is_empty()).then(|| self.clone())
    }
}

impl Token for Value {
    fn token(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::String(text) => text.token(),
            other => Some(other.to_string()),
        }
    }
}

/// Several values that belong together, such as those to search after.
impl Token for Vec<String> {
    fn token(&self) -> Option<String> {
        (!self.is_empty()).then(|| Value::from(self.clone()).to_string())
    }
}

/// The other way: a token as the member of a body.
pub(crate) trait FromToken {
    fn from_token(token: &str) -> Self;
}

impl FromToken for String {
    fn from_token(token: &str) -> Self {
        token.to_owned()
    }
}

impl FromToken for Vec<String> {
    /// What is no list was never made by [`Token::token`] and is taken for the one value it is.
    fn from_token(token: &str) -> Self {
        serde_json::from_str(token).unwrap_or_else(|_| vec![token.to_owned()])
    }
}

/// The value of the query parameter `name` of `url`: some answers tell the next token in the address of the next page.
pub(crate) fn query_of(url: &str, name: &str) -> Option<String> {
    let base = reqwest::Url::parse("http://base.invalid").ok()?;
    let url = base.join(url).ok()?;
    let (_, value) = url.query_pairs().find(|(key, _)| key == name)?;
    value.into_owned().token()
}

/// Sets what the caller left out of a body: listings need some of it said. `defaults` is an object.
pub(crate) fn or_default<T: serde::de::DeserializeOwned>(member: &mut Option<T>, default: &str) {
    if member.is_none() {
        *member = serde_json::from_str(default).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_text_whatever_it_was() {
        assert_eq!("abc".to_owned().token().as_deref(), Some("abc"));
        assert_eq!(String::new().token(), None);
        assert_eq!(Value::Null.token(), None);
        assert_eq!(Value::from("abc").token().as_deref(), Some("abc"));
        assert_eq!(
            serde_json::json!({"lastRowIdx": 5}).token().as_deref(),
            Some(r#"{"lastRowIdx":5}"#)
        );
    }

    #[test]
    fn several_values_go_through_one_token() {
        let values = vec!["a\"b".to_owned(), "2".to_owned()];
        let token = values.token().unwrap();
        assert_eq!(Vec::<String>::from_token(&token), values);
        assert_eq!(Vec::<String>::new().token(), None);
    }

    #[test]
    fn a_token_is_found_in_the_address_of_the_next_page() {
        for (url, found) in [
            ("https://api.example/x?a=1&nextPageToken=a%2Bb", Some("a+b")),
            ("/x?nextPageToken=t", Some("t")),
            ("/x?nextPageToken=", None),
            ("/x", None),
        ] {
            assert_eq!(query_of(url, "nextPageToken").as_deref(), found, "{url}");
        }
    }

    #[test]
    fn numbers_count_from_nought() {
        assert_eq!(7_i64.number(), Some(7));
        assert_eq!((-1_i64).number(), None);
        assert_eq!(7.0_f64.number(), Some(7));
        assert_eq!(Ok::<_, String>(Some("7".to_owned())).number(), Some(7));
        assert_eq!(Err::<i64, _>("not set").number(), None);
    }
}
