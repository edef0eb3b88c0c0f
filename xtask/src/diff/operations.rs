//! Pairs the operations of two documents, and compares each pair as a call.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::exchange::{self, change};
use super::model::{Change, Changed, Class, Direction, Entry, ProductComparison};
use super::schema::Sides;
use crate::codegen;
use crate::pipeline::document::Product;
use crate::pipeline::pass::{PUBLISHED_ID, PUBLISHED_TAG, template_names};

/// An operation by path template and method, in this order so that reports read by path.
type Key = (String, String);

fn by_key(document: &Value) -> BTreeMap<Key, &Value> {
    codegen::each(document)
        .map(|(path, method, operation)| {
            ((path.to_owned(), method.to_ascii_uppercase()), operation)
        })
        .collect()
}

/// Compares the merged documents of `product`.
pub fn compare(product: Product, old: &Value, new: &Value) -> ProductComparison {
    let (old_operations, new_operations) = (by_key(old), by_key(new));
    let only = |these: &BTreeMap<Key, &Value>, others: &BTreeMap<Key, &Value>| -> Vec<Key> {
        let keys = these.keys().filter(|key| !others.contains_key(*key));
        keys.cloned().collect()
    };
    let removed = only(&old_operations, &new_operations);
    let added = only(&new_operations, &old_operations);
    let received = received(new);
    let moves = moves(&removed, &added, &old_operations, &new_operations);
    let entry = |key: &Key, operation: &Value, moved: Option<String>| Entry {
        method: key.1.clone(),
        path: key.0.clone(),
        id: id(operation).to_owned(),
        moved,
    };
    ProductComparison {
        product,
        added: added
            .iter()
            .map(|key| {
                let from = moves.iter().find(|(_, to)| to == key);
                entry(
                    key,
                    new_operations[key],
                    from.map(|(from, _)| from.0.clone()),
                )
            })
            .collect(),
        removed: removed
            .iter()
            .map(|key| {
                let to = moves.iter().find(|(from, _)| from == key);
                entry(key, old_operations[key], to.map(|(_, to)| to.0.clone()))
            })
            .collect(),
        changed: new_operations
            .iter()
            .filter_map(|(key, operation)| {
                let before = old_operations.get(key)?;
                let changes = operation_changes((old, new), &received, before, operation);
                (!changes.is_empty()).then(|| Changed {
                    method: key.1.clone(),
                    path: key.0.clone(),
                    id: id(operation).to_owned(),
                    changes,
                })
            })
            .collect(),
    }
}

fn id(operation: &Value) -> &str {
    operation["operationId"].as_str().unwrap_or_default()
}

fn tag(operation: &Value) -> &str {
    operation["tags"][0].as_str().unwrap_or_default()
}

fn published_id(operation: &Value) -> &str {
    operation[PUBLISHED_ID]
        .as_str()
        .unwrap_or_else(|| id(operation))
}

fn published_tag(operation: &Value) -> &str {
    operation[PUBLISHED_TAG]
        .as_str()
        .unwrap_or_else(|| tag(operation))
}

/// Operations that went and came again under another path: of the same method, and either the
/// same template but for the names of parameters, or the same published id.
fn moves(
    removed: &[Key],
    added: &[Key],
    old: &BTreeMap<Key, &Value>,
    new: &BTreeMap<Key, &Value>,
) -> Vec<(Key, Key)> {
    let mut moves: Vec<(Key, Key)> = Vec::new();
    let mut pair = |old_mark: &dyn Fn(&Key) -> Option<String>,
                    new_mark: &dyn Fn(&Key) -> Option<String>| {
        let from = marked(removed, old_mark, |key| {
            !moves.iter().any(|(from, _)| from == key)
        });
        let to = marked(added, new_mark, |key| {
            !moves.iter().any(|(_, to)| to == key)
        });
        for (mark, from) in from {
            // Two operations of one mark are no evidence for either.
            if let ([from], Some([to])) = (from.as_slice(), to.get(&mark).map(Vec::as_slice)) {
                moves.push(((*from).clone(), (*to).clone()));
            }
        }
    };
    let template = |key: &Key| Some(format!("{} {}", key.1, blank(&key.0)));
    pair(&template, &template);
    let by_id = |operations: &BTreeMap<Key, &Value>, key: &Key| {
        let id = published_id(operations.get(key)?);
        (!id.is_empty()).then(|| format!("{} {id}", key.1))
    };
    pair(&|key| by_id(old, key), &|key| by_id(new, key));
    moves
}

