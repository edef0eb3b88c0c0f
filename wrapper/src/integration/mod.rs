//! What integrations are configured with: a type for each kind in place of a map of anything.
//!
//! ```
//! use prisma_cloud::integration::{IntegrationConfig, Splunk};
//!
//! let config = IntegrationConfig::from(Splunk::new("the token", "https://splunk.example:8088"));
//! assert_eq!(config.integration_type(), "splunk");
//! let map = config.to_map()?;
//! assert_eq!(map["url"], "https://splunk.example:8088");
//! assert!(!format!("{config:?}").contains("the token"));
//! # Ok::<(), prisma_cloud::Error>(())
//! ```
//!
//! With the feature `cspm-integrations` a configuration makes the bodies of the operations
//! ([`IntegrationConfig::create_request`]), and with `cspm-integrations-pull` those of the older ones
//! ([`IntegrationConfig::model`]).

#[cfg(any(feature = "cspm-integrations", feature = "cspm-integrations-pull"))]
mod bodies;
mod codec;
mod config_macro;
mod configs;
mod problem;
mod unknown;
mod values;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::error::Error;

use configs::Config;
pub use configs::{
    AmazonSqsKey, AmazonSqsRole, AwsS3, AwsSdl, AwsSecurityHub, AzureQueueAccount,
    AzureQueueConnection, Demisto, GoogleCscc, MicrosoftTeams, Okta, PagerDuty, Qualys, ServiceNow,
    Slack, Snowflake, Splunk, Tenable, Webhook,
};
pub use unknown::{OtherKeys, UnknownConfig};
pub use values::{AwsRegion, RollUpInterval};

/// A configuration as the operations carry it.
pub type ConfigMap = BTreeMap<String, Value>;

macro_rules! variants {
    ($( $(#[$doc:meta])* $variant:ident, )*) => {
        /// What an integration is configured with. `Debug` shows no secret.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum IntegrationConfig {
            $( $(#[$doc])* $variant($variant), )*
            /// Of a type that this version does not know, kept as it came.
            Unknown(UnknownConfig),
        }

        $(
            impl From<$variant> for IntegrationConfig {
                fn from(config: $variant) -> Self {
                    Self::$variant(config)
                }
            }
        )*

        impl IntegrationConfig {
            /// The type as the operations name it: `slack`, `aws_s3`, …
            pub fn integration_type(&self) -> &str {
                match self {
                    $( Self::$variant(_) => <$variant as Config>::TYPE, )*
                    Self::Unknown(config) => config.integration_type(),
                }
            }

            fn write(&self) -> Result<ConfigMap, Error> {
                match self {
                    $( Self::$variant(config) => config.write(), )*
                    Self::Unknown(config) => Ok(config.config().clone()),
                }
            }
        }
    };
}

variants! {
    /// AWS Security Hub.
    AwsSecurityHub,
    /// Amazon Security Lake.
    AwsSdl,
    /// Amazon S3.
    AwsS3,
    /// Amazon SQS with an access key or with the access of the cloud account.
    AmazonSqsKey,
    /// Amazon SQS with a role.
    AmazonSqsRole,
    /// Azure Service Bus Queue with the access of an account.
    AzureQueueAccount,
    /// Azure Service Bus Queue with a connection string.
    AzureQueueConnection,
    /// Cortex XSOAR.
    Demisto,
    /// Google Cloud Security Command Center.
    GoogleCscc,
    /// Microsoft Teams.
    MicrosoftTeams,
    /// Okta.
    Okta,
    /// PagerDuty.
    PagerDuty,
    /// Qualys.
    Qualys,
    /// ServiceNow.
    ServiceNow,
    /// Slack.
    Slack,
    /// Snowflake.
    Snowflake,
    /// Splunk.
    Splunk,
    /// Tenable.
    Tenable,
    /// A webhook.
    Webhook,
}

impl IntegrationConfig {
    /// The map that is sent.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), naming type and key, if something required is empty or what
    /// belongs together is not there together.
    pub fn to_map(&self) -> Result<ConfigMap, Error> {
        let map = self.write()?;
        let of_type = self.integration_type();
        match self {
            Self::AmazonSqsKey(config)
                if config.access_key.is_some() != config.secret_key.is_some() =>
            {
                let missing = if config.access_key.is_some() {
                    "secretKey"
                } else {
                    "accessKey"
                };
                Err(problem::new(format!(
                    "the integration {of_type:?} has one half of an AWS access key and lacks {missing:?}; give both, or \
                     neither to use the access of the cloud account"
                )))
            }
            Self::Webhook(config)
                if config.is_custom_payload_enabled == Some(true)
                    && config.custom_payloads.as_ref().is_none_or(Vec::is_empty) =>
            {
                Err(problem::missing(of_type, "customPayloads"))
            }
            _ => Ok(map),
        }
    }

    /// Reads the map of an integration of this type; the type is taken in either case, as the two families of operations
    /// spell it. A secret that the answer leaves out is read as empty. Keys that are not known are kept in `other`.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), naming type and key, if something else that is required is missing, or
    /// a value has another form.
    pub fn from_map(integration_type: &str, map: &ConfigMap) -> Result<Self, Error> {
        let has = |key: &str| map.get(key).is_some_and(|value| !value.is_null());
        let lower = integration_type.to_ascii_lowercase();
        Ok(match lower.as_str() {
            // Published as `region` too.
            AwsSecurityHub::TYPE if has("region") && !has("regions") => {
                let mut map = map.clone();
                let regions = map.remove("region").unwrap_or_default();
                map.insert("regions".to_owned(), regions);
                AwsSecurityHub::read(&map)?.into()
            }
            AwsSecurityHub::TYPE => AwsSecurityHub::read(map)?.into(),
            AwsSdl::TYPE => AwsSdl::read(map)?.into(),
            AwsS3::TYPE => AwsS3::read(map)?.into(),
            AmazonSqsRole::TYPE if has("roleArn") || has("externalId") => {
                AmazonSqsRole::read(map)?.into()
            }
            AmazonSqsKey::TYPE => AmazonSqsKey::read(map)?.into(),
            AzureQueueAccount::TYPE if has("accountId") && !has("connectionString") => {
                AzureQueueAccount::read(map)?.into()
            }
            AzureQueueConnection::TYPE => AzureQueueConnection::read(map)?.into(),
            Demisto::TYPE => Demisto::read(map)?.into(),
            GoogleCscc::TYPE => GoogleCscc::read(map)?.into(),
            MicrosoftTeams::TYPE => MicrosoftTeams::read(map)?.into(),
            Okta::TYPE | "okta_idp" => Okta::read(map)?.into(),
            PagerDuty::TYPE => PagerDuty::read(map)?.into(),
            Qualys::TYPE => Qualys::read(map)?.into(),
            ServiceNow::TYPE => ServiceNow::read(map)?.into(),
            Slack::TYPE => Slack::read(map)?.into(),
            Snowflake::TYPE => Snowflake::read(map)?.into(),
            Splunk::TYPE => Splunk::read(map)?.into(),
            Tenable::TYPE => Tenable::read(map)?.into(),
            Webhook::TYPE => Webhook::read(map)?.into(),
            _ => Self::Unknown(UnknownConfig::new(integration_type, map.clone())),
        })
    }
}
