//! The `Retry-After` header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    prisma_cloud::fuzzing::retry_after(bytes);
});
