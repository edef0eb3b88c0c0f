//! Setting up a client of IBM Cloud.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;

use super::client::{IbmCloud, Services};
use super::credentials::{ComputeProfile, ComputeToken, Credentials, Grant, TrustedProfile};
#[cfg(feature = "ibm-configuration")]
use super::host::ConfigurationRegion;
#[cfg(feature = "ibm-compliance")]
use super::host::{ComplianceRegion, InstanceId, Network};
use super::host::{IamHost, Place};
use crate::credentials::{trimmed, trimmed_secret};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::session::Session;

/// Places and credentials of a client of IBM Cloud.
pub struct Ibm {
    credentials: Credentials,
    iam: Place,
    #[cfg(feature = "ibm-configuration")]
    configuration: Option<Place>,
    #[cfg(feature = "ibm-compliance")]
    compliance: Option<Result<Place, Error>>,
    #[cfg(feature = "ibm-compliance")]
    instance: Option<InstanceId>,
}

impl Default for Ibm {
    fn default() -> Self {
        Self {
            credentials: Credentials::default(),
            iam: Place::Known(IamHost::Public.url()),
            #[cfg(feature = "ibm-configuration")]
            configuration: None,
            #[cfg(feature = "ibm-compliance")]
            compliance: None,
            #[cfg(feature = "ibm-compliance")]
            instance: None,
        }
    }
}

impl fmt::Debug for Ibm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.credentials, f)
    }
}

/// Sets up an [`IbmCloud`]. Only credentials are required; a service can be called once its address is given.
///
/// ```
/// use prisma_cloud::ibm::IbmCloud;
///
/// let client = IbmCloud::builder().api_key("the API key").build()?;
/// # Ok::<(), prisma_cloud::Error>(())
/// ```
pub type IbmBuilder = crate::Builder<Ibm>;

/// As whom.
impl IbmBuilder {
    /// An API key of a user or of a service id. It is exchanged for a token of an hour at the first call.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.kind.credentials.grant = Some(Grant::ApiKey(trimmed_secret(key.into())));
        self.choices.choose("grant", "api_key");
        self
    }

    /// A refresh token, together with the [`client`](Self::client) that it was issued to. If an answer brings another one,
    /// that is used from then on.
    pub fn refresh_token(mut self, token: impl Into<SecretString>) -> Self {
        let token = trimmed_secret(token.into());
        let credentials = &mut self.kind.credentials;
        credentials.remember(|recent| recent.refresh = Some(token));
        credentials.grant = Some(Grant::Refresh);
        self.choices.choose("grant", "refresh_token");
        self
    }

    /// The token of a compute resource (a cluster, an instance), which stands for a trusted profile.
    pub fn compute_resource(mut self, token: ComputeToken, profile: ComputeProfile) -> Self {
        self.kind.credentials.grant = Some(Grant::ComputeResource(token, profile));
        self.choices.choose("grant", "compute_resource");
        self
    }

    /// Takes on the identity of a trusted profile: with what the other methods give, a token is got, and with that one
    /// of the profile. Alone with [`token`](Self::token), that token is the first of the two.
    pub fn assume(mut self, profile: TrustedProfile) -> Self {
        self.kind.credentials.profile = Some(profile);
        self
    }

    /// A client id and its secret, sent to IAM with every grant. Default: none, as the provider's own SDKs do.
    pub fn client(mut self, id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        self.kind.credentials.client = Some((
            trimmed(&id.into()).to_owned(),
            trimmed_secret(secret.into()),
        ));
        self
    }

    /// The scope to ask for. Default: IAM's own.
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.kind.credentials.scope = Some(trimmed(&scope.into()).to_owned());
        self
    }

    /// An access token obtained elsewhere, to start with. It cannot be extended: when it ends, an
    /// [`api_key`](Self::api_key) or another grant takes over if one is given.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.kind.credentials.token = Some(trimmed_secret(token.into()));
        self
    }
}

/// Where to.
impl IbmBuilder {
    /// Who issues tokens. Default [`IamHost::Public`].
    pub fn iam(mut self, host: IamHost) -> Self {
        self.kind.iam = Place::Known(host.url());
        self.choices.choose("iam", "iam");
        self
    }

