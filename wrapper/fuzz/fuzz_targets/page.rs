//! Pages whose items are told apart without reading them.
#![no_main]

libfuzzer_sys::fuzz_target!(|page: &[u8]| prisma_cloud::fuzzing::page(page));
