//! Everything that can be set, with what holds if it is not.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;

use crate::choices::Choices;
use crate::client::PrismaCloud;
use crate::clock::{Clock, SystemClock};
use crate::credentials::{
    AccessKey, CredentialLoader, Credentials, KeySlot, Profile, Verify, trimmed, trimmed_secret,
};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::http_client::{self, Connection, ProxyChoice};
use crate::limit::Limiter;
use crate::observe::Observer;
use crate::proxy::InBetween;
use crate::region::Region;
use crate::retry::policy::RetryPolicy;
use crate::runtimes::Pools;
use crate::session::Session;
use crate::session::source::TokenSource;
use crate::settings::{MAX_ANSWER, MAX_ERROR_BODY, Timeouts};
use crate::transport::Core;
use crate::wire::{Shared, Wire};

/// Which API.
enum Place {
    Region(Region),
    Pasted(String),
    Custom(String),
}

/// Sets up a [`PrismaCloud`]. Only a place and credentials are required.
///
/// ```
/// use prisma_cloud::{PrismaCloud, Region};
///
/// let client = PrismaCloud::builder()
///     .region(Region::AppEu)
///     .access_key("11112222-3333-4444-5555-666677778888", "the secret, shown once")
///     .build()?;
/// # Ok::<(), prisma_cloud::Error>(())
/// ```
#[must_use = "a builder does nothing until `build`"]
pub struct Builder<K = Prisma> {
    /// What only clients of this kind have.
    pub(crate) kind: K,
    pub(crate) choices: Choices,
    pub(crate) plain_http: bool,
    connection: Connection,
    timeouts: Timeouts,
    policy: RetryPolicy,
    /// Kept apart from the policy, so that the order of the setters does not matter.
    overall_timeout: Option<Duration>,
    no_retries: bool,
    max_error_body: usize,
    max_answer: usize,
    clock: Arc<dyn Clock>,
    observer: Option<Arc<dyn Observer>>,
    /// Makes the builder of an HTTP client that the settings above are put on.
    http: Option<Box<dyn Fn() -> reqwest::ClientBuilder + Send + Sync>>,
    seed: Option<u64>,
}

/// Place and credentials of a client of Prisma Cloud: what [`Builder`] sets up unless it says otherwise.
#[derive(Default)]
pub struct Prisma {
    place: Option<Place>,
    credentials: Credentials,
    /// Where to look for what is not given.
    loader: Option<CredentialLoader>,
}

impl fmt::Debug for Prisma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.credentials, f)
    }
}

impl<K: fmt::Debug> fmt::Debug for Builder<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("credentials", &self.kind)
            .finish_non_exhaustive()
    }
}

impl<K: Default> Default for Builder<K> {
    fn default() -> Self {
        Self {
            kind: K::default(),
            choices: Choices::default(),
            plain_http: false,
            connection: Connection::default(),
            timeouts: Timeouts::default(),
            policy: RetryPolicy::default(),
            overall_timeout: None,
            no_retries: false,
            max_error_body: MAX_ERROR_BODY,
            max_answer: MAX_ANSWER,
            clock: Arc::new(SystemClock),
            observer: None,
            http: None,
            seed: None,
        }
    }
}

/// Where to, and as whom.
impl Builder {
    /// The region of the tenant.
    pub fn region(mut self, region: Region) -> Self {
        self.kind.place = Some(Place::Region(region));
        self.choices.choose("place", "region");
        self
    }

    /// The region of the tenant as people paste it: the address of the console or of the API, in any form.
    /// `http://127.0.0.1:…` (loopback) is taken as well. Every other host is refused by [`build`](Self::build).
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.kind.place = Some(Place::Pasted(trimmed(&url.into()).to_owned()));
        self.choices.choose("place", "url");
        self
    }

    /// Any host at all, such as a gateway of one's own: it will receive the credentials. The URL may
    /// have a port and a path and must be https unless it is loopback.
    pub fn custom_url(mut self, url: impl Into<String>) -> Self {
        self.kind.place = Some(Place::Custom(trimmed(&url.into()).to_owned()));
        self.choices.choose("place", "custom_url");
        self
    }

    /// The access key: its id, and its secret. They are made in the console under Settings > Access Control >
    /// Access Keys. User name and password work as well, for users who do not sign in by SSO.
    /// Blanks, line breaks and invisible characters around both are left out.
    ///
    /// A key that the service refuses is left alone for 30 s, and each further time twice as long, up to 15 min, since
    /// directories lock accounts after a few failed logins. Meanwhile calls fail at once with the error of that login. A
    /// key that a rotation puts in its place is tried at once.
    pub fn access_key(mut self, id: impl Into<String>, secret: impl Into<SecretString>) -> Self {
        self.kind.credentials.key = KeySlot::new(AccessKey {
            id: trimmed(&id.into()).to_owned(),
            secret: trimmed_secret(secret.into()),
        });
        self
    }

    /// A token obtained elsewhere, to start with. It is extended as long as that is possible; after that an
    /// [`access_key`](Self::access_key) takes over if one is given.
    pub fn token(mut self, token: impl Into<SecretString>) -> Self {
        self.kind.credentials.token = Some(trimmed_secret(token.into()));
        self
    }

    /// The name of the tenant, for a user of several. [`prisma_id`](Self::prisma_id) is the safer choice.
    pub fn customer_name(mut self, name: impl Into<String>) -> Self {
        self.kind.credentials.customer_name = Some(trimmed(&name.into()).to_owned());
        self
    }

    /// The id of the tenant, for a user of several.
    pub fn prisma_id(mut self, id: impl Into<String>) -> Self {
        self.kind.credentials.prisma_id = Some(trimmed(&id.into()).to_owned());
        self
    }
}

