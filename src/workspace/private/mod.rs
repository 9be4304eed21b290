//! An agent's private git directory, `.maos/git/<handle>/`.
//!
//! The workspace is a worktree of it: what git writes for the agent (index, refs,
//! configuration, objects, packs) goes there, and nothing of the repository's own
//! is writable to it. It reads the repository's objects through
//! `objects/info/alternates`. The repository gets the agent's branch by [`sync`],
//! with the objects that it needs, and never reads the private directory: an
//! agent that damages that damages nothing else, and without it the repository is
//! whole.
//!
//! Invariants: the directory is built aside and renamed in; what a ref of the
//! repository names was brought over before. The agent can write all that is in
//! it, so that MAOS reads nothing but refs and objects with it, confined, and
//! fetches nothing that is missing.

mod copy;
mod kept;
mod large;
pub mod names;
pub mod objects;
pub mod sync;

use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use super::admin::path_line;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::session::{Agent, Handle};
use crate::store::{FileLock, lock};

use kept::keep_refs;

/// Where the private git directory of an agent lies.
pub fn place(project: &Project, handle: &Handle) -> PathBuf {
    project.layout.git().join(handle.as_str())
}

/// The admin directory of the agent's worktree.
pub fn admin(project: &Project, handle: &Handle) -> PathBuf {
    place(project, handle)
        .join("worktrees")
        .join(handle.as_str())
}

/// Makes it, or finds it made.
///
/// # Errors
/// Where it can't be made.
pub fn ensure(project: &Project, handle: &Handle) -> Result<PathBuf> {
    let dir = place(project, handle);
    if !dir.join("HEAD").exists() {
        make(project, handle, &dir)?;
    }
    Ok(dir)
}

fn make(project: &Project, handle: &Handle, dir: &Path) -> Result<()> {
    let top = project.layout.git();
    let aside = top.join(format!(".new-{handle}"));
    if aside.exists() {
        fs::remove_dir_all(&aside).map_err(|e| Error::io("remove", &aside, e))?;
    }
    let own = ["objects/info", "objects/pack", "info", "logs"];
    for part in own {
        let part = aside.join(part);
        fs::create_dir_all(&part).map_err(|e| Error::io("make", part, e))?;
    }
    copy::git_directory(&project.common_dir, &aside)?;
    if !aside.join("reftable").exists() {
        let own = format!("refs/heads/{}", handle.branch());
        names::give(&project.common_dir, &aside, &beside(dir, "given"), &own)?;
    }
    let alternates = aside.join("objects/info/alternates");
    // Absolute: git-clone(1) of a worktree and git-lfs know no relative one.
    let lines = quoted(path_line(&project.common_dir.join("objects")));
    fs::write(&alternates, lines).map_err(|e| Error::io("write", &alternates, e))?;
    fs::rename(&aside, dir).map_err(|e| Error::io("make", dir, e))
}

/// A line in the quotes in which git takes one that a line break would end.
fn quoted(line: Vec<u8>) -> Vec<u8> {
    let path = line.strip_suffix(b"\n").unwrap_or(&line);
    if !path.contains(&b'\n') {
        return line;
    }
    let mut text = b"\"".to_vec();
    for byte in path {
        match byte {
            b'\n' => text.extend(b"\\n"),
            b'"' | b'\\' => text.extend([b'\\', *byte]),
            other => text.push(*other),
        }
    }
    text.extend(b"\"\n");
    text
}

/// Brings over everything that has a name: the agent's branch, and its other refs.
/// What could not be brought, and what went elsewhere, is added to `notes`.
pub fn bring(project: &Project, agent: &Agent, notes: &mut Vec<String>) {
    match sync::run(project, agent) {
        Ok(sync::Synced::Apart(full_ref)) => notes.push(format!(
            "{} was moved by somebody else and stays there; its own commits are {full_ref}",
            agent.workspace.branch
        )),
        Ok(_) => {}
        Err(e) => notes.push(format!("its branch could not be brought over: {e}")),
    }
    if let Some(git) = &agent.workspace.git
        && let Err(e) = large::bring_over(project, git)
    {
        notes.push(format!("its large files could not be brought over: {e}"));
    }
    match keep_refs(project, agent) {
        Ok(kept) => notes.extend(
            kept.iter()
                .map(|full_ref| format!("it also left {full_ref}")),
        ),
        Err(e) => notes.push(format!("its other refs could not be brought over: {e}")),
    }
}

/// Brings over one commit with all that it needs.
///
/// # Errors
/// As [`objects::bring_over`].
pub fn bring_commit(project: &Project, agent: &Agent, commit: &str) -> Result<()> {
    let Some(git) = &agent.workspace.git else {
        return Ok(());
    };
    let _lock = exchange(git)?;
    objects::bring_over(project, agent, commit)
}

/// Moves the agent's own branch where the repository's was moved to, so that it
/// goes on from there.
///
/// # Errors
/// Where it stands elsewhere, or can't be moved.
pub fn follow(tree: &Tree, agent: &Agent, from: &str, to: &str) -> Result<()> {
    let Some(git) = &agent.workspace.git else {
        return Ok(());
    };
    let full = format!("refs/heads/{}", agent.workspace.branch);
    let args = ["update-ref", "-m", "maos: recorded", &full, to, from];
    tree.agents_git().args(args).text()?;
    sync::note(git, to)
}

/// Before the directory goes: all objects in it are brought over.
///
/// # Errors
/// Where they are not whole.
pub fn retire(project: &Project, agent: &Agent) -> Result<()> {
    let Some(git) = agent.workspace.git.as_ref().filter(|git| git.exists()) else {
        return Ok(());
    };
    let _lock = exchange(git)?;
    objects::bring_all(project, git)?;
    large::bring_over(project, git)
}

/// The directory as a line of git's.
pub(super) fn line(git: &Path) -> Vec<u8> {
    path_line(git)
}

/// Held while refs or objects are brought over from an agent, so that its
/// commands that end at the same moment do so one after the other.
fn exchange(git: &Path) -> Result<FileLock> {
    FileLock::take(&beside(git, "lock"), lock::LONG)
}

/// A file of MAOS's beside the directory, where the agent can't write.
pub(super) fn beside(git: &Path, what: &str) -> PathBuf {
    let name = git.file_name().unwrap_or_default().to_string_lossy();
    git.with_file_name(format!(".{name}.{what}"))
}

/// Forgets what stands beside a directory that is gone.
pub fn forget(git: &Path) {
    for what in ["lock", "tip", "given"] {
        let _ = fs::remove_file(beside(git, what));
    }
    let _ = fs::remove_dir_all(beside(git, "view"));
}
