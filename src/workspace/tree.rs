//! Git on a tree whose files an agent may have changed.
//!
//! A tree's `.git` file, its `commondir` and its `config.worktree` decide which
//! configuration git obeys. Git is told where everything is instead, and the
//! bytes of those files are put back where they were changed.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::Project;
use crate::clock;
use crate::error::{Error, Result};
use crate::git::{Git, read};
use crate::process;
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
    /// An agent's tree. `None` where it is not there, or where the way to it leads
    /// over a link: an agent may have put one there that leads anywhere.
    pub fn of(agent: &Agent, common_dir: &Path) -> Option<Self> {
        let workspace = &agent.workspace;
        let there = is_real(&workspace.path) && is_real(&workspace.admin);
        there.then(|| Self {
            root: workspace.path.clone(),
            git_dir: workspace.admin.clone(),
            common_dir: common_dir.to_owned(),
        })
    }

    /// Git in this tree; without its directory, on what git knows of it.
    pub fn git(&self) -> Git {
        let root = if self.root.exists() {
            &self.root
        } else {
            &self.git_dir
        };
        Git::tree(root, &self.git_dir, &self.common_dir)
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
        let full = read::head_ref(&self.git_dir)?;
        full.strip_prefix("refs/heads/").map(str::to_owned)
    }

    /// The commit that HEAD's log ends with.
    pub fn last_in_log(&self) -> Option<String> {
        let log = fs::read_to_string(self.git_dir.join("logs/HEAD")).ok()?;
        let line = log.lines().next_back()?;
        line.split(' ').nth(1).map(str::to_owned)
    }

    /// What is going on in it, if anything: "a rebase".
    pub fn in_progress(&self) -> Option<&'static str> {
        IN_PROGRESS
            .iter()
            .find(|(name, _)| self.git_dir.join(name).exists())
            .map(|(_, what)| *what)
    }

    /// Makes sure that nobody holds the index. A lock without any process in the
    /// tree was left by a git that was killed, and goes.
    ///
    /// # Errors
    /// [`Error::Busy`] where it is still held when `limit` is over.
    pub fn free_index(&self, limit: Duration) -> Result<()> {
        let lock = self.git_dir.join("index.lock");
        let start = Instant::now();
        while lock.exists() && !process::standing_in(&self.root).is_empty() {
            if start.elapsed() >= limit {
                return Err(Error::Busy(format!(
                    "{} is held by a process in the tree",
                    lock.display()
                )));
            }
            thread::sleep(Duration::from_millis(20));
        }
        match fs::remove_file(&lock) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove", &lock, e)),
            _ => Ok(()),
        }
    }

    /// A path for another index, on the file system of the state.
    pub fn scratch_index(&self, scratch: &Path, purpose: &str) -> Result<PathBuf> {
        fs::create_dir_all(scratch).map_err(|e| Error::io("make", scratch, e))?;
        let path = scratch.join(format!("index-{purpose}-{}", std::process::id()));
        let _ = fs::remove_file(&path);
        Ok(path)
    }
}

/// A pathspec that leaves a path out.
pub fn exclude(path: &Path) -> OsString {
    let mut spec = OsString::from(":(exclude,literal,top)");
    spec.push(path);
    spec
}

/// Whether a path is a directory, with no link on the way to it.
pub fn is_real(path: &Path) -> bool {
    path.is_dir() && fs::canonicalize(path).is_ok_and(|real| real == path)
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
        .map(|path| fs::read(path).map_or_else(|_| String::new(), |bytes| as_text(&bytes)))
        .collect()
}

/// What stands before the hex digits of bytes that are no text.
const HEX: &str = "hex:";

fn as_text(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut hex = HEX.to_owned();
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn as_bytes(text: &str) -> Vec<u8> {
    let Some(hex) = text.strip_prefix(HEX) else {
        return text.as_bytes().to_vec();
    };
    let pairs = hex.as_bytes().chunks(2);
    pairs
        .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Those that are not as they were recorded, with what was.
fn moved_pins(workspace: &Workspace) -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    let wanted = workspace.pins.iter().map(|text| as_bytes(text));
    let all = pinned(workspace).into_iter().zip(wanted);
    all.filter(|(path, wanted)| match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => fs::read(path).ok().as_ref() != Some(wanted),
        Ok(_) => true,
        Err(_) => !wanted.is_empty(),
    })
}

/// Names the files that are not as they were recorded: git must not run on the
/// tree while there are any.
pub fn changed_pins(workspace: &Workspace) -> Vec<PathBuf> {
    moved_pins(workspace).map(|(path, _)| path).collect()
}

/// Puts back what was changed, and names the files that were. What stood there
/// is kept aside.
///
/// # Errors
/// Where one can't be put back.
pub fn restore_pins(project: &Project, agent: &Agent) -> Result<Vec<PathBuf>> {
    let mut restored = Vec::new();
    for (path, wanted) in moved_pins(&agent.workspace) {
        if path.parent().is_none_or(|dir| !dir.exists()) {
            continue;
        }
        if fs::symlink_metadata(&path).is_ok() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let aside = project.layout.aside().join(agent.id.as_str());
            fs::create_dir_all(&aside).map_err(|e| Error::io("make", &aside, e))?;
            let aside = aside.join(format!("{}-{name}", clock::file_stamp()));
            fs::rename(&path, &aside).map_err(|e| Error::io("move aside", &path, e))?;
        }
        if !wanted.is_empty() {
            fs::write(&path, &wanted).map_err(|e| Error::io("write", &path, e))?;
        }
        restored.push(path);
    }
    Ok(restored)
}
