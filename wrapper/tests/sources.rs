//! One session, whatever its tokens come from: the same tests for every kind of source, from one table.

mod common;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use common::settle_until;
#[cfg(feature = "ibm")]
use prisma_cloud::ibm::{ComputeProfile, ComputeToken, IbmBuilder, IbmCloud, TrustedProfile};
#[cfg(feature = "ibm")]
use prisma_cloud::testing::ibm::{API_KEY, CLIENT, COMPUTE_TOKEN, Cloud};
use prisma_cloud::testing::{Fault, SimulatedClock, Tenant};
use prisma_cloud::{Builder, Error, Event, Method, PrismaCloud, Product};
use tokio::task::JoinSet;

/// Sets the credentials of a kind of source.
#[derive(Clone, Copy)]
enum Credentials {
    Prisma(fn(Builder) -> Builder),
    #[cfg(feature = "ibm")]
    Ibm(fn(&Cloud, IbmBuilder) -> IbmBuilder),
}

/// A kind of source, as the tests see it.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    credentials: Credentials,
    /// How long a token lives, in seconds.
    life: u64,
    /// How long before its end it is not sent any more, in seconds.
    slack: u64,
    /// How long a failed extension is left alone, in seconds.
    pause: u64,
    /// What logs in, and what extends.
    login: &'static str,
    extension: &'static str,
    /// How many requests a login takes.
    steps: usize,
}

const fn prisma(name: &'static str, credentials: fn(Builder) -> Builder) -> Kind {
    Kind {
        name,
        credentials: Credentials::Prisma(credentials),
        life: 600,
        slack: 5,
        pause: 30,
        login: "/login",
        extension: "/auth_token/extend",
        steps: 1,
    }
}

#[cfg(feature = "ibm")]
const fn ibm(
    name: &'static str,
    steps: usize,
    credentials: fn(&Cloud, IbmBuilder) -> IbmBuilder,
) -> Kind {
    Kind {
        name,
        credentials: Credentials::Ibm(credentials),
        life: 3600,
        slack: 10,
        pause: 60,
        login: "/identity/token",
        extension: "/identity/token",
        steps,
    }
}

/// The table.
const KINDS: &[Kind] = &[
    prisma("access key", |builder| builder),
    prisma("access key for one of several tenants", |builder| {
        builder.customer_name("Example")
    }),
    #[cfg(feature = "ibm")]
    ibm("API key", 1, |_, builder| builder.api_key(API_KEY)),
    #[cfg(feature = "ibm")]
    ibm("refresh token", 1, |cloud, builder| {
        let token = cloud.issue_refresh_token();
        builder.client(CLIENT.0, CLIENT.1).refresh_token(token)
    }),
    #[cfg(feature = "ibm")]
    ibm("compute resource", 1, |_, builder| {
        let token = ComputeToken::Value(COMPUTE_TOKEN.into());
        builder.compute_resource(token, ComputeProfile::Id("Profile-1".into()))
    }),
    #[cfg(feature = "ibm")]
    ibm("trusted profile", 2, |_, builder| {
        let profile = TrustedProfile::Crn("crn:v1:profile".into());
        builder.api_key(API_KEY).assume(profile)
    }),
];

enum Server {
    Tenant(Tenant),
    #[cfg(feature = "ibm")]
    Cloud(Cloud),
}

impl Deref for Server {
    type Target = Tenant;

    fn deref(&self) -> &Tenant {
        match self {
            Self::Tenant(tenant) => tenant,
            #[cfg(feature = "ibm")]
            Self::Cloud(cloud) => cloud,
        }
    }
}

#[derive(Clone)]
enum Client {
    Prisma(PrismaCloud),
    #[cfg(feature = "ibm")]
    Ibm(IbmCloud),
}

impl Client {
    async fn call(&self) -> Result<(), Error> {
        let call = match self {
            Self::Prisma(client) => client.raw(Product::Code, Method::GET, PATHS[0]),
            #[cfg(feature = "ibm")]
            Self::Ibm(client) => client.raw(Product::IbmCompliance, Method::GET, PATHS[1]),
        };
        call.send().await.map(drop)
    }

    async fn many(&self, count: usize) -> Vec<Result<(), Error>> {
        let mut tasks = JoinSet::new();
        for _ in 0..count {
            let client = self.clone();
            tasks.spawn(async move { client.call().await });
        }
        tasks.join_all().await
    }
}

