//! How the answers of listings end, by `spec/pagination.json`: without a next token, and with what is left of their items.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prisma_cloud_api::Product;
use prisma_cloud_api::documents::PAGINATION;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::documents::Operation;
use super::validate::{Way, check};

#[derive(Debug, Deserialize)]
struct Table {
    listings: BTreeMap<String, Listing>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Listing {
    /// All pages but the first come from another operation.
    Then {
        then: Then,
    },
    Pages(Pages),
}

#[derive(Debug, Deserialize)]
struct Then {
    operation: String,
    #[serde(default)]
    page: String,
}

#[derive(Debug, Deserialize)]
struct Pages {
    items: String,
    #[serde(default)]
    next: Vec<Next>,
    count: Option<Count>,
    size: Option<String>,
    more: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Next {
    answer: String,
}

#[derive(Debug, Deserialize)]
struct Count {
    by: String,
    request: String,
}

static TABLE: LazyLock<BTreeMap<String, Table>> = LazyLock::new(|| {
    serde_json::from_str(PAGINATION).expect("the vendored table is read by the generator, too")
});

fn name(product: Product) -> &'static str {
    match product {
        Product::Cspm => "cspm",
        Product::Code => "code",
        #[cfg(feature = "ibm-iam")]
        Product::IbmIam => "ibm-iam",
        #[cfg(feature = "ibm-configuration")]
        Product::IbmConfiguration => "ibm-configuration",
        #[cfg(feature = "ibm-compliance")]
        Product::IbmCompliance => "ibm-compliance",
        _ => "",
    }
}

/// How `operation` pages, and where in its answer the page is.
fn of(operation: &Operation) -> Option<(&'static Pages, &'static str)> {
    let listings = &TABLE.get(name(operation.product()))?.listings;
    match listings.get(&operation.key())? {
        Listing::Pages(pages) => Some((pages, "")),
        Listing::Then { then } => match listings.get(&then.operation)? {
            Listing::Pages(pages) => Some((pages, &then.page)),
            Listing::Then { .. } => None,
        },
    }
}

/// Makes `answer` the last page of its listing: it names no next one.
pub(crate) fn end(operation: &Operation, answer: &mut Value) {
    let Some((pages, page)) = of(operation) else {
        return;
    };
    if let Some(more) = &pages.more {
        at(answer, &path(page, more), &mut |members, name| {
            members.insert(name.to_owned(), false.into());
        });
    }
    for next in &pages.next {
        let path = path(page, &next.answer);
        // Left out, or null, or empty: the first that the document allows.
        let ways: [Change; 3] = [
            |members, name| {
                members.remove(name);
            },
            |members, name| {
                members.insert(name.to_owned(), Value::Null);
            },
            |members, name| {
                members.insert(name.to_owned(), "".into());
            },
        ];
        let ended = ways.into_iter().map(|way| {
            let mut ended = answer.clone();
            at(&mut ended, &path, &mut |members, name| {
                if members.contains_key(name) {
                    way(members, name);
                }
            });
            ended
        });
        let ended: Vec<Value> = ended.collect();
        let schema = operation.response_schema();
        let fits = |value: &&Value| {
            schema.is_none_or(|schema| {
                check(operation.schemas(), schema, value, Way::Response).is_ok()
            })
        };
        // A client must come to an end even where no way is allowed.
        let chosen = ended.iter().find(fits).or(ended.first());
        if let Some(chosen) = chosen {
            *answer = chosen.clone();
        }
    }
}

/// Leaves of a counted listing what begins at the place that a request names; `number` gives the number at such a place.
///
/// All items are one page unless the caller wants fewer. A caller counts pages from nought or from one, so both are the
/// first page.
pub(crate) fn cut(operation: &Operation, number: impl Fn(&str) -> Option<u64>, answer: &mut Value) {
    let Some((pages, page)) = of(operation) else {
        return;
    };
    let Some(count) = &pages.count else {
        return;
    };
    let place = number(&count.request).unwrap_or(0);
    let Some(list) = list(answer, &path(page, &pages.items)) else {
        return;
    };
    let mut left = false;
    if count.by == "pages" {
        if place > 1 {
            list.clear();
        }
    } else {
        let before = usize::try_from(place).unwrap_or(usize::MAX).min(list.len());
        list.drain(..before);
        let size = pages.size.as_deref().and_then(number);
        if let Some(size) = size
            .and_then(|size| usize::try_from(size).ok())
            .filter(|size| *size > 0)
        {
            left = list.len() > size;
            list.truncate(size);
        }
    }
    if let (true, Some(more)) = (left, &pages.more) {
        at(answer, &path(page, more), &mut |members, name| {
            members.insert(name.to_owned(), true.into());
        });
    }
}

/// Changes the member of an object that has this name.
type Change = fn(&mut Map<String, Value>, &str);

/// The names of `place` within `page`.
fn path<'a>(page: &'a str, place: &'a str) -> Vec<&'a str> {
    let names = page.split('.').chain(place.split('.'));
    names.filter(|name| !name.is_empty()).collect()
}

/// Calls `change` with each object that holds the member at `path`, and its name there. `[]` is each element of a list.
fn at(value: &mut Value, path: &[&str], change: &mut dyn FnMut(&mut Map<String, Value>, &str)) {
    match (path, value) {
        (["[]", rest @ ..], Value::Array(items)) => {
            items.iter_mut().for_each(|item| at(item, rest, change));
        }
        ([name], Value::Object(members)) => change(members, name),
        ([name, rest @ ..], Value::Object(members)) => {
            if let Some(member) = members.get_mut(*name) {
                at(member, rest, change);
            }
        }
        _ => {}
    }
}

/// The one list at `path`.
fn list<'a>(value: &'a mut Value, path: &[&str]) -> Option<&'a mut Vec<Value>> {
    let mut value = value;
    for name in path {
        value = value.get_mut(*name)?;
    }
    value.as_array_mut()
}
