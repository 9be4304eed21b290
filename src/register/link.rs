//! The program itself: by which path it is registered, and its second name
//! `maos-shell`, the shell prefix.
//!
//! The client runs the prefix by its path, quoted, so that blanks and quotes
//! in it do no harm; but what follows ` -` it takes for arguments.

use std::fs;
use std::path::{Path, PathBuf};

use super::hooks::{self, PROGRAM, SHELL_PROGRAM};
use super::place::Machine;
use crate::error::{Error, Result};

/// The path that the running program is registered by: the one on `PATH` where
/// that is this program (it outlives an update), else its own.
///
/// # Errors
/// Where it goes by another name than `maos`.
pub fn program(machine: &Machine) -> Result<PathBuf> {
    let own = std::env::current_exe().map_err(|e| Error::io("find", PROGRAM, e))?;
    program_at(&own, machine)
}

/// [`program`], for the program at `own`.
///
/// # Errors
/// Where it goes by another name than `maos`.
pub fn program_at(own: &Path, machine: &Machine) -> Result<PathBuf> {
    let own = own.canonicalize().map_err(|e| Error::io("find", own, e))?;
    if let Some(found) = machine.find(PROGRAM)
        && found.canonicalize().is_ok_and(|real| real == own)
        && let Some(dir) = found.parent().and_then(|dir| dir.canonicalize().ok())
        && let Some(name) = found.file_name()
    {
        return Ok(dir.join(name));
    }
    if hooks::named(&own.to_string_lossy(), PROGRAM) {
        return Ok(own);
    }
    Err(Error::Refused {
        reason: format!("this program is called {}, not {PROGRAM}", own.display()),
        help: format!("install it under the name {PROGRAM} and run it by that"),
    })
}

/// A link that is there already, or is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellLink {
    /// The path of `maos-shell`.
    pub path: PathBuf,
    /// Whether it has to be made.
    pub missing: bool,
    program: PathBuf,
}

/// Decides where `maos-shell` lies: beside the program, or where that
/// directory can't be written, in MAOS's own.
///
/// # Errors
/// Where neither will do.
pub fn shell_link(program: &Path, machine: &Machine) -> Result<ShellLink> {
    let name = format!("{SHELL_PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let beside = program.parent().map(|dir| dir.join(&name));
    let own = machine
        .state
        .as_ref()
        .map(|dir| dir.join("bin").join(&name));
    let candidates: Vec<PathBuf> = beside
        .into_iter()
        .chain(own)
        .filter(|path| usable(path))
        .collect();
    let link = |path: &PathBuf, missing| ShellLink {
        path: path.clone(),
        missing,
        program: program.to_owned(),
    };
    if let Some(path) = candidates.iter().find(|path| is_same(path, program)) {
        return Ok(link(path, false));
    }
    if let Some(path) = candidates.iter().find(|path| can_make(path)) {
        return Ok(link(path, true));
    }
    Err(Error::Refused {
        reason: format!(
            "there is no place for {SHELL_PROGRAM}: the client can't run it beside {}",
            program.display()
        ),
        help: "install maos in a directory that can be written and has no ` -` in its path".into(),
    })
}

impl ShellLink {
    /// Makes it: a symbolic link, else a hard link, else a copy.
    ///
    /// # Errors
    /// Where none can be made.
    pub fn make(&self) -> Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(dir).map_err(|e| Error::io("make", dir, e))?;
        let temporary = dir.join(format!(".{SHELL_PROGRAM}-{}", std::process::id()));
        let _ = fs::remove_file(&temporary);
        let target = match (self.program.parent() == Some(dir), self.program.file_name()) {
            // A link by name goes along when the directory is moved.
            (true, Some(name)) => PathBuf::from(name),
            _ => self.program.clone(),
        };
        symlink(&target, &temporary)
            .or_else(|_| fs::hard_link(&self.program, &temporary))
            .or_else(|_| fs::copy(&self.program, &temporary).map(drop))
            .and_then(|()| fs::rename(&temporary, &self.path))
            .map_err(|e| {
                let _ = fs::remove_file(&temporary);
                Error::io("make", &self.path, e)
            })
    }
}

/// Whether two paths are one program: the same file, or a copy.
pub fn is_same(path: &Path, program: &Path) -> bool {
    let (Ok(a), Ok(b)) = (path.canonicalize(), program.canonicalize()) else {
        return false;
    };
    if a == b {
        return true;
    }
    let same_size = match (fs::metadata(&a), fs::metadata(&b)) {
        (Ok(a), Ok(b)) => a.is_file() && a.len() == b.len(),
        _ => false,
    };
    same_size && matches!((fs::read(a), fs::read(b)), (Ok(a), Ok(b)) if a == b)
}

/// Whether the client can run a prefix at this path.
pub fn usable(path: &Path) -> bool {
    path.to_str()
        .is_some_and(|text| !text.contains(" -") && !text.contains('\n'))
}

fn can_make(path: &Path) -> bool {
    let mut dir = path.parent().unwrap_or(Path::new("/"));
    while !dir.exists() {
        let Some(up) = dir.parent() else { return false };
        dir = up;
    }
    may_write(dir)
}

#[cfg(unix)]
fn may_write(dir: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(dir, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(dir: &Path) -> bool {
    fs::metadata(dir).is_ok_and(|meta| !meta.permissions().readonly())
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(not(unix))]
fn symlink(_: &Path, _: &Path) -> std::io::Result<()> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
}
