//! What this version does not know: a type, or keys of a type.

use std::fmt;

use super::ConfigMap;

/// A type and its map, kept as they came.
#[derive(Clone, PartialEq)]
pub struct UnknownConfig {
    integration_type: String,
    config: ConfigMap,
}

impl UnknownConfig {
    /// The configuration of an integration of any type.
    pub fn new(integration_type: impl Into<String>, config: ConfigMap) -> Self {
        Self {
            integration_type: integration_type.into(),
            config,
        }
    }

    /// The type, as it came.
    pub fn integration_type(&self) -> &str {
        &self.integration_type
    }

    /// The map, as it came.
    pub fn config(&self) -> &ConfigMap {
        &self.config
    }
}

impl fmt::Debug for UnknownConfig {
    /// The keys only: which values are secrets is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownConfig")
            .field("integration_type", &self.integration_type)
            .field("keys", &self.config.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// Keys of a configuration that this version does not know.
#[derive(Clone, Default, PartialEq)]
pub struct OtherKeys(pub ConfigMap);

impl OtherKeys {
    /// What `map` holds besides `known` keys.
    pub(super) fn of(map: &ConfigMap, known: &[&str]) -> Self {
        let other = map.iter().filter(|(key, _)| !known.contains(&key.as_str()));
        Self(
            other
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect(),
        )
    }
}

impl fmt::Debug for OtherKeys {
    /// The keys only: which values are secrets is not known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
