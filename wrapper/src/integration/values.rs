//! Values of more than one configuration.

/// How often what has come together is sent. Default of the service: an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RollUpInterval {
    /// Every 15 minutes.
    Minutes15,
    /// Every 30 minutes.
    Minutes30,
    /// Every hour.
    Minutes60,
    /// Every three hours.
    Minutes180,
}

impl RollUpInterval {
    /// In minutes.
    pub const fn minutes(self) -> u64 {
        match self {
            Self::Minutes15 => 15,
            Self::Minutes30 => 30,
            Self::Minutes60 => 60,
            Self::Minutes180 => 180,
        }
    }
}

impl TryFrom<u64> for RollUpInterval {
    type Error = crate::Error;

    /// From minutes: 15, 30, 60 or 180.
    fn try_from(minutes: u64) -> Result<Self, crate::Error> {
        match minutes {
            15 => Ok(Self::Minutes15),
            30 => Ok(Self::Minutes30),
            60 => Ok(Self::Minutes60),
            180 => Ok(Self::Minutes180),
            _ => Err(crate::Error::new(
                crate::ErrorKind::InvalidRequest,
                format!(
                    "a roll-up interval of {minutes} minutes does not exist; use 15, 30, 60 or 180"
                ),
            )),
        }
    }
}

/// A region that AWS Security Hub is enabled in, as the service lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsRegion {
    /// Its name, `AWS Virginia`.
    pub name: String,
    /// Its identifier, `us-east-1`.
    pub api_identifier: String,
    /// The cloud, `aws`.
    pub cloud_type: Option<String>,
    /// What the SDK calls it.
    pub sdk_id: Option<String>,
    /// Whether it is enabled.
    pub enabled: Option<bool>,
}

impl AwsRegion {
    /// A region by name and identifier, and nothing else.
    pub fn new(name: impl Into<String>, api_identifier: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            api_identifier: api_identifier.into(),
            cloud_type: None,
            sdk_id: None,
            enabled: None,
        }
    }
}
