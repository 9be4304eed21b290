//! How MAOS's own git sees the tree of an agent that has a private git directory.
//!
//! Format: `.maos/git/.<handle>.view/`, a git directory of a worktree with
//! nothing in it but a HEAD that is detached at the agent's commit, and the
//! sparse patterns. Together with the repository's own git directory as the
//! common one, git obeys the user's configuration alone and finds the agent's
//! commit, whatever refs the agent has made for itself; it writes no ref of the
//! agent's. The index is the agent's own.

use std::fs;
use std::path::{Path, PathBuf};

use super::{pins, private};
use crate::error::{Error, Result};
use crate::git::read;
use crate::session::Workspace;
use crate::store::atomic::{self, Durable};

/// The view of a workspace, made anew; `None` where it shares the repository's
/// git directory, or where HEAD can't be told.
pub fn of(workspace: &Workspace) -> Option<PathBuf> {
    let git = workspace.git.as_deref()?;
    let view = make(git, workspace);
    // An agent that looks at itself can't write one.
    view.ok()
        .or_else(|| Some(private::beside(git, "view")).filter(|view| view.join("HEAD").exists()))
}

fn make(git: &Path, workspace: &Workspace) -> Result<PathBuf> {
    let admin = workspace.admin.as_path();
    let view = private::beside(git, "view");
    let info = view.join("info");
    fs::create_dir_all(&info).map_err(|e| Error::io("make", &info, e))?;
    let commit = head(git, admin)?;
    let stacked = admin.join("reftable").is_dir();
    let text = match &commit {
        Some(commit) if !stacked => format!("{commit}\n"),
        // Also where nothing is committed: an orphan branch, or one that is gone.
        _ => format!("ref: {}\n", read::NO_HEAD),
    };
    atomic::replace(&view.join("HEAD"), text.as_bytes(), Durable::No)?;
    // For git-lfs, which looks there itself; git is told of another one.
    let common = private::line(git);
    atomic::replace(&view.join("commondir"), &common, Durable::No)?;
    if stacked {
        head_in_reftable(&view, admin, commit.as_deref())?;
    }
    let patterns = "info/sparse-checkout";
    let (from, to) = (admin.join(patterns), view.join(patterns));
    if fs::symlink_metadata(&from).is_ok_and(|m| m.is_file()) {
        let bytes = fs::read(&from).map_err(|e| Error::io("read", &from, e))?;
        atomic::replace(&to, &bytes, Durable::No)?;
    } else {
        let _ = fs::remove_file(&to);
    }
    let config = pins::worktree_config(workspace);
    atomic::replace(&view.join("config.worktree"), &config, Durable::No)?;
    share_index(admin, &view);
    Ok(view)
}

/// Where refs are kept in reftables, HEAD is in one as well.
fn head_in_reftable(view: &Path, admin: &Path, commit: Option<&str>) -> Result<()> {
    let stack = view.join("reftable");
    let _ = fs::remove_dir_all(&stack);
    for dir in [stack, view.join("refs")] {
        fs::create_dir_all(&dir).map_err(|e| Error::io("make", dir, e))?;
    }
    let common = admin.parent().and_then(Path::parent).unwrap_or(admin);
    let Some(commit) = commit else {
        return Ok(());
    };
    private::objects::private(view)
        .env("GIT_COMMON_DIR", common)
        .args(["update-ref", "--no-deref", "HEAD", commit])
        .text()
        .map(drop)
}

/// A split index names its larger part, which git looks for beside HEAD.
fn share_index(admin: &Path, view: &Path) {
    for entry in fs::read_dir(admin).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("sharedindex.") && !view.join(&name).exists() {
            let _ = fs::copy(entry.path(), view.join(&name));
        }
    }
}

/// The commit that the agent's HEAD stands on, as its private refs say.
///
/// # Errors
/// Where git can't be run.
pub fn head(git: &Path, admin: &Path) -> Result<Option<String>> {
    let found = private::objects::private(admin)
        .env("GIT_COMMON_DIR", git)
        .args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        .output()?;
    Ok(found.ok().then(|| found.text()))
}
