//! The keys of each type of integration, as the service takes them.

use secrecy::SecretString;
use serde_json::Value;

use super::codec::{self, Codec};
use super::config_macro::config;
use super::unknown::OtherKeys;
use super::values::{AwsRegion, RollUpInterval};
use super::{ConfigMap, problem};
use crate::error::Error;

/// The way of a configuration to and from its map.
pub(super) trait Config: Sized {
    const TYPE: &str;
    fn write(&self) -> Result<ConfigMap, Error>;
    fn read(map: &ConfigMap) -> Result<Self, Error>;
}

fn required<C: Codec>(
    integration_type: &str,
    map: &ConfigMap,
    key: &str,
) -> Result<C::Value, Error> {
    match optional::<C>(integration_type, map, key)? {
        Some(value) => Ok(value),
        None => C::withheld().ok_or_else(|| problem::missing(integration_type, key)),
    }
}

fn optional<C: Codec>(
    integration_type: &str,
    map: &ConfigMap,
    key: &str,
) -> Result<Option<C::Value>, Error> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(json) => match C::read(json) {
            Some(value) => Ok(Some(value)),
            None => Err(problem::form(integration_type, key, C::WHAT)),
        },
    }
}

config! {
    /// AWS Security Hub.
    pub struct AwsSecurityHub {
        required {
            /// The AWS account.
            "accountId" account_id: String as Text,
            /// The regions to send to. Sent as `regions`; `region` is read as well.
            "regions" regions: Vec<AwsRegion> as Regions,
        }
        optional {
            /// Where alerts go that belong to no region. Without it they are not sent.
            "defaultRegion" default_region: AwsRegion as Region,
        }
    } = "aws_security_hub"
}

config! {
    /// Amazon Security Lake.
    pub struct AwsSdl {
        required {
            /// The bucket and prefix.
            "s3Uri" s3_uri: String as Text,
            /// The AWS region.
            "region" region: String as Text,
            /// The role to take.
            "roleArn" role_arn: String as Text,
            /// A UUID that is new for each new integration.
            "externalId" external_id: String as Text,
        }
        optional {}
    } = "aws_sdl"
}

config! {
    /// Amazon S3.
    pub struct AwsS3 {
        required {
            /// The bucket and prefix.
            "s3Uri" s3_uri: String as Text,
            /// The AWS region.
            "region" region: String as Text,
            /// The role to take.
            "roleArn" role_arn: String as Text,
            /// A UUID that is new for each new integration.
            "externalId" external_id: String as Text,
        }
        optional {
            /// How often findings are written. Default 60 minutes.
            "rollUpInterval" roll_up_interval: RollUpInterval as MinutesText,
        }
    } = "aws_s3"
}

config! {
    /// Amazon SQS, with an AWS access key, or with the access that the AWS cloud account was onboarded with.
    pub struct AmazonSqsKey {
        required {
            /// The queue.
            "queueUrl" queue_url: String as Text,
        }
        optional {
            /// Whether messages carry details. Default false.
            "moreInfo" more_info: bool as Flag,
            /// The id of the AWS access key. Default: the access of the cloud account.
            "accessKey" access_key: String as Text,
            /// Its secret. Default: the access of the cloud account.
            "secretKey" secret_key: SecretString as Secret,
        }
    } = "amazon_sqs"
}

config! {
    /// Amazon SQS, with a role.
    pub struct AmazonSqsRole {
        required {
            /// The queue.
            "queueUrl" queue_url: String as Text,
            /// The role to take.
            "roleArn" role_arn: String as Text,
            /// A UUID that is new for each new integration.
            "externalId" external_id: String as Text,
        }
        optional {
            /// Whether messages carry details. Default false.
            "moreInfo" more_info: bool as Flag,
        }
    } = "amazon_sqs"
}

config! {
    /// Azure Service Bus Queue, with the access of an onboarded Azure account.
    pub struct AzureQueueAccount {
        required {
            /// The Azure account.
            "accountId" account_id: String as Text,
            /// The queue.
            "queueUrl" queue_url: String as Text,
        }
        optional {}
    } = "azure_service_bus_queue"
}

config! {
    /// Azure Service Bus Queue, with a shared access signature.
    pub struct AzureQueueConnection {
        required {
            /// The connection string.
            "connectionString" connection_string: SecretString as Secret,
            /// The queue.
            "queueUrl" queue_url: String as Text,
        }
        optional {}
    } = "azure_service_bus_queue"
}

