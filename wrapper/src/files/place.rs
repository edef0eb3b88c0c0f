//! A file that appears under its name only when it is complete.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::credentials::sort;
use crate::error::{Error, ErrorKind};

/// The longest name of a temporary file, in bytes. Common file systems allow 255.
const MOST_NAME: usize = 240;

/// A file in the making, beside its target and under a name of its own. Dropping it deletes it.
pub(crate) struct Place {
    target: PathBuf,
    /// What will be replaced: the target, or where it leads to as a link.
    real: PathBuf,
    file: NamedTempFile,
    overwrite: bool,
}

impl Place {
    /// Makes the temporary file. A target that exists is refused here already, unless it may be replaced.
    pub(crate) async fn open(target: &Path, overwrite: bool) -> Result<Self, Error> {
        let target = target.to_owned();
        blocking(move || {
            let fail = |source| failed(&target, source);
            let real = judge(&target, overwrite).map_err(fail)?;
            let file = begin(&real).map_err(fail)?;
            Ok(Self {
                target,
                real,
                file,
                overwrite,
            })
        })
        .await
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// A handle to write to.
    pub(crate) fn writer(&self) -> Result<tokio::fs::File, Error> {
        let file = self.file.as_file().try_clone();
        file.map(tokio::fs::File::from_std)
            .map_err(|source| failed(&self.target, source))
    }

    /// Brings everything to the disk and gives the file its name.
    pub(crate) async fn finish(self) -> Result<PathBuf, Error> {
        blocking(move || {
            let Self {
                target,
                real,
                file,
                overwrite,
            } = self;
            end(file, &real, overwrite).map_err(|source| failed(&target, source))?;
            Ok(target)
        })
        .await
    }
}

/// Whether the target can be written at all, before anything is asked of the service.
pub(crate) fn check(target: &Path, overwrite: bool) -> Result<(), Error> {
    match judge(target, overwrite) {
        Ok(_) => Ok(()),
        Err(source) => Err(failed(target, source)),
    }
}

/// The path to be written: `target`, or where it leads to if it is a link that may be overwritten.
fn judge(target: &Path, overwrite: bool) -> io::Result<PathBuf> {
    if target.file_name().is_none() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path has no file name at its end",
        ));
    }
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !overwrite && target.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let real = followed(target)?;
    directory(&real).metadata()?;
    match real.metadata() {
        // Opened as for a plain write, which would fail for a file that this user may not change.
        Ok(metadata) if metadata.is_file() => {
            OpenOptions::new().write(true).open(&real)?;
        }
        // A pipe would block, and a device must not be replaced by a file.
        Ok(metadata) => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("this is {}, not a file; use `write_to`", sort(&metadata)),
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(real)
}

/// Where `target` leads to, which need not exist.
fn followed(target: &Path) -> io::Result<PathBuf> {
    // As many links as Linux follows.
    const MOST_LINKS: u32 = 40;
    let mut path = target.to_owned();
    for _ in 0..MOST_LINKS {
        if !path.is_symlink() {
            return Ok(path);
        }
        // What is absolute takes the place of the folder.
        path = directory(&path).join(path.read_link()?);
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "links lead on and on",
    ))
}

fn begin(target: &Path) -> io::Result<NamedTempFile> {
    const SUFFIX: &str = ".part";
    // Two dots and six random letters are added.
    const MOST: usize = MOST_NAME - SUFFIX.len() - 8;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let cut = (0..=MOST.min(name.len()))
        .rev()
        .find(|end| name.is_char_boundary(*end))
        .unwrap_or_default();
    let prefix = format!(".{}.", &name[..cut]);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    // As any new file: what the process's mask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Beside the target: only within one file system is a change of name one step.
    builder.tempfile_in(directory(target))
}

fn end(file: NamedTempFile, target: &Path, overwrite: bool) -> io::Result<()> {
    if overwrite && let Ok(old) = target.metadata() {
        take_after(file.as_file(), &old)?;
    }
    // Before the name is given, or a loss of power could leave the name with nothing behind it.
    file.as_file().sync_all()?;
    if overwrite {
        file.persist(target).map_err(|error| error.error)?;
    } else {
        file.persist_noclobber(target)
            .map_err(|error| error.error)?;
    }
    // The name too should outlast a loss of power. Not every file system can be asked for that.
    #[cfg(unix)]
    if let Ok(directory) = File::open(directory(target)) {
        let _ = directory.sync_all();
    }
    Ok(())
}

/// Gives `file` the owner, where this user may, and the mode of the file that it replaces, as if that one had been written.
fn take_after(file: &File, old: &Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};

        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            // Only an administrator may give a file away, others at most to one of their groups.
            if fchown(file, Some(old.uid()), Some(old.gid())).is_err() {
                let _ = fchown(file, None, Some(old.gid()));
            }
        }
    }
    // After the owner, since a change of owner clears parts of the mode.
    file.set_permissions(old.permissions())
}

fn directory(target: &Path) -> &Path {
    match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => {
                Err(Error::new(ErrorKind::Io, "the runtime is shutting down").with_source(error))
            }
        },
    }
}

