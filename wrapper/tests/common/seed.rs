//! The seed of random tests.

/// `PRISMA_CLOUD_TEST_SEED`, else a fixed one; printed, so that a failure can be repeated.
pub fn seed() -> u64 {
    let seed = match std::env::var("PRISMA_CLOUD_TEST_SEED") {
        Ok(text) => text.parse().expect("PRISMA_CLOUD_TEST_SEED is a number"),
        Err(_) => 20_260_527,
    };
    println!("PRISMA_CLOUD_TEST_SEED={seed}");
    seed
}
