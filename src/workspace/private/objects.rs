//! Objects on both sides of the border: lent while the agent works, and brought
//! over for good.
//!
//! The repository lists the private directory in its `objects/info/alternates`
//! (git-repack(1), gitrepository-layout(5)) so that everyone reads an agent's
//! commits at once. What a ref of the repository is to name is packed and
//! indexed into the repository first, which computes every hash anew.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::Project;
use super::super::admin::{path_line, relative};
use super::beside;
use crate::error::{Error, Result};
use crate::git::{Git, read};
use crate::session::Agent;
use crate::store::atomic::{self, Durable};
use crate::store::{FileLock, lock};

/// How long a pack may take: an agent may have committed very much.
const LIMIT: Duration = Duration::from_secs(600);

/// Lets the repository read the objects of a private directory.
///
/// # Errors
/// Where the list can't be written.
pub fn lend(project: &Project, git: &Path) -> Result<()> {
    let line = line(project, git);
    change(project, |lines| {
        let listed = lines.contains(&line);
        if !listed {
            lines.push(line.clone());
        }
        !listed
    })
}

/// Ends that.
///
/// # Errors
/// Where the list can't be written.
pub fn take_back(project: &Project, git: &Path) -> Result<()> {
    let line = line(project, git);
    change(project, |lines| {
        let before = lines.len();
        lines.retain(|found| *found != line);
        lines.len() != before
    })
}

/// The same for an agent, if it has one.
///
/// # Errors
/// As [`take_back`].
pub fn take_back_of(project: &Project, agent: &Agent) -> Result<()> {
    match &agent.workspace.git {
        Some(git) => take_back(project, git),
        None => Ok(()),
    }
}

/// Private directories that the repository lists and that are gone, taken off
/// the list: git complains of each at every command.
///
/// # Errors
/// Where the list can't be written.
pub fn forget_gone(project: &Project) -> Result<usize> {
    let gone = gone(project);
    if !gone.is_empty() {
        change(project, |lines| {
            lines.retain(|line| !gone.contains(line));
            true
        })?;
    }
    Ok(gone.len())
}

fn gone(project: &Project) -> Vec<Vec<u8>> {
    let top = line(project, &project.layout.git());
    let own = top.strip_suffix(b"/objects\n").unwrap_or(&top);
    let objects = project.common_dir.join("objects");
    let is_gone = |line: &Vec<u8>| {
        let path = crate::git::locate::bytes_to_path(line.trim_ascii_end());
        line.starts_with(own) && !objects.join(path).exists()
    };
    lines(&list(project)).into_iter().filter(is_gone).collect()
}

/// As the repository lists it.
fn line(project: &Project, git: &Path) -> Vec<u8> {
    path_line(&relative(
        &git.join("objects"),
        &project.common_dir.join("objects"),
    ))
}

fn list(project: &Project) -> PathBuf {
    project.common_dir.join("objects/info/alternates")
}

fn lines(path: &Path) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap_or_default();
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|b| *b == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
        last.push(b'\n');
    }
    lines
}

fn change(project: &Project, edit: impl FnOnce(&mut Vec<Vec<u8>>) -> bool) -> Result<()> {
    let path = list(project);
    let _lock = FileLock::take(&project.layout.git().join(".alternates.lock"), lock::LONG)?;
    let mut lines = lines(&path);
    if !edit(&mut lines) {
        return Ok(());
    }
    if lines.is_empty() {
        return match fs::remove_file(&path) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, e)),
            _ => Ok(()),
        };
    }
    atomic::replace(&path, &lines.concat(), Durable::Yes)
}

/// Git on a private directory that reads objects and refs alone.
pub(in crate::workspace) fn private(git: &Path) -> Git {
    read::bare(git).args([
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.commitGraph=false",
        "-c",
        "pack.writeBitmaps=false",
    ])
}

/// Brings over what a commit or tag needs and only the private directory has.
///
/// # Errors
/// Where an object is missing or damaged; then nothing was brought over.
pub fn bring_over(project: &Project, agent: &Agent, tip: &str) -> Result<()> {
    let Some(git) = agent.workspace.git.as_ref().filter(|git| git.exists()) else {
        return Ok(());
    };
    // What the repository has all of, so that not all of history is walked.
    let base = agent
        .workspace
        .base
        .as_ref()
        .map(|base| base.commit.clone());
    let last = fs::read_to_string(beside(git, "tip")).ok();
    let known = base
        .into_iter()
        .chain(last)
        .filter(|id| super::names::is_id(id));
    let known: Vec<String> = known.map(|id| format!("^{id}")).collect();
    let args = ["pack-objects", "--revs", "--local", "--stdout", "--quiet"];
    let pack = private(git)
        .args(args)
        .input(format!("{tip}\n{}\n", known.join("\n")))
        .limit(LIMIT)
        .bytes()?;
    index(project, pack)
}

/// Brings over everything: the repository may have come to need what nothing in
/// the private directory names any more.
///
/// # Errors
/// As [`bring_over`].
pub fn bring_all(project: &Project, git: &Path) -> Result<()> {
    let objects = git.join("objects");
    let mut names = loose(&objects);
    for entry in fs::read_dir(objects.join("pack"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "idx") {
            let index = fs::read(&path).map_err(|e| Error::io("read", &path, e))?;
            let text = private(git).args(["show-index"]).input(index).text()?;
            names.extend(
                text.lines()
                    .filter_map(|line| line.split(' ').nth(1))
                    .map(str::to_owned),
            );
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let pack = private(git)
        .args(["pack-objects", "--stdout", "--quiet"])
        .input(names.join("\n") + "\n")
        .limit(LIMIT)
        .bytes()?;
    index(project, pack)
}

/// The names of objects that lie in files of their own: `ab/cdef...`.
fn loose(objects: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for group in fs::read_dir(objects).into_iter().flatten().flatten() {
        let first = group.file_name().to_string_lossy().into_owned();
        if first.len() != 2 {
            continue;
        }
        let files = fs::read_dir(group.path()).into_iter().flatten().flatten();
        let all = files.map(|file| format!("{first}{}", file.file_name().to_string_lossy()));
        names.extend(all.filter(|name| super::names::is_id(name)));
    }
    names
}

fn index(project: &Project, pack: Vec<u8>) -> Result<()> {
    // Bytes 8 to 11 of a pack are the number of its objects (gitformat-pack(5)).
    if pack.get(8..12) == Some(&[0, 0, 0, 0]) {
        return Ok(());
    }
    read::bare(&project.common_dir)
        .args(["-c", "core.fsync=all", "index-pack", "--stdin"])
        .input(pack)
        .limit(LIMIT)
        .text()
        .map(drop)
}
