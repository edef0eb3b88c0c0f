//! The first program: logs in, counts the open alerts by severity, and lists the Code Security repositories.
//!
//! `cargo run --example quickstart` talks to a tenant in a box. With the credentials of a real one in the environment
//! it talks to that: `PC_URL` (the address of the console), `PC_IDENTITY` (the id of an access key) and `PC_SECRET`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use prisma_cloud::api::code::prelude::*;
use prisma_cloud::api::cspm::prelude::*;
use prisma_cloud::api::cspm::types::{FilterModel, UiFilterModel};
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, PrismaCloud};

const NAMES: [&str; 3] = ["PC_URL", "PC_IDENTITY", "PC_SECRET"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let values = NAMES.map(|name| std::env::var(name).ok());
    let result = match credentials(values) {
        Ok(given) => run(given).await,
        Err(sentence) => Err(sentence),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

/// With the address of a console and an access key, or in a box.
pub async fn run(given: Option<[String; 3]>) -> Result<(), String> {
    let tenant; // Lives as long as the calls to it.
    let client = match given {
        Some([url, identity, secret]) => {
            let client = PrismaCloud::builder()
                .url(url)
                .access_key(identity, secret)
                .build()
                .map_err(sentence)?;
            println!(
                "Tenant: {}, with the access key of PC_IDENTITY",
                client.base_url()
            );
            client
        }
        None => {
            tenant = Tenant::start().await;
            println!(
                "Tenant: in a box, at {} (PC_URL, PC_IDENTITY and PC_SECRET are not set)",
                tenant.url()
            );
            tenant.client().build().map_err(sentence)?
        }
    };
    alerts(&client).await.map_err(sentence)?;
    repositories(&client).await.map_err(sentence)
}

/// The three values, or nothing if none is set.
pub fn credentials(values: [Option<String>; 3]) -> Result<Option<[String; 3]>, String> {
    match values.map(|value| value.filter(|value| !value.trim().is_empty())) {
        [Some(url), Some(identity), Some(secret)] => Ok(Some([url, identity, secret])),
        [None, None, None] => Ok(None),
        values => {
            let missing: Vec<&str> = NAMES
                .into_iter()
                .zip(&values)
                .filter_map(|(name, value)| value.is_none().then_some(name))
                .collect();
            Err(format!(
                "Set {} as well, or none of {} to use a tenant in a box.",
                missing.join(" and "),
                NAMES.join(", ")
            ))
        }
    }
}

/// Counts open alerts page by page. Every page with data carries a token for the next, so an empty one is the end.
async fn alerts(client: &PrismaCloud) -> Result<(), Error> {
    let mut counts = BTreeMap::new();
    let mut pages = 0;
    let open = UiFilterModel::new()
        .name("alert.status")
        .operator("=")
        .value("open");
    let mut request = FilterModel::new().detailed(true).limit(100).filters([open]);
    loop {
        let page = client
            .cspm()
            .post_alerts_v2()
            .body(request)
            .send()
            .await?
            .into_inner();
        let items = page.items.unwrap_or_default();
        let Some(token) = page.next_page_token.filter(|_| !items.is_empty()) else {
            break;
        };
        pages += 1;
        for alert in items {
            let severity = alert.policy.and_then(|policy| policy.severity);
            let severity =
                severity.map_or_else(|| "unknown".to_owned(), |severity| severity.to_string());
            *counts.entry(severity).or_insert(0) += 1;
        }
        request = FilterModel::new().page_token(token);
    }
    let total: u64 = counts.values().sum();
    println!("\n{:<14} Open alerts", "Severity");
    for (severity, count) in &counts {
        println!("{severity:<14} {count:>11}");
    }
    println!("{:<14} {total:>11}   on {pages} pages", "all");
    Ok(())
}

async fn repositories(client: &PrismaCloud) -> Result<(), Error> {
    let repositories = client.code().get_repositories().send().await?.into_inner();
    println!("\n{:<30} {:<12} Branch", "Repository", "Source");
    for repository in &repositories {
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "?".to_owned());
        let name = format!(
            "{}/{}",
            text(&repository.owner),
            text(&repository.repository)
        );
        println!(
            "{name:<30} {:<12} {}",
            text(&repository.source),
            text(&repository.default_branch)
        );
    }
    println!("{} repositories", repositories.len());
    Ok(())
}

/// The error as one sentence, with what caused it.
fn sentence(error: Error) -> String {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        causes.push(error.to_string());
        cause = error.source();
    }
    match causes.last() {
        Some(root) => format!("{error} (cause: {root})."),
        None => format!("{error}."),
    }
}
