//! The `x-redlock-status` header.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    prisma_cloud::fuzzing::redlock_status(bytes);
});
