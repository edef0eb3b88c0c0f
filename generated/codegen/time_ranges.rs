//! `time_range` on the builders of operations that take a range as several query parameters.

use std::fmt::Write;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use super::operations;

/// The parameters of a range, and the fields of `TimeRangeQuery` they are filled from.
const PARAMETERS: [(&str, &str, bool); 5] = [
    ("timeType", "time_type", false),
    ("timeAmount", "time_amount", true),
    ("timeUnit", "time_unit", false),
    ("startTime", "start_time", true),
    ("endTime", "end_time", true),
];

/// The methods for all operations of the lowered `document`.
pub fn methods(document: &Value) -> String {
    let mut code = String::new();
    for (_, _, operation) in operations::each(document) {
        let parameters: Vec<&Value> = operation["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parameter| parameter["in"] == "query")
            .collect();
        let find = |name: &str| {
            parameters
                .iter()
                .find(|parameter| parameter["name"] == name)
        };
        if find("timeType").is_none() || find("timeUnit").is_none() {
            continue;
        }
        // Without a beginning, the operation measures from onboarding.
        let family = match find("startTime") {
            Some(_) => "TimeRange",
            None => "InventoryTimeRange",
        };
        let id = operation["operationId"].as_str().unwrap_or_default();
        let name = operations::method_name(id).to_pascal_case();
        let _ = writeln!(
            code,
            "impl<'a> builder::{name}<'a> {{\n\
             /// Sets the parameters of a time range: `timeType` and those that go with it.\n\
             #[must_use]\n\
             pub fn time_range(mut self, range: impl Into<crate::{family}>) -> Self {{\n\
             let query = range.into().query();"
        );
        for (wire, field, is_number) in PARAMETERS {
            let Some(parameter) = find(wire) else {
                continue;
            };
            let is_integer = parameter["schema"]["type"] == "integer";
            let value = match (is_number, is_integer) {
                (true, false) => "value.to_string()",
                _ => "value",
            };
            let _ = writeln!(
                code,
                "if let Some(value) = query.{field} {{ self = self.{}({value}); }}",
                wire.to_snake_case()
            );
        }
        code.push_str("self\n}\n}\n");
    }
    code
}
