//! A tenant in a box on a port, for programs in any language.
//!
//! ```sh
//! cargo run --example tenant -- --port 8080 --alerts 1000
//! ```
//!
//! The README shows how to talk to it with curl.

use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::time::Duration;

use prisma_cloud::testing::{Tenant, TenantBuilder, TokenForm};

const HELP: &str =
    "A tenant in a box: a stand-in for Prisma Cloud that knows all of its operations.

Options, each with a value unless it says otherwise:
  --port N              where it listens; default 8080, 0 for a free port
  --address IP          default 127.0.0.1
  --alerts N            how many alerts there are; default 250
  --repositories N      how many repositories there are; default 6
  --seed N              what answers are made from; default 1
  --token-life SECONDS  how long tokens live; default 600
  --access-key ID       default example-access-key
  --secret-key SECRET   default example-secret-key
  --opaque-tokens       (no value) tokens are no JWT
  --published-limits    (no value) the published rate limits hold
  --help                (no value) this text";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match start(std::env::args().skip(1)).await {
        Ok(Some((_tenant, greeting))) => {
            println!("{greeting}");
            // Until somebody ends the program.
            std::future::pending::<()>().await;
            ExitCode::SUCCESS
        }
        Ok(None) => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// A tenant as the command line wants it, and how to talk to it. Nothing if help is wanted.
pub async fn start(
    words: impl Iterator<Item = String>,
) -> Result<Option<(Tenant, String)>, String> {
    let Some(options) = Options::read(words)? else {
        return Ok(None);
    };
    let place = format!("{}:{}", options.address, options.port);
    match options.builder().try_start().await {
        Ok(tenant) => {
            let greeting = greeting(&tenant.url(), &options.key);
            Ok(Some((tenant, greeting)))
        }
        Err(error) => Err(format!(
            "It cannot listen at {place}: {error}. Give another --port, or 0 for a free one."
        )),
    }
}

fn greeting(url: &str, key: &str) -> String {
    format!(
        "A tenant in a box listens at {url}, with the access key {key}.
Log in:    curl -s {url}/login -H 'content-type: application/json' \\
             -d '{{\"username\": \"{key}\", \"password\": \"…\"}}'
Requests:  curl -s {url}/__tenant/requests
Faults:    curl -s {url}/__tenant/faults -d '{{\"on\": \"get-alert\", \"once\": true, \"fault\": \"reset\"}}'
Reset:     curl -s -X POST {url}/__tenant/reset"
    )
}

/// What the command line says.
#[derive(Debug)]
struct Options {
    port: u16,
    address: IpAddr,
    key: String,
    secret: String,
    alerts: u64,
    repositories: u64,
    seed: u64,
    life: u64,
    opaque: bool,
    limits: bool,
}

impl Options {
    /// Nothing if help is wanted.
    fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            port: 8080,
            address: Ipv4Addr::LOCALHOST.into(),
            key: "example-access-key".to_owned(),
            secret: "example-secret-key".to_owned(),
            alerts: 250,
            repositories: 6,
            seed: 1,
            life: 600,
            opaque: false,
            limits: false,
        };
        while let Some(name) = words.next() {
            match name.as_str() {
                "--help" | "-h" => return Ok(None),
                "--opaque-tokens" => options.opaque = true,
                "--published-limits" => options.limits = true,
                "--port" => options.port = value(&name, words.next())?,
                "--address" => options.address = value(&name, words.next())?,
                "--access-key" => options.key = value(&name, words.next())?,
                "--secret-key" => options.secret = value(&name, words.next())?,
                "--alerts" => options.alerts = value(&name, words.next())?,
                "--repositories" => options.repositories = value(&name, words.next())?,
                "--seed" => options.seed = value(&name, words.next())?,
                "--token-life" => options.life = value(&name, words.next())?,
                _ => return Err(format!("There is no option {name}; --help lists them.")),
            }
        }
        Ok(Some(options))
    }

    fn builder(&self) -> TenantBuilder {
        let mut builder = Tenant::builder()
            .listen((self.address, self.port))
            .access_key(&self.key, &self.secret)
            .alerts(self.alerts)
            .repositories(self.repositories)
            .seed(self.seed)
            .token_life(Duration::from_secs(self.life));
        if self.opaque {
            builder = builder.tokens(TokenForm::Opaque);
        }
        if self.limits {
            builder = builder.published_limits();
        }
        builder
    }
}

/// The value is a secret for one of them, so it is not repeated.
fn value<T: std::str::FromStr>(name: &str, word: Option<String>) -> Result<T, String> {
    let word = word.ok_or_else(|| format!("{name} needs a value; --help says which."))?;
    let wrong = |_| format!("{name} does not take this value; --help says which.");
    word.parse().map_err(wrong)
}
