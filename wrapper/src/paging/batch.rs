//! What is made of the body of a page before the next one is fetched.

use std::io;
use std::ops::Range;

use bytes::Bytes;
use prisma_cloud_api::paging::{PageBody, PageFacts, Paged, Place};

use super::course::hash;
use super::raw_item::RawItem;
use super::scan::after_space;
use super::split::Split;
use crate::error::{Error, ErrorKind};

/// A page as it is delivered, made from its body on the task that fetched it.
pub(super) trait Delivery<C: Paged>: Sized + Send + 'static {
    /// Takes in the page at `place`. `counted`: the listing has no tokens, so that pages are told apart by what is in them.
    ///
    /// # Errors
    /// A body that is no such page.
    fn take_in(body: PageBody, place: &Place, counted: bool) -> Result<(Self, Seen), Error>;
}

/// A page whose items are delivered one by one.
pub(super) trait Batch<C: Paged>: Delivery<C> {
    /// How an item is delivered.
    type Item;

    /// How many elements the list of the page has.
    fn len(&self) -> usize;

    /// The element at `index`; `None` if it is no item. It is asked for once.
    fn item(&mut self, index: usize) -> Option<Result<Self::Item, Error>>;
}

/// What decides about the next page.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) facts: PageFacts,
    /// Stands for the content of the page, where the listing is counted.
    pub(super) fingerprint: Option<u64>,
}

/// A page as the operation answers it.
pub(super) struct Whole<P>(pub(super) P);

impl<C: Paged> Delivery<C> for Whole<C::Page> {
    fn take_in(body: PageBody, place: &Place, counted: bool) -> Result<(Self, Seen), Error> {
        read_whole::<C>(body, place, counted)
    }
}

/// A page whose items are read when they are asked for: an item is used where it was made.
pub(super) enum Typed<T> {
    Unread(Elements),
    /// The page could not be taken apart.
    Read(Vec<Option<T>>),
}

impl<T> Typed<T> {
    /// The same page, its items delivered as they came.
    pub(super) fn into_raw(self) -> Result<Raw, Error> {
        match self {
            Self::Unread(elements) => Ok(Raw(elements)),
            Self::Read(_) => Err(not_apart()),
        }
    }
}

impl<C: Paged> Delivery<C> for Typed<C::Item> {
    fn take_in(body: PageBody, place: &Place, counted: bool) -> Result<(Self, Seen), Error> {
        if let Some((elements, seen)) = taken_apart::<C>(&body, place, counted) {
            return Ok((Self::Unread(elements), seen));
        }
        let (Whole(page), seen) = read_whole::<C>(body, place, counted)?;
        let items = C::into_items(page).into_iter().map(Some).collect();
        Ok((Self::Read(items), seen))
    }
}

impl<C: Paged> Batch<C> for Typed<C::Item> {
    type Item = C::Item;

    fn len(&self) -> usize {
        match self {
            Self::Unread(elements) => elements.places.len(),
            Self::Read(items) => items.len(),
        }
    }

    fn item(&mut self, index: usize) -> Option<Result<C::Item, Error>> {
        match self {
            Self::Unread(elements) => {
                let json = elements.at(index);
                C::read_item(&json)
                    .map_err(|error| unreadable(json, &elements.page.undecoded(error)))
                    .transpose()
            }
            Self::Read(items) => items[index].take().map(Ok),
        }
    }
}

/// A page whose items are delivered as they came.
pub(super) struct Raw(Elements);

impl<C: Paged> Delivery<C> for Raw {
    fn take_in(body: PageBody, place: &Place, counted: bool) -> Result<(Self, Seen), Error> {
        if let Some((elements, seen)) = taken_apart::<C>(&body, place, counted) {
            return Ok((Self(elements), seen));
        }
        read_whole::<C>(body, place, counted)?;
        Err(not_apart())
    }
}

impl<C: Paged> Batch<C> for Raw {
    type Item = RawItem;

    fn len(&self) -> usize {
        self.0.places.len()
    }

    fn item(&mut self, index: usize) -> Option<Result<RawItem, Error>> {
        let json = self.0.at(index);
        (&json[..] != NULL).then(|| Ok(RawItem::new(json)))
    }
}

