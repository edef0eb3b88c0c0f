//! The place of a mistake in a query, by the words of the service.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: (&str, &str, usize)| {
    prisma_cloud::fuzzing::rql(input.0, input.1, input.2);
});
