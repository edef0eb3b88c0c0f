//! From item to item.

use std::task::{Context, Poll, ready};

use prisma_cloud_api::paging::{Listing, Paged};

use super::batch::{Batch, Raw, Typed};
use super::position::Position;
use super::walk::Walk;
use crate::error::Error;

/// Where a stream of items stands, its pages being `B`s.
pub(super) struct Cursor<C, B> {
    pub(super) walk: Walk<C, B>,
    page: Option<B>,
    /// How many elements of the page were gone through.
    passed: usize,
    /// Elements at the beginning of the next page that were gone through before.
    skip: usize,
    /// Whether the element at `passed` could not be read, which is the end.
    unreadable: bool,
}

impl<C: Paged> Cursor<C, Typed<C::Item>> {
    /// The same listing from here on, its items as they came; one that could not be read is the first of them.
    pub(super) fn into_raw(self) -> Cursor<C, Raw> {
        let mut walk = self.walk.map(Typed::into_raw);
        let mut skip = self.skip;
        let page = self.page.filter(|page| self.passed < Batch::<C>::len(page));
        let page = match page.map(Typed::into_raw).transpose() {
            Ok(page) => page,
            Err(error) => {
                walk.break_off(error);
                skip = self.passed;
                None
            }
        };
        Cursor {
            walk,
            page,
            passed: self.passed,
            skip,
            unreadable: false,
        }
    }
}

impl<C: Paged, B: Batch<C>> Cursor<C, B> {
    pub(super) fn new(listing: Listing) -> Self {
        Self {
            walk: Walk::new(listing),
            page: None,
            passed: 0,
            skip: 0,
            unreadable: false,
        }
    }

    pub(super) fn start_at(&mut self, position: &Position) -> Result<(), Error> {
        self.walk.start_at(position)?;
        self.page = None;
        self.passed = 0;
        self.skip = position.skip;
        self.unreadable = false;
        Ok(())
    }

    /// Where the first item stands that was not delivered. `None` at the end.
    pub(super) fn position(&self) -> Option<Position> {
        let is_within = |page: &B| self.passed < page.len();
        let (place, skip) = match self.walk.place() {
            _ if self.page.as_ref().is_some_and(is_within) => (self.walk.delivered(), self.passed),
            None => return None,
            // Whoever goes on there must know what was on the page before: the next one may be the same.
            Some(_) if self.walk.is_counted() && self.passed > 0 => {
                (self.walk.delivered(), self.passed)
            }
            Some(place) => (place, self.skip),
        };
        Some(Position {
            operation: C::OPERATION.to_owned(),
            place: place.clone(),
            skip,
        })
    }

    pub(super) fn poll_next(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<B::Item, Error>>> {
        // Reading items is work: whoever takes one after the other lets other tasks have their turn, as with tokio's own streams.
        let turn = ready!(tokio::task::coop::poll_proceed(context));
        loop {
            if self.unreadable {
                return Poll::Ready(None);
            }
            if let Some(item) = self.next_of_page() {
                turn.made_progress();
                return Poll::Ready(Some(item));
            }
            match ready!(self.walk.poll_next(context)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => {
                    self.passed = std::mem::take(&mut self.skip);
                    self.page = Some(page);
                }
            }
        }
    }

    /// The next item of the page; `None` at the end of the page.
    fn next_of_page(&mut self) -> Option<Result<B::Item, Error>> {
        let page = self.page.as_mut()?;
        while self.passed < page.len() {
            let item = page.item(self.passed);
            if matches!(item, Some(Err(_))) {
                // The position stays at what cannot be read.
                self.unreadable = true;
                return item;
            }
            self.passed += 1;
            if item.is_some() {
                return item;
            }
        }
        self.page = None;
        None
    }
}
