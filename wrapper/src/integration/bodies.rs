//! The bodies of the operations that carry a configuration.

use super::{ConfigMap, IntegrationConfig, problem};
use crate::error::Error;

#[cfg(feature = "cspm-integrations")]
mod current {
    use prisma_cloud_api::cspm::types::{
        EventsCreateIntegrationRequest, EventsIntegrationModel, EventsTestIntegrationRequest,
        EventsUpdateIntegrationRequest,
    };

    use super::*;

    impl IntegrationConfig {
        /// The body of `create_integration_v1`: 5 to 100 characters of name, the first a letter or a digit.
        ///
        /// # Errors
        /// As [`to_map`](Self::to_map).
        pub fn create_request(
            &self,
            name: impl Into<String>,
        ) -> Result<EventsCreateIntegrationRequest, Error> {
            let (map, of_type) = (self.to_map()?, self.integration_type());
            Ok(EventsCreateIntegrationRequest::new(map, of_type, name))
        }

        /// The body of `test_integration_v1`.
        ///
        /// # Errors
        /// As [`to_map`](Self::to_map).
        pub fn test_request(
            &self,
            name: impl Into<String>,
        ) -> Result<EventsTestIntegrationRequest, Error> {
            let (map, of_type) = (self.to_map()?, self.integration_type());
            Ok(EventsTestIntegrationRequest::new(map, of_type, name))
        }

        /// The body of `update_integration_v1`.
        ///
        /// # Errors
        /// As [`to_map`](Self::to_map).
        pub fn update_request(
            &self,
            name: impl Into<String>,
        ) -> Result<EventsUpdateIntegrationRequest, Error> {
            Ok(EventsUpdateIntegrationRequest::new(self.to_map()?, name))
        }
    }

    impl TryFrom<&EventsIntegrationModel> for IntegrationConfig {
        type Error = Error;

        /// As [`from_map`](IntegrationConfig::from_map), from an answer of the operations.
        fn try_from(model: &EventsIntegrationModel) -> Result<Self, Error> {
            let of_type = model.integration_type.as_ref().map(ToString::to_string);
            read(of_type, model.integration_config.as_ref())
        }
    }
}

#[cfg(feature = "cspm-integrations-pull")]
mod older {
    use prisma_cloud_api::cspm::types::{IntegrationModel, IntegrationViewModel};

    use super::*;

    impl IntegrationConfig {
        /// The body of `save_integration`, `test_integration` and `update_integration`, which spell types in capitals.
        ///
        /// # Errors
        /// As [`to_map`](Self::to_map).
        pub fn model(&self, name: impl Into<String>) -> Result<IntegrationModel, Error> {
            let of_type = match self {
                Self::Okta(_) => "OKTA_IDP".to_owned(),
                Self::Unknown(config) => config.integration_type().to_owned(),
                config => config.integration_type().to_ascii_uppercase(),
            };
            Ok(IntegrationModel::new()
                .integration_config(self.to_map()?)
                .integration_type(of_type)
                .name(name))
        }
    }

    impl TryFrom<&IntegrationViewModel> for IntegrationConfig {
        type Error = Error;

        /// As [`from_map`](IntegrationConfig::from_map), from an answer of the operations.
        fn try_from(model: &IntegrationViewModel) -> Result<Self, Error> {
            let of_type = model.integration_type.as_ref().map(ToString::to_string);
            read(of_type, model.integration_config.as_ref())
        }
    }

    impl TryFrom<&IntegrationModel> for IntegrationConfig {
        type Error = Error;

        /// As [`from_map`](IntegrationConfig::from_map), from an answer of the operations.
        fn try_from(model: &IntegrationModel) -> Result<Self, Error> {
            let of_type = model.integration_type.as_ref().map(ToString::to_string);
            read(of_type, model.integration_config.as_ref())
        }
    }
}

fn read(of_type: Option<String>, map: Option<&ConfigMap>) -> Result<IntegrationConfig, Error> {
    match (of_type, map) {
        (Some(of_type), Some(map)) => IntegrationConfig::from_map(&of_type, map),
        (None, _) => Err(problem::new("the integration lacks its type".to_owned())),
        (Some(of_type), None) => Err(problem::new(format!(
            "the integration {of_type:?} lacks its configuration"
        ))),
    }
}

#[cfg(all(test, feature = "cspm-integrations-pull"))]
mod tests {
    use prisma_cloud_api::cspm::types::IntegrationModel;
    use serde_json::json;

    use super::*;
    use crate::integration::{Okta, Splunk};

    #[test]
    fn the_older_operations_get_types_in_capitals_and_are_read_back() {
        for (config, of_type) in [
            (IntegrationConfig::from(Okta::new("d", "t")), "OKTA_IDP"),
            (Splunk::new("t", "https://s.example").into(), "SPLUNK"),
        ] {
            let json = serde_json::to_value(config.model("name").unwrap()).unwrap();
            assert_eq!(json["integrationType"], of_type);
            assert_eq!(json["integrationConfig"], json!(config.to_map().unwrap()));
            let model: IntegrationModel = serde_json::from_value(json).unwrap();
            let read = IntegrationConfig::try_from(&model).unwrap();
            assert_eq!(read.to_map().unwrap(), config.to_map().unwrap());
        }
    }
}
