//! The one place where workspaces are made.
//!
//! Every step can be done again: the record says `creating` before the first
//! one, and a later call goes on where a crash left off. The branch is claimed
//! by a create-only update, the admin directory is built aside and renamed in,
//! and the checkout runs under no lock but the agent's own, so that many agents
//! at once and the user's own git commands never meet.

use std::fs;
use std::time::{Duration, Instant};

use super::Project;
use super::admin;
use super::base::{self, Source};
use super::checkout::{check_out, pending, tree_directory};
use super::merged::merged;
use super::pins;
use super::private;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::git::{read, refs};
use crate::session::{Agent, Base, Event, Handle, WorkspaceState};
use crate::store::{FileLock, SessionDir, agents, sessions, timeline};

/// How long a hook may spend on making a workspace, below the time limit that
/// the client gives it.
pub const LIMIT: Duration = Duration::from_secs(100);

/// Makes an agent's workspace, or returns the one that is there.
///
/// # Errors
/// [`Error::Busy`] where it is being made and not ready in time; anything that
/// keeps it from being made. Called again, it goes on.
pub fn ensure(
    project: &Project,
    setting: &str,
    source: &Source,
    handle: &Handle,
    dir: &SessionDir,
) -> Result<Agent> {
    let start = Instant::now();
    let lock = agents::workspace_lock(dir, handle, LIMIT)
        .map_err(|_| Error::Busy("the workspace is still being made".to_owned()))?;
    let limit = LIMIT.saturating_sub(start.elapsed());
    ensure_held(project, setting, source, (handle, dir), limit, &lock)
}

/// The same, for whoever holds the workspace's lock.
///
/// # Errors
/// As [`ensure`].
pub fn ensure_held(
    project: &Project,
    setting: &str,
    source: &Source,
    (handle, dir): (&Handle, &SessionDir),
    limit: Duration,
    _lock: &FileLock,
) -> Result<Agent> {
    let start = Instant::now();
    let agent = agents::load(dir, handle)?.ok_or_else(|| Error::NotFound {
        kind: "agent",
        name: handle.to_string(),
        known: Vec::new(),
    })?;
    if agent.workspace.native
        || (agent.workspace.state == WorkspaceState::Ready && is_there(&agent))
    {
        return Ok(agent);
    }
    let again = agent.workspace.state == WorkspaceState::Creating;
    project.layout.prepare_worktrees()?;
    let (base, branch_tip) = starting_point(project, setting, source, &agent)?;
    // One that an earlier version made stays as it is.
    let before = agent.workspace.git.is_none() && agent.workspace.admin.join("HEAD").exists();
    let shares = agent.shares_git || before;
    let agent = agents::update_durably(dir, handle, |a| {
        let workspace = &mut a.workspace;
        workspace.state = WorkspaceState::Creating;
        workspace.path = project.layout.workspace(handle);
        workspace.branch = handle.branch();
        // The client itself takes no worktree but one that shares the repository's
        // git directory.
        workspace.git = (!shares).then(|| private::place(project, handle));
        workspace.admin = if shares {
            admin::registration(project, handle)
        } else {
            private::admin(project, handle)
        };
        workspace.base = Some(base.clone());
    })?;
    let full_ref = format!("refs/heads/{}", agent.workspace.branch);
    let tip = if let Some(tip) = branch_tip {
        tip
    } else {
        let last = last_tip(project, &agent);
        claim(project, &full_ref, last.as_deref().unwrap_or(&base.commit))?
    };
    if !shares {
        let git = private::ensure(project, handle)?;
        private::sync::begin(&git, &tip)?;
    }
    admin::ensure(project, &agent)?;
    let pending = pending(&agent)?;
    tree_directory(&agent)?;
    if let Some(pending) = pending {
        let limit = limit.saturating_sub(start.elapsed());
        check_out(project, &agent, again, limit)?;
        fs::remove_file(&pending).map_err(|e| Error::io("remove", &pending, e))?;
    } else if !agent.workspace.admin.join("index").exists() {
        let tree = Tree::known(&agent, &project.common_dir);
        tree.git().args(["read-tree", "HEAD"]).text()?;
    }
    let agent = agents::update_durably(dir, handle, |a| {
        a.workspace.state = WorkspaceState::Ready;
        a.workspace.tip = Some(tip);
        a.workspace.pins = pins::of(&a.workspace);
    })?;
    announce(project, dir, &agent, start.elapsed());
    Ok(agent)
}

