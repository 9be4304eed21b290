//! Advisory locks on sidecar files, the only place that takes any.
//!
//! The kernel frees a lock when its holder dies. The file itself is never
//! renamed or deleted, or a second holder could lock another inode.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};

/// How long a lock on a document is waited for. Whoever holds one does nothing
/// slow, so that more means a stopped process.
pub const SHORT: Duration = Duration::from_secs(5);

/// How long git may take that runs under a lock of its own.
pub const LONG: Duration = Duration::from_secs(30);

/// A lock, held until it is dropped.
#[derive(Debug)]
pub struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock of a sidecar file, made where it is missing.
    ///
    /// # Errors
    /// [`Error::Busy`] where it is still held when `limit` is over.
    pub fn take(path: &Path, limit: Duration) -> Result<Self> {
        let file = open(path)?;
        let start = Instant::now();
        let mut pause = Duration::from_micros(100);
        loop {
            match fs2::FileExt::try_lock_exclusive(&file) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(e) if e.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {
                    if start.elapsed() >= limit {
                        return Err(Error::Busy(format!(
                            "{} is held by another process for more than {}s",
                            path.display(),
                            limit.as_secs()
                        )));
                    }
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_millis(5));
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io("lock", path, e)),
            }
        }
    }
}

/// The sidecar of a document.
pub fn sidecar(document: &Path) -> PathBuf {
    let mut name = document.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    document.with_file_name(name)
}

fn open(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    match options.open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
            }
            options.open(path).map_err(|e| Error::io("open", path, e))
        }
        other => other.map_err(|e| Error::io("open", path, e)),
    }
}
