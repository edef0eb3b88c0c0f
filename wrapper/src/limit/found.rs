//! The gates that documented operations have found before, for those who know the operation.

use std::sync::{Arc, OnceLock};

use prisma_cloud_api::Operation;

use super::gate::Gate;
use crate::dialect::{self, APIS};

/// A row for each API with a place for each of its operations, made when the first of them is called. Neither a name nor a
/// lock is needed to find a gate here.
#[derive(Debug, Default)]
pub(crate) struct Found([OnceLock<Box<[Place]>>; APIS]);

type Place = OnceLock<Arc<Gate>>;

impl Found {
    /// The gate of `operation`; by `search` if it has not been found before. Nothing if it is in no table of operations.
    pub(crate) fn gate(
        &self,
        operation: &'static Operation,
        search: impl FnOnce() -> Arc<Gate>,
    ) -> Option<&Arc<Gate>> {
        let dialect = dialect::of(operation.product);
        let place = place(dialect.operations, operation)?;
        let row = self.0[dialect.row].get_or_init(|| {
            let places = dialect.operations.iter().map(|_| Place::default());
            places.collect()
        });
        Some(row[place].get_or_init(search))
    }
}

/// The place of `operation` in the table it is part of.
fn place(operations: &[Operation], operation: &Operation) -> Option<usize> {
    let bytes = std::ptr::from_ref(operation)
        .addr()
        .checked_sub(operations.as_ptr().addr())?;
    let place = bytes / size_of::<Operation>();
    let there = operations.get(place)?;
    std::ptr::eq(there, operation).then_some(place)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use prisma_cloud_api::cspm::prelude::*;
    use prisma_cloud_api::{BoxFuture, Product, SharedTransport, Transport, cspm};
    use reqwest::{Request, Response};

    use super::*;

    /// Keeps the operation it is called with.
    struct Seen(Arc<Mutex<Vec<&'static Operation>>>);

    impl Transport for Seen {
        fn exchange<'a>(
            &'a self,
            _: &'a reqwest::Client,
            _: Request,
            operation: &'static Operation,
        ) -> BoxFuture<'a, reqwest::Result<Response>> {
            self.0.lock().unwrap().push(operation);
            Box::pin(async { Ok(http::Response::new("").into()) })
        }
    }

    #[tokio::test]
    async fn generated_calls_find_their_gate_again_without_its_name() {
        let seen = Arc::default();
        let transport = SharedTransport::new(Arc::new(Seen(Arc::clone(&seen))));
        crate::install_crypto_provider();
        let client =
            Client::new_with_client("http://127.0.0.1:1", reqwest::Client::new(), transport);
        for _ in 0..2 {
            client.get_policy().id("p-1").send().await.unwrap_err();
        }
        let seen = seen.lock().unwrap();
        let (found, limiter) = (
            Found::default(),
            super::super::Limiter::new(Arc::new(crate::SystemClock)),
        );
        let first = found.gate(seen[0], || limiter.gate("cspm GET /policy/{id}"));
        assert!(
            first.is_some(),
            "the call's operation is no entry of the table"
        );
        let again = found.gate(seen[1], || panic!("searched again"));
        assert!(Arc::ptr_eq(first.unwrap(), again.unwrap()));
    }

    #[test]
    fn each_operation_has_its_place_and_others_have_none() {
        for (index, operation) in cspm::OPERATIONS.iter().enumerate() {
            assert_eq!(
                place(dialect::of(Product::Cspm).operations, operation),
                Some(index)
            );
        }
        let other = Operation::undocumented(Product::Cspm);
        assert_eq!(place(cspm::OPERATIONS, &other), None);
        assert_eq!(place(&[], &other), None);
        let shorter = &cspm::OPERATIONS[1..3];
        assert_eq!(place(shorter, &cspm::OPERATIONS[0]), None);
        assert_eq!(place(shorter, &cspm::OPERATIONS[3]), None);
    }
}
