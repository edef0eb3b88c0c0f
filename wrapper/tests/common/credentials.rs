//! What the tests of credentials share: a home, variables, and looking for secrets in what is shown.

#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use prisma_cloud::testing::Tenant;
use prisma_cloud::{CredentialLoader, Error, PrismaCloud, Profile};
use serde_json::Value;
use tempfile::TempDir;

/// In every secret of these tests; nothing that is shown may hold it.
pub const SECRET: &str = "s3cr3t-of-the-test";

/// A home of its own, with files that only their owner can read.
pub struct Home(pub TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        mode(&path, 0o600);
        path
    }

    /// The default place, with these variables.
    pub fn loader(&self, variables: &[(&str, &str)]) -> CredentialLoader {
        lookup(CredentialLoader::new(), variables).home(self.0.path())
    }
}

#[cfg(unix)]
pub fn mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;

    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
pub fn mode(_: &Path, _: u32) {}

pub fn lookup(loader: CredentialLoader, variables: &[(&str, &str)]) -> CredentialLoader {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let variables: HashMap<String, String> = variables.iter().map(own).collect();
    loader.variables(move |name| variables.get(name).cloned())
}

/// The body of the login that a client of this profile sends.
pub async fn login(loader: CredentialLoader) -> Value {
    let tenant = Tenant::start().await;
    let client = PrismaCloud::builder()
        .url(tenant.url())
        .credentials(loader)
        .build()
        .unwrap();
    // Refused or not, it was sent.
    let _ = client.prisma_id().await;
    let _ = client.identity().await;
    let logins: Vec<Value> = tenant
        .recorded()
        .iter()
        .filter(|record| record.path == "/login")
        .map(|record| serde_json::from_slice(&record.body).unwrap())
        .collect();
    logins[0].clone()
}

/// The error of a loader, having seen to it that nothing of it shows a secret.
pub fn error(loader: CredentialLoader) -> String {
    let profile = loader.load();
    let error = match profile.and_then(|profile| profile.client()?.build()) {
        Ok(client) => panic!("this makes a client: {client:?}"),
        Err(error) => error,
    };
    assert!(error.is_config());
    shown(&error)
}

pub fn shown(error: &Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        all += &format!(" {error} {error:?}");
        cause = error.source();
    }
    assert!(
        !all.contains(SECRET) && !all.contains("s3cr3t"),
        "a secret is shown: {all}"
    );
    error.to_string()
}

pub fn quiet(profile: &Profile) {
    let shown = format!("{profile:?} {profile:#?} {:?}", profile.client().unwrap());
    assert!(!shown.contains(SECRET), "{shown}");
}
