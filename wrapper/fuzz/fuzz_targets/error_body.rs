//! Bodies of failed exchanges, and taking secrets out of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (&str, &[u8])| {
    prisma_cloud::fuzzing::error_body(input.1);
    prisma_cloud::fuzzing::scrub(input.0, input.1);
});
