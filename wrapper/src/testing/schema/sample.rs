//! Values that a schema allows, from a seed.

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

use super::plausible;
use super::validate::{Way, check};
use super::{reference, resolve};

/// Deeper values have no optional members.
const MAX_DEPTH: usize = 6;
/// Nothing is deeper: whoever requires more of itself gets an empty object.
const END: usize = 40;
/// How often another value is tried when a combination of schemas refuses one.
const TRIES: usize = 8;

/// How much of what a schema allows a sample has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Extent {
    /// Only what is required.
    Minimal,
    /// All members, and lists of a few elements; nothing twice inside itself.
    Full,
    /// Members at random, with awkward texts and numbers.
    Random,
}

/// Makes values for the schemas of one document. The same seed gives the same values.
#[derive(Debug)]
pub struct Sampler<'a> {
    schemas: &'a Value,
    rng: Rng,
    extent: Extent,
    way: Way,
    /// The named schemas that the value in the making is inside of.
    inside: Vec<&'a str>,
    /// Nothing was found that the schema of a part of the value allows: some contradict themselves.
    hopeless: bool,
}

impl<'a> Sampler<'a> {
    /// For schemas that refer to the named `schemas`.
    pub fn new(schemas: &'a Value, extent: Extent, way: Way, seed: u64) -> Self {
        Self {
            schemas,
            rng: Rng::with_seed(seed),
            extent,
            way,
            inside: Vec::new(),
            hopeless: false,
        }
    }

    /// A value that `schema` allows, called `name`.
    pub fn value(&mut self, schema: &'a Value, name: &str) -> Value {
        self.at(schema, name, 0)
    }

    fn at(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        if depth > END {
            return json!({});
        }
        if let Some(target) = reference(schema) {
            self.inside.push(target);
            let value = self.at(&self.schemas[target], name, depth);
            self.inside.pop();
            return value;
        }
        if ["oneOf", "anyOf", "allOf"]
            .iter()
            .any(|keyword| schema[keyword].is_array())
        {
            return self.combination(schema, name, depth);
        }
        if let Some(values) = schema["enum"].as_array() {
            return match self.extent {
                Extent::Minimal => values.first().cloned().unwrap_or_default(),
                _ => values[self.rng.usize(..values.len())].clone(),
            };
        }
        match schema["type"].as_str() {
            Some("string") => self.text(schema, name).into(),
            Some("integer") => self.integer(schema, name).into(),
            Some("number") => self.number(schema, name),
            Some("boolean") => self.boolean(name).into(),
            Some("array") => self.list(schema, name, depth),
            _ => self.object(schema, name, depth),
        }
    }

    /// What the branches give is judged, because they may exclude one another.
    fn combination(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let mut value = json!({});
        let branches = self.branches(schema);
        for attempt in 0..TRIES.max(branches.len()) {
            value = json!({});
            let one = match self.extent {
                Extent::Random => self.rng.usize(..branches.len().max(1)),
                _ => attempt,
            };
            let all = schema["allOf"].as_array().into_iter().flatten();
            let chosen = branches.get(one % branches.len().max(1)).copied();
            for part in all.chain(chosen) {
                match (self.at(part, name, depth), &mut value) {
                    (Value::Object(part), Value::Object(whole)) => whole.extend(part),
                    (part, _) => value = part,
                }
            }
            if let Value::Object(members) = &mut value {
                self.members(schema, name, depth, members);
            }
            if check(self.schemas, schema, &value, self.way).is_ok() {
                self.hopeless = false;
                return value;
            }
        }
        self.hopeless = true;
        value
    }

    /// Makes a part that may be left out; nothing if there is no hope for it.
    fn optional(&mut self, schema: &'a Value, name: &str, depth: usize) -> Option<Value> {
        let before = std::mem::replace(&mut self.hopeless, false);
        let value = self.at(schema, name, depth);
        let hopeless = std::mem::replace(&mut self.hopeless, before);
        (!hopeless).then_some(value)
    }

