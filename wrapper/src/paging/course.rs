//! Which page comes next: a decision without any I/O.

use std::hash::{DefaultHasher, Hash, Hasher};

use prisma_cloud_api::paging::{Counting, PageFacts, Place};

/// So many empty pages in a row are gone through; after more there is nothing to come.
const EMPTY_PAGES: u32 = 3;

/// What to do after a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// This was the last page.
    End,
    /// The next page begins here.
    Next(Place),
    /// The page was there before: leave it out and go on here.
    Again(Place),
    /// The page was there before, and nothing else is to come: leave it out.
    Enough,
    /// The server sends the listing in circles.
    Circle(&'static str),
}

/// The course of one listing.
#[derive(Clone, Debug)]
pub(super) struct Course {
    counting: Counting,
    size: Option<u64>,
    received: u64,
    empty: u32,
    pages: u64,
    last: Option<u64>,
    tokens: Circles,
}

impl Course {
    pub(super) fn new(counting: Counting, size: Option<u64>) -> Self {
        Self {
            counting,
            size,
            received: 0,
            empty: 0,
            pages: 0,
            last: None,
            tokens: Circles::default(),
        }
    }

    /// What follows the page at `place`. `fingerprint` stands for its content.
    pub(super) fn after(
        &mut self,
        place: &Place,
        facts: &PageFacts,
        fingerprint: Option<u64>,
    ) -> Step {
        self.pages += 1;
        let items = facts.items as u64;
        let repeated = items > 0 && fingerprint.is_some() && fingerprint == self.last;
        self.last = fingerprint;
        self.empty = if items == 0 { self.empty + 1 } else { 0 };
        let by_token = unfinished(place, &facts.tokens);
        if !by_token.iter().all(Option::is_none) {
            self.received += items;
            return self.by_token(by_token, facts);
        }
        if repeated {
            return self.repeated(place, facts);
        }
        self.received += items;
        self.by_count(place, facts)
    }

    fn by_token(&mut self, tokens: Vec<Option<String>>, facts: &PageFacts) -> Step {
        let all_there = facts.total.is_some_and(|total| self.received >= total);
        if self.tokens.seen(&tokens) {
            // Some servers send a token with the last page as well: the one that led there.
            return if all_there || facts.items == 0 {
                Step::End
            } else {
                Step::Circle("the server answered with a token that it had given before")
            };
        }
        // An empty page may stand in the middle, where everything on it was filtered out.
        let end = facts.items == 0 && (all_there || self.empty > EMPTY_PAGES);
        if end {
            Step::End
        } else {
            Step::Next(Place::Tokens(tokens))
        }
    }

    fn by_count(&self, place: &Place, facts: &PageFacts) -> Step {
        let items = facts.items as u64;
        let (next, number) = match self.next_by_count(place, items) {
            Some(Ok(counted)) => counted,
            Some(Err(reason)) if facts.items > 0 => return Step::Circle(reason),
            _ => return Step::End,
        };
        let is_short = self.size.is_none_or(|size| items < size);
        let is_last = match (facts.more, facts.pages) {
            (Some(more), _) => !more,
            (None, Some(pages)) => number >= pages,
            // A total that is too small must not hide a full page's successors.
            (None, None) => {
                items == 0 || (is_short && facts.total.is_some_and(|total| self.received >= total))
            }
        };
        if is_last || self.empty > EMPTY_PAGES {
            Step::End
        } else {
            Step::Next(next)
        }
    }

    /// The place after `place`, and how many pages there are up to here; an error if no request can carry that place.
    fn next_by_count(
        &self,
        place: &Place,
        items: u64,
    ) -> Option<Result<(Place, u64), &'static str>> {
        match self.counting {
            Counting::Items(start) => {
                let offset = match place {
                    Place::Offset(offset) => *offset,
                    _ => start,
                };
                // An empty page that is not the last one is stepped over.
                let step = if items == 0 { self.size? } else { items };
                let next = within(offset.checked_add(step));
                Some(next.map(|offset| (Place::Offset(offset), self.pages)))
            }
            Counting::Pages(first) => {
                let page = match place {
                    Place::Page(page) => *page,
                    _ => first,
                };
                let next = within(page.checked_add(1));
                Some(next.map(|next| (Place::Page(next), next - first.min(page))))
            }
            _ => None,
        }
    }

    /// The same content twice: either the service counts from one where nobody said from what, or it knows no pages
    /// here, or it is stuck.
    fn repeated(&self, place: &Place, facts: &PageFacts) -> Step {
        let is_full = self.size.is_some_and(|size| facts.items as u64 >= size);
        match (self.counting, place) {
            (Counting::Pages(0), Place::Page(1)) if self.pages == 2 => Step::Again(Place::Page(2)),
            _ if is_full || facts.more == Some(true) => {
                Step::Circle("the server answered the same page twice")
            }
            _ => Step::Enough,
        }
    }
}

