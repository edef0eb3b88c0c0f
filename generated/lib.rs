//! Typed clients for the Prisma Cloud APIs.

mod seam;

pub use seam::{Answer, BoxFuture, Operation, Product, SharedTransport, Transport};
