//! Whether an agent's work has come into a tree of the user's: the main
//! worktree, or the one that the agent's session was started in.

use std::path::Path;

use super::Project;
use crate::error::Result;
use crate::git::{Git, locate, read};
use crate::session::Agent;

/// Whether a commit can be reached from what the user stands on.
///
/// # Errors
/// Where git can't tell.
pub fn merged(project: &Project, agent: &Agent, commit: &str) -> Result<bool> {
    for head in heads(project, agent)? {
        if read::is_ancestor(&project.common_dir, commit, &head)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The commits that the user stands on.
///
/// # Errors
/// Where git can't tell.
pub fn heads(project: &Project, agent: &Agent) -> Result<Vec<String>> {
    let mut heads: Vec<String> = read::tip(&project.common_dir, "HEAD")?
        .into_iter()
        .collect();
    let mut linked = vec![agent.start_root.as_path(), project.start_root.as_path()];
    linked.dedup();
    heads.extend(
        linked
            .into_iter()
            .filter_map(|root| head_of_linked(project, root)),
    );
    Ok(heads)
}

/// The commit that a linked worktree of this repository stands on.
fn head_of_linked(project: &Project, root: &Path) -> Option<String> {
    let place = locate(root).filter(|p| p.root == root && p.common_dir == project.common_dir)?;
    if !place.is_linked() {
        return None;
    }
    let head = Git::place(&place).args(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
    head.text().ok()
}
