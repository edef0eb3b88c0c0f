//! What the service is known to refuse although its documents allow it.

use prisma_cloud_api::Product;
use serde_json::Value;

use super::validate::Violation;

/// What is wrong with a request of `product`.
///
/// A relative time range reaches over at least one unit: in the parameters of a query, and wherever it stands in a body.
pub(super) fn refused(
    product: Product,
    query: &[(String, String)],
    body: &Value,
) -> Option<Violation> {
    if product != Product::Cspm {
        return None;
    }
    let parameter = |name: &str| {
        let mut found = query.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    };
    let amount = parameter("timeAmount").and_then(|text| text.parse::<i64>().ok());
    if parameter("timeType") == Some("relative") && amount.is_some_and(|amount| amount < 1) {
        return Some(too_small("timeAmount".to_owned()));
    }
    in_body(body, "")
}

fn in_body(value: &Value, place: &str) -> Option<Violation> {
    match value {
        Value::Object(members) => {
            let amount = value.pointer("/value/amount").and_then(Value::as_f64);
            if value["type"] == "relative" && amount.is_some_and(|amount| amount < 1.0) {
                return Some(too_small(within(place, "value.amount")));
            }
            members
                .iter()
                .find_map(|(name, member)| in_body(member, &within(place, name)))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| in_body(item, &format!("{place}[{index}]"))),
        _ => None,
    }
}

/// The place of the member `name`, as in `filters[0].name`.
fn within(place: &str, name: &str) -> String {
    match place {
        "" => name.to_owned(),
        place => format!("{place}.{name}"),
    }
}

fn too_small(place: String) -> Violation {
    let mut violation = Violation::new("must be at least 1");
    violation.place = place;
    violation
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_relative_time_range_reaches_over_something() {
        let range =
            |amount: i64| json!({"type": "relative", "value": {"amount": amount, "unit": "day"}});
        for (amount, wrong) in [(-1, true), (0, true), (1, false), (30, false)] {
            for (body, place) in [
                (range(amount), "value.amount"),
                (
                    json!({"timeRange": range(amount)}),
                    "timeRange.value.amount",
                ),
                (
                    json!({"a": [1, {"b": range(amount)}]}),
                    "a[1].b.value.amount",
                ),
            ] {
                let found = refused(Product::Cspm, &[], &body).map(|wrong| wrong.place);
                assert_eq!(found, wrong.then(|| place.to_owned()), "{body}");
                assert_eq!(refused(Product::Code, &[], &body), None);
            }
            let query = [
                ("timeType", "relative"),
                ("timeAmount", &amount.to_string()),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
            let found = refused(Product::Cspm, &query, &Value::Null);
            assert_eq!(found.is_some(), wrong, "{amount}");
        }
        let other = json!({"type": "absolute", "value": {"amount": 0}});
        assert_eq!(refused(Product::Cspm, &[], &other), None);
    }
}
