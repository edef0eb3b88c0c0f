//! Compares what went into a type with what came out of it.

use serde_json::Value;

/// The first place at which `after` lacks or changes what `before` says, as a JSON pointer with
/// both values. Nulls say nothing, numbers compare by value, text in any letter case.
pub fn difference(before: &Value, after: &Value) -> Option<String> {
    at("", before, after)
}

fn at(pointer: &str, before: &Value, after: &Value) -> Option<String> {
    let same = match (before, after) {
        (Value::Null, _) => true,
        (Value::Object(before), Value::Object(after)) => {
            return before.iter().find_map(|(key, value)| {
                let again = after.get(key).unwrap_or(&Value::Null);
                at(&format!("{pointer}/{key}"), value, again)
            });
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            return before
                .iter()
                .zip(after)
                .enumerate()
                .find_map(|(index, (one, other))| at(&format!("{pointer}/{index}"), one, other));
        }
        (Value::Number(before), Value::Number(after)) => before.as_f64() == after.as_f64(),
        (Value::String(before), Value::String(after)) => before.eq_ignore_ascii_case(after),
        _ => before == after,
    };
    (!same).then(|| format!("{pointer}: {before} became {after}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_lost_or_changed_is_found() {
        let before = json!({"a": [1, {"b": "X"}], "c": null});
        assert_eq!(
            difference(&before, &json!({"a": [1.0, {"b": "x", "d": 2}]})),
            None
        );
        for (after, place) in [
            (json!({"a": [1]}), "/a"),
            (json!({"a": [2, {"b": "X"}]}), "/a/0"),
            (json!({"a": [1, {}]}), "/a/1/b"),
        ] {
            let found = difference(&before, &after).expect("a difference");
            assert!(found.starts_with(&format!("{place}:")), "{found}");
        }
    }
}
