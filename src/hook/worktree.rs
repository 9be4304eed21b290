//! In native mode the client asks for a worktree before its agent starts, and
//! says when it is done with one.

use super::call::Call;
use super::needs;
use crate::error::{Error, Result};
use crate::protocol::Answer;
use crate::session::{Agent, AgentId, Handle, Spawn};
use crate::store::{agents, sessions, spawns};
use crate::workspace::remove;

/// The type of an agent whose start is still to come.
pub(super) const UNKNOWN_KIND: &str = "agent";

/// Makes a workspace and answers with its path.
pub(super) fn create<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let Some(name) = call.input.name.as_deref() else {
        return Err(Error::Usage("WorktreeCreate names no worktree".to_owned()));
    };
    let (session, _) = call.open_session(|_| {})?;
    // `agent-<agent_id>` for an agent, any other name for `claude --worktree`.
    let id = AgentId(name.strip_prefix("agent-").unwrap_or(name).to_owned());
    let waiting: Vec<Spawn> = spawns::list(&call.dir)
        .into_iter()
        .filter(spawns::waits)
        .collect();
    let kind = agreed(&waiting, |s| s.kind.clone()).unwrap_or_else(|| UNKNOWN_KIND.to_owned());
    let prefix = if name.starts_with("agent-") {
        kind.clone()
    } else {
        name.to_owned()
    };
    let handles = (1..100_000).map(|nth| Handle::new(&prefix, nth, &session.short));
    let (agent, _) = agents::register(&call.dir, &id, handles, |handle| {
        let taken = call
            .project
            .common_dir
            .join("worktrees")
            .join(handle.as_str())
            .exists();
        Ok((!taken).then(|| Agent {
            shares_git: true,
            parent: agreed(&waiting, |s| s.parent.clone()).flatten(),
            base_on: agreed(&waiting, |s| s.base_on.clone()).flatten(),
            ..call.new_agent(handle, &id, &kind)
        }))
    })?;
    let agent = needs::workspace(call, &agent)?;
    sessions::enrol(&call.project.layout, &agent)?;
    call.record(Some(&agent.id), Some(name.to_owned()), None);
    Ok(Answer {
        plain: Some(agent.workspace.path.to_string_lossy().into_owned()),
        ..Answer::default()
    })
}

/// What all calls whose agent is about to start agree on: which of them this is
/// the worktree for, the client does not say.
fn agreed<T: PartialEq>(waiting: &[Spawn], what: impl Fn(&Spawn) -> T) -> Option<T> {
    let first = what(waiting.first()?);
    waiting.iter().all(|s| what(s) == first).then_some(first)
}

/// The client is done with a worktree: it goes where that loses nothing.
pub(super) fn remove<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let Some(path) = call.input.worktree_path.as_deref() else {
        return Ok(Answer::none());
    };
    let path = std::path::Path::new(path);
    let agent = agents::list(&call.dir)
        .0
        .into_iter()
        .find(|a| a.workspace.path == path);
    if let Some(agent) = agent {
        let outcome = remove::remove(&call.project, &call.dir, &agent, false, false, false)?;
        call.note("worktree-remove", Some(&agent.id), &format!("{outcome:?}"));
    }
    Ok(Answer::none())
}
