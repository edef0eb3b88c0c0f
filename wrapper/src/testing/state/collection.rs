//! Things that can be listed, made, changed and removed.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::testing::samples::{Extent, Sampler, Way};
use crate::testing::schema::documents::operation;

/// Things in their order, told apart by one member.
#[derive(Debug)]
pub(in crate::testing) struct Collection {
    id: &'static str,
    prefix: &'static str,
    items: Vec<Map<String, Value>>,
    made: u64,
}

impl Collection {
    /// Nothing yet. `id` is the member that tells things apart, `prefix` the beginning of new ids.
    pub(in crate::testing) fn new(id: &'static str, prefix: &'static str) -> Self {
        Self {
            id,
            prefix,
            items: Vec::new(),
            made: 0,
        }
    }

    /// Things as an operation's document describes its answer, the first with the id `prefix` and 0.
    pub(in crate::testing) fn seeded(
        id: &'static str,
        prefix: &'static str,
        operation_id: &str,
        seed: u64,
        count: u64,
    ) -> Self {
        let mut collection = Self::new(id, prefix);
        for (index, mut item) in samples(operation_id, seed, count).into_iter().enumerate() {
            item.insert(id.to_owned(), format!("{prefix}{index:012}").into());
            collection.items.push(item);
        }
        collection.made = count;
        collection
    }

    pub(in crate::testing) fn iter(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.items.iter()
    }

    pub(in crate::testing) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Map<String, Value>> {
        self.items.iter_mut()
    }

    fn is(&self, item: &Map<String, Value>, id: &str) -> bool {
        item.get(self.id).is_some_and(|known| known == id)
    }

    pub(in crate::testing) fn get(&self, id: &str) -> Option<&Map<String, Value>> {
        self.items.iter().find(|item| self.is(item, id))
    }

    /// Whether another thing than `id` has this name.
    pub(in crate::testing) fn has_name(&self, name: &str, id: &str) -> bool {
        self.items
            .iter()
            .any(|item| item.get("name").is_some_and(|known| known == name) && !self.is(item, id))
    }

    /// Adds a thing with a new id.
    pub(in crate::testing) fn add(&mut self, mut item: Map<String, Value>) -> &Map<String, Value> {
        let id = format!("{}{:012}", self.prefix, self.made);
        self.made += 1;
        item.insert(self.id.to_owned(), id.into());
        self.items.push(item);
        self.items.last().expect("it was just added")
    }

    /// Changes the members of a thing that `change` has, except its id.
    pub(in crate::testing) fn change(
        &mut self,
        id: &str,
        change: Map<String, Value>,
    ) -> Option<&Map<String, Value>> {
        let index = self.items.iter().position(|item| self.is(item, id))?;
        let item = &mut self.items[index];
        for (name, value) in change {
            if name != self.id {
                item.insert(name, value);
            }
        }
        Some(item)
    }

    /// Puts another thing in the place of one, which passes its id and the members `kept` on.
    pub(in crate::testing) fn replace(
        &mut self,
        id: &str,
        mut other: Map<String, Value>,
        kept: &[&str],
    ) -> Option<&Map<String, Value>> {
        let index = self.items.iter().position(|item| self.is(item, id))?;
        let item = &mut self.items[index];
        for name in kept.iter().chain([&self.id]) {
            if let Some(value) = item.remove(*name) {
                other.insert((*name).to_owned(), value);
            }
        }
        *item = other;
        Some(item)
    }

    pub(in crate::testing) fn remove(&mut self, id: &str) -> bool {
        let before = self.items.len();
        let member = self.id;
        self.items
            .retain(|item| item.get(member).is_none_or(|known| known != id));
        self.items.len() < before
    }
}

type Samples = HashMap<(String, u64), Vec<Map<String, Value>>>;

/// Kept, because every tenant begins with them.
fn samples(operation_id: &str, seed: u64, count: u64) -> Vec<Map<String, Value>> {
    static KEPT: LazyLock<Mutex<Samples>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let samples = kept
        .entry((operation_id.to_owned(), seed))
        .or_insert_with(|| {
            let described = operation(operation_id).expect("an operation of the documents");
            let schema = described.response_schema().expect("an answer in JSON");
            let mut sampler = Sampler::new(described.schemas(), Extent::Full, Way::Response, seed);
            (0..count)
                .map(|_| object(&sampler.value(schema, "")))
                .collect()
        });
    samples.clone()
}

/// A JSON object, or none at all.
pub(in crate::testing) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// Unix milliseconds.
pub(in crate::testing) fn millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn things_keep_their_id_and_ids_are_not_used_again() {
        let mut things = Collection::new("id", "t-");
        let id = things.add(object(&json!({"name": "a"})))["id"].clone();
        assert_eq!(id, "t-000000000000");
        let changed = things.change("t-000000000000", object(&json!({"id": "x", "name": "b"})));
        assert_eq!(
            changed,
            Some(&object(&json!({"id": "t-000000000000", "name": "b"})))
        );
        let replaced = things.replace(
            "t-000000000000",
            object(&json!({"id": "x", "a": 1})),
            &["name"],
        );
        assert_eq!(
            replaced,
            Some(&object(
                &json!({"id": "t-000000000000", "name": "b", "a": 1})
            ))
        );
        assert!(things.has_name("b", "another") && !things.has_name("b", "t-000000000000"));
        assert!(things.remove("t-000000000000") && !things.remove("t-000000000000"));
        assert_eq!(things.add(Map::new())["id"], "t-000000000001");
        assert_eq!(things.change("t-9", Map::new()), None);
    }
}
