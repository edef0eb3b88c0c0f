//! A call whose arguments come from a sample.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write;

use futures_util::StreamExt;
use prisma_cloud::Error;
use prisma_cloud::api::BoxFuture;
use prisma_cloud::testing::samples::SampleRequest;
use prisma_cloud_api::inspect::{Call, Sent};
use progenitor_client::ByteStream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a call gives: the answer as its type writes it again, or why there is none.
pub type Decoded<'a> = BoxFuture<'a, Result<Value, Failure>>;

/// Why a call gave no answer.
#[derive(Debug)]
pub enum Failure {
    /// The sample is nothing that the method takes, or has something for which it has no parameter.
    Unfit(String),
    /// The call failed.
    Failed(Box<Error>),
}

/// The values of a sample by name, each to be taken by a parameter.
pub struct Arguments {
    values: BTreeMap<String, Value>,
    left: RefCell<Vec<String>>,
    unfit: RefCell<String>,
}

impl Arguments {
    /// Those of `sample`.
    pub fn new(sample: &SampleRequest) -> Self {
        let parameters = sample.parameters.iter();
        let mut values: BTreeMap<String, Value> = parameters
            .map(|parameter| (parameter.name.to_owned(), parameter.value.clone()))
            .collect();
        if let Some(body) = &sample.body {
            values.insert("body".to_owned(), body.clone());
        }
        Self {
            left: RefCell::new(values.keys().cloned().collect()),
            values,
            unfit: RefCell::default(),
        }
    }

    /// What is wrong with the arguments, once all parameters have been asked for.
    fn complaint(self) -> Option<String> {
        let mut complaint = self.unfit.into_inner();
        for name in self.left.into_inner() {
            let _ = write!(complaint, "the method has no parameter `{name}`; ");
        }
        (!complaint.is_empty()).then_some(complaint)
    }

    fn finish<'a, T: Send + 'a>(
        self,
        sent: Sent<'a, T>,
        read: impl FnOnce(T) -> BoxFuture<'a, Result<Value, Error>> + Send + 'a,
    ) -> Decoded<'a> {
        let complaint = self.complaint();
        Box::pin(async move {
            if let Some(complaint) = complaint {
                return Err(Failure::Unfit(complaint));
            }
            let failed = |error| Failure::Failed(Box::new(error));
            let answer = sent.await.map_err(|error| failed(error.into()))?;
            read(answer.into_inner()).await.map_err(failed)
        })
    }
}

impl<'a> Call<'a> for Arguments {
    type Outcome = Decoded<'a>;

    fn argument<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let value = self.values.get(name)?;
        self.left.borrow_mut().retain(|left| left != name);
        match T::deserialize(value) {
            Ok(value) => Some(value),
            Err(error) => {
                let _ = write!(self.unfit.borrow_mut(), "`{name}`: {error}; ");
                None
            }
        }
    }

    fn json<T: Serialize + Send + 'static>(self, sent: Sent<'a, T>) -> Decoded<'a> {
        self.finish(sent, |answer| {
            let value = serde_json::to_value(answer).expect("every answer can be written as JSON");
            Box::pin(std::future::ready(Ok(value)))
        })
    }

    fn bytes(self, sent: Sent<'a, ByteStream>) -> Decoded<'a> {
        self.finish(sent, |answer| {
            Box::pin(async move {
                let mut stream = answer.into_inner();
                let mut text = Vec::new();
                while let Some(part) = stream.next().await {
                    let part = part.map_err(progenitor_client::Error::<()>::ResponseBodyError)?;
                    text.extend_from_slice(&part);
                }
                Ok(Value::from(String::from_utf8_lossy(&text)))
            })
        })
    }
}
