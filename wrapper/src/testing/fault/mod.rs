//! What a tenant can be made to do wrong.

mod json;
mod script;

use std::time::Duration;

use fastrand::Rng;
use http::{HeaderName, HeaderValue};

use super::limits::Verdict;
use super::routes::Reply;
use super::schema::damage::damage;
pub use script::FaultRule;

/// About one member in so many is damaged.
const RARITY: u32 = 3;

/// A failure on demand.
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) effect: Effect,
    /// Whether the request is carried out first.
    pub(super) acts: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Answer(Reply),
    /// The connection is closed without an answer.
    Reset,
    /// All tokens are revoked, and then the request is judged as usual.
    Revoke,
    /// The answer comes after this much real time.
    Delay(Duration),
    /// The connection is closed after so many bytes of the answer's body.
    Cut(usize),
    /// Members of the answer are damaged.
    Damage(u64),
}

impl Fault {
    fn acting(effect: Effect) -> Self {
        Self { effect, acts: true }
    }

    fn instead(effect: Effect) -> Self {
        Self {
            effect,
            acts: false,
        }
    }

    /// An empty answer with this status.
    pub fn status(status: u16) -> Self {
        Self::answer(status, "text/plain", "")
    }

    /// An answer with this status and body.
    pub fn answer(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self::instead(Effect::Answer(Reply::text(status, content_type, body)))
    }

    /// A web page with this status, as proxies send it.
    pub fn html(status: u16) -> Self {
        Self::answer(
            status,
            "text/html; charset=utf-8",
            "<!DOCTYPE html><html><head><title>Gateway</title></head><body>…</body></html>",
        )
    }

    /// 429, refused before anything was done, without the headers of a limit.
    pub fn too_many_requests() -> Self {
        Self::status(429)
    }

    /// 429 with the headers of a limit of `rate` requests a second and a burst, of which nothing remains.
    pub fn limited(rate: f64, burst: f64) -> Self {
        let mut reply = Reply::empty(429);
        let verdict = Verdict {
            allowed: false,
            remaining: 0,
            rate,
            burst,
        };
        verdict.tell(&mut reply);
        Self::instead(Effect::Answer(reply))
    }

    /// A redirect to `location`.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::status(status).header("location", location)
    }

    /// The connection breaks before an answer.
    pub fn reset() -> Self {
        Self::instead(Effect::Reset)
    }

    /// The request is carried out, and the connection breaks after so many bytes of the answer's body, or at its end.
    pub fn cut_after(bytes: usize) -> Self {
        Self::acting(Effect::Cut(bytes))
    }

    /// All tokens issued so far are revoked just before the request is judged.
    pub fn revoke() -> Self {
        Self::acting(Effect::Revoke)
    }

    /// The time of all tokens issued so far is over just before the request is judged. The service does not tell it
    /// from [`revoke`](Self::revoke).
    pub fn expire() -> Self {
        Self::revoke()
    }

    /// The right answer, after this much real time.
    pub fn delay(duration: Duration) -> Self {
        Self::acting(Effect::Delay(duration))
    }

    /// The right answer with members that are null, missing, of another type, or of a new value. Only successes in
    /// JSON are damaged; elements of lists stay. The seed and the number of the request say where.
    pub fn damage(seed: u64) -> Self {
        Self::acting(Effect::Damage(seed))
    }

    /// Adds a header to the answer.
    ///
    /// # Panics
    /// If `name` or `value` cannot be one.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Effect::Answer(reply) = &mut self.effect {
            reply.headers.insert(
                name.parse::<HeaderName>().expect("a header name"),
                value.parse::<HeaderValue>().expect("a header value"),
            );
        }
        self
    }

    /// The request is carried out before the answer is lost: what gateways do when they lose patience.
    pub fn after_acting(mut self) -> Self {
        self.acts = true;
        self
    }
}

impl Reply {
    /// With damage, if it is a success in JSON.
    pub(super) fn damaged(mut self, seed: u64) -> Self {
        if self.status < 300
            && let Ok(mut value) = serde_json::from_slice(&self.body)
        {
            damage(&mut value, &mut Rng::with_seed(seed), RARITY);
            self.body = value.to_string().into_bytes();
        }
        self
    }
}
