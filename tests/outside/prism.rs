//! Prism, as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use prisma_cloud::PrismaCloud;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::exchange::TOKEN;

/// A running Prism. It is killed when this is dropped.
pub struct Prism {
    _process: Child,
    /// Its address.
    pub url: String,
    /// How many operations it serves.
    pub operations: usize,
}

impl Prism {
    /// Starts it with the modules in `modules`, for `documents`.
    ///
    /// # Errors
    /// What node says, if Prism does not get ready within a minute or two.
    pub async fn start(modules: &Path, documents: &[PathBuf]) -> Result<Self, String> {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside/prism.mjs");
        let mut process = Command::new("node")
            .arg(program)
            .args(documents)
            .env("PRISM_MODULES", modules)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("node cannot be started: {error}"))?;
        let output = process.stdout.take().ok_or("node has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut operations = 0;
        let ready = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(count) = line.strip_suffix(" operations") {
                    operations = count.parse().unwrap_or(0);
                }
                if let Some(url) = line.strip_prefix("listening on ") {
                    return Some(url.to_owned());
                }
            }
            None
        };
        let url = tokio::time::timeout(Duration::from_secs(120), ready)
            .await
            .map_err(|_| "Prism was not ready after two minutes")?
            .ok_or("Prism ended before it was ready; its complaint is above")?;
        Ok(Self {
            _process: process,
            url,
            operations,
        })
    }

    /// A client of it. Calls are made once: a refusal is a finding, not a failure to wait out.
    pub fn client(&self) -> PrismaCloud {
        PrismaCloud::builder()
            .custom_url(&self.url)
            .token(TOKEN)
            .no_retries()
            .build()
            .expect("loopback is a valid address")
    }
}