/// What credentials are found elsewhere.
impl Builder {
    pub(crate) fn with_loader(mut self, loader: CredentialLoader) -> Self {
        self.kind.loader = Some(loader);
        self
    }

    /// Fills what is not set.
    pub(crate) fn with_profile(mut self, profile: &Profile) -> Result<Self, Error> {
        let pieces = profile.pieces();
        if self.kind.place.is_none() {
            if let Some(url) = &pieces.custom_url {
                profile.judge_custom_url(url)?;
                self.kind.place = Some(Place::Custom(url.clone()));
            } else if let Some(url) = &pieces.url {
                profile.judge_url(url)?;
                self.kind.place = Some(Place::Pasted(url.clone()));
            }
        }
        if !self.kind.credentials.is_given() {
            if let (Some(id), Some(secret)) = (&pieces.identity, &pieces.secret) {
                self = self.access_key(id, secret.clone());
            }
            self.kind.credentials.token = pieces.token.clone();
            let Credentials {
                customer_name,
                prisma_id,
                ..
            } = &mut self.kind.credentials;
            *customer_name = customer_name
                .take()
                .or_else(|| pieces.customer_name.clone());
            *prisma_id = prisma_id.take().or_else(|| pieces.prisma_id.clone());
        }
        if self.connection.ca_bundle.is_none() && !self.connection.accept_any_certificate {
            self.connection.ca_bundle = profile.ca_bundle()?;
            self.connection.accept_any_certificate = profile.verify() == Some(&Verify::Nobody);
        }
        Ok(self)
    }
}

impl<K> Builder<K> {
    /// Lets everything that was chosen so far be chosen otherwise: a caller who never saw it chosen may do so.
    #[cfg(feature = "testing")]
    pub(crate) fn with_choices_open(mut self) -> Self {
        self.choices = Choices::default();
        self
    }
}

/// Patience.
impl<K> Builder<K> {
    /// Until a connection stands, encryption included. Default 10 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.connect = timeout;
        self
    }

    /// For one attempt, from sending until the answer begins. Default 120 s: searches take long.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.attempt = timeout;
        self
    }

    /// Without a byte while an answer is being read, however long the whole of it may take. Default 60 s.
    pub fn stall_timeout(mut self, timeout: Duration) -> Self {
        self.timeouts.stall = timeout;
        self
    }

    /// For all attempts of a call together; see [`RetryPolicy::overall_timeout`], over which this one prevails. Default 10 min.
    pub fn overall_timeout(mut self, timeout: Duration) -> Self {
        self.overall_timeout = Some(timeout);
        self
    }

    /// How often and how patiently to try again. [`overall_timeout`](Self::overall_timeout) and
    /// [`no_retries`](Self::no_retries) prevail over it, in whatever order they are called. Default [`RetryPolicy::default`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sends everything once, whatever happens. (A refused token is still replaced, once for each call.)
    pub fn no_retries(mut self) -> Self {
        self.no_retries = true;
        self
    }
}

/// The connection.
impl<K> Builder<K> {
    /// Lets a custom URL be plain http on another machine: everybody on the way then reads the credentials, the
    /// tokens and all data. [`build`](Self::build) fails where there is no such URL.
    pub fn allow_plain_http_exposing_credentials(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// Sends everything through this proxy: `http://host:port`, `https://…`. Default: what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`
    /// and `NO_PROXY` say (in either case), except that loopback is never reached through a proxy of the environment.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.connection.proxy = ProxyChoice::Explicit(trimmed(&url.into()).to_owned());
        self.choices.choose("proxy", "proxy");
        self
    }

