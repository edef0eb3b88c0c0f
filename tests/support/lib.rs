//! Support for the tests and benchmarks. Values for schemas, and damage, come from `prisma_cloud::testing::samples`.

pub mod bench;
pub mod ledger;
pub mod same;

/// The seed of random tests: `PRISMA_CLOUD_TEST_SEED`, else a fixed one, so that a run can be
/// repeated. Printed by each test that uses it.
pub fn seed() -> u64 {
    match std::env::var("PRISMA_CLOUD_TEST_SEED") {
        Ok(text) => text.parse().expect("PRISMA_CLOUD_TEST_SEED is a number"),
        Err(_) => 20_260_527,
    }
}

/// The programs of the README, compiled as they stand there.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
