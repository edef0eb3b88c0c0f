//! IBM Cloud in a box: IAM, the Configuration API v1 and the Security and Compliance API v3 on one address of loopback.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), prisma_cloud::Error> {
//! use prisma_cloud::testing::ibm::{ACCOUNT_ID, Cloud};
//!
//! let cloud = Cloud::start().await;
//! let client = cloud.client().build()?;
//! assert_eq!(client.account_id().await?, ACCOUNT_ID);
//! assert_eq!(cloud.count("POST", "/identity/token"), 1);
//! # Ok(())
//! # }
//! ```

mod governance;
mod iam;
mod routes;

use std::ops::Deref;
use std::time::Duration;

pub use routes::operations;

use super::record::Recorded;
use super::routes::Reply;
use super::server::State as Server;
use super::{Tenant, TenantBuilder};
#[cfg(feature = "ibm-compliance")]
use crate::ibm::InstanceId;
use crate::ibm::{IbmBuilder, IbmCloud};

/// The account of all tokens.
pub const ACCOUNT_ID: &str = "0123456789abcdef0123456789abcdef";
/// The one instance of Security and Compliance Center.
pub const INSTANCE_ID: &str = "0a1b2c3d-1111-4222-8333-444455556666";
/// The API key that is accepted.
pub const API_KEY: &str = "example-api-key";
/// The token of a compute resource that is accepted.
pub const COMPUTE_TOKEN: &str = "example-compute-token";
/// The client id and secret that are accepted, and needed for refresh tokens.
pub const CLIENT: (&str, &str) = ("example-client", "example-client-secret");

/// A server in this process that behaves like IBM Cloud. Faults, rules and records are those of a [`Tenant`].
#[derive(Debug)]
pub struct Cloud {
    tenant: Tenant,
}

impl Cloud {
    /// A cloud as it comes.
    pub async fn start() -> Self {
        Self::start_with(|tenant| tenant).await
    }

    /// A cloud to one's liking: clock, latency and life of tokens (default 1 h) are set as for a tenant.
    pub async fn start_with(set: impl FnOnce(TenantBuilder) -> TenantBuilder) -> Self {
        let builder = Tenant::builder().token_life(Duration::from_secs(3600));
        let tenant = set(builder).start().await;
        play(&mut tenant.shared.lock());
        Self { tenant }
    }

    /// Begins to set up a client of this cloud: addresses, API key, instance and clock are set.
    pub fn client(&self) -> IbmBuilder {
        let client = IbmCloud::builder().iam_url(self.url()).api_key(API_KEY);
        #[cfg(feature = "ibm-configuration")]
        let client = client.configuration_url(self.url());
        #[cfg(feature = "ibm-compliance")]
        let client = client.compliance_url(self.url()).instance(instance());
        let client = client.with_choices_open();
        match &self.tenant.clock {
            Some(clock) => client.clock(clock.clone()),
            None => client,
        }
    }

    /// Tokens say nothing of the account from now on.
    pub fn hide_account(&self) {
        self.tenant.shared.lock().tokens.claims.clear();
    }

    /// How many rules API v3 lists from now on. Default 5.
    pub fn set_rules(&self, rules: usize) {
        if let Some(state) = &mut self.tenant.shared.lock().ibm {
            state.listed = rules;
        }
    }

    /// A refresh token of [`CLIENT`], as from a login elsewhere.
    pub fn issue_refresh_token(&self) -> String {
        let mut server = self.tenant.shared.lock();
        match &mut server.ibm {
            Some(state) => state.iam.issue_refresh_token(),
            None => String::new(),
        }
    }
}

/// Makes `server` a cloud, as it is in the beginning.
pub(super) fn play(server: &mut Server) {
    server.tokens.claims = format!(r#","account":{{"valid":true,"bss":"{ACCOUNT_ID}"}}"#);
    server.ibm = Some(State::default());
}

impl Deref for Cloud {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        &self.tenant
    }
}

#[cfg(feature = "ibm-compliance")]
fn instance() -> InstanceId {
    INSTANCE_ID.parse().expect("it is a UUID")
}

/// What the cloud knows besides tokens.
pub(super) struct State {
    iam: iam::Iam,
    governance: governance::Governance,
    /// The rules of API v3.
    listed: usize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            iam: iam::Iam::default(),
            governance: governance::Governance::default(),
            listed: 5,
        }
    }
}

impl State {
    /// The right answer.
    pub(super) fn answer(&mut self, server: &mut Server, record: &Recorded) -> Reply {
        let mut reply = routes::answer(self, server, record);
        let sent = record.headers.get("transaction-id");
        let generated = format!("generated-{}", server.records.seen() + 1);
        let id = sent.and_then(|id| id.to_str().ok()).unwrap_or(&generated);
        reply.set("transaction-id", id);
        reply
    }
}
