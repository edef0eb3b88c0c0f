//! Paths of raw calls.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    prisma_cloud::fuzzing::path(text);
});
