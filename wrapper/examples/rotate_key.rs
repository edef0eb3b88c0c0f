//! Rotates the access key: makes a second one, proves that it logs in, stores it in a file, and only then deletes the old one.
//! The tenant is in a box; for your own `PrismaCloud::from_env()` makes the client.

use std::io::Write;
use std::path::Path;

use prisma_cloud::access_keys::{CreatedAccessKey, RotateError};
use prisma_cloud::testing::Tenant;
use prisma_cloud::{Error, ExposeSecret, PrismaCloud};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let tenant = Tenant::start().await;
    let client = tenant.client().build()?;
    let file = std::env::temp_dir().join(format!("prisma-cloud-{}.json", std::process::id()));
    match rotate(&client, &file).await {
        Ok(text) => print!("{text}"),
        // It says which key works, and what is left to do.
        Err(error) => eprintln!("{error}"),
    }
    // It served to show; a real one stays.
    let _ = std::fs::remove_file(file);
    Ok(())
}

/// Rotates the key of `client`, and says what was done.
pub async fn rotate(client: &PrismaCloud, file: &Path) -> Result<String, RotateError> {
    let url = client.base_url();
    let store = |key| async move { store(file, url, &key) };
    let rotated = client.access_keys().rotate(store).await?;
    let mut text = format!("{} replaces {}\n", rotated.new_id, rotated.old_id);
    // The same client goes on with the new key.
    for key in client.access_keys().list().await.unwrap_or_default() {
        let state = if key.active == Some(true) {
            "active"
        } else {
            "not active"
        };
        text += &format!("{} is {state}\n", key.id);
    }
    Ok(text)
}

/// Writes a file that only its owner can read: beside the old one, and renamed when it is complete.
fn store(file: &Path, url: &str, key: &CreatedAccessKey) -> std::io::Result<()> {
    let profile = serde_json::json!({
        "url": url, "identity": key.id, "secret": key.secret.expose_secret(),
    });
    let new = file.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(&new)?;
    write!(open, "{profile}")?;
    open.sync_all()?;
    std::fs::rename(new, file)
}