fn marked<'a>(
    keys: &'a [Key],
    mark: &dyn Fn(&Key) -> Option<String>,
    is_free: impl Fn(&Key) -> bool,
) -> BTreeMap<String, Vec<&'a Key>> {
    let mut marked: BTreeMap<String, Vec<&Key>> = BTreeMap::new();
    for key in keys.iter().filter(|key| is_free(key)) {
        if let Some(mark) = mark(key) {
            marked.entry(mark).or_default().push(key);
        }
    }
    marked
}

/// `/a/{id}` as `/a/{}`.
fn blank(path: &str) -> String {
    let names: BTreeSet<&str> = template_names(path).into_iter().collect();
    names.iter().fold(path.to_owned(), |path, name| {
        path.replace(&format!("{{{name}}}"), "{}")
    })
}

/// The schemas that the answers of `document` reach.
fn received(document: &Value) -> BTreeSet<String> {
    let schemas = &document["components"]["schemas"];
    let responses = codegen::each(document).map(|(_, _, operation)| &operation["responses"]);
    responses
        .flat_map(|responses| codegen::reachable(responses, schemas))
        .collect()
}

fn operation_changes(
    documents: (&Value, &Value),
    received: &BTreeSet<String>,
    old: &Value,
    new: &Value,
) -> Vec<Change> {
    let sides = |direction| Sides {
        old: documents.0,
        new: documents.1,
        direction,
        received,
    };
    let mut changes = names(old, new);
    changes.extend(attributes(old, new));
    changes.extend(exchange::parameters(sides(Direction::Send), old, new));
    changes.extend(exchange::request(sides(Direction::Send), old, new));
    changes.extend(exchange::response(sides(Direction::Receive), old, new));
    changes
}

/// The names that users see, and the ones that were published.
fn names(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |place: &str, what: String, class, reason| {
        changes.push(change(place, what, Direction::Both, class, reason));
    };
    if codegen::method_name(id(old)) != codegen::method_name(id(new)) {
        note(
            "operation id",
            format!("`{}` is `{}`", id(old), id(new)),
            Class::Breaking,
            "the generated method has another name; pin it in spec/names to keep the old one",
        );
    } else if published_id(old) != published_id(new) {
        note(
            "operation id",
            format!(
                "`{}` is published as `{}`",
                published_id(old),
                published_id(new)
            ),
            Class::Compatible,
            "the generated method keeps its name",
        );
    }
    if codegen::kebab(tag(old)) != codegen::kebab(tag(new)) {
        note(
            "tag",
            format!("`{}` is `{}`", tag(old), tag(new)),
            Class::Breaking,
            "the feature and the trait have other names; pin the tag in spec/names to keep them",
        );
    } else if published_tag(old) != published_tag(new) {
        note(
            "tag",
            format!(
                "`{}` is published as `{}`",
                published_tag(old),
                published_tag(new)
            ),
            Class::Compatible,
            "the feature and the trait keep their names",
        );
    }
    changes
}

fn attributes(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut note = |place: &str, what: &str, reason| {
        let what = what.to_owned();
        changes.push(change(
            place,
            what,
            Direction::Both,
            Class::Compatible,
            reason,
        ));
    };
    let is_deprecated = |operation: &Value| operation["deprecated"] == Value::Bool(true);
    match (is_deprecated(old), is_deprecated(new)) {
        (false, true) => note("operation", "deprecated", "the method stays and says so"),
        (true, false) => note("operation", "no longer deprecated", "the method stays"),
        _ => {}
    }
    if old["security"] != new["security"] {
        note(
            "security",
            "changed",
            "the session sends the token as the operation asks",
        );
    }
    changes
}