    /// User and password for the proxy given with [`proxy`](Self::proxy), before or after it; without one
    /// [`build`](Self::build) fails.
    pub fn proxy_user(
        mut self,
        name: impl Into<String>,
        password: impl Into<SecretString>,
    ) -> Self {
        self.connection.proxy_user = Some((
            trimmed(&name.into()).to_owned(),
            trimmed_secret(password.into()),
        ));
        self
    }

    /// Uses no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.connection.proxy = ProxyChoice::Direct;
        self.choices.choose("proxy", "no_proxy");
        self
    }

    /// What the client calls itself. Default `prisma-cloud-rust/<version>`.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.connection.user_agent = name.into();
        self
    }

    /// Whether to ask for compressed answers (those that the features `gzip` and `brotli` provide). Default yes.
    pub fn compression(mut self, compression: bool) -> Self {
        self.connection.compression = compression;
        self
    }

    /// How long an unused connection is kept. Default 60 s.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.connection.pool_idle_timeout = timeout;
        self
    }

    /// How many unused connections are kept for each host, until [`pool_idle_timeout`](Self::pool_idle_timeout) closes them.
    /// Default: all, however many calls were under way at once, so that none is closed only to be opened again.
    pub fn pool_max_idle(mut self, connections: usize) -> Self {
        self.connection.pool_max_idle = connections;
        self
    }

    /// How many bytes of the body of a failed exchange an error keeps. Default 65 536.
    pub fn max_error_body(mut self, bytes: usize) -> Self {
        self.max_error_body = bytes;
        self
    }

    /// How many bytes an answer may have, after decompression, that is read into memory: everything but files, which are streamed
    /// and may have any size. A larger one is an error of kind [`Decode`](crate::ErrorKind::Decode) that names this limit.
    /// Default 536 870 912 (512 MiB).
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }

    /// Certificates to trust besides those of the system, as PEM: the CA of a proxy that re-encrypts, for instance.
    pub fn ca_bundle(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.connection.ca_bundle = Some(pem.into());
        self.choices.choose("certificates", "ca_bundle");
        self
    }

    /// A certificate to show, as PEM with the private key first.
    pub fn client_identity(mut self, pem: impl Into<SecretString>) -> Self {
        self.connection.identity = Some(pem.into());
        self
    }

    /// Believes any certificate: anybody on the way can read and change everything, credentials included. A warning is
    /// traced whenever such a client is built. [`ca_bundle`](Self::ca_bundle) is nearly always what is wanted.
    pub fn danger_accept_any_certificate(mut self) -> Self {
        self.connection.accept_any_certificate = true;
        self.choices
            .choose("certificates", "danger_accept_any_certificate");
        self
    }

    /// Starts from the `reqwest::ClientBuilder` that `begin` makes, for what cannot be set here. The settings of this builder
    /// go on top of it, and redirects and reqwest's own retries are switched off: the client has its own. `begin` is called by
    /// [`build`](Self::build), and once more for each further runtime of tokio that makes calls, since each has connections of
    /// its own. Default `reqwest::Client::builder`.
    pub fn http_client_builder(
        mut self,
        begin: impl Fn() -> reqwest::ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        self.http = Some(Box::new(begin));
        self
    }
}

/// For observing and for tests.
impl<K> Builder<K> {
    /// Hands every [`Event`](crate::Event) to `observer`; the last one given counts.
    pub fn observer(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Arc::new(observer));
        self
    }

    /// Takes the time from `clock`. Default [`SystemClock`].
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the jitter of retries repeatable. Default: a random seed.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

impl Builder {
    /// Checks what was set and makes the client. Nothing is sent: the first call logs in.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), if no place or no credentials are given, or something that was set cannot
    /// work or would have no effect: a second place, a user without a proxy, a blank name.
    pub fn build(mut self) -> Result<PrismaCloud, Error> {
        if let Some(loader) = self.kind.loader.take() {
            let profile = loader.load()?;
            self = self.with_profile(&profile)?;
            profile.judge(self.kind.place.is_some(), self.kind.credentials.is_given())?;
        }
        let endpoint = match self.kind.place.take() {
            Some(Place::Region(region)) => Endpoint::of_region(region),
            Some(Place::Pasted(url)) => Endpoint::pasted(&url)?,
            Some(Place::Custom(url)) => Endpoint::custom(&url, self.plain_http)?,
            None => {
                return Err(Error::config(
                    "no region was given; call `region`, or `url` with the address of the console",
                ));
            }
        };
        judge(&self.kind.credentials)?;
        let credentials = Arc::new(std::mem::take(&mut self.kind.credentials));
        let parts = self.parts(&[&endpoint])?;
        let wire = parts.wire(endpoint, credentials.clone());
        let session = Session::new(wire.clone())?;
        let mut core = parts.core(wire, session);
        core.credentials = Some(credentials);
        Ok(PrismaCloud::new(core))
    }
}

