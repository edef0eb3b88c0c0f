//! The same work over many tenants.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::{error, fmt};

use futures_util::{FutureExt, Stream, StreamExt, stream};

use crate::client::PrismaCloud;
use crate::credentials::{CredentialLoader, Profile};
use crate::error::Error;
use crate::panics;

/// How many tenants are worked on at once unless set.
const CONCURRENCY: usize = 8;

/// Clients of several tenants, each with the name that its results are tagged with.
///
/// ```no_run
/// # async fn f() -> Result<(), prisma_cloud::Error> {
/// use prisma_cloud::{Error, Tenants};
///
/// // A file with an array of profiles.
/// let tenants = Tenants::from_file("tenants.json")?.concurrency(4);
/// for of_tenant in tenants.each(async |client| Ok::<_, Error>(client.identity().await?.roles)).await {
///     match of_tenant.result {
///         Ok(roles) => println!("{}: {roles:?}", of_tenant.tenant),
///         Err(error) => eprintln!("{}: {error}", of_tenant.tenant),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tenants {
    clients: Vec<(String, Result<PrismaCloud, Error>)>,
    concurrency: usize,
}

/// What came of the work for one tenant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OfTenant<T, E = Error> {
    /// The name of the tenant.
    pub tenant: String,
    /// What came of it.
    pub result: Result<T, TenantError<E>>,
}

/// Why there is no result for a tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TenantError<E = Error> {
    /// Its profile makes no client.
    NoClient(E),
    /// The work failed.
    Failed(E),
    /// The work panicked, with this message.
    Panicked(String),
}

impl<E: fmt::Display> fmt::Display for TenantError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoClient(error) | Self::Failed(error) => error.fmt(f),
            Self::Panicked(message) => write!(f, "the work panicked: {message}"),
        }
    }
}

impl<E: error::Error + 'static> error::Error for TenantError<E> {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::NoClient(error) | Self::Failed(error) => error.source(),
            Self::Panicked(_) => None,
        }
    }
}

impl Tenants {
    /// These clients by these names. A name that occurs twice is told apart by its place: `name`, `name (2)`.
    pub fn new<N: Into<String>>(clients: impl IntoIterator<Item = (N, PrismaCloud)>) -> Self {
        Self::of(
            clients
                .into_iter()
                .map(|(name, client)| (name.into(), Ok(client))),
        )
    }

    /// A client for each profile, by the profile's name, or else its place: `tenant 3`. A profile that makes no client fails
    /// when the work is done, as that tenant's error.
    pub fn from_profiles<'a>(profiles: impl IntoIterator<Item = &'a Profile>) -> Self {
        let named = |(index, profile): (usize, &Profile)| {
            let name = profile.name().map(str::to_owned);
            let name = name.unwrap_or_else(|| format!("tenant {}", index + 1));
            (name, profile.client().and_then(crate::Builder::build))
        };
        Self::of(profiles.into_iter().enumerate().map(named))
    }

    /// A client for each profile of a file: an array of them, or one.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the file cannot be read, is no list of profiles, or can be read by others.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let profiles = CredentialLoader::file(path).load_all()?;
        Ok(Self::from_profiles(&profiles))
    }

    fn of(clients: impl IntoIterator<Item = (String, Result<PrismaCloud, Error>)>) -> Self {
        let mut tagged: Vec<(String, Result<PrismaCloud, Error>)> = Vec::new();
        for (name, client) in clients {
            let taken = |name: &str| tagged.iter().any(|(other, _)| other == name);
            let numbered = (2..).map(|number| format!("{name} ({number})"));
            let free = std::iter::once(name.clone())
                .chain(numbered)
                .find(|name| !taken(name));
            tagged.push((free.unwrap_or(name), client));
        }
        Self {
            clients: tagged,
            concurrency: CONCURRENCY,
        }
    }

    /// How many tenants are worked on at once. Default 8; 0 counts as 1.
    #[must_use]
    pub fn concurrency(mut self, tenants: usize) -> Self {
        self.concurrency = tenants.max(1);
        self
    }

    /// The names of the tenants, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.clients.iter().map(|(name, _)| name.as_str())
    }

    /// The client of the tenant called so; nothing if there is none, or its profile makes none.
    pub fn get(&self, name: &str) -> Option<&PrismaCloud> {
        let mut clients = self.clients.iter();
        clients.find(|(other, _)| other == name)?.1.as_ref().ok()
    }

    /// Does `work` for every tenant and waits for all. The results are in the order of the tenants; a tenant that fails, or
    /// panics, does not end the others.
    pub async fn each<T, E, W, F>(&self, work: W) -> Vec<OfTenant<T, E>>
    where
        W: Fn(PrismaCloud) -> F,
        F: Future<Output = Result<T, E>>,
        E: From<Error>,
    {
        let mut results: Vec<(usize, OfTenant<T, E>)> = self.numbered(work).collect().await;
        results.sort_by_key(|(index, _)| *index);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// The same as a stream, each result as soon as it is there. Dropping the stream ends the work.
    pub fn stream<'a, T, E, W, F>(&'a self, work: W) -> impl Stream<Item = OfTenant<T, E>> + 'a
    where
        W: Fn(PrismaCloud) -> F + 'a,
        F: Future<Output = Result<T, E>> + 'a,
        E: From<Error> + 'a,
        T: 'a,
    {
        self.numbered(work).map(|(_, result)| result)
    }

    fn numbered<'a, T, E, W, F>(
        &'a self,
        work: W,
    ) -> impl Stream<Item = (usize, OfTenant<T, E>)> + use<'a, T, E, W, F>
    where
        W: Fn(PrismaCloud) -> F + 'a,
        F: Future<Output = Result<T, E>> + 'a,
        E: From<Error> + 'a,
        T: 'a,
    {
        let work = Arc::new(work);
        stream::iter(self.clients.iter().enumerate())
            .map(move |(index, (name, client))| {
                let work = work.clone();
                async move {
                    let result = match client {
                        Err(error) => Err(TenantError::NoClient(error.clone().into())),
                        Ok(client) => {
                            // The call itself may panic as well, before there is a future.
                            let work = AssertUnwindSafe(async { work(client.clone()).await });
                            match work.catch_unwind().await {
                                Ok(Ok(value)) => Ok(value),
                                Ok(Err(error)) => Err(TenantError::Failed(error)),
                                Err(panic) => Err(TenantError::Panicked(panics::message(&*panic))),
                            }
                        }
                    };
                    let tenant = name.clone();
                    (index, OfTenant { tenant, result })
                }
            })
            .buffer_unordered(self.concurrency)
    }
}
