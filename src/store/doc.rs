//! JSON documents with a `version`.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::atomic::{self, Durable};
use super::lock::{FileLock, SHORT, sidecar};
use crate::clock;
use crate::error::{Error, Result};

/// Room for an ordinary record.
const FIRST: usize = 2 << 10;

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Reads a document; `None` where there is none.
///
/// # Errors
/// [`Error::Newer`] for a later format, [`Error::Corrupt`] for what can't be read.
pub fn load<T: DeserializeOwned>(path: &Path, known: u32) -> Result<Option<T>> {
    let bytes = match bytes(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", path, e)),
    };
    match serde_json::from_slice::<T>(&bytes) {
        Ok(value) => {
            newer(path, &bytes, known)?;
            Ok(Some(value))
        }
        Err(e) => {
            newer(path, &bytes, known)?;
            Err(Error::Corrupt {
                path: path.to_owned(),
                reason: e.to_string(),
            })
        }
    }
}

/// The content of a file; of anything else, which may have no end, none.
pub(super) fn bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let at_once = rustix::fs::OFlags::NONBLOCK.bits();
        options.custom_flags(at_once.cast_signed());
    }
    let mut file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(std::io::Error::other("not a file"));
    }
    let mut bytes = Vec::with_capacity(FIRST);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn newer(path: &Path, bytes: &[u8], known: u32) -> Result<()> {
    match serde_json::from_slice::<Version>(bytes) {
        Ok(found) if found.version > known => Err(Error::Newer {
            path: path.to_owned(),
            found: found.version,
            known,
        }),
        _ => Ok(()),
    }
}

/// Writes a document.
///
/// # Errors
/// Where it can't be written; the old one then stands.
pub fn save<T: Serialize>(path: &Path, value: &T, durable: Durable) -> Result<()> {
    let mut bytes =
        serde_json::to_vec_pretty(value).map_err(|e| Error::io("write", path, e.into()))?;
    bytes.push(b'\n');
    atomic::replace(path, &bytes, durable)
}

/// Changes a document under the lock of its sidecar: read afresh, change, write.
/// What can't be read is moved aside, and `change` begins from `None`.
///
/// # Errors
/// Where `change` fails, or the document can't be locked, read or written.
pub fn update<T, R>(
    path: &Path,
    known: u32,
    change: impl FnOnce(&mut Option<T>) -> Result<R>,
) -> Result<R>
where
    T: DeserializeOwned + Serialize + PartialEq + Clone,
{
    let _lock = FileLock::take(&sidecar(path), SHORT)?;
    let before: Option<T> = match load(path, known) {
        Err(Error::Corrupt { .. }) => {
            move_aside(path)?;
            None
        }
        other => other?,
    };
    let mut value = before.clone();
    let result = change(&mut value)?;
    if let Some(value) = value.as_ref().filter(|_| value != before) {
        save(path, value, Durable::No)?;
    }
    Ok(result)
}

/// Moves a damaged document to `<name>.corrupt-<time>` and returns that path.
///
/// # Errors
/// Where it can't be moved.
pub fn move_aside(path: &Path) -> Result<PathBuf> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".corrupt-{}", clock::file_stamp()));
    let aside = path.with_file_name(name);
    fs::rename(path, &aside).map_err(|e| Error::io("move aside", path, e))?;
    Ok(aside)
}
