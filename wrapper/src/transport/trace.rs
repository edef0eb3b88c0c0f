//! The span of a call, and the event at its end.

use std::time::Duration;

use prisma_cloud_api::Operation;
use reqwest::{Request, Response};
use tracing::{Span, field};

use super::Core;
use super::attempts::Course;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::observe::{Event, product_name};
use crate::wire::millis;

/// The span of a call of `operation`.
pub(super) fn span(operation: &Operation, request: &Request, endpoint: &Endpoint) -> Span {
    tracing::info_span!(
        target: "prisma_cloud",
        "prisma_cloud.call",
        otel.name = %format_args!("{} {}", request.method(), operation.path),
        otel.kind = "client",
        "http.request.method" = %request.method(),
        "url.template" = operation.path,
        "url.scheme" = endpoint.scheme(),
        server.address = endpoint.host(),
        "server.port" = endpoint.port(),
        "prisma_cloud.product" = product_name(operation.product),
        "prisma_cloud.operation" = operation.id,
        "http.response.status_code" = field::Empty,
        "http.request.resend_count" = field::Empty,
        "error.type" = field::Empty,
        "prisma_cloud.request_id" = field::Empty,
        "prisma_cloud.wait_ms" = field::Empty,
        "prisma_cloud.duration_ms" = field::Empty,
    )
}

impl Core {
    /// Tells span and observer how a call ended. Where nobody looks, nothing is worked out.
    pub(super) fn finished(
        &self,
        span: &Span,
        operation: &'static Operation,
        course: &Course,
        result: &Result<Box<Response>, Error>,
    ) {
        let shared = &self.wire.shared;
        if !span.is_disabled() || shared.observer.is_some() {
            let duration = shared.clock.now().saturating_duration_since(course.begin);
            record(span, result, course, duration);
            self.wire.observe(&Event::Finished {
                product: operation.product,
                operation: operation.id,
                failure: result.as_ref().err().map(Error::kind),
                attempts: course.tries.number,
                duration,
            });
        }
        span.in_scope(|| tracing::debug!(target: "prisma_cloud", "finished"));
    }
}

/// What is known about a call at its end.
fn record(span: &Span, result: &Result<Box<Response>, Error>, course: &Course, duration: Duration) {
    match result {
        Ok(response) => {
            span.record("http.response.status_code", response.status().as_u16());
        }
        Err(error) => {
            span.record("error.type", error.kind().as_str());
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status.as_u16());
            }
            if let Some(request_id) = error.request_id() {
                span.record("prisma_cloud.request_id", request_id);
            }
        }
    }
    span.record(
        "http.request.resend_count",
        course.tries.number.saturating_sub(1),
    );
    span.record("prisma_cloud.wait_ms", millis(course.waited));
    span.record("prisma_cloud.duration_ms", millis(duration));
}
