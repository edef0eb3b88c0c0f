//! The regions of Prisma Cloud, and how a pasted address becomes one of them.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

macro_rules! regions {
    ($($(#[$doc:meta])* $variant:ident = $app:literal, $api:literal;)*) => {
        /// A region of Prisma Cloud, named after the address of its console.
        ///
        /// Each region has its own data: a tenant lives in one region, and its access keys work there
        /// only. The address bar of the console tells which one it is. Parsing accepts every form in which the address gets
        /// pasted: console or API host, with or without `https://`, path, port 443, spaces, in any case.
        ///
        /// ```
        /// use prisma_cloud::Region;
        ///
        /// let region: Region = "https://app2.eu.prismacloud.io/home/overview".parse()?;
        /// assert_eq!(region, Region::App2Eu);
        /// assert_eq!(region.api_url(), "https://api2.eu.prismacloud.io");
        /// # Ok::<(), prisma_cloud::Error>(())
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Region {
            $($(#[$doc])* $variant,)*
        }

        impl Region {
            /// All regions.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The host of the console, which people see in their browser.
            pub const fn console_host(self) -> &'static str {
                match self {
                    $(Self::$variant => $app,)*
                }
            }

            /// The host of the API.
            pub const fn api_host(self) -> &'static str {
                match self {
                    $(Self::$variant => $api,)*
                }
            }

            /// The base URL of the API, without a slash at its end.
            pub const fn api_url(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://", $api),)*
                }
            }
        }
    };
}

regions! {
    /// `app.prismacloud.io`, United States.
    App = "app.prismacloud.io", "api.prismacloud.io";
    /// `app2.prismacloud.io`, United States.
    App2 = "app2.prismacloud.io", "api2.prismacloud.io";
    /// `app3.prismacloud.io`, United States.
    App3 = "app3.prismacloud.io", "api3.prismacloud.io";
    /// `app4.prismacloud.io`, United States.
    App4 = "app4.prismacloud.io", "api4.prismacloud.io";
    /// `app.anz.prismacloud.io`, Australia and New Zealand.
    AppAnz = "app.anz.prismacloud.io", "api.anz.prismacloud.io";
    /// `app.eu.prismacloud.io`, Europe.
    AppEu = "app.eu.prismacloud.io", "api.eu.prismacloud.io";
    /// `app2.eu.prismacloud.io`, Europe.
    App2Eu = "app2.eu.prismacloud.io", "api2.eu.prismacloud.io";
    /// `app.gov.prismacloud.io`, United States government.
    AppGov = "app.gov.prismacloud.io", "api.gov.prismacloud.io";
    /// `app.prismacloud.cn`, China.
    AppCn = "app.prismacloud.cn", "api.prismacloud.cn";
    /// `app.ca.prismacloud.io`, Canada.
    AppCa = "app.ca.prismacloud.io", "api.ca.prismacloud.io";
    /// `app.sg.prismacloud.io`, Singapore.
    AppSg = "app.sg.prismacloud.io", "api.sg.prismacloud.io";
    /// `app.uk.prismacloud.io`, United Kingdom.
    AppUk = "app.uk.prismacloud.io", "api.uk.prismacloud.io";
    /// `app.ind.prismacloud.io`, India.
    AppInd = "app.ind.prismacloud.io", "api.ind.prismacloud.io";
    /// `app.jp.prismacloud.io`, Japan.
    AppJp = "app.jp.prismacloud.io", "api.jp.prismacloud.io";
    /// `app.fr.prismacloud.io`, France.
    AppFr = "app.fr.prismacloud.io", "api.fr.prismacloud.io";
    /// `app.id.prismacloud.io`, Indonesia.
    AppId = "app.id.prismacloud.io", "api.id.prismacloud.io";
}

impl Region {
    /// The region whose console or API has exactly this host, given in lower case.
    pub(crate) fn of_host(host: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|region| host == region.api_host() || host == region.console_host())
    }

    /// The region called by its first labels only, as in `app2.eu` or `api.gov`.
    pub(crate) fn of_short_name(name: &str) -> Option<Self> {
        Self::of_host(&format!("{name}.prismacloud.io"))
    }
}

/// The host of the API that belongs to `host`, for hosts that are Prisma Cloud's by their name but not in the table, such as
/// `app0.prismacloud.io`: `app` or `api` with up to two digits, then nothing or the label of a known place, then one of the two
/// domains of the service.
pub(crate) fn numbered(host: &str) -> Option<String> {
    let (labels, domain) = [".prismacloud.io", ".prismacloud.cn"]
        .iter()
        .find_map(|domain| Some((host.strip_suffix(domain)?, domain)))?;
    let (first, place) = match labels.split_once('.') {
        Some((first, place)) => (first, Some(place)),
        None => (labels, None),
    };
    let digits = first
        .strip_prefix("app")
        .or_else(|| first.strip_prefix("api"))?;
    let is_number = digits.len() <= 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let is_place = place.is_none_or(|place| {
        Region::ALL
            .iter()
            .any(|region| region.api_host().split('.').nth(1) == Some(place))
    });
    if !is_number || !is_place || place == Some("prismacloud") {
        return None;
    }
    let place = place.map_or(String::new(), |place| format!(".{place}"));
    Some(format!("api{digits}{place}{domain}"))
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.api_host())
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let endpoint = crate::endpoint::Endpoint::pasted(text)?;
        endpoint
            .region()
            .ok_or_else(|| crate::endpoint::unknown_region(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_regions_follow_the_rule_of_the_first_label() {
        assert_eq!(Region::ALL.len(), 16);
        for region in Region::ALL {
            let console = region.console_host();
            assert_eq!(
                region.api_host(),
                format!("api{}", console.strip_prefix("app").unwrap())
            );
            assert_eq!(region.api_url(), format!("https://{}", region.api_host()));
        }
    }

    #[test]
    fn every_region_is_parsed_from_every_pasted_form() {
        for region in Region::ALL {
            for host in [region.console_host(), region.api_host()] {
                for form in [
                    host.to_owned(),
                    host.to_uppercase(),
                    format!(" {host}/ "),
                    format!("https://{host}"),
                    format!("HTTPS://{host}/home/overview?x=1#y"),
                    format!("https://{host}:443"),
                    format!("{host}:443/"),
                    format!("{host}."),
                    format!("{host}/login"),
                    format!("\t{host}\n"),
                ] {
                    assert_eq!(form.parse::<Region>().unwrap(), *region, "{form:?}");
                }
            }
        }
    }

    #[test]
    fn short_names_are_regions_too() {
        assert_eq!("app2.eu".parse::<Region>().unwrap(), Region::App2Eu);
        assert_eq!("API4".parse::<Region>().unwrap(), Region::App4);
    }
}
