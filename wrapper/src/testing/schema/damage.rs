//! Damages answers in the ways in which the service has been seen to deviate.

use fastrand::Rng;
use serde_json::{Value, json};

/// Damages members of objects in `value`: about one in `rarity`. Elements of lists and the value
/// itself stay what they are.
pub fn damage(value: &mut Value, rng: &mut Rng, rarity: u32) {
    match value {
        Value::Object(members) => {
            members.retain(|_, _| rng.u32(..rarity * 4) > 0);
            for (_, member) in members.iter_mut() {
                damage(member, rng, rarity);
                if rng.u32(..rarity) == 0 {
                    *member = damaged(member, rng);
                }
            }
            if rng.u32(..rarity) == 0 {
                members.insert("fieldThatNobodyDocumented".to_owned(), json!({"a": [1]}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| damage(item, rng, rarity)),
        _ => {}
    }
}

fn damaged(value: &Value, rng: &mut Rng) -> Value {
    let other = match value {
        Value::Number(number) => match rng.u8(..4) {
            0 => Value::from(number.to_string()),
            1 => Value::from("n/a"),
            2 => Value::from(number.as_f64().unwrap_or_default().trunc()),
            _ => Value::from(""),
        },
        Value::String(text) => match rng.u8(..4) {
            0 => Value::from("A_VALUE_THAT_NOBODY_LISTED"),
            1 => Value::from(text.to_uppercase()),
            2 => Value::from(42),
            _ => Value::from(true),
        },
        Value::Bool(flag) => match rng.u8(..2) {
            0 => Value::from(flag.to_string()),
            _ => Value::from("perhaps"),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => Value::Null,
    };
    if rng.u8(..3) == 0 { Value::Null } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_decides_what_breaks_and_lists_keep_their_length() {
        let whole =
            json!({"items": [{"id": "a", "n": 1}, {"id": "b", "n": 2}, {"id": "c", "ok": true}]});
        let broken = |seed| {
            let mut value = whole.clone();
            damage(&mut value["items"], &mut Rng::with_seed(seed), 2);
            value
        };
        assert_eq!(broken(3), broken(3));
        assert_ne!(broken(3), broken(4));
        for seed in 0..20 {
            assert_eq!(broken(seed)["items"].as_array().map(Vec::len), Some(3));
        }
    }
}
