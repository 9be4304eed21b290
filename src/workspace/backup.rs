//! A workspace as a commit below `refs/maos/backup/<handle>/<time>`.
//!
//! Format: the commit's tree is the work tree with its ignored files, its first
//! parent the commit that HEAD stood on, its second one (where it could be
//! written) a commit of the index, its message a title and one line of JSON, a
//! [`Backup`]. Nested repositories can't stand in a tree: they stay in the trash
//! that the record names.

use std::fs;
use std::path::PathBuf;

use super::Project;
use super::differs;
use super::tree::Tree;
use crate::clock;
use crate::error::{Error, Result};
use crate::git::{Git, read, refs};
use crate::session::{Agent, Backup, Handle};

/// Where backups stand.
pub const PREFIX: &str = "refs/maos/backup";

/// A backup with the ref that holds it.
#[derive(Debug, Clone)]
pub struct Kept {
    /// The full ref.
    pub full_ref: String,
    /// The commit.
    pub commit: String,
    /// The record in its message.
    pub record: Backup,
}

/// Git as it must run for what has to outlast a power cut.
fn synced(git: Git) -> Git {
    git.args(["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"])
}

/// Writes a backup of a workspace and reads it back. `trash` names where its
/// directory will stay for what git can't hold.
///
/// # Errors
/// Where anything of it can't be written or read back; nothing may be removed then.
pub fn write(project: &Project, agent: &Agent, tree: &Tree, trash: Option<String>) -> Result<Kept> {
    let head = tree.head()?;
    let stamp = clock::file_stamp();
    let full_ref = format!("{PREFIX}/{}/{stamp}", agent.id);
    let record = Backup {
        version: 1,
        handle: agent.id.clone(),
        at: clock::now_stamp(),
        path: tree.root.clone(),
        branch: tree.branch(),
        head: head.clone(),
        trash,
    };
    let index = tree.scratch_index(&project.layout.scratch(), &format!("backup-{}", agent.id))?;
    let result = commit(tree, &index, &head, &record);
    let _ = fs::remove_file(&index);
    let commit = result?;
    synced(read::bare(&tree.common_dir))
        .args(["update-ref", &full_ref, &commit, ""])
        .text()?;
    let kept = Kept {
        full_ref,
        commit,
        record,
    };
    verify(tree, &kept)?;
    Ok(kept)
}

fn commit(tree: &Tree, index: &PathBuf, head: &str, record: &Backup) -> Result<String> {
    let mut add = vec![
        "add".to_owned(),
        "--all".to_owned(),
        "--force".to_owned(),
        "--".to_owned(),
        ".".to_owned(),
    ];
    for nested in differs::nested(&tree.root) {
        add.push(format!(":(exclude,literal,top){}", nested.display()));
    }
    tree.git().index(index).args(["read-tree", head]).text()?;
    synced(tree.git()).index(index).args(&add).text()?;
    let content = synced(tree.git())
        .index(index)
        .args(["write-tree"])
        .text()?;
    let staged = staged(tree, index, head)?;
    let line = serde_json::to_string(record).map_err(|e| Error::io("write", index, e.into()))?;
    let message = format!("Backup of {}\n\n{line}\n", record.handle);
    let mut args = vec!["commit-tree".to_owned(), "-p".to_owned(), head.to_owned()];
    if let Some(staged) = staged {
        args.extend(["-p".to_owned(), staged]);
    }
    args.push(content);
    synced(tree.git())
        .as_maos()
        .args(&args)
        .input(message)
        .text()
}

/// A commit of the index as it stands; `None` while it has conflicts in it.
fn staged(tree: &Tree, scratch: &PathBuf, head: &str) -> Result<Option<String>> {
    let own = tree.git_dir.join("index");
    if !own.exists() {
        return Ok(None);
    }
    fs::copy(&own, scratch).map_err(|e| Error::io("copy", &own, e))?;
    let written = synced(tree.git())
        .index(scratch)
        .args(["write-tree"])
        .output()?;
    if !written.ok() {
        return Ok(None);
    }
    let commit = synced(tree.git())
        .as_maos()
        .args(["commit-tree", "-p", head, &written.text()]);
    commit.input("Index\n").text().map(Some)
}

fn verify(tree: &Tree, kept: &Kept) -> Result<()> {
    let damaged = |reason: String| Error::Corrupt {
        path: PathBuf::from(&kept.full_ref),
        reason,
    };
    if read::tip(&tree.common_dir, &kept.full_ref)?.as_deref() != Some(kept.commit.as_str()) {
        return Err(damaged(
            "the ref does not stand where it was put".to_owned(),
        ));
    }
    let args = [
        "rev-list",
        "--objects",
        "--quiet",
        &kept.commit,
        "--not",
        &kept.record.head,
    ];
    read::bare(&tree.common_dir)
        .args(args)
        .text()
        .map_err(|e| damaged(e.to_string()))?;
    Ok(())
}

/// A ref that keeps a commit without a tree of its own: a branch that goes.
///
/// # Errors
/// Where it can't be written.
pub fn keep_tip(project: &Project, agent: &Agent, tip: &str) -> Result<()> {
    let full_ref = format!("{PREFIX}/{}/{}", agent.id, clock::file_stamp());
    refs::create(&project.common_dir, &full_ref, tip, "maos: branch removed").map(drop)
}

/// All backups, by handle and time; `handle` narrows them.
///
/// # Errors
/// Where git can't list them.
pub fn list(project: &Project, handle: Option<&Handle>) -> Result<Vec<Kept>> {
    let prefix = handle.map_or_else(|| PREFIX.to_owned(), |h| format!("{PREFIX}/{h}"));
    let refs = refs::below(&project.common_dir, &prefix)?;
    Ok(refs
        .into_iter()
        .filter_map(|(full_ref, commit)| record_of(project, full_ref, commit))
        .collect())
}

fn record_of(project: &Project, full_ref: String, commit: String) -> Option<Kept> {
    let args = ["show", "--no-patch", "--format=%B", &commit];
    let message = read::bare(&project.common_dir).args(args).text().ok()?;
    let record = message
        .lines()
        .find_map(|line| serde_json::from_str(line).ok())?;
    Some(Kept {
        full_ref,
        commit,
        record,
    })
}
