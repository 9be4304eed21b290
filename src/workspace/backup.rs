//! A workspace as a commit below `refs/maos/backup/<handle>/<time>`.
//!
//! Format: the commit's tree is the work tree with its ignored files, byte for
//! byte; its first parent the commit that HEAD stood on; then (where there are
//! some) a commit of the index and one of git's own files, see
//! [`super::gitfiles`]; its message a title and one line of JSON, a [`Backup`].
//! Repositories inside can't stand in a tree: they stay in the trash that the
//! record names.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use super::Project;
use super::absent;
use super::check::Contents;
use super::gitfiles;
use super::private;
use super::raw::Raw;
use super::tree::{Tree, exclude};
use crate::clock;
use crate::error::{Error, Result};
use crate::git::{read, refs};
use crate::session::{Agent, Backup, Handle};

/// Where backups stand.
pub const PREFIX: &str = "refs/maos/backup";

/// The newest format of their records.
const VERSION: u32 = 1;

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

impl Kept {
    /// That it was not written by a later version.
    ///
    /// # Errors
    /// [`Error::Newer`] where it was.
    pub fn check_version(&self) -> Result<()> {
        if self.record.version > VERSION {
            return Err(Error::Newer {
                path: PathBuf::from(&self.full_ref),
                found: self.record.version,
                known: VERSION,
            });
        }
        Ok(())
    }
}

/// Writes a backup of a workspace and reads it back. `stamp` ends its name, and
/// `trash` names where its directory will stay for what git can't hold.
///
/// # Errors
/// Where anything of it can't be written or read back; nothing may be removed then.
pub fn write(
    project: &Project,
    agent: &Agent,
    tree: &Tree,
    contents: &Contents,
    stamp: &str,
    trash: Option<String>,
) -> Result<Kept> {
    let raw = Raw::new(project, &format!("backup-{}", agent.id))?;
    let raw = raw.beside(agent.workspace.git.as_deref());
    let staged = staged(project, agent, tree, &contents.head)?;
    let record = Backup {
        version: VERSION,
        handle: agent.id.clone(),
        at: clock::now_stamp(),
        path: agent.workspace.path.clone(),
        branch: tree.branch(),
        head: contents.head.clone(),
        staged: staged.clone(),
        git: gitfiles::keep(&raw, tree, &contents.head)?,
        trash,
    };
    let commit = commit(&raw, tree, contents, &record)?;
    private::bring_commit(project, agent, &commit)?;
    let full_ref = format!("{PREFIX}/{}/{stamp}", agent.id);
    let settings = ["-c", "core.fsync=all", "-c", "core.fsyncMethod=fsync"];
    read::bare(&tree.common_dir)
        .args(settings)
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

fn commit(raw: &Raw, tree: &Tree, contents: &Contents, record: &Backup) -> Result<String> {
    let at = if tree.root.exists() {
        &tree.root
    } else {
        &tree.git_dir
    };
    let git = || raw.git(at, "index");
    // Without its directory the index is the last that is known of it.
    let known = record.staged.as_ref().filter(|_| !tree.root.exists());
    let begin = known.unwrap_or(&record.head);
    git().args(["read-tree", begin]).text()?;
    if tree.root.exists() {
        // What lies where a submodule is to be is added only where none is named.
        let stray = absent::stray(tree)?;
        for link in absent::links(tree)? {
            if stray.iter().any(|file| file.starts_with(&link)) {
                let git = git().args(["update-index", "--force-remove", "--"]);
                git.args([&link]).text()?;
            }
        }
        let add = ["add", "--all", "--force", "--no-ignore-errors", "--", "."];
        let mut add: Vec<OsString> = add.map(OsString::from).into();
        add.extend(contents.nested.iter().map(|path| exclude(path)));
        git().args(&add).text()?;
    }
    let content = git().args(["write-tree", "--missing-ok"]).text()?;
    let line =
        serde_json::to_string(record).map_err(|e| Error::io("write", &record.path, e.into()))?;
    let message = format!("Backup of {}\n\n{line}\n", record.handle);
    let mut args = vec!["commit-tree", content.as_str(), "-p", record.head.as_str()];
    for parent in [&record.staged, &record.git].into_iter().flatten() {
        args.extend(["-p", parent]);
    }
    git().as_maos().args(&args).input(message).text()
}

/// A commit of the index as it stands; `None` while it has conflicts in it.
fn staged(project: &Project, agent: &Agent, tree: &Tree, head: &str) -> Result<Option<String>> {
    let own = tree.git_dir.join("index");
    if !own.exists() {
        return Ok(None);
    }
    let scratch = project.layout.scratch();
    let index = tree.scratch_index(&scratch, &format!("backup-{}", agent.id))?;
    fs::copy(&own, &index).map_err(|e| Error::io("copy", &own, e))?;
    let settings = ["-c", "core.fsync=all", "-c", "core.fsyncMethod=batch"];
    let git = || tree.git().args(settings).index(&index);
    let written = git().args(["write-tree"]).output();
    let _ = fs::remove_file(&index);
    let written = written?;
    if !written.ok() {
        return Ok(None);
    }
    let args = ["commit-tree", "-p", head, &written.text()];
    let commit = git().as_maos().args(args).input("Index\n");
    commit.text().map(Some)
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
