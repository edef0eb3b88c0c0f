//! Who the caller is: what the login and the extension tell.

use std::time::SystemTime;

use crate::client::PrismaCloud;
use crate::error::Error;
use crate::session::told::Told;

/// A tenant that the user may log in to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TenantName {
    /// Its name.
    pub customer_name: Option<String>,
    /// Its id: what paths and the login call the Prisma id.
    pub prisma_id: Option<String>,
    /// Whether somebody has accepted the terms of service.
    pub terms_accepted: Option<bool>,
}

/// Who the client is to the service; see [`PrismaCloud::identity`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity {
    /// The tenant of this session; nothing if the service did not tell, or named several and the builder none of them.
    pub tenant: Option<TenantName>,
    /// All tenants of the user.
    pub tenants: Vec<TenantName>,
    /// The names of the user's roles; nothing if the service did not tell.
    pub roles: Option<Vec<String>>,
    /// Until when the present token is used, unless it is extended before, which happens by itself while calls are made.
    /// It is the time of day of this machine, a few seconds before the service's own.
    pub expires: SystemTime,
}

impl PrismaCloud {
    /// Who the client is to the service: tenant, roles, and how long the present token is good.
    ///
    /// Logs in if there is no session yet. A login does not tell the roles, so the first call of this method extends the
    /// token once; later calls send nothing.
    ///
    /// # Errors
    /// Those of the login. An extension that fails leaves the roles out.
    pub async fn identity(&self) -> Result<Identity, Error> {
        let core = self.core();
        let told = core.session.told(true).await?;
        let expires = core
            .session
            .expires()
            .unwrap_or_else(|| core.wire.shared.clock.wall());
        Ok(Identity {
            tenant: chosen(&told, self.wanted()).ok().cloned(),
            tenants: told.tenants,
            roles: told.roles,
            expires,
        })
    }

    /// The id of the session's tenant, which many operations take in their path: the one that was given to the builder, or
    /// else the one that the login tells. Calls that are not given one send it by themselves.
    ///
    /// # Errors
    /// Those of the login; [`ErrorKind::Config`](crate::ErrorKind::Config) if the user has several tenants and the builder was
    /// told neither `prisma_id` nor `customer_name`, or if the service does not tell the id.
    pub async fn prisma_id(&self) -> Result<String, Error> {
        self.core().prisma_id().await
    }

    fn wanted(&self) -> Wanted<'_> {
        self.core().wanted()
    }
}

impl crate::transport::Core {
    pub(crate) async fn prisma_id(&self) -> Result<String, Error> {
        if let Some(id) = self.wanted().prisma_id {
            return Ok(id.to_owned());
        }
        let told = self.session.told(false).await?;
        let id = chosen(&told, self.wanted())?.prisma_id.clone();
        id.ok_or_else(untold)
    }

    fn wanted(&self) -> Wanted<'_> {
        let Some(credentials) = &self.credentials else {
            return Wanted::default();
        };
        Wanted {
            prisma_id: credentials.prisma_id.as_deref(),
            customer_name: credentials.customer_name.as_deref(),
        }
    }
}

/// Which tenant the builder was told.
#[derive(Clone, Copy, Default)]
struct Wanted<'a> {
    prisma_id: Option<&'a str>,
    customer_name: Option<&'a str>,
}

/// The tenant of the session among those that the service told.
fn chosen<'a>(told: &'a Told, wanted: Wanted<'_>) -> Result<&'a TenantName, Error> {
    let tenants = &told.tenants;
    let named = match (wanted.prisma_id, wanted.customer_name) {
        (Some(id), _) => tenants
            .iter()
            .find(|tenant| tenant.prisma_id.as_deref() == Some(id)),
        (None, Some(name)) => {
            let mut of_name = tenants
                .iter()
                .filter(|tenant| tenant.customer_name.as_deref() == Some(name));
            match (of_name.next(), of_name.next()) {
                (Some(tenant), None) => Some(tenant),
                _ => None,
            }
        }
        (None, None) => None,
    };
    match (named, tenants.as_slice()) {
        (Some(tenant), _) => Ok(tenant),
        (None, [tenant]) if wanted.prisma_id.is_none() => Ok(tenant),
        (None, []) => Err(untold()),
        (None, _) => Err(Error::config(format!(
            "the user has several tenants ({}), and which of them is meant is not clear; give its id to the builder \
             with `prisma_id`, or set it in the call",
            list(tenants)
        ))),
    }
}

fn list(tenants: &[TenantName]) -> String {
    let shown: Vec<String> = tenants
        .iter()
        .map(|tenant| {
            let name = tenant.customer_name.as_deref().unwrap_or("unnamed");
            let id = tenant.prisma_id.as_deref().unwrap_or("without an id");
            format!("{name:?}: {id}")
        })
        .collect();
    shown.join(", ")
}

fn untold() -> Error {
    Error::config(
        "the service did not tell the id of the tenant; give it to the builder with `prisma_id`, or set it in the call",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tenants: &[(&str, Option<&str>)]) -> Told {
        Told {
            tenants: tenants
                .iter()
                .map(|(name, id)| TenantName {
                    customer_name: Some((*name).into()),
                    prisma_id: id.map(Into::into),
                    terms_accepted: None,
                })
                .collect(),
            roles: None,
        }
    }

    #[test]
    fn the_tenant_is_the_only_one_or_the_one_that_was_meant() {
        let one = told(&[("A", Some("1"))]);
        let two = told(&[("A", Some("1")), ("B", Some("2"))]);
        let twins = told(&[("A", Some("1")), ("A", Some("2"))]);
        let by = |prisma_id, customer_name| Wanted {
            prisma_id,
            customer_name,
        };
        for (told, wanted, id) in [
            (&one, by(None, None), Some("1")),
            // The name of the login may be spelled in another way.
            (&one, by(None, Some("a")), Some("1")),
            (&one, by(Some("9"), None), None),
            (&two, by(None, None), None),
            (&two, by(Some("2"), Some("A")), Some("2")),
            (&two, by(None, Some("B")), Some("2")),
            (&two, by(None, Some("C")), None),
            (&twins, by(None, Some("A")), None),
            (&told_nothing(), by(None, None), None),
        ] {
            let found = chosen(told, wanted).ok();
            assert_eq!(found.and_then(|tenant| tenant.prisma_id.as_deref()), id);
        }
    }

    fn told_nothing() -> Told {
        told(&[])
    }

    #[test]
    fn an_unclear_tenant_is_asked_for_by_name_and_id() {
        let two = told(&[("A", Some("1")), ("B", None)]);
        let error = chosen(&two, Wanted::default()).unwrap_err();
        assert!(error.is_config());
        let text = error.to_string();
        assert!(text.contains("\"A\": 1, \"B\": without an id"), "{text}");
        assert!(text.contains("`prisma_id`"), "{text}");
    }
}
