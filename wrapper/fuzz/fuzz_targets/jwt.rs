//! Tokens, and the answers they come in.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    prisma_cloud::fuzzing::jwt(text);
});
