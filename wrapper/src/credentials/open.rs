//! Reading a file that holds a secret.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::error::Error;

/// No file of credentials is larger.
const LARGEST: u64 = 1024 * 1024;

/// What went wrong with `path`, as an error.
pub(super) fn problem(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::config(format!("{}: {what}", path.display()))
}

/// Opens a regular file. Anything else is refused before it is opened: a pipe would block until somebody writes to it, and
/// a device may never end.
pub(crate) fn regular(path: &Path) -> Result<File, Error> {
    let failed =
        |source: std::io::Error| problem(path, unreadable(path, &source)).with_source(source);
    regular_only(path, &std::fs::metadata(path).map_err(failed)?)?;
    let file = File::open(path).map_err(failed)?;
    // Of the file that is open, not of what the path led to a moment before.
    regular_only(path, &file.metadata().map_err(failed)?)?;
    Ok(file)
}

/// All of `file`, and the error `too_large` if that is more than `most` bytes.
pub(super) fn bounded(
    path: &Path,
    file: File,
    most: u64,
    too_large: &str,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Room for a usual file, so that no copy of a secret is left behind when the buffer grows.
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| problem(path, unreadable(path, &source)).with_source(source))?;
    if bytes.len() as u64 > most {
        return Err(problem(path, too_large));
    }
    Ok(bytes)
}

/// Whether something has this path, be it a link that leads nowhere. Fails where that cannot be known, because a folder may not
/// be looked into for instance: that a file is not there must not be concluded from it.
pub(super) fn is_there(path: &Path) -> Result<bool, Error> {
    let Err(source) = path.symlink_metadata() else {
        return Ok(true);
    };
    if source.kind() != ErrorKind::NotFound {
        return Err(problem(path, unreadable(path, &source)).with_source(source));
    }
    // A folder that is a link to nothing was meant to be there.
    match path.parent() {
        Some(folder) if folder.is_symlink() && folder.metadata().is_err() => {
            Err(problem(folder, "this is a link that leads nowhere").with_source(source))
        }
        _ => Ok(false),
    }
}

fn regular_only(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_file() {
        return Ok(());
    }
    let what = match metadata.is_dir() {
        true => "this is a directory; give the path of a file in it".to_owned(),
        false => format!(
            "this is {}, not a file; give the path of a file",
            sort(metadata)
        ),
    };
    Err(problem(path, what))
}

/// What a path leads to that is neither a file nor a directory.
pub(crate) fn sort(metadata: &Metadata) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;

        let sort = metadata.file_type();
        if sort.is_fifo() {
            return "a named pipe";
        }
        if sort.is_socket() {
            return "a socket";
        }
        if sort.is_char_device() || sort.is_block_device() {
            return "a device";
        }
    }
    let _ = metadata;
    "something special"
}

fn unreadable(path: &Path, source: &std::io::Error) -> &'static str {
    match source.kind() {
        ErrorKind::NotFound if path.is_symlink() => "this is a link that leads nowhere",
        ErrorKind::NotFound => "there is no such file",
        ErrorKind::PermissionDenied => {
            "this user may not read the file, or not look into its folder"
        }
        _ => "the file cannot be read",
    }
}

/// The text of the file. On Unix one that others can read or write is refused unless that is `allowed`.
pub(super) fn read(path: &Path, allowed: bool) -> Result<Zeroizing<String>, Error> {
    let file = regular(path)?;
    if !allowed {
        let metadata = file
            .metadata()
            .map_err(|source| problem(path, unreadable(path, &source)).with_source(source))?;
        only_for_its_owner(path, &metadata)?;
    }
    let bytes = bounded(
        path,
        file,
        LARGEST,
        "the file has more than 1 MiB, which no file of credentials has",
    )?;
    decoded(path, &bytes)
}

fn decoded(path: &Path, bytes: &[u8]) -> Result<Zeroizing<String>, Error> {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        return Err(problem(
            path,
            "the file is encoded in UTF-16; save it as UTF-8",
        ));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            Err(problem(
                path,
                format!("line {line} is not encoded in UTF-8; save the file as UTF-8"),
            ))
        }
    }
}

#[cfg(unix)]
fn only_for_its_owner(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;

    const GROUP_AND_OTHERS: u32 = 0o066;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & GROUP_AND_OTHERS == 0 {
        return Ok(());
    }
    let shown = path.display();
    Err(problem(
        path,
        format!(
            "other users of this machine can read or write the file (mode {mode:03o}); run `chmod 600 {shown}`, or allow \
             it with `CredentialLoader::allow_readable_by_others`"
        ),
    ))
}

#[cfg(not(unix))]
fn only_for_its_owner(_: &Path, _: &Metadata) -> Result<(), Error> {
    Ok(())
}
