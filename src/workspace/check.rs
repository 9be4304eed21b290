//! What stands in a workspace that is nowhere else.
//!
//! `git status` alone is not trusted: it hides ignored files, entries marked
//! assume-unchanged or skip-worktree, and whatever a configuration tells it to.

use std::fs;
use std::path::{Path, PathBuf};

use super::Project;
use super::left;
use super::merged::merged;
use super::tree::Tree;
use crate::error::Result;
use crate::git::read;
use crate::process;
use crate::session::Agent;

/// What was found.
#[derive(Debug, Default, Clone)]
pub struct Contents {
    /// The commit that HEAD stands on.
    pub head: String,
    /// Files that differ from HEAD or are not in it; ignored ones included,
    /// unless the main checkout has the same file.
    pub uncommitted: Vec<String>,
    /// Commits that no tree of the user's can reach, and the agent made.
    pub unmerged: u64,
    /// Repositories inside of it.
    pub nested: Vec<PathBuf>,
    /// A rebase, a merge and so on.
    pub in_progress: Option<&'static str>,
    /// Processes that stand in it.
    pub processes: Vec<u32>,
}

impl Contents {
    /// Why it may not go, for people; empty where it may.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.uncommitted.is_empty() {
            reasons.push(files_not_committed(&self.uncommitted));
        }
        if self.unmerged > 0 {
            reasons.push(format!(
                "{} not merged",
                count(usize::try_from(self.unmerged).unwrap_or(0), "commit")
            ));
        }
        if !self.nested.is_empty() {
            let names: Vec<String> = self
                .nested
                .iter()
                .map(|p| p.display().to_string())
                .collect();
            reasons.push(format!("holds another repository: {}", some(&names)));
        }
        if let Some(what) = self.in_progress {
            reasons.push(format!("{what} is in progress"));
        }
        reasons
    }
}

/// How many files are not committed, and some of them.
pub fn files_not_committed(names: &[String]) -> String {
    format!(
        "{} not committed: {}",
        count(names.len(), "file"),
        some(names)
    )
}

fn count(n: usize, what: &str) -> String {
    if n == 1 {
        format!("1 {what}")
    } else {
        format!("{n} {what}s")
    }
}

fn some(names: &[String]) -> String {
    let more = names.len().saturating_sub(3);
    let shown = names[..names.len().min(3)].join(", ");
    if more > 0 {
        format!("{shown} and {more} more")
    } else {
        shown
    }
}

/// Looks at a workspace.
///
/// # Errors
/// Where git can't read it.
pub fn look(project: &Project, agent: &Agent, tree: &Tree) -> Result<Contents> {
    let head = tree.head()?;
    let mut contents = Contents {
        unmerged: unmerged(project, agent, &head)?,
        nested: nested(&tree.root),
        in_progress: tree.in_progress(),
        processes: process::standing_in(&tree.root),
        uncommitted: listed(tree)?,
        head,
    };
    contents.uncommitted.extend(ignored(project, tree)?);
    if contents.uncommitted.is_empty() && contents.nested.is_empty() {
        contents.uncommitted = hidden(project, agent, tree, &contents.head)?;
    }
    Ok(contents)
}

/// Commits that would be lost with the branch.
fn unmerged(project: &Project, agent: &Agent, head: &str) -> Result<u64> {
    let base = agent.workspace.base.as_ref().map(|b| b.commit.as_str());
    let own = agent.workspace.branch.as_str();
    let tip = read::tip(&project.common_dir, &format!("refs/heads/{own}"))?;
    let mut lost = 0;
    for commit in [Some(head.to_owned()), tip].into_iter().flatten() {
        if Some(commit.as_str()) == base {
            continue;
        }
        if !merged(project, agent, &commit)? {
            lost = lost.max(
                base.map_or(1, |base| left::count(&project.common_dir, base, &commit))
                    .max(1),
            );
        }
    }
    Ok(lost)
}

