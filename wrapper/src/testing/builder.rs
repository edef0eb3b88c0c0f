//! What a tenant is like.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::clock::SimulatedClock;
use super::server::{Desk, Front, Settings, Shared, State};
use super::tenant::Tenant;
use super::tokens::TokenForm;

/// What a tenant is like. Everything has a default.
#[derive(Debug)]
pub struct TenantBuilder(Settings);

impl Default for TenantBuilder {
    fn default() -> Self {
        Self(Settings {
            clock: None,
            latency: Duration::ZERO,
            form: TokenForm::Jwt,
            life: Duration::from_secs(600),
            alerts: 250,
            repositories: 6,
            key: ("example-access-key".into(), "example-secret-key".into()),
            customer: ("Example".into(), "1".into()),
            seed: 1,
            token_bytes: 0,
            published_limits: false,
            record: 10_000,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
        })
    }
}

impl TenantBuilder {
    /// The clock that tokens and limits go by. Default: the system's.
    pub fn clock(mut self, clock: &SimulatedClock) -> Self {
        self.0.clock = Some(clock.clone());
        self
    }

    /// How long each answer takes, on the simulated clock. Default: no time.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.0.latency = latency;
        self
    }

    /// How tokens look. Default: JWT.
    pub fn tokens(mut self, form: TokenForm) -> Self {
        self.0.form = form;
        self
    }

    /// How long tokens live. Default: 10 min.
    pub fn token_life(mut self, life: Duration) -> Self {
        self.0.life = life;
        self
    }

    /// How many alerts there are. Default: 250.
    pub fn alerts(mut self, alerts: u64) -> Self {
        self.0.alerts = alerts;
        self
    }

    /// How many repositories there are. Default: 6.
    pub fn repositories(mut self, repositories: u64) -> Self {
        self.0.repositories = repositories;
        self
    }

    /// The access key that is accepted. Default: `example-access-key`, `example-secret-key`.
    pub fn access_key(mut self, id: &str, secret: &str) -> Self {
        self.0.key = (id.to_owned(), secret.to_owned());
        self
    }

    /// The name and the Prisma id that login and extension tell. Default: `Example`, `1`.
    pub fn customer(mut self, name: &str, prisma_id: &str) -> Self {
        self.0.customer = (name.to_owned(), prisma_id.to_owned());
        self
    }

    /// What the samples are made from: tenants with the same seed give the same answers. Default: 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.0.seed = seed;
        self
    }

    /// Page tokens of alerts have at least so many bytes; real ones can reach 43 kB. Default: as few as possible.
    pub fn page_token_bytes(mut self, bytes: usize) -> Self {
        self.0.token_bytes = bytes;
        self
    }

    /// The published rate limits hold. Default: there are no limits.
    pub fn published_limits(mut self) -> Self {
        self.0.published_limits = true;
        self
    }

    /// How many of the last requests are kept. Default: 10 000.
    pub fn record(mut self, requests: usize) -> Self {
        self.0.record = requests;
        self
    }

    /// Where it listens. Default: a free port of 127.0.0.1.
    pub fn listen(mut self, address: impl Into<SocketAddr>) -> Self {
        self.0.address = address.into();
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it cannot listen.
    pub async fn start(self) -> Tenant {
        match self.try_start().await {
            Ok(tenant) => tenant,
            Err(error) => panic!("a tenant cannot listen: {error}"),
        }
    }

    /// Starts it.
    ///
    /// # Errors
    /// If it cannot listen: the port may be taken.
    pub async fn try_start(self) -> io::Result<Tenant> {
        let Settings {
            clock,
            key,
            address,
            ..
        } = self.0.clone();
        let shared = Shared::new(State::new(self.0));
        let server = Desk::open(shared.clone()).await;
        Ok(Tenant {
            front: Front::open(address, server.address())?,
            _server: server,
            shared,
            clock,
            key,
        })
    }
}
