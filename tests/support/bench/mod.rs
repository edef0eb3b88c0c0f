//! Support for the benchmarks: a server in a process of its own, its answers, and medians.

pub mod answers;
pub mod clients;
pub mod python;
pub mod server;
pub mod times;
#[cfg(feature = "tls")]
pub mod tls;

/// How much is measured: `PRISMA_CLOUD_BENCH_SCALE` per cent of the usual rounds, at least one. For a quick look.
pub fn rounds(usual: usize) -> usize {
    let percent = std::env::var("PRISMA_CLOUD_BENCH_SCALE")
        .ok()
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(100);
    (usual * percent / 100).max(1)
}

/// A body, decoded as the client decodes it: looked through once whether it is a text, then parsed.
pub fn decoded<T: serde::de::DeserializeOwned>(body: &[u8]) -> T {
    let text = std::str::from_utf8(body).expect("a text");
    serde_json::from_str(text).expect("JSON of the type")
}