/// So many calls at once.
const MANY: usize = 300;

/// What the calls of the tests ask for.
const PATHS: [&str; 2] = ["/code/api/v1/repositories", "/v3/services"];

struct World {
    kind: Kind,
    clock: SimulatedClock,
    server: Server,
    client: Client,
    /// How many extensions are over, however they ended.
    extended: Arc<AtomicUsize>,
}

impl World {
    /// A server and its client on one clock; the client's time of day is wrong by `skew` seconds.
    async fn start(kind: Kind, skew: i64) -> Self {
        println!("{}", kind.name);
        let clock = SimulatedClock::new();
        let extended = Arc::new(AtomicUsize::new(0));
        let (server, client) = match kind.credentials {
            Credentials::Prisma(credentials) => {
                let tenant = Tenant::builder().clock(&clock).start().await;
                let builder =
                    common_settings(credentials(tenant.client()), &clock, skew, &extended);
                let client = Client::Prisma(builder.build().expect("a client"));
                (Server::Tenant(tenant), client)
            }
            #[cfg(feature = "ibm")]
            Credentials::Ibm(credentials) => {
                let cloud = Cloud::start_with(|tenant| tenant.clock(&clock)).await;
                let builder = IbmCloud::builder()
                    .iam_url(cloud.url())
                    .compliance_url(cloud.url());
                let builder =
                    common_settings(credentials(&cloud, builder), &clock, skew, &extended);
                let client = Client::Ibm(builder.build().expect("a client"));
                (Server::Cloud(cloud), client)
            }
        };
        Self {
            kind,
            clock,
            server,
            client,
            extended,
        }
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// How many requests there were for tokens of any kind.
    fn renewals(&self) -> usize {
        let kind = self.kind;
        self.server
            .count_where(|record| [kind.login, kind.extension].contains(&record.path.as_str()))
    }

    fn calls(&self) -> usize {
        self.server
            .count_where(|record| PATHS.contains(&record.path.as_str()))
    }

    async fn extensions_are_over(&self, count: usize) {
        settle_until(|| self.extended.load(SeqCst) == count).await;
    }

    /// What the last call said who it was.
    fn sent(&self) -> String {
        let records = self.server.recorded();
        let mut calls = records.iter().rev();
        let call = calls.find(|record| PATHS.contains(&record.path.as_str()));
        let value = &call.expect("a call").headers["authorization"];
        value.to_str().expect("text").to_owned()
    }

    /// Every extension from now on ends like this.
    fn fail_extensions(&self, fault: Fault) {
        let path = self.kind.extension;
        self.server
            .rule(move |record| (record.path == path).then(|| fault.clone()));
    }
}

fn common_settings<K>(
    builder: Builder<K>,
    clock: &SimulatedClock,
    skew: i64,
    extended: &Arc<AtomicUsize>,
) -> Builder<K> {
    let extended = extended.clone();
    builder
        .clock(clock.with_wall_offset(skew))
        .observer(move |event: &Event<'_>| {
            if let Event::Extension { .. } = event {
                extended.fetch_add(1, SeqCst);
            }
        })
}

/// The due time: a fifth of the life is left.
fn due(kind: Kind) -> u64 {
    kind.life * 4 / 5
}

#[tokio::test]
async fn many_first_calls_cause_one_login() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        for result in world.client.many(MANY).await {
            result.unwrap();
        }
        assert_eq!(world.renewals(), kind.steps);
        assert_eq!(world.calls(), MANY);
    }
}

#[tokio::test]
async fn many_calls_at_the_due_time_cause_one_extension_and_none_waits() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        world.client.call().await.unwrap();
        world.advance(due(kind) - 1);
        world.client.call().await.unwrap();
        assert_eq!(world.renewals(), kind.steps, "it is not due yet");
        world.advance(1);
        // The extension is answered long after this test: who waited for it would not come back.
        world.fail_extensions(Fault::delay(Duration::from_secs(3600)));
        for result in world.client.many(MANY).await {
            result.unwrap();
        }
        settle_until(|| world.renewals() == kind.steps + 1).await;
        assert_eq!(world.calls(), MANY + 2);
    }
}

