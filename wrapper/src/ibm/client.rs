//! The client of IBM Cloud.

use std::fmt;
use std::sync::Arc;

use http::Method;
#[cfg(feature = "ibm-compliance")]
use prisma_cloud_api::ibm::compliance;
#[cfg(feature = "ibm-configuration")]
use prisma_cloud_api::ibm::configuration;
use prisma_cloud_api::ibm::iam;
use prisma_cloud_api::ibm::iam::ClientApiKeysExt;
use prisma_cloud_api::{Product, SharedTransport};
use secrecy::ExposeSecret;

use super::builder::IbmBuilder;
use super::credentials::Credentials;
#[cfg(feature = "ibm-compliance")]
use super::host::InstanceId;
use super::source::account_of;
use crate::error::{Error, ErrorKind};
use crate::raw::RawCall;
use crate::transport::Core;

/// A client of IBM Cloud: IAM, and the services whose addresses it was given, behind one session.
///
/// It is a cheap clone, and all clones share the session, the budget for retries and the connections. Building it sends
/// nothing; the first call exchanges the credentials for a token, which is replaced in good time.
///
/// IAM is live. The Configuration API v1 was retired in December 2022, and the support of the Security and Compliance API v3
/// ended in December 2025: their calls are for archives, recorded traffic and compatible gateways.
///
/// Every call sends a `Transaction-Id` of its own unless the caller sets one, and errors report it with
/// [`Error::request_id`].
#[derive(Clone)]
pub struct IbmCloud(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    iam: iam::Client,
    #[cfg(feature = "ibm-configuration")]
    configuration: Option<configuration::Client>,
    #[cfg(feature = "ibm-compliance")]
    compliance: Option<compliance::Client>,
    #[cfg(any(feature = "ibm-configuration", feature = "ibm-compliance"))]
    services: Services,
    credentials: Arc<Credentials>,
}

/// What carries the calls of the services.
#[derive(Default)]
pub(super) struct Services {
    #[cfg(feature = "ibm-configuration")]
    pub(super) configuration: Option<Arc<Core>>,
    #[cfg(feature = "ibm-compliance")]
    pub(super) compliance: Option<Arc<Core>>,
    #[cfg(feature = "ibm-compliance")]
    pub(super) instance: Option<InstanceId>,
}

macro_rules! calls {
    ($service:ident, $core:expr) => {
        $service::Client::new_with_client(
            $core.wire.endpoint.base(),
            $core.wire.shared.http.first().clone(),
            SharedTransport::new($core.clone()),
        )
    };
}

impl IbmCloud {
    /// Begins to set up a client.
    pub fn builder() -> IbmBuilder {
        IbmBuilder::default()
    }

    #[cfg_attr(
        not(any(feature = "ibm-configuration", feature = "ibm-compliance")),
        allow(unused_variables)
    )]
    pub(super) fn new(core: Arc<Core>, services: Services, credentials: Arc<Credentials>) -> Self {
        Self(Arc::new(Inner {
            iam: calls!(iam, core),
            #[cfg(feature = "ibm-configuration")]
            configuration: services
                .configuration
                .as_ref()
                .map(|core| calls!(configuration, core)),
            #[cfg(feature = "ibm-compliance")]
            compliance: services
                .compliance
                .as_ref()
                .map(|core| calls!(compliance, core)),
            core,
            #[cfg(any(feature = "ibm-configuration", feature = "ibm-compliance"))]
            services,
            credentials,
        }))
    }

    /// The calls of IAM.
    pub fn iam(&self) -> &iam::Client {
        &self.0.iam
    }

    /// The calls of the Configuration API v1, which was retired in December 2022.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], if the builder was not given its address.
    #[cfg(feature = "ibm-configuration")]
    pub fn configuration(&self) -> Result<&configuration::Client, Error> {
        let client = self.0.configuration.as_ref();
        client.ok_or_else(|| no_address("configuration_url"))
    }

    /// The calls of the Security and Compliance API v3, whose support ended in December 2025.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], if the builder was not given its address.
    #[cfg(feature = "ibm-compliance")]
    pub fn compliance(&self) -> Result<&compliance::Client, Error> {
        let client = self.0.compliance.as_ref();
        client.ok_or_else(|| no_address("compliance_url"))
    }

    /// The instance that the builder was given, as the calls of [`compliance`](Self::compliance) take it:
    /// `.instance_id(client.instance()?)`.
    ///
    /// # Errors
    /// [`ErrorKind::Config`], if the builder was not given one.
    #[cfg(feature = "ibm-compliance")]
    pub fn instance(&self) -> Result<&InstanceId, Error> {
        self.0.services.instance.as_ref().ok_or_else(|| {
            Error::config("no instance was given; call `instance` of the builder with its id")
        })
    }

    /// The id of the account: 32 hexadecimal digits. Read from the token, which is got first if there is none; only
    /// where the token does not tell is IAM asked for the details of the API key.
    ///
    /// # Errors
    /// As for any call; [`ErrorKind::Decode`] if neither tells.
    pub async fn account_id(&self) -> Result<String, Error> {
        let held = self.0.core.session.token_now().await?;
        if let Some(account) = account_of(&held.token) {
            return Ok(account);
        }
        let mut account = None;
        if let Some(key) = self.0.credentials.api_key() {
            let details = self
                .iam()
                .get_api_keys_details()
                .iam_api_key(key.expose_secret())
                .send()
                .await?;
            account = details.into_inner().account_id;
        }
        account.ok_or_else(|| {
            Error::new(
                ErrorKind::Decode,
                "the token names no account, and there are no details of an API key that would",
            )
        })
    }

    /// A call of any method and path, with the same session, retries and errors as generated ones; see
    /// [`PrismaCloud::raw`](crate::PrismaCloud::raw).
    pub fn raw(&self, product: Product, method: Method, path: impl Into<String>) -> RawCall {
        let core = match product {
            Product::IbmIam => Some(self.0.core.clone()),
            #[cfg(feature = "ibm-configuration")]
            Product::IbmConfiguration => self.0.services.configuration.clone(),
            #[cfg(feature = "ibm-compliance")]
            Product::IbmCompliance => self.0.services.compliance.clone(),
            _ => None,
        };
        RawCall::new(core, product, method, path.into())
    }
}

#[cfg(any(feature = "ibm-configuration", feature = "ibm-compliance"))]
fn no_address(method: &str) -> Error {
    Error::config(format!(
        "the service has no address; call `{method}` of the builder with the host of your archive or gateway"
    ))
}

impl fmt::Debug for IbmCloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IbmCloud")
            .field("iam", &self.0.core.wire.endpoint.base())
            .field("credentials", &self.0.credentials)
            .finish_non_exhaustive()
    }
}
