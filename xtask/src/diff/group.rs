//! Says once what many operations share: the same change of the same named schema.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Change, Changed, Class, Direction, ProductComparison};

/// What identifies a change of a schema, wherever the schema is used.
type Identity<'a> = (&'a str, &'a str, &'a str, Direction, Class);

fn identity(change: &Change) -> Option<Identity<'_>> {
    let shared = change.shared.as_ref()?;
    Some((
        &shared.schema,
        &shared.place,
        &change.what,
        change.direction,
        change.class,
    ))
}

/// The changes of one schema that the same operations have, each with its place.
type Shared<'a> = BTreeMap<(&'a str, BTreeSet<usize>), Vec<(&'a str, &'a Change)>>;

/// Changes of one named schema that the same operations share.
pub struct SchemaGroup<'a> {
    /// The schema.
    pub schema: &'a str,
    /// The operations, as `METHOD /path`.
    pub operations: Vec<String>,
    /// The changes, each with its place below the schema.
    pub changes: Vec<(&'a str, &'a Change)>,
}

/// The changes of a product for reading.
pub struct Grouped<'a> {
    /// What several operations share.
    pub shared: Vec<SchemaGroup<'a>>,
    /// What one operation has alone.
    pub own: Vec<(&'a Changed, Vec<&'a Change>)>,
}

/// `POST /v2/alert`.
pub fn name(entry: &Changed) -> String {
    format!("{} {}", entry.method, entry.path)
}

/// Groups the changes of `product`. Each change of each operation is in exactly one group.
pub fn group(product: &ProductComparison) -> Grouped<'_> {
    let mut users: BTreeMap<Identity<'_>, (BTreeSet<usize>, &Change)> = BTreeMap::new();
    for (index, entry) in product.changed.iter().enumerate() {
        for change in &entry.changes {
            if let Some(identity) = identity(change) {
                let user = users
                    .entry(identity)
                    .or_insert_with(|| (BTreeSet::new(), change));
                user.0.insert(index);
            }
        }
    }
    users.retain(|_, (operations, _)| operations.len() > 1);
    let own = product.changed.iter().filter_map(|entry| {
        let is_own = |change: &&Change| {
            identity(change).is_none_or(|identity| !users.contains_key(&identity))
        };
        let changes: Vec<&Change> = entry.changes.iter().filter(is_own).collect();
        (!changes.is_empty()).then_some((entry, changes))
    });
    let own = own.collect();
    let mut groups: Shared<'_> = BTreeMap::new();
    for ((schema, place, ..), (operations, change)) in users {
        let group = groups.entry((schema, operations)).or_default();
        group.push((place, change));
    }
    let shared = groups
        .into_iter()
        .map(|((schema, operations), changes)| SchemaGroup {
            schema,
            operations: operations
                .into_iter()
                .map(|index| name(&product.changed[index]))
                .collect(),
            changes,
        })
        .collect();
    Grouped { shared, own }
}

/// The first few operations, each in `quotes`, and how many more: a schema can be in a hundred.
pub fn list(operations: &[String], quotes: &str) -> String {
    const SHOWN: usize = 8;
    let shown: Vec<String> = operations
        .iter()
        .take(SHOWN)
        .map(|operation| format!("{quotes}{operation}{quotes}"))
        .collect();
    match operations.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
