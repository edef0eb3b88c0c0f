//! Tags, which keep two writers from overwriting each other.

use http::header;
use progenitor_client::ResponseValue;

use crate::error::{Error, ErrorKind};

/// The tag of what was read, for an update to name.
///
/// ```no_run
/// # #[cfg(feature = "ibm-configuration")]
/// # async fn f(client: prisma_cloud::ibm::IbmCloud, change: prisma_cloud::api::ibm::configuration::types::RuleRequest) -> Result<(), prisma_cloud::Error> {
/// use prisma_cloud::api::ibm::configuration::prelude::*;
/// use prisma_cloud::ibm::Tagged;
///
/// let rules = client.configuration()?;
/// let rule = rules.get_rule().rule_id("rule-1").send().await?;
/// rules.update_rule().rule_id("rule-1").if_match(rule.etag()?).body(change).send().await?;
/// # Ok(())
/// # }
/// ```
pub trait Tagged {
    /// The value of `ETag`, quotes included: what `If-Match` takes.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`], if the answer has no tag: it is not one of an operation that reads a single thing.
    fn etag(&self) -> Result<String, Error>;
}

impl<T> Tagged for ResponseValue<T> {
    fn etag(&self) -> Result<String, Error> {
        let tag = self.headers().get(header::ETAG);
        match tag.and_then(|tag| tag.to_str().ok()) {
            Some(tag) if !tag.is_empty() => Ok(tag.to_owned()),
            _ => Err(Error::new(
                ErrorKind::Decode,
                "the answer has no ETag; read the one thing that is to be changed, and take the tag of that answer",
            )),
        }
    }
}
