//! Compares two schemas, with all that they refer to, as the Rust types that they become.

use std::collections::{BTreeSet, HashSet, VecDeque};

use heck::ToPascalCase;
use serde_json::{Map, Value};

use super::model::{Change, Class, Direction, Shared};
use super::shape::{Kind, Shape, resolve};
use crate::pipeline::canonical;
use crate::pipeline::failure::Pointer;

/// Keywords that narrow values or only inform; generated types do not depend on them.
const UNTYPED: [&str; 21] = [
    "type",
    "format",
    "default",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "readOnly",
    "writeOnly",
    "deprecated",
    "discriminator",
    "not",
];

/// The two documents that references lead into, and the side of the call.
#[derive(Clone, Copy)]
pub struct Sides<'a> {
    /// The old document.
    pub old: &'a Value,
    /// The new document.
    pub new: &'a Value,
    /// Which side of the call the schemas are on.
    pub direction: Direction,
    /// The schemas that answers reach: their fields are all optional, even where they are sent.
    pub received: &'a BTreeSet<String>,
}

/// Two schemas that stand at the same place.
struct Pair<'a> {
    old: &'a Value,
    new: &'a Value,
    place: Place,
    /// Whether it is a property that both sides require, so that null makes it optional.
    required: bool,
}

#[derive(Clone)]
struct Place {
    /// What comes before the schema: `response body`.
    head: String,
    /// The way through the schema.
    tail: Pointer,
    shared: Option<(String, Pointer)>,
}

impl Place {
    fn child(&self, key: &str) -> Self {
        Self {
            head: self.head.clone(),
            tail: self.tail.child(key),
            shared: self
                .shared
                .as_ref()
                .map(|(schema, tail)| (schema.clone(), tail.child(key))),
        }
    }

    fn inside(&self, schema: &str) -> Self {
        Self {
            shared: Some((schema.to_owned(), Pointer::root())),
            ..self.clone()
        }
    }

    fn text(&self) -> String {
        format!("{} {}", self.head, self.tail.as_str())
            .trim_end()
            .to_owned()
    }
}

/// Compares `old` with `new`, which stand at `head`. An object that is reached on several ways is
/// reported where the shortest way reaches it; so cycles end as well.
pub fn compare(sides: Sides<'_>, old: &Value, new: &Value, head: &str) -> Vec<Change> {
    let place = Place {
        head: head.to_owned(),
        tail: Pointer::root(),
        shared: None,
    };
    let mut walk = Walk {
        sides,
        open: VecDeque::from([Pair {
            old,
            new,
            place,
            required: false,
        }]),
        seen: HashSet::new(),
        changes: Vec::new(),
    };
    while let Some(pair) = walk.open.pop_front() {
        walk.pair(pair);
    }
    walk.changes
}

/// Where a schema is in memory: the same schema, whatever led to it.
type Address = *const Map<String, Value>;

struct Walk<'a> {
    sides: Sides<'a>,
    open: VecDeque<Pair<'a>>,
    /// Pairs that were compared, by their addresses.
    seen: HashSet<(Address, Address)>,
    changes: Vec<Change>,
}

impl<'a> Walk<'a> {
    /// A change of `class` where users send, and of the other where they receive.
    fn note(&mut self, place: &Place, what: String, send: Verdict, receive: Verdict) {
        let verdict = match self.sides.direction {
            Direction::Receive => receive,
            Direction::Send | Direction::Both => send,
        };
        self.changes.push(Change {
            place: place.text(),
            what,
            direction: self.sides.direction,
            class: verdict.0,
            reason: verdict.1,
            values: Vec::new(),
            shared: place.shared.as_ref().map(|(schema, tail)| Shared {
                schema: schema.clone(),
                place: tail.as_str().to_owned(),
            }),
        });
    }

