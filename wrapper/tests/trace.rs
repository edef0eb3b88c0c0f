//! What a client traces. A test binary of its own: tracing decides once for a process what is of interest.

mod common;

use std::io::Write;
use std::sync::{Arc, Mutex};

use common::repositories;
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Error, ErrorKind, Method, Product};
use tracing_subscriber::fmt::format::FmtSpan;

#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_span_has_the_names_of_open_telemetry() {
    let output = Output::default();
    let writer = output.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let error: Error = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(async {
            let clock = SimulatedClock::new();
            let tenant = Tenant::builder().clock(&clock).start().await;
            let client = tenant.client().build().unwrap();
            repositories(&client).await.unwrap();
            tenant.fail_next(Fault::status(503).header("retry-after", "3"));
            client
                .raw(Product::Cspm, Method::GET, "/nothing")
                .query("who", "somebody-private")
                .send()
                .await
                .unwrap_err()
        })
    });
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    for field in [
        "otel.kind=\"client\"",
        "http.request.method=GET",
        "url.template=",
        "url.scheme=\"http\"",
        "server.address=\"127.0.0.1\"",
        "server.port=",
        "prisma_cloud.product=\"code\"",
        "prisma_cloud.operation=\"undocumented\"",
        "http.response.status_code=200",
        "http.response.status_code=404",
        "http.request.resend_count=1",
        "error.type=\"not_found\"",
        "prisma_cloud.request_id=\"request-",
        "prisma_cloud.wait_ms=3000",
        "prisma_cloud.duration_ms=3000",
        "login succeeded",
        "retry",
    ] {
        assert!(text.contains(field), "{field} is missing in {text}");
    }
    assert!(!text.contains("somebody-private"), "no query in a trace");
}
