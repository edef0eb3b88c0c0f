//! Sources and their listings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Listing, Review, lines, review, tree};
use crate::diff::version::Version;
use crate::testing::Scratch;

fn list(files: &[(&str, &str)]) -> Vec<String> {
    let scratch = Scratch::new("api");
    for (path, text) in files {
        scratch.write(path, text);
    }
    let clients = BTreeMap::from([("cspm", "pub struct Generated;".to_owned())]);
    let root = tree::read(&scratch.0.join("lib.rs"), &clients).unwrap();
    lines::list("demo", &root).into_iter().collect()
}

#[test]
fn items_are_listed_where_users_see_them() {
    let found = list(&[
        (
            "lib.rs",
            "mod inner; pub mod outer; mod deep { pub mod er { pub fn hidden() {} } }\n\
             pub use inner::{Thing as Renamed, Open}; pub use std::time::Duration;\n\
             pub mod cspm { include!(\"cspm.rs\"); }\n\
             pub(crate) fn no() {} #[cfg(test)] pub fn never() {} #[doc(hidden)] pub mod veiled {}\n",
        ),
        (
            "inner.rs",
            "/// Prose.\n#[derive(Clone, Debug)] pub struct Thing<T: Send> { pub a: Vec<T>, b: u8 }\n\
             impl<T: Send> Thing<T> { pub fn new(a: Vec<T>) -> Self { loop {} } fn private(&self) {} }\n\
             impl<T: Send> Drop for Thing<T> { fn drop(&mut self) {} }\n\
             #[non_exhaustive] pub enum Open { One, Two(u8), Three { #[doc = \"x\"] x: i8 } }\n\
             pub struct Unseen;\n",
        ),
        (
            "outer/mod.rs",
            "pub trait Do: Send { type Out; fn it(&self, n: &'static str) -> Option<Self::Out>; fn that(&self) {} }\n\
             pub const N: usize = 3; pub type Short = Result<u8, String>; mod more;\n pub use more::*;",
        ),
        ("outer/more.rs", "pub async fn go() -> u8 { 1 }"),
    ]);
    assert_eq!(
        found,
        [
            "demo::Duration: pub use std::time::Duration",
            "demo::Open: pub enum #[non_exhaustive]",
            "demo::Open::One",
            "demo::Open::Three { x: i8 }",
            "demo::Open::Two(u8)",
            "demo::Renamed.a: Vec<T>",
            "demo::Renamed: impl<T: Send> Drop",
            "demo::Renamed: pub struct<T: Send> #[derive(Clone, Debug)]",
            "demo::Renamed::new: pub fn new(a: Vec<T>) -> Self",
            "demo::cspm::Generated: pub struct",
            "demo::outer::Do: pub trait: Send",
            "demo::outer::Do::Out: type Out;",
            "demo::outer::Do::it: fn it(&self, n: &'static str) -> Option<Self::Out>",
            "demo::outer::Do::that: fn that(&self) { … }",
            "demo::outer::N: pub const usize",
            "demo::outer::Short: pub type = Result<u8, String>",
            "demo::outer::go: pub async fn go() -> u8",
        ]
    );
}

#[test]
fn types_of_the_generators_macros_are_listed() {
    let found = list(&[(
        "lib.rs",
        "open_enum! { /// Doc.\npub enum Status { Open = \"open\", } }\n\
         union_of! { pub enum Either { Text(String) = support::Shape::Text, } }\n\
         sent! { #[derive(Default)] pub struct Request { required { \"a\" a: i64, } optional { \"bC\" b_c: Vec<String>, } } }\n\
         received! { pub struct Answer { \"x\" x: String, ..extra: serde_json::Value } }\n\
         impl Request { pub fn new(a: i64) -> Self { loop {} } }\n\
         thread_local! { static X: u8 = 1; }\n",
    )]);
    assert_eq!(
        found,
        [
            "demo::Answer.extra: serde_json::Value",
            "demo::Answer.x: Option<String> = \"x\"",
            "demo::Answer: pub received! struct",
            "demo::Either: pub union_of! enum",
            "demo::Either::Text(String)",
            "demo::Request.a: i64 = \"a\"",
            "demo::Request.b_c: Option<Vec<String>> = \"bC\"",
            "demo::Request: pub sent! struct",
            "demo::Request::new: pub fn new(a: i64) -> Self",
            "demo::Status: pub open_enum! enum",
            "demo::Status::Open = \"open\"",
        ]
    );
}

#[test]
fn imports_that_lead_round_end() {
    let found = list(&[
        (
            "lib.rs",
            "mod a; mod b; pub use a::X; pub use self::Y; pub use crate::Z;",
        ),
        ("a.rs", "pub use crate::b::X;"),
        ("b.rs", "pub use crate::a::X;"),
    ]);
    assert!(found.len() <= 3, "{found:?}");
}

#[test]
fn a_change_asks_for_the_version_that_may_have_it() {
    let listing = |items: &[&str]| Listing {
        name: "demo",
        items: items.iter().map(|item| (*item).to_owned()).collect(),
    };
    let now = Version(0, 3, 1);
    let reviewed = listing(&["a", "b"]).text(now);
    let changed = |next| Review::Changed { next };
    assert_eq!(review(&reviewed, &listing(&["a", "b"]), now), Review::Same);
    assert_eq!(
        review(&reviewed, &listing(&["a", "b"]), now.compatible()),
        Review::VersionOnly
    );
    assert_eq!(
        review(&reviewed, &listing(&["a", "b", "c"]), now),
        changed(Version(0, 3, 2))
    );
    assert_eq!(
        review(&reviewed, &listing(&["a", "c"]), now),
        changed(Version(0, 4, 0))
    );
    assert_eq!(review("", &listing(&["a"]), now), changed(now));
}

/// With public members but no mark, a type breaks its users when it gets another one.
#[test]
fn public_types_can_grow() {
    // These are all there is to it: a wrapper around one value, and the two ways that a value can travel.
    let complete = [
        "prisma_cloud::integration::OtherKeys",
        "prisma_cloud::testing::samples::Way",
        "prisma_cloud_api::List",
        "prisma_cloud_api::Members",
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/public-api");
    for name in ["prisma-cloud", "prisma-cloud-api"] {
        let listing = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
        let items = || listing.lines().filter_map(|line| line.split_once(": "));
        let with_fields: BTreeSet<&str> = items()
            .filter_map(|(item, _)| item.rsplit_once('.'))
            .map(|(owner, _)| owner)
            .collect();
        assert!(with_fields.len() > 10, "{with_fields:?}");
        for (item, what) in items() {
            let grows = what.starts_with("pub enum")
                || what.starts_with("pub struct") && with_fields.contains(item);
            assert!(
                !grows || what.contains("#[non_exhaustive]") || complete.contains(&item),
                "{item}: {what}"
            );
        }
    }
}