    fn pair(&mut self, pair: Pair<'a>) {
        let old = resolve(self.sides.old, pair.old);
        let new = resolve(self.sides.new, pair.new);
        let place = &pair.place;
        if old.nullable != new.nullable {
            self.nullable(place, pair.required, new.nullable);
        }
        let (was, is) = (old.kind(), new.kind());
        // What holds nothing is cheap enough to be told at each property that has it.
        if was == is && is.is_container() && !self.seen.insert((old.schema, new.schema)) {
            return;
        }
        let place = match new.name.or(old.name) {
            Some(name) => place.inside(name),
            None => place.clone(),
        };
        if was != is {
            let what = format!("type changed from {} to {}", was.name(), is.name());
            let verdict = breaking(match (was, is) {
                (Kind::Text, Kind::Enumeration) => "text becomes an enumeration with named values",
                (Kind::Enumeration, Kind::Text) => "the enumeration and its named values are gone",
                _ => "it is another Rust type",
            });
            self.note(&place, what, verdict, verdict);
            return;
        }
        self.keywords(&place, &old, &new);
        match is {
            Kind::Enumeration => self.enumeration(&place, &old, &new),
            Kind::Array => self.push(&place, "[]", items(&old), items(&new), false),
            Kind::Map => {
                if let (Some(old), Some(new)) = (old.further(), new.further()) {
                    self.push(&place, "{}", old, new, false);
                }
            }
            Kind::Object => {
                self.object(&place, &old, &new);
                self.further(&place, &old, &new);
            }
            Kind::Choice | Kind::Combination => self.members(&place, is, &old, &new),
            _ => {}
        }
    }

    fn push(&mut self, place: &Place, key: &str, old: &'a Value, new: &'a Value, required: bool) {
        self.open.push_back(Pair {
            old,
            new,
            place: place.child(key),
            required,
        });
    }

    fn nullable(&mut self, place: &Place, required: bool, nullable: bool) {
        let what = if nullable {
            "may be null"
        } else {
            "may no longer be null"
        };
        let receive = compatible("whatever is received may be null in the generated types");
        let send = match (required, nullable) {
            (false, _) => compatible("the generated types do not depend on it"),
            (true, true) => self.relaxed(place),
            (true, false) => breaking("requests without it are refused"),
        };
        self.note(place, what.to_owned(), send, receive);
    }

    /// What it means to who sends a field that it need no longer be there.
    fn relaxed(&self, place: &Place) -> Verdict {
        let is_received = |(schema, _): &(String, Pointer)| self.sides.received.contains(schema);
        if place.shared.as_ref().is_some_and(is_received) {
            compatible("the type is received as well, so its fields are optional anyway")
        } else {
            breaking("the constructor `new` no longer takes it")
        }
    }