    /// The branches in the order in which they are tried: an answer tells of success, and no value is without end.
    fn branches(&self, schema: &'a Value) -> Vec<&'a Value> {
        let of = |keyword: &str| schema[keyword].as_array().into_iter().flatten();
        let mut branches: Vec<&Value> = of("oneOf").chain(of("anyOf")).collect();
        branches.sort_by_key(|branch| {
            let error = reference(branch).is_some_and(|name| name.starts_with("Error"));
            (self.repeats(branch), error, **branch == json!({}))
        });
        if self.extent == Extent::Random {
            let most = branches
                .iter()
                .filter(|branch| !self.repeats(branch))
                .count();
            branches.truncate(most.max(1));
        }
        branches
    }

    /// Whether a value of `schema` would be inside one of its own kind.
    fn repeats(&self, schema: &Value) -> bool {
        match reference(schema) {
            Some(name) => {
                let times = self.inside.iter().filter(|known| **known == name).count();
                // Random values may go round a few times.
                times > if self.extent == Extent::Random { 2 } else { 0 }
            }
            None => ["items", "additionalProperties"]
                .iter()
                .any(|keyword| schema[keyword].is_object() && self.repeats(&schema[keyword])),
        }
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        let mut text = match schema["format"].as_str() {
            Some("uuid") => plausible::uuid_for(name, &mut self.rng),
            Some("date-time") => plausible::date_time(&mut self.rng),
            Some("uri") => plausible::text("url", &mut self.rng),
            _ if self.extent == Extent::Random => plausible::awkward(&mut self.rng),
            _ => plausible::text(name, &mut self.rng),
        };
        if let Some(most) = schema["maxLength"].as_u64() {
            text = text.chars().take(most as usize).collect();
        }
        while (text.chars().count() as u64) < schema["minLength"].as_u64().unwrap_or(0) {
            text.push('x');
        }
        if schema["pattern"].is_string()
            && check(self.schemas, schema, &text.as_str().into(), self.way).is_err()
        {
            text = self.identifier(schema);
        }
        text
    }

    /// What fits the pattern of `schema`: whatever identifies something is a UUID, perhaps after a word, digits, or a word.
    fn identifier(&mut self, schema: &Value) -> String {
        let uuid = plausible::uuid(&mut self.rng);
        let pattern = schema["pattern"].as_str().unwrap_or_default();
        let word: String = pattern
            .chars()
            .skip_while(|c| *c == '^')
            .take_while(|c| c.is_ascii_lowercase() || *c == '-')
            .collect();
        let fits =
            |text: &String| check(self.schemas, schema, &text.as_str().into(), self.way).is_ok();
        [
            format!("{word}{uuid}"),
            uuid.replace('-', ""),
            "1.0.0".to_owned(),
            "example".to_owned(),
        ]
        .into_iter()
        .find(fits)
        .unwrap_or(uuid)
    }

    fn integer(&mut self, schema: &Value, name: &str) -> i64 {
        let least = schema["minimum"].as_i64();
        let most = schema["maximum"].as_i64();
        if self.extent == Extent::Random {
            // Of a relative time range, which the service refuses if it reaches over nothing.
            let usual = if name == "amount" || name == "timeAmount" {
                1
            } else {
                -1_000
            };
            let least = least.unwrap_or(usual);
            return self
                .rng
                .i64(least..=most.unwrap_or(least.saturating_add(2_000_000)));
        }
        let value = plausible::integer(name, schema["format"] == "int32", &mut self.rng);
        value.clamp(least.unwrap_or(i64::MIN), most.unwrap_or(i64::MAX))
    }

    fn number(&mut self, schema: &Value, name: &str) -> Value {
        let least = schema["minimum"].as_f64();
        let value = match self.extent {
            Extent::Random => least.unwrap_or(-100.0) + f64::from(self.rng.u16(..)) / 8.0,
            _ => plausible::fraction(name, &mut self.rng).max(least.unwrap_or(f64::MIN)),
        };
        let value = value.min(schema["maximum"].as_f64().unwrap_or(f64::MAX));
        Value::Number(Number::from_f64(value).expect("a finite number"))
    }

    fn boolean(&mut self, name: &str) -> bool {
        // Whoever follows pages must come to an end.
        let goes_on = self.way == Way::Response && name.starts_with("hasNext");
        !(goes_on && self.extent != Extent::Random) && self.rng.bool()
    }

    fn list(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let items = &schema["items"];
        let least = schema["minItems"].as_u64().unwrap_or(0) as usize;
        let wanted = match self.extent {
            _ if self.repeats(items) || depth > MAX_DEPTH => 0,
            Extent::Minimal => 1,
            Extent::Full if depth <= 2 => 2,
            Extent::Full => 1,
            Extent::Random => self.rng.usize(..=3),
        };
        let count = wanted.max(least).min(
            schema["maxItems"]
                .as_u64()
                .map_or(usize::MAX, |most| most as usize),
        );
        let mut list: Vec<Value> = Vec::new();
        let mut tries = 0;
        while list.len() < count {
            // An empty list says nothing wrong.
            let item = if list.len() < least {
                self.at(items, name, depth + 1)
            } else {
                match self.optional(items, name, depth + 1) {
                    Some(item) => item,
                    None => break,
                }
            };
            tries += 1;
            if schema["uniqueItems"] != true || !list.contains(&item) {
                list.push(item);
            } else if tries > TRIES {
                break;
            }
        }
        list.into()
    }

    fn object(&mut self, schema: &'a Value, name: &str, depth: usize) -> Value {
        let mut object = Map::new();
        self.members(schema, name, depth, &mut object);
        let values = &schema["additionalProperties"];
        let open = schema["properties"].is_null() && schema["additionalProperties"] != false;
        if self.extent != Extent::Minimal && depth <= MAX_DEPTH && open {
            if values.as_object().is_some_and(|values| !values.is_empty()) {
                if !self.repeats(values) {
                    for index in 0..self.rng.usize(1..3) {
                        object.insert(format!("key {index}"), self.at(values, "value", depth + 1));
                    }
                }
            } else if self.extent == Extent::Random {
                object.insert("any".to_owned(), json!([1, "two", null]));
            } else {
                object.insert(
                    "example".to_owned(),
                    plausible::text("name", &mut self.rng).into(),
                );
            }
        }
        Value::Object(object)
    }

    /// Adds the members of `schema` that `object` does not have yet.
    fn members(
        &mut self,
        schema: &'a Value,
        owner: &str,
        depth: usize,
        object: &mut Map<String, Value>,
    ) {
        let required = &schema["required"];
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            if object.contains_key(name) || !self.way.takes(self.schemas, member) {
                continue;
            }
            let needed = required
                .as_array()
                .is_some_and(|names| names.iter().any(|known| known == name));
            let full_name = full_name(owner, name);
            let value = if needed {
                Some(self.at(member, &full_name, depth + 1))
            } else if self.wants(name, member, depth) {
                self.optional(member, &full_name, depth + 1)
            } else {
                None
            };
            if let Some(value) = value {
                object.insert(name.clone(), value);
            }
        }
    }

    /// Whether a member that may be missing is there.
    fn wants(&mut self, name: &str, member: &Value, depth: usize) -> bool {
        if depth > MAX_DEPTH || self.repeats(member) {
            return false;
        }
        match self.extent {
            Extent::Minimal => false,
            Extent::Random => self.rng.u8(..4) > 0,
            // The last page has no next one.
            Extent::Full => {
                let text = resolve(self.schemas, member)["type"] == "string";
                let lower = name.to_ascii_lowercase().replace('_', "");
                !(text && self.way == Way::Response && lower.ends_with("nextpagetoken"))
            }
        }
    }
}

/// What a member is called in full: the `id` of a policy is no account's.
fn full_name(owner: &str, name: &str) -> String {
    match name {
        "id" | "name" | "type" | "value" => format!("{owner}.{name}"),
        _ => name.to_owned(),
    }
}