fn announce(project: &Project, dir: &SessionDir, agent: &Agent, took: Duration) {
    let event = Event {
        event: "workspace-created".to_owned(),
        agent: Some(agent.id.to_string()),
        target: Some(agent.shown_worktree(project.main())),
        note: agent
            .workspace
            .base
            .as_ref()
            .map(|b| format!("based on {} ({})", b.commit, b.from)),
        duration_ms: u64::try_from(took.as_millis()).ok(),
        ..Event::default()
    };
    // The workspace is there; that its news can't be written must not undo it.
    let _ = timeline::append(dir, event);
    let _ = sessions::enrol(&project.layout, agent);
}

/// Whether directory and admin directory of a ready workspace are there.
pub fn is_there(agent: &Agent) -> bool {
    agent.workspace.path.join(".git").exists() && agent.workspace.admin.join("HEAD").exists()
}

/// The base, and the branch's tip where the branch is there already.
fn starting_point(
    project: &Project,
    setting: &str,
    source: &Source,
    agent: &Agent,
) -> Result<(Base, Option<String>)> {
    let handle = &agent.id;
    let tip = read::tip(
        &project.common_dir,
        &format!("refs/heads/{}", handle.branch()),
    )?;
    match (&agent.workspace.base, tip) {
        (Some(base), Some(tip)) => Ok((base.clone(), Some(tip))),
        // Begun and not finished: the branch was not claimed yet.
        (Some(base), None) if agent.workspace.state == WorkspaceState::Creating => {
            Ok((base.clone(), None))
        }
        // The branch was deleted before its work came anywhere else.
        (Some(base), None) if last_tip(project, agent).is_some() => Ok((base.clone(), None)),
        (Some(_), None) => Ok((
            base::decide(project, setting, &Source::Start, handle)?,
            None,
        )),
        (None, None) => {
            obstacle(project).map_or(Ok(()), Err)?;
            Ok((base::decide(project, setting, source, handle)?, None))
        }
        (None, Some(_)) => Err(Error::Unsupported {
            path: project.main().to_owned(),
            reason: format!(
                "the branch {} is there already and is not this agent's",
                handle.branch()
            ),
            help: format!("rename it: git branch -m {} NAME", handle.branch()),
        }),
    }
}

/// What in the repository keeps every workspace from being made.
pub fn obstacle(project: &Project) -> Option<Error> {
    if let Err(e) = project.layout.has_worktrees() {
        return Some(e);
    }
    let branch = read::tip(&project.common_dir, "refs/heads/agent");
    matches!(branch, Ok(Some(_))).then(|| Error::Unsupported {
        path: project.main().to_owned(),
        reason: "a branch named `agent` is where agents' branches go, agent/<handle>".to_owned(),
        help: "rename it: git branch -m agent NAME".to_owned(),
    })
}

/// The last tip that MAOS saw, where nothing else holds it. One that is no
/// longer there can't be gone on from.
fn last_tip(project: &Project, agent: &Agent) -> Option<String> {
    let tip = agent.workspace.tip.clone()?;
    let lost = merged(project, agent, &tip).is_ok_and(|merged| !merged);
    lost.then_some(tip)
}

/// Tells git again of a tree that it does not know any more: HEAD is its branch,
/// and the index that of its last commit.
///
/// # Errors
/// Where that can't be written.
pub fn register_again(project: &Project, agent: &Agent) -> Result<()> {
    let full_ref = format!("refs/heads/{}", agent.workspace.branch);
    if let (None, Some(base)) = (
        read::tip(&project.common_dir, &full_ref)?,
        &agent.workspace.base,
    ) {
        let last = last_tip(project, agent);
        claim(project, &full_ref, last.as_deref().unwrap_or(&base.commit))?;
    }
    if agent.workspace.git.is_some() {
        let git = private::ensure(project, &agent.id)?;
        let tip = read::tip(&project.common_dir, &full_ref)?;
        private::sync::begin(&git, tip.as_deref().unwrap_or_default())?;
    }
    admin::ensure(project, agent)?;
    tree_directory(agent)?;
    match Tree::of(agent, &project.common_dir) {
        Some(tree) => tree.git().args(["read-tree", "HEAD"]).text().map(drop),
        None => Ok(()),
    }
}

fn claim(project: &Project, full_ref: &str, commit: &str) -> Result<String> {
    if refs::create(
        &project.common_dir,
        full_ref,
        commit,
        "maos: workspace made",
    )? {
        return Ok(commit.to_owned());
    }
    Err(Error::Busy(format!(
        "{full_ref} was made by somebody else at this moment"
    )))
}
