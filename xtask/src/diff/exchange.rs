//! Compares what goes over the wire: parameters, the request body, the successful answer.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::model::{Change, Class, Direction};
use super::schema::{self, Sides};
use crate::codegen::{Answer, answer};
use crate::pipeline::walk;

const JSON: &str = "application/json";

/// A change of a whole part.
pub fn change(
    place: &str,
    what: String,
    direction: Direction,
    class: Class,
    reason: &'static str,
) -> Change {
    Change {
        place: place.to_owned(),
        what,
        direction,
        class,
        reason,
        values: Vec::new(),
        shared: None,
    }
}

fn sending(place: &str, what: &str, class: Class, reason: &'static str) -> Change {
    change(place, what.to_owned(), Direction::Send, class, reason)
}

/// Parameters by their place in the request and name. The names of headers have no case.
fn parameters_of(operation: &Value) -> BTreeMap<(String, String), &Value> {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    parameters
        .map(|parameter| {
            let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
            let (place, mut name) = (text("in"), text("name"));
            if place == "header" {
                name.make_ascii_lowercase();
            }
            ((place, name), parameter)
        })
        .collect()
}

/// Compares the parameters of two operations.
pub fn parameters(sides: Sides<'_>, old: &Value, new: &Value) -> Vec<Change> {
    let (old, new) = (parameters_of(old), parameters_of(new));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let mut changes = Vec::new();
    for key in keys {
        let place = format!("{} parameter {}", key.0, key.1);
        match (old.get(key), new.get(key)) {
            (Some(old), Some(new)) => changes.extend(parameter(sides, old, new, &place)),
            (None, Some(new)) if is_true(new, "required") => changes.push(sending(
                &place,
                "required parameter added",
                Class::Breaking,
                "requests without it are refused",
            )),
            (None, Some(_)) => changes.push(sending(
                &place,
                "parameter added",
                Class::Compatible,
                "builders leave out what nobody sets",
            )),
            (Some(_), None) => changes.push(sending(
                &place,
                "parameter removed",
                Class::Breaking,
                "its setter is gone",
            )),
            (None, None) => {}
        }
    }
    changes
}

fn is_true(value: &Value, key: &str) -> bool {
    value[key] == Value::Bool(true)
}

fn parameter(sides: Sides<'_>, old: &Value, new: &Value, place: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    match (is_true(old, "required"), is_true(new, "required")) {
        (false, true) => changes.push(sending(
            place,
            "became required",
            Class::Breaking,
            "requests without it are refused",
        )),
        (true, false) => changes.push(sending(
            place,
            "became optional",
            Class::Compatible,
            "setters take the plain value as before",
        )),
        _ => {}
    }
    for (key, reason) in [
        ("style", "the generated client writes it as declared"),
        ("explode", "the generated client writes it as declared"),
        (
            "allowReserved",
            "the generated client writes it as declared",
        ),
        ("allowEmptyValue", "the generated types do not depend on it"),
        ("deprecated", "the setter stays"),
    ] {
        if old[key] != new[key] {
            let what = format!("`{key}` changed from {} to {}", old[key], new[key]);
            changes.push(sending(place, &what, Class::Compatible, reason));
        }
    }
    changes.extend(schema::compare(
        sides,
        &old["schema"],
        &new["schema"],
        place,
    ));
    changes
}

/// The media types of a body, and the one that generated code uses.
fn media_types(content: &Value) -> (BTreeSet<&str>, Option<&str>) {
    let types: BTreeSet<&str> = content
        .as_object()
        .into_iter()
        .flatten()
        .map(|(media_type, _)| media_type.as_str())
        .collect();
    let chosen = types.get(JSON).or(types.first()).copied();
    (types, chosen)
}

