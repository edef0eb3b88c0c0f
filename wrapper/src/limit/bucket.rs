//! The token bucket of one operation: arithmetic only, told the time by its caller.
//!
//! The server keeps the real bucket; this one imitates it so as not to be refused. It counts what this client
//! sends, and believes the server's headers over its own count, because other programs of the same user
//! draw from the same bucket.

use std::time::{Duration, Instant};

use super::headers::RateHeaders;
use super::published::Limit;

/// How many requests go ahead before the first answer of an operation without a published limit: the smallest
/// published burst.
const PROBES: u32 = 4;
/// After a 429 that does not say how long: gateways refill their buckets once a second.
const PAUSE: Duration = Duration::from_secs(1);
/// Limits are those of a second: while half of the burst is left, an answer that comes so soon after the last one that was
/// read tells nothing that is worth reading its headers.
const NEWS: Duration = Duration::from_millis(50);
/// A `Retry-After` below this says nothing.
const LEAST_ASKED: Duration = Duration::from_millis(100);
/// No rate that a server tells is worth a longer silence: it is tried again after that.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Nothing is known: a few requests ask.
    Probing,
    /// The server named no limit.
    Free,
    /// A limit is known; `level` tokens were left at `at`.
    Limited {
        limit: Limit,
        level: f64,
        at: Instant,
    },
}

/// When the next request may go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Turn {
    /// Now; it has been counted.
    Go(Ticket),
    /// Not before this.
    At(Instant),
    /// When one of those under way has been answered.
    AfterAnAnswer,
}

/// A request that was let go, for judging its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// How many had been let go before it.
    number: u64,
    /// Whether others were under way when it was let go.
    company: bool,
}

#[derive(Debug)]
pub(crate) struct Bucket {
    mode: Mode,
    cost: f64,
    /// The server refused what should have been allowed: others draw from the bucket, or it is filled in steps.
    wary: bool,
    blocked_until: Option<Instant>,
    under_way: u32,
    let_go: u64,
    /// When the headers of an answer were last read.
    told: Option<Instant>,
}

impl Bucket {
    pub(crate) fn new(published: Option<Limit>, now: Instant) -> Self {
        Self {
            mode: match published {
                Some(limit) => Mode::Limited {
                    limit,
                    level: limit.burst,
                    at: now,
                },
                None => Mode::Probing,
            },
            cost: 1.0,
            wary: false,
            blocked_until: None,
            under_way: 0,
            let_go: 0,
            told: None,
        }
    }

    /// Whether a request may go now.
    pub(crate) fn turn(&mut self, now: Instant) -> Turn {
        if let Some(until) = self.blocked_until {
            if now < until {
                return Turn::At(until);
            }
            self.blocked_until = None;
        }
        match self.mode {
            Mode::Free => {}
            Mode::Probing if self.under_way < PROBES => {}
            Mode::Probing => return Turn::AfterAnAnswer,
            Mode::Limited { limit, level, at } => {
                let level = filled(limit, level, at, now);
                let cost = self.cost.min(limit.burst);
                // A hair is forgiven: waiting for it would need a timer finer than there is.
                if level + 1e-6 < cost {
                    let wait = ((cost - level) / limit.rate).min(LONGEST_PAUSE.as_secs_f64());
                    return Turn::At(now + Duration::from_secs_f64(wait.max(1e-6)));
                }
                self.mode = Mode::Limited {
                    limit,
                    level: (level - cost).max(0.0),
                    at: now,
                };
            }
        }
        let ticket = Ticket {
            number: self.let_go,
            company: self.under_way > 0,
        };
        self.let_go += 1;
        self.under_way += 1;
        Turn::Go(ticket)
    }

