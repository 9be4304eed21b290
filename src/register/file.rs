//! Reading and replacing a settings file.
//!
//! A file is replaced by a rename in its own directory and keeps its mode; a
//! link is written through to what it names. A file that nobody may write is
//! left alone, whatever the system would allow.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// A file's content; `None` where there is no such file.
///
/// # Errors
/// Where it is there and can't be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(Error::io("read", path, e)),
    }
}

/// Replaces a file's content, if it is still what `before` says; makes the
/// file and its directory where they are missing.
///
/// # Errors
/// Where the file changed meanwhile, is read-only, or can't be written.
pub fn replace(path: &Path, before: Option<&[u8]>, content: &[u8]) -> Result<()> {
    let target = check(path, before)?;
    let dir = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir).map_err(|e| Error::io("make", dir, e))?;
    let temporary = dir.join(format!(
        ".{}.maos-{}",
        target.file_name().unwrap_or_default().to_string_lossy(),
        std::process::id()
    ));
    let written = write_new(&temporary, content)
        .and_then(|()| match fs::metadata(&target) {
            Ok(meta) => keep_owner(&temporary, &meta)
                .and_then(|()| fs::set_permissions(&temporary, meta.permissions())),
            Err(_) => Ok(()),
        })
        .and_then(|()| fs::rename(&temporary, &target));
    written.map_err(|e| {
        let _ = fs::remove_file(&temporary);
        Error::io("write", path, e)
    })
}

/// Removes a file, if it is still what `before` says.
///
/// # Errors
/// Where the file changed meanwhile, is read-only, or can't be removed.
pub fn remove(path: &Path, before: &[u8]) -> Result<()> {
    let target = check(path, Some(before))?;
    fs::remove_file(&target).map_err(|e| Error::io("remove", path, e))
}

/// Whether a file is as expected and may be changed; returns what it is after
/// all links.
///
/// # Errors
/// Where the file changed meanwhile or is read-only.
pub fn check(path: &Path, before: Option<&[u8]>) -> Result<PathBuf> {
    let target = resolve(path)?;
    if read(&target)?.as_deref() != before {
        return Err(Error::Busy(format!(
            "{} was changed by somebody else just now",
            path.display()
        )));
    }
    if fs::metadata(&target).is_ok_and(|meta| meta.permissions().readonly()) {
        return Err(Error::Refused {
            reason: format!("{} is read-only", path.display()),
            help: "make it writable, or change it where it is made".into(),
        });
    }
    Ok(target)
}

/// What a path names after all links, also where that is not there yet.
fn resolve(path: &Path) -> Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => {
                path = path.parent().unwrap_or(Path::new("/")).join(target);
            }
            Err(_) => return Ok(path),
        }
    }
    let source = std::io::Error::other("too many links");
    Err(Error::io("follow", path, source))
}

fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let _ = fs::remove_file(path);
    let mut file = open_new(path)?;
    file.write_all(content)?;
    // An empty file after a power cut would cost the user all settings.
    file.sync_data()
}

fn open_new(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn keep_owner(temporary: &Path, meta: &fs::Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let mine = fs::metadata(temporary)?;
    if (mine.uid(), mine.gid()) == (meta.uid(), meta.gid()) {
        return Ok(());
    }
    // Who may not give files away keeps the file, too: it was writable.
    let _ = chown(temporary, Some(meta.uid()), Some(meta.gid()));
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &fs::Metadata) -> std::io::Result<()> {
    Ok(())
}
