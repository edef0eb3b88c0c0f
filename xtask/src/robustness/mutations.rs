//! Ten thousand mutated documents, each through the whole way, each in bounded time.
//!
//! `MUTATIONS` is the number of cases, `PRISMA_CLOUD_TEST_SEED` the first seed: a failure names its own, and
//! with it and `MUTATIONS=1` comes again.

use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use fastrand::Rng;

use super::documents::{build_edition, document, least};
use super::mutate::mutate;
use crate::codegen;
use crate::diff;
use crate::diff::side::Side;
use crate::pipeline::document::{Document, Product};
use crate::pipeline::source::{self, Edition};

/// Far more than the slowest case takes on a busy machine.
const TIME: Duration = Duration::from_secs(20);

/// Every so many cases the client is generated too, which takes a hundred times as long.
const GENERATE_EVERY: u64 = 100;

pub(super) fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

fn edition(cspm: serde_json::Value) -> Edition {
    let documents = [(Product::Cspm, cspm), (Product::Code, least())];
    let documents = documents.into_iter().map(|(product, value)| Document {
        product,
        stem: "Things".to_owned(),
        name: format!("{product}/Things.json"),
        sha256: "0".repeat(64),
        value,
    });
    Edition {
        documents: documents.collect(),
    }
}

/// The document as it is without mutations.
static SOUND: OnceLock<Side> = OnceLock::new();

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Refused,
    Built,
}

fn case(seed: u64) -> Outcome {
    let mut random = Rng::with_seed(seed);
    let mut mutated = document(Product::Cspm);
    let times = random.usize(1..=6);
    mutate(&mut mutated, times, &mut random);
    // As text too: what is written must be read, or be refused with a place.
    let text = mutated.to_string();
    if let Err(failure) = source::parse_json("cspm/Things.json", &text) {
        assert!(!failure.message.is_empty());
        return Outcome::Refused;
    }
    let built = match build_edition(&edition(mutated)) {
        Ok(built) => built,
        Err(refused) => {
            for failure in refused.all() {
                assert!(!failure.document.is_empty() && !failure.message.is_empty());
            }
            return Outcome::Refused;
        }
    };
    let old = SOUND.get_or_init(|| {
        let built = build_edition(&edition(document(Product::Cspm)));
        Side {
            documents: built.expect("the sound document is sound").documents,
        }
    });
    let new = Side {
        documents: built.documents.clone(),
    };
    let there = diff::compare(old, &new);
    let back = diff::compare(&new, old);
    assert_eq!(there.products[0].added, back.products[0].removed);
    assert!(diff::compare(&new, &new).is_empty());
    let _ = (
        diff::text(&there),
        diff::markdown(&there),
        diff::json(&there),
    );
    if seed.is_multiple_of(GENERATE_EVERY) {
        let (_, merged) = built.documents.into_iter().next().expect("there are two");
        // The generator may refuse, but not panic.
        let _ = codegen::generate("cspm", merged, &Default::default(), |_| true);
    }
    Outcome::Built
}

/// Runs a case in a thread of its own, so that even the message of an overflow names the seed.
/// None for one that panicked.
fn watched(seed: u64) -> Option<Outcome> {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::Builder::new().name(format!("seed {seed}"));
    let worker = worker.spawn(move || {
        let _ = sender.send(case(seed));
    });
    let outcome = match receiver.recv_timeout(TIME) {
        Ok(outcome) => Some(outcome),
        Err(mpsc::RecvTimeoutError::Timeout) => {
            panic!("PRISMA_CLOUD_TEST_SEED={seed} MUTATIONS=1: took longer than {TIME:?}")
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => None,
    };
    let _ = worker.expect("a thread starts").join();
    outcome
}

#[test]
fn mutated_documents_are_taken_or_refused() {
    let cases = number("MUTATIONS", 10_000);
    let first = number("PRISMA_CLOUD_TEST_SEED", 1);
    let lanes = thread::available_parallelism().map_or(1, |lanes| lanes.get() as u64);
    let lane = |lane: u64| -> Vec<(u64, Option<Outcome>)> {
        let seeds = (first + lane..first + cases).step_by(lanes as usize);
        seeds.map(|seed| (seed, watched(seed))).collect()
    };
    let outcomes: Vec<(u64, Option<Outcome>)> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes)
            .map(|index| scope.spawn(move || lane(index)))
            .collect();
        let outcomes = lanes.into_iter().map(|lane| lane.join());
        outcomes
            .flat_map(|outcomes| outcomes.expect("a case took too long"))
            .collect()
    });
    let built = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == Some(Outcome::Built))
        .count() as u64;
    let failed: Vec<u64> = outcomes
        .iter()
        .filter(|(_, outcome)| outcome.is_none())
        .map(|(seed, _)| *seed)
        .collect();
    println!(
        "seeds {first} to {}: {built} built, {} refused",
        first + cases - 1,
        cases - built
    );
    assert!(
        failed.is_empty(),
        "PRISMA_CLOUD_TEST_SEED of {} cases that panicked: {failed:?}",
        failed.len()
    );
    assert!(
        cases < 1_000 || built * 20 > cases,
        "too few of them get far: {built} of {cases}"
    );
}

#[test]
fn mutated_text_is_read_or_refused() {
    let text = document(Product::Cspm).to_string();
    let first = number("PRISMA_CLOUD_TEST_SEED", 1);
    for seed in first..first + 2_000 {
        let mut random = Rng::with_seed(seed);
        let mut bytes = text.clone().into_bytes();
        for _ in 0..random.usize(1..5) {
            let index = random.usize(..bytes.len());
            match random.u8(..4) {
                0 => bytes.truncate(index.max(1)),
                1 => bytes[index] = random.u8(..),
                2 => drop(bytes.remove(index)),
                _ => bytes.insert(index, b"{}[]\",:"[random.usize(..7)]),
            }
        }
        if let Ok(text) = String::from_utf8(bytes) {
            let _ = source::parse_json("cspm/Things.json", &text);
        }
    }
}