config! {
    /// Cortex XSOAR.
    pub struct Demisto {
        required {
            /// Its address.
            "hostUrl" host_url: String as Text,
            /// Its API key.
            "apiKey" api_key: SecretString as Secret,
            /// Its version.
            "demistoVersion" demisto_version: String as Text,
        }
        optional {
            /// The id of the API key, for versions that want one.
            "apiKeyID" api_key_id: String as Text,
        }
    } = "demisto"
}

config! {
    /// Google Cloud Security Command Center.
    pub struct GoogleCscc {
        required {
            /// The organisation.
            "orgId" org_id: String as Text,
            /// The source.
            "sourceId" source_id: String as Text,
        }
        optional {}
    } = "google_cscc"
}

config! {
    /// Microsoft Teams.
    pub struct MicrosoftTeams {
        required {
            /// The webhook; who knows it can post.
            "url" url: SecretString as Secret,
        }
        optional {}
    } = "microsoft_teams"
}

config! {
    /// Okta.
    pub struct Okta {
        required {
            /// The domain.
            "domain" domain: String as Text,
            /// The API token.
            "apiToken" api_token: SecretString as Secret,
        }
        optional {}
    } = "okta"
}

config! {
    /// PagerDuty.
    pub struct PagerDuty {
        required {
            /// The integration key.
            "integrationKey" integration_key: SecretString as Secret,
        }
        optional {}
    } = "pager_duty"
}

config! {
    /// Qualys.
    pub struct Qualys {
        required {
            /// The user.
            "login" login: String as Text,
            /// The address of the API.
            "baseUrl" base_url: String as Text,
            /// The password.
            "password" password: SecretString as Secret,
        }
        optional {}
    } = "qualys"
}

config! {
    /// ServiceNow.
    pub struct ServiceNow {
        required {
            /// Its address, which an update may not change.
            "hostUrl" host_url: String as Text,
            /// The user.
            "login" login: String as Text,
            /// The password.
            "password" password: SecretString as Secret,
            /// The tables to write, as objects.
            "tables" tables: Vec<Value> as Objects,
        }
        optional {}
    } = "service_now"
}

config! {
    /// Slack.
    pub struct Slack {
        required {
            /// The webhook; who knows it can post.
            "webhookUrl" webhook_url: SecretString as Secret,
        }
        optional {}
    } = "slack"
}

config! {
    /// Snowflake.
    pub struct Snowflake {
        required {
            /// The address of the account.
            "hostUrl" host_url: String as Text,
            /// The pipe.
            "pipename" pipename: String as Text,
            /// The id of the integration that stages the data.
            "stagingIntegrationId" staging_integration_id: String as Text,
            /// The private key, as PEM.
            "privateKey" private_key: SecretString as Secret,
        }
        optional {
            /// The passphrase of the private key.
            "passphrase" passphrase: SecretString as Secret,
            /// How often data is loaded. Default 60 minutes.
            "rollUpInterval" roll_up_interval: RollUpInterval as Minutes,
        }
    } = "snowflake"
}

config! {
    /// Splunk.
    pub struct Splunk {
        required {
            /// The token of the HTTP event collector.
            "authToken" auth_token: SecretString as Secret,
            /// Its address.
            "url" url: String as Text,
        }
        optional {
            /// The source type. Default `_json`.
            "sourceType" source_type: String as Text,
        }
    } = "splunk"
}

config! {
    /// Tenable.
    pub struct Tenable {
        required {
            /// The access key.
            "accessKey" access_key: SecretString as Secret,
            /// The secret key.
            "secretKey" secret_key: SecretString as Secret,
        }
        optional {}
    } = "tenable"
}

config! {
    /// A webhook of one's own.
    pub struct Webhook {
        required {
            /// Its address.
            "url" url: String as Text,
            /// What is sent along as authentication.
            "authToken" auth_token: SecretString as Secret,
        }
        optional {
            /// Whether [`custom_payloads`](Self::custom_payloads) are sent. Default false.
            "isCustomPayloadEnabled" is_custom_payload_enabled: bool as Flag,
            /// What to send. Required if they are enabled.
            "customPayloads" custom_payloads: Vec<Value> as Objects,
        }
    } = "webhook"
}
