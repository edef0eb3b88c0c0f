//! What is known to go wrong, checked both ways: what is not listed must work, and what is listed must not.

use std::collections::{BTreeMap, BTreeSet};

/// Operations, as in `GET /alert/{id}`, each with its reason.
pub type Reasons = BTreeMap<String, String>;

/// The complaints about `refused` operations and their messages, where `known` ones are expected.
pub fn compare(known: &Reasons, refused: &BTreeMap<String, String>) -> Vec<String> {
    let unknown = refused
        .iter()
        .filter(|(key, _)| !known.contains_key(*key))
        .map(|(key, message)| format!("{key} was refused: {message}"));
    let outdated = known
        .keys()
        .filter(|key| !refused.contains_key(*key))
        .map(|key| format!("{key} is accepted now: take it off the list"));
    unknown.chain(outdated).collect()
}

/// The entries of `known` that are no operations.
pub fn strangers(known: &Reasons, operations: &BTreeSet<String>) -> Vec<String> {
    known
        .keys()
        .filter(|key| !operations.contains(*key))
        .map(|key| format!("{key} is listed and is no operation"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(entries: &[&str]) -> BTreeMap<String, String> {
        let entries = entries.iter();
        entries
            .map(|key| ((*key).to_owned(), "why".to_owned()))
            .collect()
    }

    #[test]
    fn a_list_is_checked_both_ways() {
        assert!(compare(&map(&["a", "b"]), &map(&["a", "b"])).is_empty());
        assert_eq!(
            compare(&map(&["a"]), &map(&["a", "b"])),
            ["b was refused: why"]
        );
        assert_eq!(
            compare(&map(&["a", "b"]), &map(&["a"])),
            ["b is accepted now: take it off the list"]
        );
        let operations = BTreeSet::from(["a".to_owned()]);
        assert_eq!(
            strangers(&map(&["a", "x"]), &operations),
            ["x is listed and is no operation"]
        );
    }
}
