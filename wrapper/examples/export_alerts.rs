//! Exports all alerts as NDJSON, an object in each line, with every member that the service sends. An export that was
//! stopped goes on where it stood.
//!
//! `cargo run --example export_alerts`, against a tenant in a box, writes `alerts.ndjson`.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use prisma_cloud::PrismaCloud;
use prisma_cloud::alerts::AlertQuery;
use prisma_cloud::paging::Position;
use prisma_cloud::testing::Tenant;

/// The most alerts that the service sends at once.
const PAGE: u64 = 10_000;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let tenant = Tenant::start().await;
    let client = tenant.client().build()?;
    let target = Path::new("alerts.ndjson");
    let count = run(&client, target).await?;
    println!("{count} alerts to {}", target.display());
    Ok(())
}

/// Writes all alerts to `target`, and tells how many were added. Until it is done, `<target>.state` says how far it is.
pub async fn run(client: &PrismaCloud, target: &Path) -> Result<u64> {
    let (mut export, position) = Export::open(target)?;
    let query = AlertQuery::new().limit(PAGE as u32);
    let mut alerts = client.alerts().list(query).raw();
    if let Some(position) = position {
        alerts = alerts.starting_at(&position)?;
    }
    let mut count = 0;
    while let Some(alert) = alerts.next().await {
        if let Ok(alert) = &alert {
            export.file.write_all(&alert.line())?;
            export.file.write_all(b"\n")?;
            count += 1;
        }
        if alert.is_err() || count % PAGE == 0 {
            export.save(alerts.position())?;
        }
        alert?;
    }
    export.finish()?;
    Ok(count)
}

struct Export {
    file: BufWriter<File>,
    /// How long the file was when its position was saved, and the position.
    state: PathBuf,
}

impl Export {
    /// Cuts off what came after the last position that was saved.
    fn open(target: &Path) -> Result<(Self, Option<Position>)> {
        let state = PathBuf::from(format!("{}.state", target.display()));
        let saved = fs::read_to_string(&state).unwrap_or_default();
        let (length, position) = match saved.split_once(' ') {
            Some((length, position)) => (length.parse()?, Some(position.parse()?)),
            None => (0, None),
        };
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(target)?;
        if file.metadata()?.len() < length {
            let state = state.display();
            return Err(format!("the file is shorter than {state} says; delete both").into());
        }
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        let file = BufWriter::new(file);
        Ok((Self { file, state }, position))
    }

    fn save(&mut self, position: Option<Position>) -> Result<()> {
        self.file.flush()?;
        let length = self.file.get_ref().metadata()?.len();
        if let Some(position) = position {
            let new = self.state.with_extension("new");
            fs::write(&new, format!("{length} {position}"))?;
            fs::rename(new, &self.state)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<()> {
        self.file.flush()?;
        if self.state.exists() {
            fs::remove_file(&self.state)?;
        }
        Ok(())
    }
}
