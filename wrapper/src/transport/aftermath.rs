//! What a call needs that does not succeed at once: a wait, a token, another attempt, or an error.
//!
//! Each is a future of its own, so that it does not lie in the way of the other calls.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{Either, select};
use http::StatusCode;
use prisma_cloud_api::{BoxFuture, Operation, Product};
use reqwest::{Request, Response};

use super::attempts::{Course, out_of_time};
use super::{Call, Core};
use crate::attempt::{Deadline, Failure, Origin, guarded};
use crate::dialect;
use crate::error::{Error, ErrorKind};
use crate::limit::Permit;
use crate::observe::Event;
use crate::placeholder;
use crate::report;
use crate::retry::class::Class;
use crate::retry::decision::{GiveUp, Outcome};
use crate::retry::retry_after;
use crate::session::Held;
use crate::session::state::{CallKey, Refusal, Refused};
use crate::time::in_words;
use crate::wire::{Tries, millis};

/// An attempt that failed.
pub(super) struct Failed<'a> {
    pub(super) failure: Box<Failure>,
    pub(super) permit: Permit<'a>,
    pub(super) held: Option<Arc<Held>>,
    pub(super) key: CallKey,
    /// The request can be sent again.
    pub(super) repeatable: bool,
}

impl Core {
    /// Puts the id of the session's tenant into a request that wants it.
    #[cold]
    pub(super) fn fill<'a>(
        &'a self,
        request: &'a mut Box<Request>,
        call: &'a Call,
        course: &'a mut Course,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            // May log in, and then the first attempt finds a session.
            let id = self.prisma_id().await?;
            placeholder::fill(request, call.operation, &id)?;
            course.now = self.wire.shared.clock.now();
            Ok(())
        })
    }

    /// Leave for a call that may have to wait for it.
    #[cold]
    pub(super) fn turn<'s: 'c, 'c>(
        &'s self,
        call: &'s Call,
        course: &'c mut Course,
    ) -> BoxFuture<'c, Result<Permit<'s>, Error>> {
        Box::pin(async move {
            let turn = self.limiter.in_turn(&call.drawn, course.now);
            // What was spent in the queue before the first attempt is the limit's, not the call's.
            let counts = course.tries.number > 0 || call.within.is_some();
            let permit = if counts {
                let left = course.tries.deadline.left(course.now);
                let limit = self.wire.shared.clock.sleep(left);
                match select(turn, limit).await {
                    Either::Left((permit, _)) => permit,
                    Either::Right(_) => return Err(out_of_time(call.operation, course)),
                }
            } else {
                turn.await
            };
            if permit.waited.is_zero() {
                return Ok(permit);
            }
            course.now = self.wire.shared.clock.now();
            course.waited += permit.waited;
            self.throttled(call.operation, permit.waited);
            if !counts {
                course.tries = Tries::new(self.deadline(call, course.now));
            }
            Ok(permit)
        })
    }

    /// The time of `call`, which begins at `begin`.
    pub(super) fn deadline(&self, call: &Call, begin: Instant) -> Deadline {
        let overall = self.wire.deadline(begin);
        match call.within {
            Some(job) => overall.or_sooner(job, begin),
            None => overall,
        }
    }

    /// A token for a call that finds none, or one that should be replaced.
    #[cold]
    pub(super) fn token<'a>(
        &'a self,
        course: &'a mut Course,
    ) -> BoxFuture<'a, Result<Arc<Held>, Error>> {
        Box::pin(async move {
            let held = self.session.token(course.tries.deadline).await?;
            course.now = self.wire.shared.clock.now();
            Ok(held)
        })
    }

    /// What follows from a failure: another attempt, before which this waits, or the error of the call.
    #[cold]
    pub(super) fn failed<'a>(
        &'a self,
        failed: Failed<'a>,
        call: &'a Call,
        course: &'a mut Course,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let wire = &*self.wire;
            let Failed {
                failure,
                mut permit,
                held,
                key,
                repeatable,
            } = failed;
            match failure.outcome {
                Outcome::Status(429) | Outcome::Page(429) => {
                    let asked = retry_after::of(&failure.headers, wire.shared.clock.wall());
                    // Where this call would not wait so long, no other is made to: each ends with its own answer.
                    let most = wire.shared.policy.max_retry_after;
                    let wait = asked.filter(|asked| *asked <= most);
                    permit.refused(&failure.headers, wait, course.now);
                }
                _ if failure.status.is_some() => permit.learn(&failure.headers, course.now),
                _ => permit.unanswered(),
            }
            drop(permit);

            if let Some(held) = &held
                && may_be_stale(call.operation.product, &failure)
            {
                let refusal = self.refusal(&failure, key, held, course);
                if let Refusal::Genuine { tested } = refusal {
                    course.tries.tested = tested;
                } else if !repeatable {
                    let error = self.report(*failure, call, course, Some(held));
                    return Err(not_replayable(error, call.operation));
                } else {
                    course.last = Some(self.report(*failure, call, course, Some(held)));
                    self.before_replay(refusal, held, call, course).await;
                    return Ok(());
                }
            }
            let again = wire.again(call.class, &failure, &mut course.tries, repeatable);
            let error = self.report(*failure, call, course, held.as_deref());
            let wait = match again {
                Ok(wait) => wait,
                Err(GiveUp::Unrepeatable) => return Err(not_replayable(error, call.operation)),
                Err(why) => return Err(wire.given_up(error, why, &course.tries)),
            };
            course.last = Some(error);
            wire.pause(call.operation, &course.tries, wait).await;
            course.waited += wait;
            course.now = wire.shared.clock.now();
            Ok(())
        })
    }

    /// What the refusal of a request with `held` means.
    fn refusal(&self, failure: &Failure, key: CallKey, held: &Held, course: &Course) -> Refusal {
        // Nothing came of the first try, and another token would be as old when it arrives.
        if held.stillborn.is_some() {
            return Refusal::Genuine { tested: true };
        }
        let refusal = self.session.refused(&Refused {
            generation: held.generation,
            call: key,
            unauthorized: failure.status == Some(StatusCode::UNAUTHORIZED),
            replays: course.replays,
            paused: course.paused,
        });
        let left = course.tries.deadline.left(course.now);
        match refusal {
            Refusal::ReplayAfter(pause) if pause >= left => Refusal::Genuine { tested: false },
            refusal => refusal,
        }
    }

    /// Does what has to be done before a refused request is sent once more.
    async fn before_replay(&self, refusal: Refusal, held: &Held, call: &Call, course: &mut Course) {
        tracing::debug!(target: "prisma_cloud", "the token was refused; once more");
        match refusal {
            Refusal::ReplayAfter(pause) => {
                course.paused = true;
                course.waited += pause;
                self.wire.shared.clock.sleep(pause).await;
            }
            Refusal::Probe => {
                let product = call.operation.product;
                let deadline = course.tries.deadline;
                self.session.probe(held, product, deadline).await;
                course.replays += 1;
            }
            _ => course.replays += 1,
        }
        course.now = self.wire.shared.clock.now();
    }

    /// `response`, whose body is streamed: it must not stall, and its errors name the call.
    #[cold]
    pub(super) fn streamed(
        &self,
        response: Response,
        call: &Call,
        course: &Course,
        held: Option<&Held>,
    ) -> Box<Response> {
        let shared = &self.wire.shared;
        let scrubber = self.wire.scrubber(held.map(|held| &held.token));
        let origin = Origin {
            operation: Some(call.operation),
            place: course.place.clone(),
            request_id: report::request_id(response.headers())
                .map(|id| scrubber.text(&id))
                .or_else(|| course.marked.clone()),
            acts: call.class == Class::Unsafe,
            ..Origin::of(&response)
        };
        let (clock, stall) = (shared.clock.clone(), shared.timeouts.stall);
        Box::new(guarded(response, clock, stall, origin))
    }

    /// The error for `failure`.
    fn report(&self, failure: Failure, call: &Call, course: &Course, held: Option<&Held>) -> Error {
        let token = held.map(|held| &held.token);
        let login = !call.authenticated;
        let error = self
            .wire
            .error(
                failure,
                call.operation,
                call.class,
                token,
                &course.tries,
                login,
            )
            .or_request_id(course.marked.clone());
        let error = match held.and_then(|held| held.stillborn) {
            Some((life, took)) if error.is_unauthorized() => error.with_more_advice(format!(
                "the token that the login gave lives {}, and getting it took {}",
                in_words(life),
                in_words(took),
            )),
            _ => error,
        };
        match &course.place {
            Some((method, path)) => error.with_place(method, path),
            None => error,
        }
    }

    fn throttled(&self, operation: &Operation, wait: Duration) {
        tracing::debug!(
            target: "prisma_cloud",
            { prisma_cloud.operation = operation.id, prisma_cloud.wait_ms = millis(wait) },
            "throttled",
        );
        self.wire.observe(&Event::Throttled {
            operation: operation.id,
            wait,
        });
    }
}

/// Whether the refusal may mean an expired or revoked token. A page counts for 401 only: 403 is what firewalls say.
fn may_be_stale(product: Product, failure: &Failure) -> bool {
    match failure.outcome {
        Outcome::Page(401) => true,
        Outcome::Status(status) => dialect::of(product).stale.contains(&status),
        _ => false,
    }
}

#[cold]
fn not_replayable(error: Error, operation: &'static Operation) -> Error {
    Error::new(
        ErrorKind::BodyNotReplayable,
        "the request has to be sent again, and its body is a stream that can be read only once",
    )
    .with_operation(operation)
    .with_attempts(error.attempts())
    .with_may_have_been_carried_out(error.may_have_been_carried_out())
    .with_advice(Some(
        "hand over a body that is in memory, or send the call again".into(),
    ))
    .with_source(error)
}