/// A number that requests can carry: theirs have a sign.
fn within(number: Option<u64>) -> Result<u64, &'static str> {
    number
        .filter(|number| i64::try_from(*number).is_ok())
        .ok_or("its next page would begin beyond the largest number that a request can carry")
}

/// Of several tokens, those that go on: one that had come to its end before begins no second time.
fn unfinished(place: &Place, tokens: &[Option<String>]) -> Vec<Option<String>> {
    let finished = |index: usize| match place {
        Place::Tokens(before) => before.get(index).is_some_and(Option::is_none),
        _ => false,
    };
    tokens
        .iter()
        .enumerate()
        .map(|(index, token)| token.clone().filter(|_| !finished(index)))
        .collect()
}

/// Finds out, in constant memory, that tokens go round: Brent's algorithm keeps one of them, a later one each time twice
/// as many have passed.
#[derive(Clone, Debug, Default)]
struct Circles {
    kept: Option<u64>,
    passed: u64,
    room: u64,
}

impl Circles {
    fn seen(&mut self, tokens: &[Option<String>]) -> bool {
        let hash = hash(&tokens);
        if self.kept == Some(hash) {
            return true;
        }
        self.passed += 1;
        if self.passed > self.room {
            self.kept = Some(hash);
            self.room = self.passed * 2;
            self.passed = 0;
        }
        false
    }
}

