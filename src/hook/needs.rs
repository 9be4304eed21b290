//! Whether an agent has a workspace, needs one, and the one place of the hook
//! that makes one.

use std::borrow::Cow;

use super::call::Call;
use super::pre_tool_use::ToolCall;
use crate::config::Mode;
use crate::error::Result;
use crate::session::{Agent, WorkspaceState};
use crate::store::agents;
use crate::workspace::base::Source;
use crate::workspace::create;

/// Whether the agent has no workspace that could be written to.
pub(super) fn needs_workspace(agent: &Agent) -> bool {
    !agent.workspace.native
        && (agent.workspace.state != WorkspaceState::Ready || !create::is_there(agent))
}

/// Whether an agent without a workspace can't even read without one: the state
/// that it is to see stands nowhere else. It was named another agent's work to
/// begin from, had a workspace that is gone, or was started by an agent that
/// has one.
pub(super) fn at_once(call: &Call<'_>, agent: &Agent) -> bool {
    let had = matches!(
        agent.workspace.state,
        WorkspaceState::Ready | WorkspaceState::Removed
    );
    agent.base_on.is_some() || (agent.can_write && (had || parent_with_work(call, agent).is_some()))
}

/// The agent in whose workspace this one reads: itself, but for a type that
/// only reads and so never has one. That sees what its parent sees.
pub(super) fn seen_by<'b>(call: &Call<'_>, agent: &'b Agent) -> Cow<'b, Agent> {
    if agent.can_write || agent.workspace.state != WorkspaceState::None {
        return Cow::Borrowed(agent);
    }
    parent_with_work(call, agent)
        .filter(|above| above.redirected() && !needs_workspace(above))
        .map_or(Cow::Borrowed(agent), Cow::Owned)
}

/// The nearest of those that started an agent that ever had a workspace.
fn parent_with_work(call: &Call<'_>, agent: &Agent) -> Option<Agent> {
    let mut parent = agent.parent.clone()?;
    for _ in 0..16 {
        let above = agents::load(&call.dir, &parent).ok().flatten()?;
        if above.workspace.native || above.workspace.base.is_some() {
            return Some(above);
        }
        parent = above.parent?;
    }
    None
}

/// Whether MAOS only looks on, for an agent that it has given no workspace.
pub(super) fn observing(tool_call: &ToolCall<'_, '_>) -> bool {
    needs_workspace(&tool_call.agent) && !wants_workspaces(tool_call.call)
}

/// Whether MAOS makes workspaces at all.
pub(super) fn wants_workspaces(call: &Call<'_>) -> bool {
    call.config().settings.isolation.mode != Mode::Off
}

/// Why an agent of a type that only reads is refused.
pub(super) fn read_only(agent: &Agent) -> String {
    format!(
        "MAOS: {} is of type {}, which only reads: it has no workspace, and the main checkout is not changed by agents.",
        agent.id, agent.kind
    )
}

/// The agent with its workspace, made where it is missing.
pub(super) fn workspace(call: &Call<'_>, agent: &Agent) -> Result<Agent> {
    let other = match &agent.base_on {
        Some(named) => agents::load(&call.dir, named)?,
        None => parent_with_work(call, agent),
    };
    let source = other.map_or(Source::Start, |other| Source::Agent(Box::new(other)));
    let setting = &call.config().settings.worktree.base;
    let made = create::ensure(&call.project, setting, &source, &agent.id, &call.dir)?;
    tracing::debug!(agent = %made.id, path = %made.workspace.path.display(), "workspace");
    Ok(made)
}
