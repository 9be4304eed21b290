//! Reads configuration files.
//!
//! Invariants: below a project no symbolic link is followed, neither `.maos` nor
//! the file; nothing but a regular file is opened for reading, so that a pipe
//! can't hold up a hook; a file that is not there is nothing, everything else
//! that can't be read is a [`Problem`].

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::problem::Problem;

/// The longest file that is read.
const LONGEST: u64 = 1024 * 1024;

/// A configuration file as it was read.
#[derive(Debug)]
pub(super) struct Text {
    pub path: PathBuf,
    pub text: String,
}

/// The user-wide file; a link is the user's own there and is followed.
pub(super) fn of_user(dir: &Path) -> Result<Option<Text>, Problem> {
    read(&dir.join("config.json"), true)
}

/// A project's file.
pub(super) fn of_project(project: &Path) -> Result<Option<Text>, Problem> {
    let dir = project.join(".maos");
    match fs::symlink_metadata(&dir) {
        Ok(meta) if meta.is_symlink() => Err(link(&dir)),
        Ok(meta) if !meta.is_dir() => Err(Problem::with_file(&dir, "it is not a directory")),
        Ok(_) => read(&project_path(project), false),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(unreadable(&dir, &e)),
    }
}

/// Where a project's file lies.
pub(super) fn project_path(project: &Path) -> PathBuf {
    project.join(".maos").join("config.json")
}

/// Reads a file of at most [`LONGEST`] bytes.
pub(super) fn read(path: &Path, follow: bool) -> Result<Option<Text>, Problem> {
    let meta = if follow {
        fs::metadata(path)
    } else {
        fs::symlink_metadata(path)
    };
    let bytes = match meta {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(unreadable(path, &e)),
        Ok(meta) if meta.is_symlink() => return Err(link(path)),
        Ok(meta) if meta.is_dir() => {
            return Err(Problem::with_file(path, "it is a directory, not a file"));
        }
        Ok(meta) if !meta.is_file() => {
            return Err(Problem::with_file(path, "it is not a regular file"));
        }
        Ok(_) => bytes(path, follow).map_err(|e| unreadable(path, &e))?,
    };
    if bytes.len() as u64 > LONGEST {
        return Err(Problem::with_file(path, "it is longer than 1 MiB"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some(Text {
            path: path.to_owned(),
            text,
        })),
        Err(e) => {
            let good = &e.as_bytes()[..e.utf8_error().valid_up_to()];
            let line = good.split(|b| *b == b'\n').count();
            Err(Problem {
                line: Some(line),
                ..Problem::with_file(path, "it is not UTF-8 text")
            })
        }
    }
}

/// Reads one byte more than is allowed, so that a file that grows is noticed.
fn bytes(path: &Path, follow: bool) -> io::Result<Vec<u8>> {
    let mut options = File::options();
    options.read(true);
    // What the path names may have changed since it was looked at.
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt as _;
        let mut flags = OFlags::NONBLOCK;
        flags.set(OFlags::NOFOLLOW, !follow);
        options.custom_flags(flags.bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = follow;
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn link(path: &Path) -> Problem {
    Problem::with_file(path, "it is a symbolic link, which is not followed here")
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    Problem::with_file(path, format!("failed to read it: {error}"))
}