/// A hash that stands for `value` within this process.
pub(super) fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(items: usize, token: Option<&str>) -> PageFacts {
        let mut facts = PageFacts::default();
        facts.items = items;
        facts.tokens = vec![token.map(ToOwned::to_owned)];
        facts
    }

    fn token(text: &str) -> Place {
        Place::Tokens(vec![Some(text.to_owned())])
    }

    #[test]
    fn a_place_that_no_request_can_carry_is_told_without_an_overflow() {
        let largest = i64::MAX as u64;
        for last in [largest - 1, largest, u64::MAX - 1, u64::MAX] {
            for (counting, place) in [
                (Counting::Pages(0), Place::Page(last)),
                (Counting::Pages(last), Place::Start),
                (Counting::Items(0), Place::Offset(last)),
                (Counting::Items(last), Place::Start),
            ] {
                let mut course = Course::new(counting, Some(2));
                let step = course.after(&place, &facts(2, None), None);
                assert!(
                    matches!(step, Step::Circle(_)) || last == largest - 1 && step != Step::End,
                    "{counting:?} {place:?}: {step:?}"
                );
            }
        }
    }

    #[test]
    fn tokens_lead_on_and_their_absence_ends() {
        let mut course = Course::new(Counting::Nothing, None);
        assert_eq!(
            course.after(&Place::Start, &facts(2, Some("a")), None),
            Step::Next(token("a"))
        );
        assert_eq!(course.after(&token("a"), &facts(2, None), None), Step::End);
    }

    #[test]
    fn a_token_of_any_page_before_is_a_circle() {
        for length in 1..40_u64 {
            let mut course = Course::new(Counting::Nothing, None);
            let mut place = Place::Start;
            let mut steps = 0;
            loop {
                // A run-up of five pages, then round and round.
                let number = if steps < 5 {
                    steps
                } else {
                    5 + (steps - 5) % length
                };
                match course.after(&place, &facts(1, Some(&number.to_string())), None) {
                    Step::Next(next) => place = next,
                    Step::Circle(_) => break,
                    other => panic!("{other:?}"),
                }
                steps += 1;
                assert!(steps < 1000, "a circle is found");
            }
            assert!(steps >= 5 + length, "{length}: {steps}");
            assert!(steps <= 8 * (5 + length), "{length}: {steps}");
        }
    }

    #[test]
    fn a_repeated_token_without_anything_missing_is_the_end() {
        let mut course = Course::new(Counting::Nothing, None);
        let mut page = facts(2, Some("a"));
        page.total = Some(4);
        assert_eq!(
            course.after(&Place::Start, &page, None),
            Step::Next(token("a"))
        );
        assert_eq!(course.after(&token("a"), &page, None), Step::End);
    }

    #[test]
    fn empty_pages_in_the_middle_are_gone_through() {
        let mut course = Course::new(Counting::Nothing, None);
        for (number, items) in [5, 0, 0, 0, 5, 0, 0, 0].into_iter().enumerate() {
            let text = number.to_string();
            let step = course.after(&Place::Start, &facts(items, Some(&text)), None);
            assert_eq!(step, Step::Next(token(&text)));
        }
        assert_eq!(
            course.after(&Place::Start, &facts(0, Some("x")), None),
            Step::End
        );
    }

    #[test]
    fn totals_never_end_a_listing_that_has_more() {
        for total in [0, 1, 1_000_000] {
            let mut course = Course::new(Counting::Nothing, None);
            let mut page = facts(10, Some("a"));
            page.total = Some(total);
            assert_eq!(
                course.after(&Place::Start, &page, None),
                Step::Next(token("a"))
            );
            let mut course = Course::new(Counting::Items(0), Some(10));
            let mut page = facts(10, None);
            page.total = Some(total);
            assert_eq!(
                course.after(&Place::Start, &page, None),
                Step::Next(Place::Offset(10))
            );
        }
    }

    #[test]
    fn of_two_tokens_the_finished_one_stays_finished() {
        let both = |one: Option<&str>, two: Option<&str>| {
            let mut facts = facts(1, one);
            facts.tokens.push(two.map(ToOwned::to_owned));
            facts
        };
        let mut course = Course::new(Counting::Nothing, None);
        let place = Place::Tokens(vec![None, Some("b".to_owned())]);
        assert_eq!(
            course.after(&Place::Start, &both(None, Some("b")), None),
            Step::Next(place.clone())
        );
        // The first listing begins anew because its token was not sent; that is not followed.
        assert_eq!(
            course.after(&place, &both(Some("a"), None), None),
            Step::End
        );
    }

    #[test]
    fn offsets_count_what_came() {
        let mut course = Course::new(Counting::Items(5), Some(10));
        let mut page = facts(7, None);
        page.more = Some(true);
        assert_eq!(
            course.after(&Place::Start, &page, Some(1)),
            Step::Next(Place::Offset(12))
        );
        page.items = 0;
        assert_eq!(
            course.after(&Place::Offset(12), &page, Some(2)),
            Step::Next(Place::Offset(22))
        );
        page.more = Some(false);
        assert_eq!(course.after(&Place::Offset(22), &page, Some(3)), Step::End);
    }

    #[test]
    fn pages_are_counted_up_to_the_last() {
        let mut course = Course::new(Counting::Pages(0), None);
        let mut page = facts(3, None);
        page.pages = Some(2);
        assert_eq!(
            course.after(&Place::Start, &page, Some(1)),
            Step::Next(Place::Page(1))
        );
        assert_eq!(course.after(&Place::Page(1), &page, Some(2)), Step::End);
        let mut course = Course::new(Counting::Pages(1), None);
        assert_eq!(
            course.after(&Place::Start, &page, Some(1)),
            Step::Next(Place::Page(2))
        );
        assert_eq!(course.after(&Place::Page(2), &page, Some(2)), Step::End);
    }

    #[test]
    fn the_first_page_twice_means_that_pages_count_from_one() {
        let mut course = Course::new(Counting::Pages(0), Some(3));
        let page = facts(3, None);
        assert_eq!(
            course.after(&Place::Start, &page, Some(1)),
            Step::Next(Place::Page(1))
        );
        assert_eq!(
            course.after(&Place::Page(1), &page, Some(1)),
            Step::Again(Place::Page(2))
        );
        assert_eq!(
            course.after(&Place::Page(2), &page, Some(2)),
            Step::Next(Place::Page(3))
        );
        assert!(matches!(
            course.after(&Place::Page(3), &page, Some(2)),
            Step::Circle(_)
        ));
    }

    #[test]
    fn a_service_that_knows_no_pages_has_one() {
        let mut course = Course::new(Counting::Items(0), None);
        let page = facts(3, None);
        assert_eq!(
            course.after(&Place::Start, &page, Some(1)),
            Step::Next(Place::Offset(3))
        );
        assert_eq!(
            course.after(&Place::Offset(3), &page, Some(1)),
            Step::Enough
        );
    }

    #[test]
    fn the_same_page_with_more_to_come_is_a_circle() {
        let mut course = Course::new(Counting::Items(0), None);
        let mut page = facts(3, None);
        page.more = Some(true);
        course.after(&Place::Start, &page, Some(1));
        let step = course.after(&Place::Offset(3), &page, Some(1));
        assert!(matches!(step, Step::Circle(_)), "{step:?}");
    }
}
