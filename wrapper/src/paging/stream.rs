//! The stream of pages.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use prisma_cloud_api::BoxFuture;
use prisma_cloud_api::paging::{Listing, Paged, Place};
use tokio::task::JoinHandle;

use super::course::{Course, Step};
use super::position::Position;
use crate::error::{Error, ErrorKind};

/// The pages of a listing, a stream of `Result<C::Page, Error>`. Made by [`pages`](super::PagedExt::pages).
///
/// It ends after the last page, or after the first error.
#[must_use = "a listing sends nothing before it is polled"]
pub struct Pages<C: Paged> {
    listing: Arc<Listing<C::Page>>,
    course: Course,
    /// The page that is to be delivered next; `None` at the end.
    place: Option<Place>,
    /// The page that was delivered last.
    delivered: Place,
    under_way: Option<Fetch<C::Page>>,
    /// Why the listing cannot go on after the page that was delivered last.
    failure: Option<Error>,
    failed: bool,
    prefetch: bool,
    explain: Option<Explain>,
}

/// Finds out more about an error of a page.
type Explain = Arc<dyn Fn(Error) -> BoxFuture<'static, Error> + Send + Sync>;

type PageResult<P> = Result<P, Error>;

/// A page that is being fetched.
enum Fetch<P> {
    /// While somebody waits for it.
    Here(BoxFuture<'static, PageResult<P>>),
    /// Ahead, on a task of its own.
    Ahead(Ahead<P>),
}

/// A task that ends with whoever waits for it.
struct Ahead<P>(JoinHandle<PageResult<P>>);

impl<P> Drop for Ahead<P> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<C: Paged> Pages<C> {
    pub(super) fn new(listing: Listing<C::Page>) -> Self {
        Self {
            course: Course::new(listing.counting(), listing.size()),
            listing: Arc::new(listing),
            place: Some(Place::Start),
            delivered: Place::Start,
            under_way: None,
            failure: None,
            failed: false,
            prefetch: true,
            explain: None,
        }
    }

    /// Whether the next page is fetched while the caller works on this one. Default: yes.
    ///
    /// Off, at most one page is in memory, and no page is asked for that is not wanted.
    pub fn prefetch(mut self, prefetch: bool) -> Self {
        self.prefetch = prefetch;
        self
    }

    /// Begins at a [`position`](Self::position) instead of at the first page. The call itself must be the same as the
    /// one that the position is from.
    ///
    /// # Errors
    /// A position in the listing of another operation.
    pub fn starting_at(mut self, position: &Position) -> Result<Self, Error> {
        position.check(C::OPERATION)?;
        self.place = Some(position.place.clone());
        Ok(self)
    }

    /// Where the next page begins that was not delivered: after an error, the one that failed. `None` at the end.
    pub fn position(&self) -> Option<Position> {
        let place = self.place.clone()?;
        Some(Position {
            operation: C::OPERATION.to_owned(),
            place,
            skip: 0,
        })
    }

    /// The next page; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<C::Page, Error>> {
        std::future::poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Has errors explained before they are delivered.
    #[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
    pub(super) fn explained_by(
        mut self,
        explain: impl Fn(Error) -> BoxFuture<'static, Error> + Send + Sync + 'static,
    ) -> Self {
        self.explain = Some(Arc::new(explain));
        self
    }

    /// The page that was delivered last.
    pub(super) fn delivered(&self) -> &Place {
        &self.delivered
    }

    fn fetch(&self, place: &Place) -> BoxFuture<'static, PageResult<C::Page>> {
        let (page, explain) = (self.listing.fetch(place), self.explain.clone());
        Box::pin(async move {
            match (page.await.map_err(Error::from), explain) {
                (Err(error), Some(explain)) => Err(explain(error).await),
                (page, _) => page,
            }
        })
    }

    /// Takes in a page: where does it lead? `None`: it was there before.
    fn receive(&mut self, page: C::Page) -> Option<C::Page> {
        let place = self.place.take().unwrap_or_default();
        self.delivered = place.clone();
        let fingerprint = self.course.needs_fingerprint().then(|| fingerprint(&page));
        let facts = C::facts(&page);
        match self.course.after(&place, &facts, fingerprint) {
            Step::End => {}
            Step::Next(next) => {
                if self.prefetch
                    && let Ok(runtime) = tokio::runtime::Handle::try_current()
                {
                    let task = runtime.spawn(self.fetch(&next));
                    self.under_way = Some(Fetch::Ahead(Ahead(task)));
                }
                self.place = Some(next);
            }
            Step::Again(next) => {
                self.place = Some(next);
                return None;
            }
            Step::Circle(reason) => {
                self.failure = Some(circle::<C>(reason));
                self.place = Some(place);
            }
        }
        Some(page)
    }
}

impl<C: Paged> Unpin for Pages<C> {}

impl<C: Paged> Stream for Pages<C> {
    type Item = Result<C::Page, Error>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if this.failed {
                return Poll::Ready(None);
            }
            if let Some(failure) = this.failure.take() {
                this.failed = true;
                return Poll::Ready(Some(Err(failure)));
            }
            let Some(place) = &this.place else {
                return Poll::Ready(None);
            };
            let mut fetch = match this.under_way.take() {
                Some(fetch) => fetch,
                None => Fetch::Here(this.fetch(place)),
            };
            let polled = fetch.poll(context);
            if polled.is_pending() {
                this.under_way = Some(fetch);
            }
            match ready!(polled) {
                Ok(page) => {
                    if let Some(page) = this.receive(page) {
                        return Poll::Ready(Some(Ok(page)));
                    }
                }
                Err(error) => {
                    this.failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<P> Fetch<P> {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<PageResult<P>> {
        match self {
            Self::Here(future) => future.as_mut().poll(context),
            Self::Ahead(task) => Pin::new(&mut task.0).poll(context).map(|joined| {
                joined.unwrap_or_else(|error| {
                    Err(Error::new(
                        ErrorKind::Other,
                        "the task that fetched the next page did not end well",
                    )
                    .with_source(error))
                })
            }),
        }
    }
}

impl<C: Paged> fmt::Debug for Pages<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("position", &self.position())
            .field("prefetch", &self.prefetch)
            .finish_non_exhaustive()
    }
}

fn circle<C: Paged>(reason: &str) -> Error {
    Error::new(
        ErrorKind::Server,
        format!("the listing `{}` would never end: {reason}", C::OPERATION),
    )
    .with_advice(Some(
        "what came so far is complete up to here; narrow the filter, or list by another order"
            .into(),
    ))
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