    fn keywords(&mut self, place: &Place, old: &Shape<'_>, new: &Shape<'_>) {
        let text = |shape: &Shape<'_>, key: &str| match shape.schema.get(key) {
            Some(value) => canonical::compact(value),
            None => "none".to_owned(),
        };
        // Where type or format make another Rust type, the kinds differ and nobody comes here.
        for key in UNTYPED {
            if old.schema.get(key) != new.schema.get(key) {
                let (old, new) = (text(old, key), text(new, key));
                let verdict = compatible("the generated types do not depend on it");
                self.note(
                    place,
                    format!("`{key}` changed from {old} to {new}"),
                    verdict,
                    verdict,
                );
            }
        }
    }

    fn enumeration(&mut self, place: &Place, old: &Shape<'_>, new: &Shape<'_>) {
        let (old, new) = (old.values(), new.values());
        let names: BTreeSet<String> = new.iter().map(|value| value.to_pascal_case()).collect();
        let (respelled, gone): (Vec<String>, Vec<String>) = old
            .difference(&new)
            .cloned()
            .partition(|value| names.contains(&value.to_pascal_case()));
        let added: Vec<String> = new.difference(&old).cloned().collect();
        for (values, what, verdict) in [
            (
                added,
                "values added",
                compatible("enumerations are open: an unknown value is kept as it came"),
            ),
            (
                gone,
                "values removed",
                breaking("the named values are gone"),
            ),
            (
                respelled,
                "values removed",
                compatible("spelled otherwise they are still there, under the same Rust names"),
            ),
        ] {
            if !values.is_empty() {
                let what = format!("{what}: {}", values.join(", "));
                self.note(place, what, verdict, verdict);
                if let Some(change) = self.changes.last_mut() {
                    change.values = values;
                }
            }
        }
    }

    fn object(&mut self, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        let (was_required, is_required) = (old.required(), new.required());
        let names: BTreeSet<&String> = old
            .properties()
            .chain(new.properties())
            .map(|(name, _)| name)
            .collect();
        let find = |shape: &Shape<'a>, name: &str| {
            let properties = shape.schema.get("properties")?;
            properties.get(name)
        };
        for name in names {
            let here = place.child(name);
            let was = was_required.contains(name.as_str());
            let is = is_required.contains(name.as_str());
            match (find(old, name), find(new, name)) {
                (Some(old), Some(new)) => {
                    if was != is {
                        self.required(&here, is);
                    }
                    self.push(place, name, old, new, was && is);
                }
                (None, Some(_)) => self.added(&here, is),
                (Some(_), None) => {
                    let verdict = breaking("the field is gone");
                    self.note(&here, "property removed".to_owned(), verdict, verdict);
                }
                (None, None) => {}
            }
        }
    }

    fn added(&mut self, place: &Place, required: bool) {
        let receive = compatible("answers only gain a field");
        if required {
            let send = breaking("requests without it are refused");
            self.note(place, "required property added".to_owned(), send, receive);
        } else {
            let send = compatible("builders leave out what nobody sets");
            self.note(place, "property added".to_owned(), send, receive);
        }
    }

    fn required(&mut self, place: &Place, is: bool) {
        let receive = compatible("whatever is received is optional in the generated types");
        if is {
            let send = breaking("requests without it are refused");
            self.note(place, "became required".to_owned(), send, receive);
        } else {
            let send = self.relaxed(place);
            self.note(place, "became optional".to_owned(), send, receive);
        }
    }

    /// Members beyond the listed properties are one more field of the struct.
    fn further(&mut self, place: &Place, old: &Shape<'a>, new: &Shape<'a>) {
        match (old.further(), new.further()) {
            (Some(old), Some(new)) => self.push(place, "{}", old, new, false),
            (None, Some(_)) => {
                let verdict = compatible("the struct gains a field for them");
                self.note(
                    place,
                    "takes further properties".to_owned(),
                    verdict,
                    verdict,
                );
            }
            (Some(_), None) => {
                let verdict = breaking("the struct loses the field for them");
                let what = "takes no further properties".to_owned();
                self.note(place, what, verdict, verdict);
            }
            (None, None) => {}
        }
    }

    fn members(&mut self, place: &Place, kind: Kind, old: &Shape<'a>, new: &Shape<'a>) {
        let (noun, added) = match kind {
            Kind::Choice => (
                "alternative",
                compatible("unions are open: an unknown shape is kept as it came"),
            ),
            _ => ("part", breaking("its properties are merged into the type")),
        };
        let pairs = match_members(self.sides, &old.members(), &new.members());
        for (index, pair) in pairs.into_iter().enumerate() {
            let key = format!("<{}>", index + 1);
            let here = place.child(&key);
            match pair {
                (Some(old), Some(new)) => self.push(place, &key, old, new, false),
                (None, Some(_)) => self.note(&here, format!("{noun} added"), added, added),
                (Some(_), None) => {
                    let verdict = breaking("the Rust type for it is gone");
                    self.note(&here, format!("{noun} removed"), verdict, verdict);
                }
                (None, None) => {}
            }
        }
    }
}

type Verdict = (Class, &'static str);

fn breaking(reason: &'static str) -> Verdict {
    (Class::Breaking, reason)
}

fn compatible(reason: &'static str) -> Verdict {
    (Class::Compatible, reason)
}

static ANYTHING: Value = Value::Null;

fn items<'a>(shape: &Shape<'a>) -> &'a Value {
    shape.schema.get("items").unwrap_or(&ANYTHING)
}

type IsAlike<'a> = dyn Fn(&Value, &Value) -> bool + 'a;

/// Finds for each member of a choice or combination its counterpart: the equal one, else the one
/// of the same name, else the next that is of the same kind.
fn match_members<'a>(
    sides: Sides<'a>,
    old: &[&'a Value],
    new: &[&'a Value],
) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let mut left: Vec<&'a Value> = old.to_vec();
    let mut partner: Vec<Option<&'a Value>> = vec![None; new.len()];
    let alike: [&IsAlike<'_>; 3] = [
        &|old, new| old == new,
        &|old, new| {
            let (old, new) = (resolve(sides.old, old), resolve(sides.new, new));
            new.name.is_some() && old.name == new.name
        },
        &|old, new| resolve(sides.old, old).kind() == resolve(sides.new, new).kind(),
    ];
    for is_alike in alike {
        for (index, new) in new.iter().enumerate() {
            if partner[index].is_none()
                && let Some(found) = left.iter().position(|old| is_alike(old, new))
            {
                partner[index] = Some(left.remove(found));
            }
        }
    }
    let both = partner
        .into_iter()
        .zip(new)
        .map(|(old, new)| (old, Some(*new)));
    both.chain(left.into_iter().map(|old| (Some(old), None)))
        .collect()
}
