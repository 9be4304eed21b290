//! Where a path really leads: symlinks followed, `..` applied after them, as the
//! kernel would at this moment.
//!
//! What can't be told is refused: a loop, a directory that can't be read, a name
//! too long, `..` behind something that is not there.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::policy::names;

/// The most symlinks that are followed, as in the kernel.
const MAX_LINKS: u32 = 40;

/// A path without symlinks.
#[derive(Debug)]
pub struct Real {
    /// Absolute; its last parts may not exist yet.
    pub path: PathBuf,
    /// What stands there, if anything.
    pub meta: Option<Metadata>,
    /// Whether a place of the kernel's lies on the way: what is found behind one
    /// (`/proc/self/cwd`) is another thing for each process.
    pub kernel: bool,
}

/// Follows an absolute path to its end.
///
/// # Errors
/// In words, where it can't be told.
pub fn resolve(path: &Path) -> Result<Real, String> {
    follow(root_of(path), parts(path)?)
}

/// Follows a path from a directory that is known to be real.
///
/// # Errors
/// In words, where it can't be told.
pub fn resolve_from(top: &Path, rest: &Path) -> Result<Real, String> {
    follow(top.to_owned(), parts(rest)?)
}

fn follow(mut at: PathBuf, mut rest: VecDeque<OsString>) -> Result<Real, String> {
    let mut meta = fs::symlink_metadata(&at).ok();
    if meta.as_ref().is_some_and(Metadata::is_symlink) {
        return Err(format!("{} has become a link", at.display()));
    }
    let mut links = 0;
    let mut kernel = names::of_the_kernel(&at);
    while let Some(part) = rest.pop_front() {
        if part == ".." {
            if meta.is_none() {
                return Err(format!("`..` follows {}, which is not there", at.display()));
            }
            at.pop();
            meta = fs::symlink_metadata(&at).ok();
            continue;
        }
        if meta.as_ref().is_some_and(|m| !m.is_dir()) {
            return Err(format!("{} is not a directory", at.display()));
        }
        let next = at.join(&part);
        let found = match (meta.is_some(), fs::symlink_metadata(&next)) {
            (true, Ok(found)) => Some(found),
            (_, Err(e)) if !matches!(e.kind(), ErrorKind::NotFound) => {
                return Err(format!("{} can't be looked at: {e}", next.display()));
            }
            _ => None,
        };
        if found.as_ref().is_some_and(Metadata::is_symlink) {
            links += 1;
            if links > MAX_LINKS {
                return Err("too many symlinks".to_owned());
            }
            let target = fs::read_link(&next)
                .map_err(|e| format!("{} can't be read: {e}", next.display()))?;
            if target.is_absolute() {
                at = root_of(&target);
                meta = fs::symlink_metadata(&at).ok();
            }
            for part in parts(&target)?.into_iter().rev() {
                rest.push_front(part);
            }
            continue;
        }
        at = next;
        meta = found;
        kernel |= links > 0 && names::of_the_kernel(&at);
    }
    kernel |= names::of_the_kernel(&at);
    Ok(Real {
        path: at,
        meta,
        kernel,
    })
}

fn root_of(path: &Path) -> PathBuf {
    path.ancestors()
        .last()
        .filter(|p| p.is_absolute())
        .map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

fn parts(path: &Path) -> Result<VecDeque<OsString>, String> {
    let mut parts = VecDeque::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => parts.push_back(name.to_owned()),
            Component::ParentDir => parts.push_back("..".into()),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => {}
        }
    }
    if parts.len() > 4096 {
        return Err("it has too many parts".to_owned());
    }
    Ok(parts)
}

/// How many names a file has; 1 where the system does not tell.
pub fn link_count(meta: &Metadata) -> u64 {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(meta);
    #[cfg(not(unix))]
    return 1;
}

/// Device and inode: two paths with the same pair are the same directory,
/// however they are spelled. `None` where the system does not tell.
pub fn identity(meta: &Metadata) -> Option<(u64, u64)> {
    #[cfg(unix)]
    return Some((
        std::os::unix::fs::MetadataExt::dev(meta),
        std::os::unix::fs::MetadataExt::ino(meta),
    ));
    #[cfg(not(unix))]
    return None;
}

/// The rest of `path` below the directory `top`, where one of its ancestors is
/// that directory under any spelling (letter case, normalisation, mounts).
pub fn below(path: &Path, top: &Path) -> Option<PathBuf> {
    if let Ok(rest) = path.strip_prefix(top) {
        return Some(rest.to_owned());
    }
    let wanted = fs::symlink_metadata(top).ok().as_ref().and_then(identity)?;
    let found = path
        .ancestors()
        .find(|a| fs::symlink_metadata(a).ok().as_ref().and_then(identity) == Some(wanted))?;
    path.strip_prefix(found).ok().map(Path::to_owned)
}