/// What clients are made of, whichever their hosts.
pub(crate) struct Parts {
    shared: Shared,
    seed: Option<u64>,
}

impl<K> Builder<K> {
    /// Checks what was set about the connection, and makes it.
    pub(crate) fn parts(self, endpoints: &[&Endpoint]) -> Result<Parts, Error> {
        self.choices.judge()?;
        let is_safe = |endpoint: &&Endpoint| endpoint.is_https() || endpoint.is_loopback();
        if self.plain_http && endpoints.iter().all(is_safe) {
            return Err(Error::config(
                "`allow_plain_http_exposing_credentials` has no effect: every address is https, or this machine; leave it out",
            ));
        }
        // A builder that was given may use the proxy of the environment, whatever is set here.
        let mut other_secrets =
            http_client::passwords_in_environment(|name| std::env::var(name).ok());
        if let ProxyChoice::Explicit(url) = &self.connection.proxy {
            let user = self.connection.proxy_user.iter();
            other_secrets.extend(user.map(|(_, password)| password.clone()));
            other_secrets.extend(http_client::passwords_in(url));
        }
        // It may have a proxy of its own, too.
        let between = match (&self.http, &self.connection.proxy) {
            (None, choice) | (Some(_), choice @ ProxyChoice::Explicit(_)) => InBetween::of(choice),
            _ => InBetween::default(),
        };
        let begin = self
            .http
            .unwrap_or_else(|| Box::new(reqwest::Client::builder));
        let (connection, timeouts) = (self.connection, self.timeouts);
        let endpoints: Vec<Endpoint> = endpoints.iter().map(|&one| one.clone()).collect();
        let http = Pools::new(Box::new(move || {
            http_client::build(begin(), &connection, &timeouts, &endpoints)
        }))?;
        let mut policy = self.policy;
        if let Some(timeout) = self.overall_timeout {
            policy.overall_timeout = timeout;
        }
        if self.no_retries {
            policy.max_attempts = 1;
            policy.max_throttled_attempts = 1;
        }
        let shared = Shared {
            http,
            clock: self.clock,
            policy,
            timeouts: self.timeouts,
            max_error_body: self.max_error_body,
            max_answer: self.max_answer,
            observer: self.observer,
            other_secrets,
            between,
        };
        Ok(Parts {
            shared,
            seed: self.seed,
        })
    }
}

impl Parts {
    /// The way to `endpoint`, for those who hold a token of `source`.
    pub(crate) fn wire(&self, endpoint: Endpoint, source: Arc<dyn TokenSource>) -> Arc<Wire> {
        let random = self
            .seed
            .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed);
        Arc::new(Wire::new(endpoint, source, self.shared.clone(), random))
    }

    /// The calls that go over `wire` in `session`.
    pub(crate) fn core(&self, wire: Arc<Wire>, session: Arc<Session>) -> Core {
        Core {
            session,
            limiter: Limiter::new(self.shared.clock.clone()),
            wire,
            credentials: None,
        }
    }
}

fn judge(credentials: &Credentials) -> Result<(), Error> {
    use secrecy::ExposeSecret;

    const WHERE: &str = "make an access key under Settings > Access Control > Access Keys";
    let is_empty = |secret: &SecretString| secret.expose_secret().is_empty();
    let key = credentials.key.get();
    let problem = if key.is_none() && credentials.token.is_none() {
        format!("no credentials were given; call `access_key` ({WHERE}) or `token`")
    } else if key.as_ref().is_some_and(|key| key.id.is_empty()) {
        format!("the id of the access key is empty; {WHERE}")
    } else if key.is_some_and(|key| is_empty(&key.secret)) {
        format!("the secret of the access key is empty; it is shown once, so {WHERE}")
    } else if credentials.token.as_ref().is_some_and(is_empty) {
        format!("the token is empty; leave it out and give an `access_key` ({WHERE})")
    } else if credentials.customer_name.as_deref() == Some("") {
        "the customer name is empty; leave it out, or give the name of the tenant".to_owned()
    } else if credentials.prisma_id.as_deref() == Some("") {
        "the Prisma id is empty; leave it out, or give the id of the tenant".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::config(problem))
}