const NULL: &[u8] = b"null";

/// The elements of a list, as they came.
pub(super) struct Elements {
    page: PageBody,
    places: Vec<Range<usize>>,
}

impl Elements {
    fn at(&self, index: usize) -> Bytes {
        self.page.json().slice(self.places[index].clone())
    }
}

/// The elements of a page, and what it says about the next one. `None`: it must be read as a whole, be it that it is no such page at
/// all, be it that it has another list than its type knows.
fn taken_apart<C: Paged>(
    body: &PageBody,
    place: &Place,
    counted: bool,
) -> Option<(Elements, Seen)> {
    let split = Split::of(body.json(), C::items_at(place))?;
    let envelope = body.with_json(split.envelope(body.json()).into());
    let mut facts = C::facts(&C::read(envelope, place).ok()?);
    if facts.lists != split.lists.len() || facts.items != 0 {
        return None;
    }
    let elements = Elements {
        page: body.clone(),
        places: split.elements,
    };
    let is_item = |place: &&Range<usize>| &elements.page.json()[(*place).clone()] != NULL;
    let fingerprint = if counted {
        // Offsets count whatever the service counts, and the same page may come with its members in another order.
        facts.items = elements.places.len();
        Some(match C::read(body.clone(), place) {
            Ok(page) => fingerprint(&page),
            Err(_) => hash(&body.json()),
        })
    } else {
        facts.items = elements.places.iter().filter(is_item).count();
        None
    };
    Some((elements, Seen { facts, fingerprint }))
}

/// `body` as the page that it stands for, where the description has an object around the items: they may come without it, in a
/// bare list, or it in a list of its own. Null is a page without items.
pub(super) fn as_page<C: Paged>(body: PageBody, place: &Place) -> PageBody {
    let path = C::items_at(place);
    let json = body.json();
    let begin = after_space(json, 0);
    match json.get(begin) {
        _ if path.first().is_none_or(|name| *name == "[]") => return body,
        Some(b'[') => {}
        Some(b'n') if json.trim_ascii() == NULL => return body.with_json("{}".into()),
        _ => return body,
    }
    if let Some(list) = Split::of(json, &[])
        && let [only] = &list.elements[..]
        && Split::of(&json[only.clone()], path).is_some_and(|page| !page.lists.is_empty())
    {
        return body.with_json(json.slice(only.clone()));
    }
    let mut page = Vec::with_capacity(json.len() + 64);
    for name in path {
        page.extend_from_slice(format!("{{{name:?}:").as_bytes());
    }
    page.extend_from_slice(json);
    page.extend(path.iter().map(|_| b'}'));
    body.with_json(page.into())
}

fn read_whole<C: Paged>(
    body: PageBody,
    place: &Place,
    counted: bool,
) -> Result<(Whole<C::Page>, Seen), Error> {
    let page = C::read(body, place)?;
    let seen = Seen {
        facts: C::facts(&page),
        fingerprint: counted.then(|| fingerprint(&page)),
    };
    Ok((Whole(page), seen))
}

fn unreadable(json: Bytes, error: &serde_json::Error) -> Error {
    Error::of_part(
        "an item cannot be read, in the answer",
        "`raw()` delivers items unread and goes on with this one; `body()` of this error holds it",
        json,
        error,
    )
}

fn not_apart() -> Error {
    Error::new(
        ErrorKind::Decode,
        "the items of a page cannot be told apart without reading them",
    )
    .with_advice(Some("go on without `raw()`, from the same position".into()))
}

/// Stands for the content of a page, without holding it.
fn fingerprint(page: &impl serde::Serialize) -> u64 {
    struct Hashing(std::hash::DefaultHasher);

    impl io::Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            std::hash::Hasher::write(&mut self.0, bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut hashing = Hashing(std::hash::DefaultHasher::new());
    // What was read as JSON can be written as JSON; and a page that cannot is told apart by where it stops.
    let _ = serde_json::to_writer(&mut hashing, page);
    std::hash::Hasher::finish(&hashing.0)
}
