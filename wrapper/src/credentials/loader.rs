//! Where credentials are looked for, and in which order.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::file::{self, DEFAULT, FOLDER};
use super::open::is_there;
use super::pieces::Pieces;
use super::profile::Profile;
use super::secret_store::SecretStore;
use super::{environment, record};
use crate::builder::Builder;
use crate::client::PrismaCloud;
use crate::error::Error;

type Variables = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;

/// Where credentials are looked for.
///
/// What is set on a [`Builder`] counts more than the environment, and the environment more than a file. The id and the secret of an
/// access key always come from one place, and the name of the tenant with them.
///
/// The environment is read in this order, and the first family that has credentials gives them:
///
/// | address | id | secret | besides |
/// |---|---|---|---|
/// | `PC_URL` | `PC_IDENTITY` | `PC_SECRET` | `PC_NAME`, `PC_VERIFY` |
/// | `PC_SAAS_API_ENDPOINT` | `PC_ACCESS_KEY` | `PC_SECRET_KEY` | `PC_CA_BUNDLE` |
/// | `PRISMACLOUD_URL` | `PRISMACLOUD_USERNAME` | `PRISMACLOUD_PASSWORD` | `PRISMACLOUD_CUSTOMER_NAME`, `PRISMACLOUD_JSON_WEB_TOKEN`, `PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION` |
/// | `PRISMA_API_URL` | `PRISMA_ACCESS_KEY_ID` | `PRISMA_SECRET_KEY` | `BC_API_KEY`: both, with `::` between them |
///
/// An address must be one of Prisma Cloud's. A host of another name, such as a gateway of your own, gets credentials only if
/// `PRISMA_CLOUD_CUSTOM_API_URL` names it, which counts more than the addresses in the table.
///
/// Then comes the file that `PRISMACLOUD_JSON_CONFIG_FILE` names, and then `~/.prismacloud/credentials.json`, which is read only
/// if an address or credentials are still missing.
///
/// A file holds a JSON object, or an array of them, each with a name. Keys may be written with hyphens:
///
/// | key | also |
/// |---|---|
/// | `name` | |
/// | `url` | `api_endpoint`, `api` |
/// | `identity` | `username`, `access_key_id` |
/// | `secret` | `password`, `secret_key` |
/// | `json_web_token` | |
/// | `customer_name`, `prisma_id` | |
/// | `verify` (`"true"`, `"false"`, a path, or nothing) | `ca_bundle`, `skip_ssl_cert_verification` |
///
/// A file must be a regular one of at most 1 MiB (4 MiB for a bundle of certificates), or a link to one. A link that leads nowhere,
/// a folder that may not be looked into, and a variable that is not UTF-8 are errors: they do not count as missing.
///
/// On Unix a file that others can read or write is refused, unless [that is allowed](Self::allow_readable_by_others).
///
/// ```no_run
/// use prisma_cloud::{CredentialLoader, PrismaCloud};
///
/// // The key from the file that the console made, the address from the environment or from here.
/// let client = PrismaCloud::builder()
///     .url("https://app.eu.prismacloud.io")
///     .credentials(CredentialLoader::csv("access-key.csv"))
///     .build()?;
/// # Ok::<(), prisma_cloud::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a loader does nothing until it loads"]
pub struct CredentialLoader {
    variables: Option<Variables>,
    place: Place,
    name: Option<String>,
    home: Option<PathBuf>,
    readable_by_others: bool,
}

/// What is read after the environment.
#[derive(Clone)]
enum Place {
    Nowhere,
    DefaultFile,
    File(PathBuf),
    Profile(String),
    Csv(PathBuf),
    Store(Arc<dyn SecretStore>, String),
}

impl fmt::Debug for CredentialLoader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialLoader")
            .field("environment", &self.variables.is_some())
            .field("place", &self.place.to_string())
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("nowhere else"),
            Self::DefaultFile => write!(f, "~/{FOLDER}/{DEFAULT}"),
            Self::File(path) | Self::Csv(path) => path.display().fmt(f),
            Self::Profile(name) => write!(f, "the profile {name:?}"),
            Self::Store(store, name) => write!(f, "{name:?} in {}", store.name()),
        }
    }
}

impl Default for CredentialLoader {
    fn default() -> Self {
        Self::new()
    }
}

