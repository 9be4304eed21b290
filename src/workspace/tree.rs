//! Git on a tree whose files an agent may have changed.
//!
//! A tree's `.git` file, its `commondir` and its `config.worktree` decide which
//! configuration git obeys. Git is told where everything is instead, and the
//! bytes of those files are put back where they were changed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::git::{Git, locate};
use crate::session::{Agent, Workspace};

/// One working tree with its git directories.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The top of the tree.
    pub root: PathBuf,
    /// Its own git directory.
    pub git_dir: PathBuf,
    /// The one that all worktrees share.
    pub common_dir: PathBuf,
}

/// What a worktree's git does not do while something of these is there.
const IN_PROGRESS: [(&str, &str); 6] = [
    ("rebase-merge", "a rebase"),
    ("rebase-apply", "a rebase"),
    ("MERGE_HEAD", "a merge"),
    ("CHERRY_PICK_HEAD", "a cherry-pick"),
    ("REVERT_HEAD", "a revert"),
    ("BISECT_LOG", "a bisection"),
];

impl Tree {
    /// An agent's tree. `None` where it is not there.
    pub fn of(agent: &Agent, common_dir: &Path) -> Option<Self> {
        let workspace = &agent.workspace;
        if workspace.native {
            let place = locate(&workspace.path).filter(|p| p.root == workspace.path)?;
            return Some(Self {
                root: place.root,
                git_dir: place.git_dir,
                common_dir: place.common_dir,
            });
        }
        let there = !workspace.path.as_os_str().is_empty()
            && workspace.path.is_dir()
            && workspace.admin.is_dir();
        there.then(|| Self {
            root: workspace.path.clone(),
            git_dir: workspace.admin.clone(),
            common_dir: common_dir.to_owned(),
        })
    }

    /// Git in this tree.
    pub fn git(&self) -> Git {
        Git::tree(&self.root, &self.git_dir, &self.common_dir)
    }

    /// The commit that HEAD stands on.
    ///
    /// # Errors
    /// Where HEAD names none.
    pub fn head(&self) -> Result<String> {
        self.git()
            .args(["rev-parse", "--verify", "HEAD^{commit}"])
            .text()
    }

    /// The branch that HEAD names, without `refs/heads/`; `None` when detached.
    pub fn branch(&self) -> Option<String> {
        let head = fs::read_to_string(self.git_dir.join("HEAD")).ok()?;
        head.trim()
            .strip_prefix("ref: refs/heads/")
            .map(str::to_owned)
    }

    /// What is going on in it, if anything: "a rebase".
    pub fn in_progress(&self) -> Option<&'static str> {
        IN_PROGRESS
            .iter()
            .find(|(name, _)| self.git_dir.join(name).exists())
            .map(|(_, what)| *what)
    }

    /// A path for another index, on the file system of the state.
    pub fn scratch_index(&self, scratch: &Path, purpose: &str) -> Result<PathBuf> {
        fs::create_dir_all(scratch).map_err(|e| Error::io("make", scratch, e))?;
        let path = scratch.join(format!("index-{purpose}-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        Ok(path)
    }
}

/// The files that decide where git looks, in the order of [`pins`].
fn pinned(workspace: &Workspace) -> [PathBuf; 4] {
    [
        workspace.path.join(".git"),
        workspace.admin.join("commondir"),
        workspace.admin.join("gitdir"),
        workspace.admin.join("config.worktree"),
    ]
}

/// Their content, to be recorded; an absent file is recorded as empty.
pub fn pins(workspace: &Workspace) -> Vec<String> {
    pinned(workspace)
        .iter()
        .map(|p| fs::read_to_string(p).unwrap_or_default())
        .collect()
}

/// Puts back what was changed, and names the files that were.
///
/// # Errors
/// Where one can't be put back.
pub fn restore_pins(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut restored = Vec::new();
    for (path, wanted) in pinned(workspace).into_iter().zip(&workspace.pins) {
        let plain = fs::symlink_metadata(&path).is_ok_and(|m| m.is_file());
        let found = if plain {
            fs::read_to_string(&path).unwrap_or_default()
        } else {
            String::new()
        };
        if found == *wanted && (plain || wanted.is_empty()) {
            continue;
        }
        let aside = path.with_file_name(format!(
            "{}.changed-{}",
            path.file_name().unwrap_or_default().to_string_lossy(),
            std::process::id()
        ));
        if fs::symlink_metadata(&path).is_ok() {
            fs::rename(&path, &aside).map_err(|e| Error::io("move aside", &path, e))?;
        }
        if !wanted.is_empty() {
            fs::write(&path, wanted).map_err(|e| Error::io("write", &path, e))?;
        }
        restored.push(path);
    }
    Ok(restored)
}