    /// A request is over, answered or not.
    pub(crate) fn done(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// A request went unanswered. Nothing is learnt about the limit, and others do not queue behind a server that is silent.
    pub(crate) fn unanswered(&mut self) {
        if self.mode == Mode::Probing {
            self.mode = Mode::Free;
        }
    }

    /// Whether what an answer says is of interest.
    pub(crate) fn wants_news(&self, now: Instant) -> bool {
        let (Mode::Limited { limit, level, .. }, Some(told)) = (self.mode, self.told) else {
            return true;
        };
        self.wary || level * 2.0 < limit.burst || now.saturating_duration_since(told) >= NEWS
    }

    /// What an answer says. To be called before [`done`](Self::done).
    pub(crate) fn learn(&mut self, ticket: Ticket, said: RateHeaders, now: Instant) {
        self.told = Some(now);
        if let Some(cost) = said.cost {
            self.cost = cost;
        }
        let known = match self.mode {
            Mode::Limited { limit, level, at } => Some((limit, filled(limit, level, at, now))),
            Mode::Probing | Mode::Free => None,
        };
        let rate = said.rate.or(known.map(|(limit, _)| limit.rate));
        let (Some(rate), Some(remaining)) = (rate, said.remaining) else {
            if self.mode == Mode::Probing {
                self.mode = Mode::Free;
            }
            return;
        };
        let burst = said
            .burst
            .or(known.map(|(limit, _)| limit.burst))
            .unwrap_or(rate.max(1.0))
            .max(1.0);
        let remaining = remaining.min(burst);
        let alone = !ticket.company && self.let_go == ticket.number + 1;
        let level = match known {
            // Our count agrees with what the server shows, which has no fractions.
            Some((_, counted)) if remaining <= counted && counted < remaining + 1.0 => counted,
            // Somebody else draws from the bucket too.
            Some((_, counted)) if remaining < counted => remaining,
            // More is left than we thought; but with others under way the answer may be older than they are.
            Some((_, counted)) if !alone => counted,
            // A bucket filled in steps shows a whole second's worth that has to last for that second.
            Some((_, counted)) if self.wary => counted.max(remaining - rate),
            Some(_) => remaining,
            // The first word about this bucket: those under way are not counted in it.
            None => remaining - f64::from(self.under_way.saturating_sub(1)) * self.cost,
        };
        self.mode = Mode::Limited {
            limit: Limit { rate, burst },
            level: level.clamp(0.0, burst),
            at: now,
        };
    }

    /// The server refused with 429: nobody goes before `retry_after`, or a moment if it does not say.
    pub(crate) fn refused(&mut self, retry_after: Option<Duration>, now: Instant) {
        let pause = match self.mode {
            Mode::Limited { limit, .. } => PAUSE.max(Duration::from_secs_f64(
                (self.cost / limit.rate).min(LONGEST_PAUSE.as_secs_f64()),
            )),
            Mode::Probing | Mode::Free => PAUSE,
        };
        // A server that asks for hardly any pause has just refused all the same.
        let asked = retry_after.filter(|asked| *asked >= LEAST_ASKED);
        let until = now
            .checked_add(asked.unwrap_or(pause))
            .unwrap_or(now + LONGEST_PAUSE);
        let until = self.blocked_until.map_or(until, |other| other.max(until));
        self.blocked_until = Some(until);
        self.mode = match self.mode {
            // One may go when the block ends, and then at the known rate.
            Mode::Limited { limit, .. } => {
                self.wary = true;
                Mode::Limited {
                    limit,
                    level: self.cost.min(limit.burst),
                    at: until,
                }
            }
            // There is a limit after all.
            Mode::Probing | Mode::Free => Mode::Probing,
        };
    }
}

fn filled(limit: Limit, level: f64, at: Instant, now: Instant) -> f64 {
    let passed = now.saturating_duration_since(at).as_secs_f64();
    (level + passed * limit.rate).min(limit.burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit {
        rate: 5.0,
        burst: 10.0,
    };

    fn millis(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    fn said(remaining: f64) -> RateHeaders {
        RateHeaders {
            burst: Some(10.0),
            remaining: Some(remaining),
            rate: Some(5.0),
            cost: Some(1.0),
        }
    }

    fn go(bucket: &mut Bucket, now: Instant) -> Ticket {
        match bucket.turn(now) {
            Turn::Go(ticket) => ticket,
            other => panic!("not let go: {other:?}"),
        }
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(LIMIT), start);
        for _ in 0..10 {
            go(&mut bucket, start);
        }
        assert_eq!(bucket.turn(start), Turn::At(millis(start, 200)));
        go(&mut bucket, millis(start, 200));
        assert!(matches!(bucket.turn(millis(start, 399)), Turn::At(_)));
        go(&mut bucket, millis(start, 400));
        // A long pause fills it to the burst and no further.
        for _ in 0..10 {
            go(&mut bucket, millis(start, 60_000));
        }
        assert!(matches!(bucket.turn(millis(start, 60_000)), Turn::At(_)));
    }

    #[test]
    fn answers_are_read_when_they_can_tell_something() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        let ticket = go(&mut bucket, start);
        assert!(bucket.wants_news(start), "nothing is known");
        bucket.learn(ticket, said(10.0), start);
        assert!(!bucket.wants_news(start), "it has just been told");
        assert!(!bucket.wants_news(millis(start, 49)));
        assert!(bucket.wants_news(millis(start, 50)), "it was told long ago");
        for _ in 0..5 {
            go(&mut bucket, start);
            assert!(!bucket.wants_news(start));
        }
        go(&mut bucket, start);
        assert!(bucket.wants_news(start), "little is left");
        let mut bucket = Bucket::new(None, start);
        let ticket = go(&mut bucket, start);
        bucket.learn(ticket, RateHeaders::default(), start);
        assert!(bucket.wants_news(start), "there may be a limit after all");
    }

    #[test]
    fn the_server_knows_better() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(LIMIT), start);
        // Another program has used up nine.
        let ticket = go(&mut bucket, start);
        bucket.learn(ticket, said(0.0), start);
        bucket.done();
        assert_eq!(bucket.turn(start), Turn::At(millis(start, 200)));
        // And now the bucket is fuller than we thought.
        let ticket = go(&mut bucket, millis(start, 200));
        bucket.learn(ticket, said(8.0), millis(start, 200));
        bucket.done();
        for _ in 0..8 {
            go(&mut bucket, millis(start, 200));
        }
        assert!(matches!(bucket.turn(millis(start, 200)), Turn::At(_)));
    }

    #[test]
    fn answers_out_of_order_do_not_make_tokens() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(LIMIT), start);
        let tickets: Vec<_> = (0..10).map(|_| go(&mut bucket, start)).collect();
        for (ticket, remaining) in tickets.into_iter().zip(0..10u32).rev() {
            bucket.learn(ticket, said(9.0 - f64::from(remaining)), start);
            bucket.done();
        }
        assert!(matches!(bucket.turn(start), Turn::At(_)));
    }

    #[test]
    fn whole_numbers_of_the_server_take_nothing_away() {
        let start = Instant::now();
        // Half a token has flowed in when the answer comes, and the server shows none: it stays.
        let mut bucket = Bucket::new(
            Some(Limit {
                rate: 5.0,
                burst: 1.0,
            }),
            start,
        );
        let ticket = go(&mut bucket, start);
        let said = RateHeaders {
            burst: Some(1.0),
            ..said(0.0)
        };
        bucket.learn(ticket, said, millis(start, 100));
        bucket.done();
        assert_eq!(
            bucket.turn(millis(start, 100)),
            Turn::At(millis(start, 200))
        );
    }

    #[test]
    fn an_unknown_limit_is_asked_for_by_a_few() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        let first = go(&mut bucket, start);
        for _ in 1..PROBES {
            go(&mut bucket, start);
        }
        assert_eq!(bucket.turn(start), Turn::AfterAnAnswer);
        // Nine were left when the first was judged; three more are under way.
        bucket.learn(first, said(9.0), start);
        bucket.done();
        for _ in 0..6 {
            go(&mut bucket, start);
        }
        assert!(matches!(bucket.turn(start), Turn::At(_)));
    }

    #[test]
    fn a_silent_server_makes_no_queue() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        for _ in 0..PROBES {
            go(&mut bucket, start);
        }
        assert_eq!(bucket.turn(start), Turn::AfterAnAnswer);
        bucket.unanswered();
        bucket.done();
        for _ in 0..100 {
            go(&mut bucket, start);
        }
    }

    #[test]
    fn no_headers_no_limit_until_a_refusal() {
        let start = Instant::now();
        let mut bucket = Bucket::new(None, start);
        let ticket = go(&mut bucket, start);
        bucket.learn(ticket, RateHeaders::default(), start);
        bucket.done();
        for _ in 0..1000 {
            go(&mut bucket, start);
        }
        bucket.refused(None, start);
        assert_eq!(bucket.turn(start), Turn::At(start + PAUSE));
        for _ in 0..1000 {
            bucket.done();
        }
        for _ in 0..PROBES {
            go(&mut bucket, start + PAUSE);
        }
        assert_eq!(bucket.turn(start + PAUSE), Turn::AfterAnAnswer);
    }

    #[test]
    fn a_refusal_blocks_for_as_long_as_the_server_says() {
        let start = Instant::now();
        let mut bucket = Bucket::new(Some(LIMIT), start);
        go(&mut bucket, start);
        bucket.refused(Some(Duration::from_secs(7)), start);
        assert_eq!(bucket.turn(start), Turn::At(start + Duration::from_secs(7)));
        bucket.refused(Some(Duration::from_secs(3)), start);
        assert_eq!(bucket.turn(start), Turn::At(start + Duration::from_secs(7)));
        let then = start + Duration::from_secs(7);
        go(&mut bucket, then);
        assert_eq!(
            bucket.turn(then),
            Turn::At(then + Duration::from_millis(200))
        );
    }

    #[test]
    fn a_limit_of_hours_is_asked_about_in_between() {
        let start = Instant::now();
        let limit = Limit {
            rate: 1e-4,
            burst: 1.0,
        };
        let mut bucket = Bucket::new(Some(limit), start);
        go(&mut bucket, start);
        assert_eq!(bucket.turn(start), Turn::At(start + LONGEST_PAUSE));
    }

    #[test]
    fn nonsense_from_the_server_is_survived() {
        let start = Instant::now();
        for (rate, burst, remaining) in [(1e-9, 1e9, 0.0), (1e9, 1e-9, 1e9), (1e9, 1e9, 1e9)] {
            let mut bucket = Bucket::new(None, start);
            let ticket = go(&mut bucket, start);
            let said = RateHeaders {
                burst: Some(burst),
                remaining: Some(remaining),
                rate: Some(rate),
                cost: Some(1e9),
            };
            bucket.learn(ticket, said, start);
            bucket.refused(Some(Duration::MAX), start);
            let _ = bucket.turn(start + LONGEST_PAUSE);
        }
    }
}