/// Where to look.
impl CredentialLoader {
    /// In the environment, and for what is missing there in `~/.prismacloud/credentials.json`, if there is such a file.
    pub fn new() -> Self {
        Self::at(Place::DefaultFile).with_environment()
    }

    /// In the environment only, and in the file that `PRISMACLOUD_JSON_CONFIG_FILE` names.
    pub fn environment() -> Self {
        Self::at(Place::Nowhere).with_environment()
    }

    /// In this JSON file only.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::at(Place::File(path.as_ref().to_owned()))
    }

    /// In `~/.prismacloud/NAME.json`, or else for the profile of this name in `~/.prismacloud/credentials.json`.
    pub fn profile(name: impl Into<String>) -> Self {
        Self::at(Place::Profile(name.into()))
    }

    /// In the CSV that the console offers when an access key is made. It tells no address.
    pub fn csv(path: impl AsRef<Path>) -> Self {
        Self::at(Place::Csv(path.as_ref().to_owned()))
    }

    /// In a store of secrets, under this name.
    pub fn store(store: impl SecretStore + 'static, profile: impl Into<String>) -> Self {
        Self::at(Place::Store(Arc::new(store), profile.into()))
    }

    fn at(place: Place) -> Self {
        Self {
            variables: None,
            place,
            name: None,
            home: std::env::home_dir(),
            readable_by_others: false,
        }
    }

    /// Lets the environment of this process count more than the file.
    pub fn with_environment(self) -> Self {
        self.looking_up(|name| std::env::var_os(name))
    }

    /// The same with variables from elsewhere, a test for instance.
    pub fn variables(
        self,
        lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.looking_up(move |name| lookup(name).map(OsString::from))
    }

    fn looking_up(
        mut self,
        lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        self.variables = Some(Arc::new(lookup));
        self
    }

    /// Takes the profile of this name where a file holds several.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes this folder for the user's home. Default: that of the system.
    pub fn home(mut self, folder: impl Into<PathBuf>) -> Self {
        self.home = Some(folder.into());
        self
    }

    /// Reads files that other users of the machine can read or write as well: a mounted secret of a container, for instance.
    pub fn allow_readable_by_others(mut self) -> Self {
        self.readable_by_others = true;
        self
    }
}

