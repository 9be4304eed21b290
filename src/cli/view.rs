//! What the listing commands show of an agent, once for people and scripts.

use serde::Serialize;

use super::scope::{Scope, SessionStatus};
use crate::clock;
use crate::config::Loaded;
use crate::session::{Agent, Session, WorkspaceState};
use crate::store::SessionDir;
use crate::workspace::create;
use crate::workspace::differs;
use crate::workspace::left;
use crate::workspace::pins;
use crate::workspace::tree::Tree;

/// One workspace.
#[derive(Debug, Serialize)]
pub(super) struct WorktreeView {
    /// The agent's handle.
    pub(super) id: String,
    pub(super) session_id: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    /// How the agent stands: active, overdue, silent, stopped, lost.
    pub(super) status: String,
    /// Relative to the project.
    pub(super) worktree: String,
    /// Absolute.
    pub(super) path: std::path::PathBuf,
    pub(super) branch: String,
    pub(super) base: Option<String>,
    /// Whether its directory is there.
    pub(super) exists: bool,
    /// Commits since the base.
    pub(super) commits: u64,
    /// Files with uncommitted changes.
    pub(super) uncommitted: usize,
    /// Made by the client itself.
    pub(super) native: bool,
    pub(super) task: String,
    pub(super) last_update: String,
    /// Why nothing is known of its uncommitted files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

/// An agent's tree as far as git may run on it, and why it may not.
pub(super) fn tree(scope: &Scope, agent: &Agent) -> (Option<Tree>, Option<String>) {
    let Some(tree) = Tree::of(agent, &scope.project.common_dir) else {
        return (None, None);
    };
    let changed = pins::changed(&agent.workspace);
    if changed.is_empty() {
        return (Some(tree), None);
    }
    let files: Vec<String> = changed.iter().map(|p| p.display().to_string()).collect();
    let note = format!(
        "not looked at: its git files were changed: {}",
        files.join(", ")
    );
    (None, Some(note))
}

/// The workspace of an agent; `None` where it has none.
pub(super) fn worktree(
    scope: &Scope,
    dir: &SessionDir,
    status: SessionStatus,
    agent: &Agent,
    config: &Loaded,
) -> Option<WorktreeView> {
    if !matches!(
        agent.workspace.state,
        WorkspaceState::Ready | WorkspaceState::Creating
    ) {
        return None;
    }
    let (tree, note) = tree(scope, agent);
    let commits = commits(agent, scope);
    let uncommitted = tree.as_ref().map_or(0, |tree| changed(tree).len());
    let state = Scope::agent_state(dir, status, agent, config);
    let creating = agent.workspace.state == WorkspaceState::Creating;
    Some(WorktreeView {
        id: agent.id.to_string(),
        session_id: agent.session_id.0.clone(),
        kind: agent.kind.clone(),
        status: if creating {
            "creating".to_owned()
        } else {
            state.to_owned()
        },
        worktree: agent.shown_worktree(scope.project.main()),
        path: agent.workspace.path.clone(),
        branch: agent.workspace.branch.clone(),
        base: agent.workspace.base.as_ref().map(|b| b.commit.clone()),
        exists: create::is_there(agent),
        commits,
        uncommitted,
        native: agent.workspace.native,
        task: agent.task().to_owned(),
        last_update: agent.last_update.clone(),
        note,
    })
}

fn commits(agent: &Agent, scope: &Scope) -> u64 {
    let Some(base) = &agent.workspace.base else {
        return 0;
    };
    left::count(
        &scope.project.common_dir,
        &base.commit,
        &format!("refs/heads/{}", agent.workspace.branch),
    )
}

/// Files with uncommitted changes, untracked ones included.
pub(super) fn changed(tree: &Tree) -> Vec<String> {
    differs::listed(tree).unwrap_or_default()
}

/// A time in a file, relative.
pub(super) fn ago(stamp: &str) -> String {
    clock::parse(stamp).map_or_else(|| stamp.to_owned(), clock::ago)
}

/// One session, for lists.
#[derive(Debug, Serialize)]
pub(super) struct SessionView {
    /// The client's id.
    pub(super) id: String,
    pub(super) session_id: String,
    pub(super) short: String,
    pub(super) status: SessionStatus,
    pub(super) overdue: bool,
    pub(super) started_at: String,
    pub(super) ended_at: Option<String>,
    pub(super) agents: usize,
    pub(super) active_agents: usize,
    pub(super) workspaces: usize,
}

/// A session, for lists.
pub(super) fn session(
    scope: &Scope,
    dir: &SessionDir,
    session: &Session,
    config: &Loaded,
) -> SessionView {
    let status = scope.status(dir, session);
    SessionView {
        id: session.session_id.0.clone(),
        session_id: session.session_id.0.clone(),
        short: session.short.clone(),
        status,
        overdue: status == SessionStatus::Active && Scope::overdue(session, config),
        started_at: session.started_at.clone(),
        ended_at: session.ended_at.clone(),
        agents: session.agents.len(),
        active_agents: crate::store::agents::active(dir).len(),
        workspaces: session
            .agents
            .iter()
            .filter(|a| a.worktree.is_some())
            .count(),
    }
}