/// Compares the request bodies of two operations.
pub fn request(sides: Sides<'_>, old: &Value, new: &Value) -> Vec<Change> {
    let place = "request body";
    let (old, new) = (&old["requestBody"], &new["requestBody"]);
    let mut changes = Vec::new();
    match (old.is_object(), new.is_object()) {
        (false, false) => return changes,
        (true, false) => {
            let reason = "its setter is gone";
            return vec![sending(place, "body removed", Class::Breaking, reason)];
        }
        (false, true) if is_true(new, "required") => {
            let reason = "requests without it are refused";
            return vec![sending(
                place,
                "required body added",
                Class::Breaking,
                reason,
            )];
        }
        (false, true) => {
            let reason = "requests without it are taken";
            return vec![sending(place, "body added", Class::Compatible, reason)];
        }
        (true, true) => {}
    }
    match (is_true(old, "required"), is_true(new, "required")) {
        (false, true) => changes.push(sending(
            place,
            "became required",
            Class::Breaking,
            "requests without it are refused",
        )),
        (true, false) => changes.push(sending(
            place,
            "became optional",
            Class::Compatible,
            "setters take the plain value as before",
        )),
        _ => {}
    }
    let (old_types, old_type) = media_types(&old["content"]);
    let (new_types, new_type) = media_types(&new["content"]);
    if old_type != new_type {
        let what = format!(
            "media type changed from {} to {}",
            old_type.unwrap_or("none"),
            new_type.unwrap_or("none")
        );
        let reason = "the body is another Rust type";
        changes.push(sending(place, &what, Class::Breaking, reason));
        return changes;
    }
    changes.extend(other_media_types(
        place,
        &old_types,
        &new_types,
        Direction::Send,
    ));
    if let Some(media_type) = new_type {
        changes.extend(schema::compare(
            sides,
            &old["content"][media_type]["schema"],
            &new["content"][media_type]["schema"],
            place,
        ));
    }
    changes
}

/// Media types that come and go beside the one that is used.
fn other_media_types(
    place: &str,
    old: &BTreeSet<&str>,
    new: &BTreeSet<&str>,
    direction: Direction,
) -> Vec<Change> {
    let reason = "generated code uses another media type, which stays";
    let note = |what: &str, media_type: &&str| {
        change(
            place,
            format!("media type {what}: {media_type}"),
            direction,
            Class::Compatible,
            reason,
        )
    };
    let added = new
        .difference(old)
        .map(|media_type| note("added", media_type));
    let removed = old
        .difference(new)
        .map(|media_type| note("removed", media_type));
    added.chain(removed).collect()
}

/// The successful responses: statuses, media types, and the schema of the JSON body.
struct Success<'a> {
    statuses: BTreeSet<&'a str>,
    media_types: BTreeSet<&'a str>,
    schema: Option<&'a Value>,
}

fn success(operation: &Value) -> Success<'_> {
    let mut responses: Vec<(&String, &Value)> = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(status, _)| walk::is_success(status))
        .collect();
    responses.sort_by_key(|(status, _)| *status);
    let mut found = Success {
        statuses: BTreeSet::new(),
        media_types: BTreeSet::new(),
        schema: None,
    };
    for (status, response) in responses {
        found.statuses.insert(status);
        let content = response["content"].as_object().into_iter().flatten();
        for (media_type, media) in content {
            found.media_types.insert(media_type);
            if media_type == JSON && found.schema.is_none() {
                found.schema = media.get("schema");
            }
        }
    }
    found
}

fn answer_name(answer: Answer) -> &'static str {
    match answer {
        Answer::Json => "JSON",
        Answer::JsonOrEmpty => "JSON or nothing",
        Answer::Bytes => "bytes",
        Answer::Empty => "nothing",
    }
}

/// Compares the successful answers of two operations.
pub fn response(sides: Sides<'_>, old: &Value, new: &Value) -> Vec<Change> {
    let place = "response body";
    let receiving =
        |what: String, class, reason| change(place, what, Direction::Receive, class, reason);
    let mut changes = Vec::new();
    let (was, is) = (answer(old), answer(new));
    if was != is {
        changes.push(receiving(
            format!("changed from {} to {}", answer_name(was), answer_name(is)),
            Class::Breaking,
            "the method returns another Rust type",
        ));
    }
    let (old, new) = (success(old), success(new));
    for (status, what) in (new.statuses.difference(&old.statuses).map(|s| (s, "added"))).chain(
        old.statuses
            .difference(&new.statuses)
            .map(|s| (s, "removed")),
    ) {
        changes.push(change(
            "response",
            format!("success status {what}: {status}"),
            Direction::Receive,
            Class::Compatible,
            "any success status is the same answer",
        ));
    }
    if was == is {
        let (old, new) = (&old.media_types, &new.media_types);
        changes.extend(other_media_types(place, old, new, Direction::Receive));
    }
    if let (Some(old), Some(new)) = (old.schema, new.schema) {
        changes.extend(schema::compare(sides, old, new, place));
    }
    changes
}
