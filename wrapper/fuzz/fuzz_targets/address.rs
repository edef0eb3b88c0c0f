//! Addresses as users paste them.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    prisma_cloud::fuzzing::address(text);
});
