//! Where the services are, or were.

use std::fmt;
use std::str::FromStr;

use crate::endpoint::Endpoint;
use crate::error::Error;

/// How a service is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Network {
    /// Over the internet.
    #[default]
    Public,
    /// From within IBM Cloud only, over its own network.
    Private,
}

/// The environment that issues tokens. IAM is live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IamHost {
    /// `iam.cloud.ibm.com`.
    #[default]
    Public,
    /// `private.iam.cloud.ibm.com`, from within IBM Cloud only.
    Private,
    /// `iam.test.cloud.ibm.com`, the provider's staging.
    Staging,
}

impl IamHost {
    /// The base URL, without a slash at its end.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Public => "https://iam.cloud.ibm.com",
            Self::Private => "https://private.iam.cloud.ibm.com",
            Self::Staging => "https://iam.test.cloud.ibm.com",
        }
    }
}

/// Where the Configuration API v1 was, until it was retired in December 2022. Nobody answers there any more: give the
/// builder the address of an archive or a gateway instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ConfigurationRegion {
    /// `compliance.cloud.ibm.com`, for all regions.
    Global,
    /// Dallas, on the same host as Washington.
    UsSouth,
    /// Washington, on the same host as Dallas.
    UsEast,
    /// Frankfurt.
    EuDe,
}

impl ConfigurationRegion {
    /// The base URL, without a slash at its end.
    pub const fn url(self) -> &'static str {
        match self {
            Self::Global => "https://compliance.cloud.ibm.com",
            Self::UsSouth | Self::UsEast => "https://us.compliance.cloud.ibm.com",
            Self::EuDe => "https://eu.compliance.cloud.ibm.com",
        }
    }
}

macro_rules! compliance_regions {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $private:literal;)*) => {
        /// Where the Security and Compliance API v3 was, until its support ended in December 2025. Nobody answers there
        /// any more: give the builder the address of an archive or a gateway instead.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ComplianceRegion {
            $($(#[$doc])* $variant,)*
        }

        impl ComplianceRegion {
            /// All regions.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name of the region, such as `us-south`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The base URL, without a slash at its end. Nothing, if no address in that network is known.
            pub const fn url(self, network: Network) -> Option<&'static str> {
                match (self, network) {
                    $(
                        (Self::$variant, Network::Public) => {
                            Some(concat!("https://", $name, ".compliance.cloud.ibm.com"))
                        }
                        (Self::$variant, Network::Private) if $private => {
                            Some(concat!("https://private.", $name, ".compliance.cloud.ibm.com"))
                        }
                    )*
                    _ => None,
                }
            }
        }
    };
}

compliance_regions! {
    /// Dallas.
    UsSouth = "us-south", true;
    /// Frankfurt.
    EuDe = "eu-de", true;
    /// Madrid.
    EuEs = "eu-es", true;
    /// Toronto.
    CaTor = "ca-tor", true;
    /// Paris, for a closed circle of customers.
    EuFr2 = "eu-fr2", false;
    /// Sydney, known from the provider's SDK alone.
    AuSyd = "au-syd", false;
}

/// The id of an instance of Security and Compliance Center: a UUID, which is part of nearly every path of API v3.
///
/// ```
/// let instance: prisma_cloud::ibm::InstanceId = "0000ABCD-1111-4222-8333-444455556666".parse()?;
/// assert_eq!(instance.as_str(), "0000abcd-1111-4222-8333-444455556666");
/// # Ok::<(), prisma_cloud::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(String);

impl InstanceId {
    /// The id, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for InstanceId {
    type Err = Error;

    /// Takes the UUID, or the CRN of the instance, which holds it.
    fn from_str(text: &str) -> Result<Self, Error> {
        let trimmed = text.trim();
        let id = match trimmed.strip_prefix("crn:") {
            // crn:version:cloud:type:service:location:scope:instance:…
            Some(rest) => rest.split(':').nth(6).unwrap_or_default(),
            None => trimmed,
        };
        let dashes = [8, 13, 18, 23];
        let right = id.len() == 36
            && id.bytes().enumerate().all(|(at, byte)| {
                if dashes.contains(&at) {
                    byte == b'-'
                } else {
                    byte.is_ascii_hexdigit()
                }
            });
        if right {
            return Ok(Self(id.to_ascii_lowercase()));
        }
        let shown: String = trimmed.chars().take(200).collect();
        Err(Error::config(format!(
            "{shown:?} is no instance id; it is the UUID at the end of the instance's CRN, which the resource list of \
             the console shows"
        )))
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for InstanceId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<InstanceId> for String {
    fn from(id: InstanceId) -> Self {
        id.0
    }
}

impl From<&InstanceId> for String {
    fn from(id: &InstanceId) -> Self {
        id.0.clone()
    }
}

/// One of the addresses above, or one of the caller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Known(&'static str),
    Custom(String),
}

impl Place {
    /// The place, judged fit to receive credentials.
    pub(super) fn endpoint(&self, plain_http: bool) -> Result<Endpoint, Error> {
        match self {
            Self::Known(url) => Endpoint::custom(url, false),
            Self::Custom(url) => {
                let endpoint = Endpoint::custom(url, plain_http)?;
                match endpoint.region() {
                    None => Ok(endpoint),
                    Some(region) => Err(Error::config(format!(
                        "{} is the address of Prisma Cloud, which takes no tokens of IBM Cloud; name the host of the \
                         service, or of your gateway to it",
                        region.api_url()
                    ))),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_those_that_are_documented() {
        let private: Vec<&str> = ComplianceRegion::ALL
            .iter()
            .filter_map(|region| region.url(Network::Private))
            .collect();
        assert_eq!(
            private,
            ["us-south", "eu-de", "eu-es", "ca-tor"]
                .map(|name| format!("https://private.{name}.compliance.cloud.ibm.com"))
        );
        assert_eq!(
            ComplianceRegion::AuSyd.url(Network::Public),
            Some("https://au-syd.compliance.cloud.ibm.com")
        );
    }

    #[test]
    fn an_instance_id_is_a_uuid() {
        const ID: &str = "0a1b2c3d-1111-4222-8333-444455556666";
        for text in [
            ID,
            " 0A1B2C3D-1111-4222-8333-444455556666\n",
            "crn:v1:bluemix:public:compliance:us-south:a/00000000000000000000000000000000:0a1b2c3d-1111-4222-8333-444455556666::",
        ] {
            let id: InstanceId = text.parse().expect(text);
            assert_eq!(String::from(&id), ID);
        }
        for text in [
            "",
            "0a1b2c3d11114222833344445555666600000",
            "0a1b2c3d-1111-4222-8333-44445555666g",
            "../../v3/services",
            "0a1b2c3d-1111-4222-8333-444455556666/x",
            "crn:v1:bluemix",
        ] {
            let error = text.parse::<InstanceId>().expect_err(text);
            assert!(
                error.is_config() && error.to_string().contains("CRN"),
                "{error}"
            );
        }
    }

    #[test]
    fn a_custom_place_is_not_prisma_cloud_and_is_encrypted() {
        let endpoint = |url: &str| Place::Custom(url.to_owned()).endpoint(false);
        assert!(endpoint("https://archive.example/ibm").is_ok());
        assert!(endpoint("http://127.0.0.1:8080").is_ok());
        for url in ["https://api.prismacloud.io", "http://archive.example"] {
            let error = endpoint(url).expect_err(url);
            assert!(error.is_config(), "{error}");
        }
        for known in [IamHost::Public.url(), ConfigurationRegion::EuDe.url()] {
            assert_eq!(Place::Known(known).endpoint(false).unwrap().base(), known);
        }
    }
}
