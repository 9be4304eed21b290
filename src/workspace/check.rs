//! What stands in a workspace that is nowhere else, and the reasons to keep it.

use std::path::PathBuf;

use super::Project;
use super::absent;
use super::differs;
use super::merged::{heads, merged};
use super::private;
use super::tree::Tree;
use crate::error::Result;
use crate::git::read;
use crate::process;
use crate::session::Agent;

/// What was found.
#[derive(Debug, Default, Clone)]
pub struct Contents {
    /// The commit that HEAD stands on, or stood on last.
    pub head: String,
    /// Whether the branch that HEAD names is gone.
    pub no_branch: bool,
    /// Files that differ from HEAD or are not in it; ignored ones included,
    /// unless the main checkout has the same file.
    pub uncommitted: Vec<String>,
    /// Commits that no tree of the user's can reach, and the agent made.
    pub unmerged: u64,
    /// Repositories inside of it.
    pub nested: Vec<PathBuf>,
    /// Whether git's own directory of it holds repositories of submodules.
    pub modules: bool,
    /// A rebase, a merge and so on.
    pub in_progress: Option<&'static str>,
    /// Processes that stand in it.
    pub processes: Vec<u32>,
}

impl Contents {
    /// Whether it holds repositories, which no backup can.
    pub fn has_repositories(&self) -> bool {
        !self.nested.is_empty() || self.modules
    }

    /// Why it may not go, for people; empty where it may.
    pub fn reasons(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.no_branch {
            reasons.push("its branch was deleted".to_owned());
        }
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
        } else if self.modules {
            reasons.push("holds the repository of a submodule".to_owned());
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

/// Looks at a workspace, or at what git knows of one whose directory is gone.
///
/// # Errors
/// Where git can't read it.
pub fn look(project: &Project, agent: &Agent, tree: &Tree) -> Result<Contents> {
    let (head, no_branch) = match tree.head() {
        Ok(head) => (head, false),
        Err(e) => (last_head(project, agent, tree).ok_or(e)?, true),
    };
    private::bring_commit(project, agent, &head)?;
    let mut contents = Contents {
        unmerged: unmerged(project, agent, &head)?,
        modules: tree.git_dir.join("modules").exists(),
        in_progress: tree.in_progress(),
        no_branch,
        head,
        ..Contents::default()
    };
    if tree.root.exists() {
        contents.nested = differs::nested(&tree.root);
        contents.processes = process::standing_in(&tree.root);
        contents.uncommitted = differs::uncommitted(project, agent, tree, &contents)?;
        contents.uncommitted.extend(in_submodules(tree)?);
    } else {
        contents.uncommitted = differs::staged(tree, &contents.head)?;
        // Its branch holds what it holds, whether there is a tree or not.
        let full = format!("refs/heads/{}", agent.workspace.branch);
        if let Some(tip) = read::tip(&project.common_dir, &full)?
            && read::is_ancestor(&project.common_dir, &contents.head, &tip)?
        {
            contents.unmerged = 0;
        }
    }
    Ok(contents)
}

/// Where HEAD stood before its branch was deleted.
fn last_head(project: &Project, agent: &Agent, tree: &Tree) -> Option<String> {
    let known = tree.last_in_log().into_iter();
    let mut known = known.chain(agent.workspace.tip.clone());
    known.find(|commit| {
        let args = ["cat-file", "-e", &format!("{commit}^{{commit}}")];
        let found = read::bare(&project.common_dir).args(args).output();
        found.is_ok_and(|found| found.ok())
    })
}

/// Commits that would be lost with the branch, beside its base.
fn unmerged(project: &Project, agent: &Agent, head: &str) -> Result<u64> {
    let base = agent.workspace.base.as_ref().map(|b| b.commit.as_str());
    let own = agent.workspace.branch.as_str();
    let tip = read::tip(&project.common_dir, &format!("refs/heads/{own}"))?;
    let heads = heads(project, agent)?;
    let mut lost = 0;
    for commit in [Some(head.to_owned()), tip].into_iter().flatten() {
        if Some(commit.as_str()) == base || merged(project, agent, &commit)? {
            continue;
        }
        let mut args = vec!["rev-list", "--count", commit.as_str(), "--not"];
        args.extend(heads.iter().map(String::as_str));
        args.extend(base);
        let count = read::bare(&project.common_dir).args(args).text();
        lost = lost.max(count.ok().and_then(|n| n.parse().ok()).unwrap_or(1).max(1));
    }
    Ok(lost)
}

/// Files that git does not list for lying where a submodule is to be.
///
/// # Errors
/// Where git can't list the submodules.
pub fn in_submodules(tree: &Tree) -> Result<Vec<String>> {
    let stray = absent::stray(tree)?;
    Ok(stray.iter().map(|p| p.display().to_string()).collect())
}