/// The error for a target that cannot be written.
pub(crate) fn failed(target: &Path, source: io::Error) -> Error {
    let advice = match source.kind() {
        io::ErrorKind::AlreadyExists => {
            "a file of that name exists; choose another name, or allow `overwrite`"
        }
        io::ErrorKind::NotFound => "make the folder first",
        io::ErrorKind::InvalidInput => "choose another path",
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a file or a folder that this user may write"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room, or choose another disk"
        }
        io::ErrorKind::IsADirectory => "it is a folder; add a file name, or use `save_in`",
        _ => "nothing was written under that name",
    };
    Error::new(
        ErrorKind::Io,
        format!("cannot save to {}: {source}", target.display()),
    )
    .with_advice(Some(advice.into()))
    .with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_name_appears_with_the_whole_content() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("report.csv");
        let place = Place::open(&target, false).await.unwrap();
        let mut writer = place.writer().unwrap();
        writer.write_all(b"a,b\n").await.unwrap();
        writer.flush().await.unwrap();
        let under_way = names(directory.path());
        assert_eq!(under_way.len(), 1);
        assert!(
            under_way[0].starts_with(".report.csv.") && under_way[0].ends_with(".part"),
            "{under_way:?}"
        );
        assert_eq!(place.finish().await.unwrap(), target);
        assert_eq!(names(directory.path()), ["report.csv"]);
        assert_eq!(std::fs::read(&target).unwrap(), b"a,b\n");
    }

    #[tokio::test]
    async fn a_file_that_exists_is_replaced_only_when_asked_for() {
        let directory = tempfile::tempdir().unwrap();
        let target = directory.path().join("x");
        std::fs::write(&target, "old").unwrap();
        let error = Place::open(&target, false).await.err().unwrap();
        assert!(
            error.is_io() && error.to_string().contains("overwrite"),
            "{error}"
        );
        let place = Place::open(&target, true).await.unwrap();
        place.writer().unwrap().write_all(b"new").await.unwrap();
        drop(place);
        assert_eq!(std::fs::read(&target).unwrap(), b"old");
        assert_eq!(names(directory.path()), ["x"]);

        // One that came to be in the meantime is not lost either.
        let late = directory.path().join("late");
        let place = Place::open(&late, false).await.unwrap();
        std::fs::write(&late, "somebody else's").unwrap();
        let error = place.finish().await.unwrap_err();
        assert!(error.is_io(), "{error}");
        assert_eq!(std::fs::read(&late).unwrap(), b"somebody else's");
        assert_eq!(names(directory.path()), ["late", "x"]);
    }

    #[tokio::test]
    async fn errors_name_the_place_and_the_next_step() {
        let directory = tempfile::tempdir().unwrap();
        let missing = directory.path().join("no/such/folder.csv");
        for (target, words) in [
            (directory.path(), "it is a folder"),
            (Path::new("/"), "no file name"),
            (missing.as_path(), "make the folder first"),
        ] {
            let error = Place::open(target, true).await.err().unwrap();
            let shown = error.to_string();
            assert!(shown.contains(words), "{shown}");
            assert!(shown.contains(&*target.to_string_lossy()), "{shown}");
        }
    }

    async fn replace(target: &Path, content: &[u8]) -> Result<PathBuf, Error> {
        let place = Place::open(target, true).await?;
        let mut writer = place.writer()?;
        writer.write_all(content).await.unwrap();
        writer.flush().await.unwrap();
        drop(writer);
        place.finish().await
    }

    #[tokio::test]
    async fn the_longest_names_can_be_saved() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["x".repeat(255), "\u{e4}".repeat(127), "\u{20ac}".repeat(85)] {
            let target = directory.path().join(&name);
            replace(&target, b"new").await.unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), b"new");
        }
        assert_eq!(names(directory.path()).len(), 3);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_replaced_file_keeps_mode_and_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o7777;
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        let real = folder.join("real");
        for bits in [0o600, 0o640, 0o755] {
            std::fs::write(&real, "old").unwrap();
            std::fs::set_permissions(&real, std::fs::Permissions::from_mode(bits)).unwrap();
            assert_eq!(replace(&real, b"new").await.unwrap(), real);
            assert_eq!(
                (mode(&real), std::fs::read(&real).unwrap()),
                (bits, b"new".to_vec())
            );
        }
        let (link, second) = (
            directory.path().join("link"),
            directory.path().join("second"),
        );
        symlink("folder/real", &link).unwrap();
        symlink(&link, &second).unwrap();
        assert_eq!(replace(&second, b"newer").await.unwrap(), second);
        assert!(link.is_symlink() && second.is_symlink());
        assert_eq!(
            (mode(&real), std::fs::read(&real).unwrap()),
            (0o755, b"newer".to_vec())
        );
        // A link to a file that is not there yet makes that file.
        let early = directory.path().join("early");
        symlink("folder/later", &early).unwrap();
        replace(&early, b"first").await.unwrap();
        assert!(early.is_symlink());
        assert_eq!(std::fs::read(folder.join("later")).unwrap(), b"first");
        // Without leave to replace, a link is in the way.
        assert!(Place::open(&link, false).await.is_err());
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_no_file_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let circle = directory.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        for (target, words) in [
            (pipe.as_path(), "this is a named pipe, not a file"),
            (Path::new("/dev/null"), "this is a device, not a file"),
            (&circle, "links lead on and on"),
        ] {
            let shown = Place::open(target, true).await.err().unwrap().to_string();
            assert!(shown.contains(words), "{shown}");
            assert!(shown.contains(&*target.to_string_lossy()), "{shown}");
            assert!(check(target, true).is_err());
        }
    }
}
