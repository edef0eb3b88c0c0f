//! A file that appears under its name only when it is complete.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ErrorKind};

/// A file in the making, beside its target and under a name of its own. Dropping it deletes it.
pub(crate) struct Place {
    target: PathBuf,
    file: NamedTempFile,
    overwrite: bool,
}

impl Place {
    /// Makes the temporary file. A target that exists is refused here already, unless it may be replaced.
    pub(crate) async fn open(target: &Path, overwrite: bool) -> Result<Self, Error> {
        let target = target.to_owned();
        blocking(move || {
            let file = begin(&target, overwrite).map_err(|source| failed(&target, source))?;
            Ok(Self {
                target,
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
                file,
                overwrite,
            } = self;
            end(file, &target, overwrite).map_err(|source| failed(&target, source))?;
            Ok(target)
        })
        .await
    }
}

/// Whether the target can be written at all, before anything is asked of the service.
pub(crate) fn check(target: &Path, overwrite: bool) -> Result<(), Error> {
    judge(target, overwrite).map_err(|source| failed(target, source))
}

fn judge(target: &Path, overwrite: bool) -> io::Result<()> {
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
    directory(target).metadata().map(|_| ())
}

fn begin(target: &Path, overwrite: bool) -> io::Result<NamedTempFile> {
    judge(target, overwrite)?;
    let name = target.file_name().unwrap_or_default();
    let mut prefix = OsStr::new(".").to_owned();
    prefix.push(name);
    prefix.push(".");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    // As any new file: what the process's mask leaves of it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    // Beside the target: only within one file system is a change of name one step.
    builder.tempfile_in(directory(target))
}

fn end(file: NamedTempFile, target: &Path, overwrite: bool) -> io::Result<()> {
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
    if let Ok(directory) = std::fs::File::open(directory(target)) {
        let _ = directory.sync_all();
    }
    Ok(())
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
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "choose a folder in which this user may write"
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
}
