//! From page to page.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use prisma_cloud_api::BoxFuture;
use prisma_cloud_api::paging::{Counting, Listing, Paged, Place};
use tokio::runtime::{Handle, Id};
use tokio::task::JoinHandle;

use super::batch::{Delivery, Seen, as_page};
use super::course::{Course, Step};
use super::position::Position;
use crate::error::{Error, ErrorKind};

/// Goes through the pages of a listing, each delivered as a `P`.
pub(super) struct Walk<C, P> {
    listing: Arc<Listing>,
    course: Course,
    /// The page that is to be delivered next; `None` at the end.
    place: Option<Place>,
    /// The page that was delivered last.
    delivered: Place,
    under_way: Option<Fetch<P>>,
    /// Why the listing cannot go on after the page that was delivered last.
    failure: Option<Error>,
    failed: bool,
    prefetch: bool,
    explain: Option<Explain>,
    call: PhantomData<fn() -> C>,
}

/// Finds out more about an error of a page.
type Explain = Arc<dyn Fn(Error) -> BoxFuture<'static, Error> + Send + Sync>;

type PageResult<P> = Result<(P, Seen), Error>;

/// A page that is being fetched.
enum Fetch<P> {
    /// While somebody waits for it.
    Here(BoxFuture<'static, PageResult<P>>),
    /// Ahead, on a task of its own.
    Ahead(Ahead<P>),
}

/// A task that ends with whoever waits for it.
struct Ahead<P> {
    task: JoinHandle<PageResult<P>>,
    runtime: Id,
}

impl<P> Ahead<P> {
    fn begin(runtime: &Handle, fetch: BoxFuture<'static, PageResult<P>>) -> Self
    where
        P: Send + 'static,
    {
        Self {
            task: runtime.spawn(fetch),
            runtime: runtime.id(),
        }
    }

    /// Whether the page has not come and its task is on another runtime, which nobody may be driving any more.
    fn is_left_behind(&self) -> bool {
        let here = Handle::try_current().is_ok_and(|handle| handle.id() == self.runtime);
        !here && !self.task.is_finished()
    }
}

impl<P> Drop for Ahead<P> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<C: Paged, P: Delivery<C>> Walk<C, P> {
    pub(super) fn new(listing: Listing) -> Self {
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
            call: PhantomData,
        }
    }

    /// The same listing from here on, its pages delivered as what `change` makes of them.
    pub(super) fn map<Q: Send + 'static>(self, change: fn(P) -> Result<Q, Error>) -> Walk<C, Q> {
        Walk {
            listing: self.listing,
            course: self.course,
            place: self.place,
            delivered: self.delivered,
            under_way: self.under_way.map(|fetch| fetch.map(change)),
            failure: self.failure,
            failed: self.failed,
            prefetch: self.prefetch,
            explain: self.explain,
            call: PhantomData,
        }
    }

    /// Goes back to the page that was delivered last, where it ends with `error`.
    pub(super) fn break_off(&mut self, error: Error) {
        self.under_way = None;
        self.place = Some(self.delivered.clone());
        self.failure = Some(error);
    }

    pub(super) fn prefetch(&mut self, prefetch: bool) {
        self.prefetch = prefetch;
    }

    pub(super) fn start_at(&mut self, position: &Position) -> Result<(), Error> {
        position.check(C::OPERATION)?;
        self.course = Course::new(self.listing.counting(), self.listing.size());
        self.place = Some(position.place.clone());
        self.under_way = None;
        self.failure = None;
        self.failed = false;
        Ok(())
    }

    #[cfg(any(feature = "cspm-iam", feature = "cspm-search"))]
    pub(super) fn explain_by(
        &mut self,
        explain: impl Fn(Error) -> BoxFuture<'static, Error> + Send + Sync + 'static,
    ) {
        self.explain = Some(Arc::new(explain));
    }

    /// The page that is to be delivered next. `None` at the end.
    pub(super) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The page that was delivered last.
    pub(super) fn delivered(&self) -> &Place {
        &self.delivered
    }

    /// Whether the listing has no tokens, so that pages are told apart by what is in them.
    pub(super) fn is_counted(&self) -> bool {
        self.listing.counting() != Counting::Nothing
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<P, Error>>> {
        loop {
            if self.failed {
                return Poll::Ready(None);
            }
            if let Some(failure) = self.failure.take() {
                self.failed = true;
                return Poll::Ready(Some(Err(failure)));
            }
            let under_way = self.under_way.take().filter(|fetch| match fetch {
                Fetch::Here(_) => true,
                Fetch::Ahead(ahead) => !ahead.is_left_behind(),
            });
            let Some(place) = self.place() else {
                return Poll::Ready(None);
            };
            let mut fetch = under_way.unwrap_or_else(|| Fetch::Here(self.fetch(place)));
            let polled = fetch.poll(context);
            if polled.is_pending() {
                self.under_way = Some(fetch);
            }
            match ready!(polled) {
                Ok((page, seen)) => {
                    if self.receive(&seen) {
                        return Poll::Ready(Some(Ok(page)));
                    }
                }
                Err(error) => {
                    self.failed = true;
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }

    fn fetch(&self, place: &Place) -> BoxFuture<'static, PageResult<P>> {
        let (body, explain) = (self.listing.fetch(place), self.explain.clone());
        let counted = self.is_counted();
        let place = place.clone();
        Box::pin(async move {
            let page = match body.await {
                Ok(body) => P::take_in(as_page::<C>(body, &place), &place, counted),
                Err(error) => Err(error.into()),
            };
            match (page, explain) {
                (Err(error), Some(explain)) => Err(explain(error).await),
                (page, _) => page,
            }
        })
    }

    /// A page has come: where does it lead? Whether it is to be delivered.
    fn receive(&mut self, seen: &Seen) -> bool {
        let place = self.place.take().unwrap_or_default();
        self.delivered = place.clone();
        match self.course.after(&place, &seen.facts, seen.fingerprint) {
            Step::End => {}
            Step::Next(next) => {
                if self.prefetch
                    && let Ok(runtime) = Handle::try_current()
                {
                    let ahead = Ahead::begin(&runtime, self.fetch(&next));
                    self.under_way = Some(Fetch::Ahead(ahead));
                }
                self.place = Some(next);
            }
            Step::Again(next) => {
                self.place = Some(next);
                return false;
            }
            Step::Enough => return false,
            Step::Circle(reason) => {
                self.failure = Some(circle::<C>(reason));
            }
        }
        true
    }
}

impl<P: Send + 'static> Fetch<P> {
    /// The same page, delivered as what `change` makes of it.
    fn map<Q: Send + 'static>(mut self, change: fn(P) -> Result<Q, Error>) -> Fetch<Q> {
        Fetch::Here(Box::pin(async move {
            let (page, seen) = std::future::poll_fn(|context| self.poll(context)).await?;
            Ok((change(page)?, seen))
        }))
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<PageResult<P>> {
        match self {
            Self::Here(future) => future.as_mut().poll(context),
            Self::Ahead(ahead) => Pin::new(&mut ahead.task).poll(context).map(|joined| {
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
