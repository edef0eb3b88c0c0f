//! The `X-RateLimit-*` headers, and a bucket that believes them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (&[u8], &[u8], &[u8], &[u8], bool)| {
    prisma_cloud::fuzzing::rate_limit([input.0, input.1, input.2, input.3], input.4);
});