/// Files that git itself lists as changed or new.
///
/// # Errors
/// Where git can't list them.
pub fn listed(tree: &Tree) -> Result<Vec<String>> {
    let args = [
        "status",
        "--porcelain=v1",
        "-z",
        "--no-renames",
        "--untracked-files=all",
        "--ignore-submodules=dirty",
    ];
    let bytes = tree.git().args(args).bytes()?;
    Ok(bytes
        .split(|b| *b == 0)
        .filter(|e| e.len() > 3)
        .map(|e| String::from_utf8_lossy(&e[3..]).into_owned())
        .collect())
}

/// Ignored files that the main checkout has not, or has otherwise.
fn ignored(project: &Project, tree: &Tree) -> Result<Vec<String>> {
    let args = [
        "ls-files",
        "--others",
        "--ignored",
        "--exclude-standard",
        "-z",
    ];
    let bytes = tree.git().args(args).bytes()?;
    let names = bytes
        .split(|b| *b == 0)
        .filter(|n| !n.is_empty())
        .map(crate::git::locate::bytes_to_path);
    let differs = |name: &PathBuf| !same(&tree.root.join(name), &project.main().join(name));
    Ok(names
        .filter(differs)
        .map(|n| n.display().to_string())
        .collect())
}

fn same(one: &Path, other: &Path) -> bool {
    let (Ok(a), Ok(b)) = (fs::symlink_metadata(one), fs::symlink_metadata(other)) else {
        return false;
    };
    if a.is_symlink() || b.is_symlink() {
        return matches!((fs::read_link(one), fs::read_link(other)), (Ok(a), Ok(b)) if a == b);
    }
    a.len() == b.len() && matches!((fs::read(one), fs::read(other)), (Ok(a), Ok(b)) if a == b)
}

/// Differences that the index was told not to see: compared by content, through
/// an index that was told nothing.
fn hidden(project: &Project, agent: &Agent, tree: &Tree, head: &str) -> Result<Vec<String>> {
    let flagged = tree.git().args(["ls-files", "-v"]).bytes()?;
    let told = |line: &[u8]| {
        line.first()
            .is_some_and(|b| b.is_ascii_lowercase() || *b == b'S')
    };
    if !flagged.split(|b| *b == b'\n').any(told)
        || tree.git_dir.join("info/sparse-checkout").exists()
    {
        return Ok(Vec::new());
    }
    let index = tree.scratch_index(&project.layout.scratch(), &format!("check-{}", agent.id))?;
    let result = (|| {
        tree.git().index(&index).args(["read-tree", head]).text()?;
        tree.git()
            .index(&index)
            .args(["diff-files", "--name-only", "-z"])
            .bytes()
    })();
    let _ = fs::remove_file(&index);
    let bytes = result?;
    let names = bytes.split(|b| *b == 0).filter(|n| !n.is_empty());
    // Entries that were never looked at show up as well; only content counts.
    let differs = |name: &&[u8]| {
        let name = String::from_utf8_lossy(name);
        let spec = format!("{head}:{name}");
        let committed = tree
            .git()
            .args(["rev-parse", "--verify", "--quiet", &spec])
            .text()
            .unwrap_or_default();
        let there = tree
            .git()
            .args(["hash-object", "--", &name])
            .text()
            .unwrap_or_default();
        committed != there
    };
    Ok(names
        .filter(differs)
        .map(|n| String::from_utf8_lossy(n).into_owned())
        .collect())
}

/// Repositories below a tree, relative to it; the tree's own does not count.
pub fn nested(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root.to_owned()];
    while let Some(dir) = waiting.pop() {
        let Ok(entries) = fs::read_dir(&dir) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            if entry.file_name() == ".git" {
                if dir != root
                    && let Ok(relative) = dir.strip_prefix(root)
                {
                    found.push(relative.to_owned());
                }
            } else if entry.file_type().is_ok_and(|t| t.is_dir()) {
                waiting.push(path);
            }
        }
    }
    found.sort();
    found
}
