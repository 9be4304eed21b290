//! Files that are there whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};

/// Whether a write must outlast a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durable {
    /// Losing it would lose work or ownership.
    Yes,
    /// It can be made again.
    No,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Replaces a file by rename; its directory is made where it is missing.
///
/// # Errors
/// Where it can't be written; the old content then stands.
pub fn replace(path: &Path, bytes: &[u8], durable: Durable) -> Result<()> {
    let temp = write_temp(path, bytes, durable)?;
    fs::rename(&temp, path).map_err(|e| {
        let _ = fs::remove_file(&temp);
        Error::io("replace", path, e)
    })?;
    if durable == Durable::Yes {
        sync_directory(path);
    }
    Ok(())
}

/// Creates a file with its content in one step. `false` where one is there
/// already, which is then left as it is.
///
/// # Errors
/// Where it can't be written.
pub fn create(path: &Path, bytes: &[u8]) -> Result<bool> {
    let temp = write_temp(path, bytes, Durable::No)?;
    let linked = fs::hard_link(&temp, path);
    let _ = fs::remove_file(&temp);
    match linked {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
        // File systems without hard links: exclusive creation still has one winner.
        Err(_) => match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(mut file) => file
                .write_all(bytes)
                .map(|()| true)
                .map_err(|e| Error::io("write", path, e)),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(Error::io("make", path, e)),
        },
    }
}

fn write_temp(path: &Path, bytes: &[u8], durable: Durable) -> Result<PathBuf> {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let temp = path.with_file_name(format!(".tmp-{}-{count}", std::process::id()));
    let mut file = match open_new(&temp) {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|e| Error::io("make", parent, e))?;
            }
            open_new(&temp)
        }
        other => other,
    }
    .map_err(|e| Error::io("write", &temp, e))?;
    let written = file.write_all(bytes).and_then(|()| {
        if durable == Durable::Yes {
            file.sync_all()
        } else {
            Ok(())
        }
    });
    if let Err(e) = written {
        let _ = fs::remove_file(&temp);
        return Err(Error::io("write", path, e));
    }
    Ok(temp)
}

fn open_new(temp: &Path) -> std::io::Result<File> {
    match OpenOptions::new().write(true).create_new(true).open(temp) {
        // Left by a killed process that had our id.
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(temp)?;
            OpenOptions::new().write(true).create_new(true).open(temp)
        }
        other => other,
    }
}

/// Makes a rename last; a file system that can't sync a directory is let be.
pub fn sync_directory(path: &Path) {
    if let Some(Ok(dir)) = path.parent().map(File::open) {
        let _ = dir.sync_all();
    }
}
