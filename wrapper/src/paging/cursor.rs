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
}

impl<C: Paged> Cursor<C, Typed<C::Item>> {
    /// The same listing from here on, its items as they came.
    pub(super) fn into_raw(self) -> Cursor<C, Raw> {
        let mut walk = self.walk.map(Typed::into_raw);
        let mut skip = self.skip;
        let page = match self.page.map(Typed::into_raw).transpose() {
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
        }
    }

    pub(super) fn start_at(&mut self, position: &Position) -> Result<(), Error> {
        self.walk.start_at(position)?;
        self.page = None;
        self.skip = position.skip;
        Ok(())
    }

    /// Where the first item stands that was not delivered. `None` at the end.
    pub(super) fn position(&self) -> Option<Position> {
        let (place, skip) = match &self.page {
            Some(page) if self.passed < page.len() => (self.walk.delivered(), self.passed),
            _ => (self.walk.place()?, self.skip),
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
        if self.walk.has_failed() {
            return Poll::Ready(None);
        }
        loop {
            if let Some(item) = self.next_of_page() {
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
                self.walk.fail();
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