/// Looking.
impl CredentialLoader {
    /// Reads the variables and files, blocking for as long as that takes. Whether all that a client needs is there shows when
    /// [one is made](Profile::client).
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), naming file, line and key, or the variable, and never what stands there.
    pub fn load(&self) -> Result<Profile, Error> {
        let mut found = Pieces::default();
        let mut sources = Vec::new();
        let mut set = None;
        if let Some(variables) = &self.variables {
            found = environment::pieces(&**variables)?;
            set = environment::set(&**variables);
            sources.push("the environment".to_owned());
            if let Some(path) = environment::value(&**variables, environment::CONFIG_FILE)? {
                found = found.or(self.one_of(Path::new(&path))?);
                sources.push(path);
            }
        }
        let wanted =
            !matches!(self.place, Place::DefaultFile) || !found.has_url() || !found.proves();
        if wanted && let Some((pieces, source)) = self.below()? {
            found = found.or(pieces);
            sources.push(source);
        }
        Ok(Profile {
            pieces: found,
            source: sources.join(", "),
            set,
        })
    }

    /// All profiles of a file, as they stand there; of any other place the one that [`load`](Self::load) finds.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_all(&self) -> Result<Vec<Profile>, Error> {
        let Place::File(path) = &self.place else {
            return Ok(vec![self.load()?]);
        };
        let profiles = file::all(path, self.readable_by_others)?;
        let count = profiles.len();
        let source = |index: usize| match count {
            1 => path.display().to_string(),
            _ => format!("{}: profile {} of {count}", path.display(), index + 1),
        };
        let indexed = profiles.into_iter().enumerate();
        Ok(indexed
            .map(|(index, pieces)| Profile {
                pieces,
                source: source(index),
                set: None,
            })
            .collect())
    }

    /// What the place below the environment says, and which it is.
    fn below(&self) -> Result<Option<(Pieces, String)>, Error> {
        let pieces = match &self.place {
            Place::Nowhere => return Ok(None),
            Place::DefaultFile => {
                let path = self
                    .home
                    .as_ref()
                    .map(|home| home.join(FOLDER).join(DEFAULT));
                match path {
                    Some(path) if is_there(&path)? => self.one_of(&path)?,
                    _ => {
                        return Ok(Some((
                            Pieces::default(),
                            format!("{} (there is none)", self.place),
                        )));
                    }
                }
            }
            Place::File(path) => self.one_of(path)?,
            Place::Csv(path) => file::key(path, self.readable_by_others)?,
            Place::Profile(name) => self.profile_called(name)?,
            Place::Store(store, name) => {
                let Some(text) = store.get(name)? else {
                    return Err(Error::config(format!(
                        "{}: there is no profile called {name:?}",
                        store.name()
                    )));
                };
                let path = PathBuf::from(self.place.to_string());
                let profiles = record::parse(&path, text.expose_secret())?;
                file::choose(&path, profiles, None)?
            }
        };
        Ok(Some((pieces, self.place.to_string())))
    }

    fn one_of(&self, path: &Path) -> Result<Pieces, Error> {
        let profiles = file::all(path, self.readable_by_others)?;
        file::choose(path, profiles, self.name.as_deref())
    }

    fn profile_called(&self, name: &str) -> Result<Pieces, Error> {
        let Some(home) = &self.home else {
            return Err(Error::config(
                "the system tells no home folder of this user; give it with `CredentialLoader::home`",
            ));
        };
        let [own, common] = file::places(home, name)?;
        if is_there(&own)? {
            let profiles = file::all(&own, self.readable_by_others)?;
            // The name of the file is enough for a single one.
            let name = (profiles.len() > 1).then_some(name);
            return file::choose(&own, profiles, name);
        }
        if is_there(&common)? {
            let profiles = file::all(&common, self.readable_by_others)?;
            return file::choose(&common, profiles, Some(name));
        }
        Err(Error::config(format!(
            "there is neither {} nor {}, so the profile {name:?} is nowhere",
            own.display(),
            common.display()
        )))
    }
}

impl PrismaCloud {
    /// A client of the tenant that the environment names, or else `~/.prismacloud/credentials.json`; see
    /// [`CredentialLoader::new`]. Nothing is sent.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config), if something is missing or cannot be read, naming where.
    pub fn from_env() -> Result<Self, Error> {
        Self::builder().credentials(CredentialLoader::new()).build()
    }

    /// A client of the tenant that a profile of the user describes; see [`CredentialLoader::profile`]. The environment does not
    /// count: the profile was named. Nothing is sent.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn from_profile(name: impl Into<String>) -> Result<Self, Error> {
        Self::builder()
            .credentials(CredentialLoader::profile(name))
            .build()
    }
}

impl Builder {
    /// Takes what is not set here from where `loader` looks, when the client is [built](Self::build).
    pub fn credentials(self, loader: CredentialLoader) -> Self {
        self.with_loader(loader)
    }

    /// Takes what is not set here from this JSON file, when the client is [built](Self::build); see [`CredentialLoader::file`].
    pub fn credentials_file(self, path: impl AsRef<Path>) -> Self {
        self.with_loader(CredentialLoader::file(path))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_variable_that_is_not_utf8_is_not_one_that_is_not_set() {
        for name in [
            "PC_URL",
            "PC_IDENTITY",
            "PC_SECRET",
            "PC_NAME",
            "PC_VERIFY",
            "PC_SAAS_API_ENDPOINT",
            "PRISMACLOUD_JSON_WEB_TOKEN",
            "PRISMACLOUD_SKIP_SSL_CERT_VERIFICATION",
            "PRISMACLOUD_JSON_CONFIG_FILE",
            "BC_API_KEY",
            "PRISMA_CLOUD_CUSTOM_API_URL",
        ] {
            let loader = CredentialLoader::environment().looking_up(move |asked| {
                (asked == name).then(|| OsString::from_vec(b"caf\xE9".to_vec()))
            });
            let error = loader.load().unwrap_err();
            assert!(
                error.is_config()
                    && error
                        .to_string()
                        .contains(&format!("{name} is not encoded")),
                "{error}"
            );
            assert!(!format!("{error:?}").contains("caf"), "{error:?}");
        }
    }
}
