//! The files that a private git directory begins with, but for objects and loose
//! refs: a copy of what the repository's own says at this moment. Format:
//! gitrepository-layout(5).

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use crate::error::{Error, Result};
use crate::git::Git;

/// How often tables of refs that are just being written are read again.
const TRIES: u32 = 20;

pub(super) fn git_directory(from: &Path, to: &Path) -> Result<()> {
    for name in ["config", "HEAD", "shallow"] {
        file(&from.join(name), &to.join(name))?;
    }
    directory(&from.join("info"), &to.join("info"), &|_| true)?;
    directory(&from.join("hooks"), &to.join("hooks"), &|name| {
        !name.ends_with(".sample")
    })?;
    if from.join("reftable").is_dir() {
        tables(&from.join("reftable"), &to.join("reftable"))?;
        let refs = to.join("refs");
        fs::create_dir_all(&refs).map_err(|e| Error::io("make", &refs, e))?;
        file(&from.join("refs/heads"), &refs.join("heads"))?;
    }
    config(from, &to.join("config"))
}

/// Copies a file where it is there. One that goes at this moment is not.
fn file(from: &Path, to: &Path) -> Result<()> {
    match fs::copy(from, to) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("copy", from, e)),
        _ => Ok(()),
    }
}

/// Copies directories and files, with their modes; links are followed to files
/// alone.
fn directory(from: &Path, to: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<()> {
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(Error::io("read", from, e)),
    };
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    for entry in entries.flatten() {
        if !wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => directory(&source, &target, wanted)?,
            Ok(kind) if kind.is_file() || source.is_file() => file(&source, &target)?,
            _ => {}
        }
    }
    Ok(())
}

/// Copies a stack of reftables: the list names the tables, and a table that is
/// gone by now means that there is a newer list.
fn tables(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(|e| Error::io("make", to, e))?;
    let list = from.join("tables.list");
    for _ in 0..TRIES {
        let text = fs::read_to_string(&list).map_err(|e| Error::io("read", &list, e))?;
        let copied = text
            .lines()
            .all(|name| fs::copy(from.join(name), to.join(name)).is_ok());
        if copied {
            let target = to.join("tables.list");
            return fs::write(&target, text).map_err(|e| Error::io("write", target, e));
        }
    }
    Err(Error::io("read", list, ErrorKind::NotFound.into()))
}

/// What the configuration says of places relative to itself says the same from
/// the copy.
fn config(from: &Path, to: &Path) -> Result<()> {
    let text = fs::read_to_string(to).unwrap_or_default().to_lowercase();
    let git = || Git::at(from).args(["config", "--file"]).args([to]);
    if text.contains("worktree") {
        // 5 is git's word for "there was none".
        git().args(["--unset-all", "core.worktree"]).output()?;
    }
    if !text.contains("[include") {
        return Ok(());
    }
    let listed = git()
        .args(["--null", "--get-regexp", r"^include(if\..*)?\.path$"])
        .output()?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for entry in listed.split('\0') {
        let Some((key, path)) = entry.split_once('\n') else {
            continue;
        };
        if !path.starts_with(['/', '~']) {
            let there = from.join(path).to_string_lossy().into_owned();
            git()
                .args(["--fixed-value", "--replace-all", key, &there, path])
                .text()?;
        }
    }
    Ok(())
}
