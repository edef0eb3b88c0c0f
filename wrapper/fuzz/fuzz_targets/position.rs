//! Saved positions of listings.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    prisma_cloud::fuzzing::position(text);
});