#[tokio::test]
async fn an_extension_takes_over_without_anybody_noticing() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        world.client.call().await.unwrap();
        for round in 1..=10 {
            world.advance(due(kind));
            world.client.call().await.unwrap();
            world.extensions_are_over(round).await;
        }
        assert_eq!(world.renewals(), 11 * kind.steps);
        let refused = world
            .server
            .count_where(|record| record.status != Some(200));
        assert_eq!(refused, 0);
    }
}

#[tokio::test]
async fn a_token_is_used_until_just_before_its_end_and_not_longer() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        world.client.call().await.unwrap();
        let first = world.server.tokens().pop().unwrap();
        // Nothing can be got any more; who has a token that is still good does not care.
        world.fail_extensions(Fault::status(400));
        world.advance(kind.life - kind.slack - 1);
        world.client.call().await.unwrap();
        assert!(world.sent().ends_with(&first));
        world.extensions_are_over(1).await;
        world.server.no_more_faults();
        world.advance(1);
        world.client.call().await.unwrap();
        assert!(!world.sent().ends_with(&first));
        assert!(
            world
                .sent()
                .ends_with(&world.server.tokens().pop().unwrap())
        );
    }
}

#[tokio::test]
async fn an_idle_client_logs_in_and_never_extends_a_dead_token() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        world.client.call().await.unwrap();
        for seconds in [kind.life, 60 * kind.life] {
            world.advance(seconds);
            world.client.call().await.unwrap();
        }
        assert_eq!(world.renewals(), 3 * kind.steps);
        assert_eq!(world.extended.load(SeqCst), 0);
        let refused = world
            .server
            .count_where(|record| record.status != Some(200));
        assert_eq!(refused, 0);
    }
}

#[tokio::test]
async fn a_failed_extension_keeps_a_valid_token_and_is_tried_again_later() {
    let faults = || {
        [
            Fault::status(500),
            Fault::reset(),
            Fault::html(200),
            Fault::too_many_requests(),
        ]
    };
    for kind in KINDS.iter().copied() {
        for fault in faults() {
            let world = World::start(kind, 0).await;
            world.client.call().await.unwrap();
            world.fail_extensions(fault);
            world.advance(due(kind));
            world.client.call().await.unwrap();
            world.extensions_are_over(1).await;
            let asked = world.renewals();
            assert_eq!(asked, kind.steps + 1, "one attempt");
            world.server.no_more_faults();
            world.advance(kind.pause - 1);
            world.client.call().await.unwrap();
            assert_eq!(world.renewals(), asked, "not again at once");
            world.advance(1);
            world.client.call().await.unwrap();
            world.extensions_are_over(2).await;
            assert_eq!(world.renewals(), asked + kind.steps);
            world.advance(kind.life / 10);
            world.client.call().await.unwrap();
            assert_eq!(
                world.renewals(),
                asked + kind.steps,
                "the new token took over"
            );
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_changes_nothing() {
    for kind in KINDS.iter().copied() {
        for skew in [-86_400, -3_600, 3_600, 86_400] {
            let world = World::start(kind, skew).await;
            world.client.call().await.unwrap();
            world.advance(due(kind) - 1);
            world.client.call().await.unwrap();
            assert_eq!(world.renewals(), kind.steps, "{skew} s");
            world.advance(1);
            world.client.call().await.unwrap();
            world.extensions_are_over(1).await;
            assert_eq!(world.renewals(), 2 * kind.steps, "{skew} s");
            world.advance(kind.life);
            world.client.call().await.unwrap();
            assert_eq!(world.renewals(), 3 * kind.steps, "{skew} s");
        }
    }
}

#[tokio::test]
async fn a_revoked_token_costs_one_login_however_many_see_it() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        world.client.call().await.unwrap();
        world.server.revoke_tokens();
        for result in world.client.many(200).await {
            result.unwrap();
        }
        assert_eq!(world.renewals(), 2 * kind.steps);
    }
}

#[tokio::test]
async fn a_login_is_retried_like_a_read() {
    for kind in KINDS.iter().copied() {
        let world = World::start(kind, 0).await;
        for fault in [
            Fault::status(503),
            Fault::too_many_requests(),
            Fault::reset(),
            Fault::html(200),
        ] {
            world.server.fail_next(fault);
        }
        world.client.call().await.unwrap();
        assert_eq!(world.renewals(), 4 + kind.steps);
    }
}
