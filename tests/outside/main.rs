//! Every operation is called: against the tenant in a box, and against Stoplight Prism, which validates what is sent
//! and makes up answers from the published documents, or from the vendored ones.
//!
//! No libtest, so that what is skipped is seen. `bash tests/outside/run` installs what is needed and runs this.

mod arguments;
mod change;
mod documents;
mod exchange;
mod ledger;
mod negative;
mod prism;
mod rounds;
mod tenant;

use std::process::ExitCode;

use documents::Tools;

#[tokio::main]
async fn main() -> ExitCode {
    let seed = prisma_cloud_tests::seed();
    println!("seed {seed}");
    let tenant = tenant::run(seed).await;
    let mut complaints = tenant.complaints;
    let prism = match documents::tools() {
        Tools::Found(modules) => match rounds::run(&modules, seed).await {
            Ok(prism) => {
                complaints.extend(prism.complaints);
                prism.figures
            }
            Err(message) => {
                complaints.push(message.clone());
                message
            }
        },
        Tools::Missing(message) => {
            complaints.push(message.clone());
            message
        }
        Tools::NotInstalled => {
            "SKIPPED, `bash tests/outside/run` installs it and tries again".to_owned()
        }
    };
    for complaint in &complaints {
        println!("{complaint}");
    }
    println!("prism: {prism}; tenant: {}", tenant.figures);
    if complaints.is_empty() {
        ExitCode::SUCCESS
    } else {
        println!("{} complaints", complaints.len());
        ExitCode::FAILURE
    }
}
