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

use super::view;
use crate::error::{Error, Result};
use crate::git::{Git, read};
use crate::process;
use crate::session::Agent;

/// One working tree with its git directories.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The top of the tree.
    pub root: PathBuf,
    /// Its own git directory.
    pub git_dir: PathBuf,
    /// The one that all worktrees share.
    pub common_dir: PathBuf,
    /// The agent's private git directory, where it has one.
    pub private: Option<PathBuf>,
    /// Where the agent has a private git directory: what stands in for
    /// `git_dir` when MAOS runs git, see [`super::view`].
    pub view: Option<PathBuf>,
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
        there.then(|| Self::known(agent, common_dir))
    }

    /// The same, whether its directory is there or not.
    pub fn known(agent: &Agent, common_dir: &Path) -> Self {
        let workspace = &agent.workspace;
        Self {
            root: workspace.path.clone(),
            git_dir: workspace.admin.clone(),
            common_dir: common_dir.to_owned(),
            private: workspace.git.clone(),
            view: view::of(workspace),
        }
    }

    /// What git may write there: a filter of the user's may be a script that lies
    /// in the tree.
    fn writable(&self, view: &Path, private: &Path) -> Vec<PathBuf> {
        let device = PathBuf::from("/dev/null");
        let large = self.common_dir.join("lfs");
        let own = [view.to_owned(), private.to_owned(), self.git_dir.clone()];
        own.into_iter().chain([device, large]).collect()
    }

    /// Git that reads the repository alone, with the agent's objects beside its own.
    pub fn bare(&self) -> Git {
        let git = read::bare(&self.common_dir);
        match &self.private {
            Some(private) => git.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", private.join("objects")),
            None => git,
        }
    }

    /// The directory with the refs that the agent's own git sees.
    pub fn refs_dir(&self) -> &Path {
        self.private.as_ref().unwrap_or(&self.common_dir)
    }

    /// Git as the agent has it, with its refs and its HEAD, and without hooks:
    /// for refs alone, since it obeys the agent's configuration, and follows what
    /// links the agent made among its refs no further than the walls.
    pub fn agents_git(&self) -> Git {
        let git = Git::tree(&self.git_dir, &self.git_dir, self.refs_dir());
        let git = git.env("GIT_WORK_TREE", &self.root);
        match &self.private {
            Some(private) => git
                .env("GIT_NO_LAZY_FETCH", "1")
                .within(vec![private.clone(), "/dev/null".into()]),
            None => git,
        }
    }

    /// Git in this tree; without its directory, on what git knows of it.
    pub fn git(&self) -> Git {
        let root = if self.root.exists() {
            &self.root
        } else {
            &self.git_dir
        };
        match (&self.view, &self.private) {
            (Some(view), Some(private)) => Git::tree(root, view, &self.common_dir)
                // The larger part of a split index would go where the agent has none.
                .args(["-c", "core.splitIndex=false"])
                .index(&self.git_dir.join("index"))
                .env("GIT_OBJECT_DIRECTORY", private.join("objects"))
                .within(self.writable(view, private)),
            _ => Git::tree(root, &self.git_dir, &self.common_dir),
        }
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
        // Git writes it from within the walls.
        let scratch = self.view.as_deref().unwrap_or(scratch);
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
