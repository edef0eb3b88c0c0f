//! Answers derived from the documents, for operations that nobody keeps state for.

use serde_json::Value;

use super::call::Call;
use super::routes::Reply;
use super::samples::Extent;
use super::schema::pagination;
use super::schema::request::{covers, essence};
use super::schema::validate::{Way, check};

/// A sample answer. The same call gets the same one; another id gets another.
pub(super) fn answer(seed: u64, call: &Call<'_>) -> Reply {
    let seed = call.path.bytes().fold(seed, |seed, byte| {
        seed.wrapping_mul(31).wrapping_add(u64::from(byte))
    });
    let mut sample = call.operation.sample_answer(Extent::Full, seed);
    if let Some(other) = other_media_type(call, sample.media_type) {
        return Reply::text(sample.status, other, "id,name,severity\n");
    }
    let Some(media_type) = sample.media_type else {
        return Reply::empty(sample.status);
    };
    echo(call, &mut sample.body);
    // After the echo, which may give back the token that was sent.
    pagination::end(call.operation, &mut sample.body);
    pagination::cut(
        call.operation,
        |place| number(call, place),
        &mut sample.body,
    );
    Reply::text(sample.status, media_type, sample.bytes())
}

/// A sample answer in which `members` are these: what is remembered of a thing is seldom all that a document requires.
pub(super) fn with(seed: u64, call: &Call<'_>, members: Value) -> Reply {
    let mut sample = call.operation.sample_answer(Extent::Full, seed);
    if let (Value::Object(sample), Value::Object(members)) = (&mut sample.body, members) {
        sample.extend(members);
    }
    Reply::json(sample.status, &sample.body)
}

/// What the caller wants instead, if the operation offers it.
fn other_media_type(call: &Call<'_>, first: Option<&str>) -> Option<&'static str> {
    let accept = call.headers.get(http::header::ACCEPT)?.to_str().ok()?;
    let wants = |media_type: &str| {
        accept
            .split(',')
            .any(|range| covers(essence(range), media_type))
    };
    if wants(first?) {
        return None;
    }
    let offered = call.operation.media_types();
    offered.into_iter().find(|media_type| wants(media_type))
}

/// The number at `place` of the request, which begins with `query.` or `body.`.
fn number(call: &Call<'_>, place: &str) -> Option<u64> {
    if let Some(name) = place.strip_prefix("query.") {
        return call.query(name)?.parse().ok();
    }
    let path = place.strip_prefix("body.")?.replace('.', "/");
    call.body.pointer(&format!("/{path}"))?.as_u64()
}

/// What was asked for, and what was sent, comes back where the answer has a place of the same name and kind.
fn echo(call: &Call<'_>, answer: &mut Value) {
    let Some(schema) = call.operation.response_schema() else {
        return;
    };
    let mut with = answer.clone();
    let Some(members) = with.as_object_mut() else {
        return;
    };
    let mut changed = false;
    let parameters = call.parameters().map(|(name, value)| (name, value.into()));
    let body = call.body.as_object().into_iter().flatten();
    let sent = body.map(|(name, value)| (name.as_str(), value.clone()));
    for (name, value) in sent.chain(parameters) {
        if let Some(member) = members.get_mut(name)
            && std::mem::discriminant(member) == std::mem::discriminant(&value)
        {
            *member = value;
            changed = true;
        }
    }
    if changed && check(call.operation.schemas(), schema, &with, Way::Response).is_ok() {
        *answer = with;
    }
}
