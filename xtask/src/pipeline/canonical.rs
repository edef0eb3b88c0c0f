//! One text for one value: what makes vendored documents comparable byte by byte.

use serde_json::Value;

/// `value` with the members of every object in the order of their keys, indented, with a final
/// line feed. Independent of the order in which a map of `serde_json` keeps its members.
pub fn pretty(value: &Value) -> String {
    let mut text = String::new();
    write(value, Some(0), &mut text);
    text.push('\n');
    text
}

/// `value` in one line, with sorted keys.
pub fn compact(value: &Value) -> String {
    let mut text = String::new();
    write(value, None, &mut text);
    text
}

fn write(value: &Value, indent: Option<usize>, text: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            let inner = indent.map(|n| n + 1);
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, inner, text);
                write(item, inner, text);
            }
            line(indent, text);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            let inner = indent.map(|n| n + 1);
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (index, (key, value)) in members.into_iter().enumerate() {
                separate(index, inner, text);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                if indent.is_some() {
                    text.push(' ');
                }
                write(value, inner, text);
            }
            line(indent, text);
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

fn separate(index: usize, indent: Option<usize>, text: &mut String) {
    if index > 0 {
        text.push(',');
    }
    line(indent, text);
}

fn line(indent: Option<usize>, text: &mut String) {
    if let Some(indent) = indent {
        text.push('\n');
        for _ in 0..indent {
            text.push_str("  ");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_empty_containers_are_short() {
        let value = json!({"b": [1, {"z": 0, "a": "\"\n"}], "a": {}, "c": []});
        assert_eq!(
            pretty(&value),
            "{\n  \"a\": {},\n  \"b\": [\n    1,\n    {\n      \"a\": \"\\\"\\n\",\n      \"z\": 0\n    }\n  ],\n  \"c\": []\n}\n"
        );
        assert_eq!(
            compact(&value),
            r#"{"a":{},"b":[1,{"a":"\"\n","z":0}],"c":[]}"#
        );
        let back: Value = serde_json::from_str(&pretty(&value)).unwrap();
        assert_eq!(back, value);
    }
}
