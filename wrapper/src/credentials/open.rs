//! Reading a file that holds a secret.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use secrecy::zeroize::Zeroizing;

use crate::error::Error;

/// No file of credentials is larger.
const LARGEST: u64 = 1024 * 1024;

/// What went wrong with `path`, as an error.
pub(super) fn problem(path: &Path, what: impl std::fmt::Display) -> Error {
    Error::config(format!("{}: {what}", path.display()))
}

/// The text of the file. On Unix one that others can read or write is refused unless that is `allowed`.
pub(super) fn read(path: &Path, allowed: bool) -> Result<Zeroizing<String>, Error> {
    let failed = |source: std::io::Error| {
        let what = match source.kind() {
            std::io::ErrorKind::NotFound => "there is no such file",
            std::io::ErrorKind::PermissionDenied => "this user may not read the file",
            _ => "the file cannot be read",
        };
        problem(path, what).with_source(source)
    };
    let file = File::open(path).map_err(failed)?;
    // Of the file that is open, not of what the path may lead to a moment later.
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(problem(
            path,
            "this is a directory; give the path of a file in it",
        ));
    }
    if !allowed {
        only_for_its_owner(path, &metadata)?;
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64 * 1024));
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(problem(
            path,
            "the file has more than 1 MiB, which no file of credentials has",
        ));
    }
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
fn only_for_its_owner(path: &Path, metadata: &std::fs::Metadata) -> Result<(), Error> {
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
fn only_for_its_owner(_: &Path, _: &std::fs::Metadata) -> Result<(), Error> {
    Ok(())
}
