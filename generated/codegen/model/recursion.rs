//! Boxes the fields through which a type would hold itself.

use std::collections::BTreeSet;

use super::{Item, Kind, Model};

/// Boxes fields and variants until no type contains itself without a list, a map or a box between.
pub fn break_loops(model: &mut Model) {
    let names: Vec<String> = model.items.keys().cloned().collect();
    for name in names {
        let Some(mut item) = model.items.get(&name).cloned() else {
            continue;
        };
        let kinds: Vec<&mut Kind> = match &mut item {
            Item::Struct(fields, _) => fields.iter_mut().map(|field| &mut field.kind).collect(),
            Item::Union(variants) => variants.iter_mut().map(|(_, kind)| kind).collect(),
            Item::Enum(_) | Item::Answer(_) => Vec::new(),
        };
        for kind in kinds {
            if let Kind::Named(target) = &kind
                && contains(model, target, &name, &mut BTreeSet::new())
            {
                *kind = Kind::Boxed(Box::new(kind.clone()));
            }
        }
        model.items.insert(name, item);
    }
}

/// Whether a value of `outer` has a value of `inner` in it, not counting lists, maps and boxes.
fn contains(model: &Model, outer: &str, inner: &str, seen: &mut BTreeSet<String>) -> bool {
    if outer == inner {
        return true;
    }
    if !seen.insert(outer.to_owned()) {
        return false;
    }
    direct(model, outer)
        .iter()
        .any(|next| contains(model, next, inner, seen))
}

fn direct(model: &Model, name: &str) -> Vec<String> {
    let kinds: Vec<&Kind> = match model.items.get(name) {
        Some(Item::Struct(fields, _)) => fields.iter().map(|field| &field.kind).collect(),
        Some(Item::Union(variants)) => variants.iter().map(|(_, kind)| kind).collect(),
        _ => Vec::new(),
    };
    kinds
        .into_iter()
        .filter_map(|kind| match kind {
            Kind::Named(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}
