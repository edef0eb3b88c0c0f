//! Operation ids and tags: the pinned ones where there are pins, and each id once.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use crate::codegen::kebab;
use crate::pipeline::document::Document;
use crate::pipeline::log::Log;
use crate::pipeline::names::{Names, key};
use crate::pipeline::pass::{PUBLISHED_ID, PUBLISHED_TAG};
use crate::pipeline::walk::{self, OperationSite};

fn text(site: &OperationSite<'_>, keyword: &str) -> String {
    site.value
        .get(keyword)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn tag(site: &OperationSite<'_>) -> String {
    site.value["tags"][0]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn set_id(site: &mut OperationSite<'_>, id: &str) {
    let published = text(site, "operationId");
    site.value
        .entry(PUBLISHED_ID)
        .or_insert_with(|| Value::from(published));
    site.value.insert("operationId".to_owned(), Value::from(id));
    if site.value[PUBLISHED_ID] == id {
        site.value.remove(PUBLISHED_ID);
    }
}

/// Gives the operations of `document` their pinned ids and tags.
pub fn apply_pins(document: &mut Document, names: &Names, log: &mut Log) {
    log.enter("pinned-name", &document.name);
    for mut site in walk::operations(&mut document.value) {
        let Some(pin) = names.get(&key(site.method, site.path)) else {
            continue;
        };
        let id = text(&site, "operationId");
        if pin.id != id {
            log.noted(&site.at, format!("`{id}` is `{}`", pin.id));
            set_id(&mut site, &pin.id);
        }
        let published = tag(&site);
        if pin.tag != published {
            log.noted(&site.at, format!("tag `{published}` is `{}`", pin.tag));
            site.value
                .insert("tags".to_owned(), Value::from(vec![pin.tag.clone()]));
            site.value
                .insert(PUBLISHED_TAG.to_owned(), Value::from(published));
        }
    }
}

/// Gives tags one spelling that would be one trait in Rust: the pinned one, else the most frequent.
pub fn agree_on_tags(documents: &mut [Document], names: &Names, log: &mut Log) {
    let mut spellings: BTreeMap<String, BTreeMap<String, (bool, usize)>> = BTreeMap::new();
    for document in documents.iter_mut() {
        for site in walk::operations(&mut document.value) {
            let tag = tag(&site);
            let same = spellings.entry(tag.to_pascal_case()).or_default();
            let (pinned, count) = same.entry(tag).or_default();
            *pinned |= names.get(&key(site.method, site.path)).is_some();
            *count += 1;
        }
    }
    for document in documents.iter_mut() {
        log.enter("tag-spelling", &document.name);
        for site in walk::operations(&mut document.value) {
            let tag = tag(&site);
            if names.get(&key(site.method, site.path)).is_some() {
                continue;
            }
            // Of equally good ones the first in the order of the alphabet.
            let best = spellings[&tag.to_pascal_case()]
                .iter()
                .rev()
                .max_by_key(|(_, weight)| **weight);
            if let Some((best, _)) = best
                && *best != tag
            {
                log.noted(&site.at, format!("tag `{tag}` is `{best}`"));
                let list = Value::from(vec![best.clone()]);
                site.value.insert("tags".to_owned(), list);
                site.value
                    .insert(PUBLISHED_TAG.to_owned(), Value::from(tag));
            }
        }
    }
}

/// Renames operations whose ids would give generated methods the same name. Pinned ids stay.
pub fn make_unique(documents: &mut [Document], names: &Names, log: &mut Log) {
    // A second round tells apart what the first one made alike.
    for round in 0..2 {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for document in documents.iter_mut() {
            for site in walk::operations(&mut document.value) {
                *count
                    .entry(text(&site, "operationId").to_snake_case())
                    .or_default() += 1;
            }
        }
        for document in documents.iter_mut() {
            log.enter("unique-id", &document.name);
            for mut site in walk::operations(&mut document.value) {
                let id = text(&site, "operationId");
                let pinned = names.get(&key(site.method, site.path)).is_some();
                if pinned || count[&id.to_snake_case()] < 2 {
                    continue;
                }
                let unique = if round == 0 {
                    format!("{id}-{}", kebab(&tag(&site)))
                } else {
                    format!("{id}-{}-{}", site.method, kebab(site.path))
                };
                log.noted(&site.at, format!("`{id}` is `{unique}`"));
                set_id(&mut site, &unique);
            }
        }
    }
}