    /// Another host that issues tokens, such as a gateway of one's own: it will receive the credentials. https, unless it is loopback.
    pub fn iam_url(mut self, url: impl Into<String>) -> Self {
        self.kind.iam = Place::Custom(trimmed(&url.into()).to_owned());
        self.choices.choose("iam", "iam_url");
        self
    }

    /// Where the Configuration API v1 was. It was retired in December 2022, so calls to these addresses fail;
    /// see [`configuration_url`](Self::configuration_url).
    #[cfg(feature = "ibm-configuration")]
    pub fn configuration(mut self, region: ConfigurationRegion) -> Self {
        self.kind.configuration = Some(Place::Known(region.url()));
        self.choices.choose("configuration", "configuration");
        self
    }

    /// A host that speaks the Configuration API v1: an archive, recorded traffic, a gateway. It will receive tokens.
    #[cfg(feature = "ibm-configuration")]
    pub fn configuration_url(mut self, url: impl Into<String>) -> Self {
        self.kind.configuration = Some(Place::Custom(trimmed(&url.into()).to_owned()));
        self.choices.choose("configuration", "configuration_url");
        self
    }

    /// Where the Security and Compliance API v3 was. Its support ended in December 2025, so calls to these addresses
    /// fail; see [`compliance_url`](Self::compliance_url).
    #[cfg(feature = "ibm-compliance")]
    pub fn compliance(mut self, region: ComplianceRegion, network: Network) -> Self {
        self.kind.compliance = Some(region.url(network).map(Place::Known).ok_or_else(|| {
            Error::config(format!(
                "no private address of {} is known; use `Network::Public`, or name the host with `compliance_url`",
                region.name()
            ))
        }));
        self.choices.choose("compliance", "compliance");
        self
    }

    /// A host that speaks the Security and Compliance API v3: an archive, recorded traffic, a gateway. It will receive tokens.
    #[cfg(feature = "ibm-compliance")]
    pub fn compliance_url(mut self, url: impl Into<String>) -> Self {
        self.kind.compliance = Some(Ok(Place::Custom(trimmed(&url.into()).to_owned())));
        self.choices.choose("compliance", "compliance_url");
        self
    }

    /// The instance of Security and Compliance Center that calls are about; see [`IbmCloud::instance`].
    #[cfg(feature = "ibm-compliance")]
    pub fn instance(mut self, id: InstanceId) -> Self {
        self.kind.instance = Some(id);
        self
    }

    /// Checks what was set and makes the client. Nothing is sent: the first call logs in.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), if no credentials are given, or something that was set cannot work.
    pub fn build(mut self) -> Result<IbmCloud, Error> {
        let kind = std::mem::take(&mut self.kind);
        kind.credentials.judge()?;
        let iam = kind.iam.endpoint(self.plain_http)?;
        let mut all = vec![iam.clone()];
        let mut endpoint =
            |place: Option<Result<Place, Error>>| -> Result<Option<Endpoint>, Error> {
                let Some(place) = place else { return Ok(None) };
                let endpoint = place?.endpoint(self.plain_http)?;
                all.push(endpoint.clone());
                Ok(Some(endpoint))
            };
        #[cfg(feature = "ibm-configuration")]
        let configuration = endpoint(kind.configuration.map(Ok))?;
        #[cfg(feature = "ibm-compliance")]
        let compliance = endpoint(kind.compliance)?;
        #[cfg(not(any(feature = "ibm-configuration", feature = "ibm-compliance")))]
        endpoint(None)?;
        let parts = self.parts(&all.iter().collect::<Vec<_>>())?;
        let source = Arc::new(kind.credentials);
        let wire = parts.wire(iam, source.clone());
        let session = Session::new(wire.clone())?;
        let core = |endpoint: Option<Endpoint>| {
            endpoint.map(|endpoint| {
                Arc::new(parts.core(parts.wire(endpoint, source.clone()), session.clone()))
            })
        };
        let services = Services {
            #[cfg(feature = "ibm-configuration")]
            configuration: core(configuration),
            #[cfg(feature = "ibm-compliance")]
            compliance: core(compliance),
            #[cfg(feature = "ibm-compliance")]
            instance: kind.instance,
        };
        #[cfg(not(any(feature = "ibm-configuration", feature = "ibm-compliance")))]
        let _ = core(None);
        let iam = Arc::new(parts.core(wire, session.clone()));
        Ok(IbmCloud::new(iam, services, source))
    }
}
