//! An agent stops: its uncommitted work is committed on its branch, and whoever
//! started it is told what it left.

use std::time::Duration;

use super::agent_start;
use super::call::Call;
use super::link;
use super::tripwire;
use crate::clock;
use crate::config::{Mode, OnStop};
use crate::error::{Error, Result};
use crate::protocol::Answer;
use crate::session::{Agent, AgentState};
use crate::store::{agents, notices, sessions, spawns};
use crate::workspace::left::{self, Left};

/// How long a stop may take for what it does under its workspace's lock.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// Answers the event.
pub(super) fn run<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let agent = match call.known_agent() {
        // Made anew from what is there, so that its work is recorded.
        Err(Error::Corrupt { .. }) => agent_start::adopt(call, true)?.0,
        known => match known? {
            Some(agent) => agent,
            None => return Ok(Answer::none()),
        },
    };
    let agent = link::at_tool_call(call, agent);
    let found = look(call, &agent);
    let agent = agents::update(&call.dir, &agent.id, |a| {
        a.status = AgentState::Stopped;
        a.stopped_at = Some(clock::now_stamp());
        a.tasks_completed += 1;
        if let Ok(Some(left)) = &found {
            a.workspace.tip = Some(left.tip.clone());
        }
    })?;
    agents::set_active(&call.dir, &agent.id, false)?;
    let _ = agents::log(&call.dir, &agent.id, "stopped");
    sessions::enrol(&call.project.layout, &agent)?;
    let text = match &found {
        Ok(left) => left::tell(&agent, left.as_ref()),
        Err(e) => format!(
            "MAOS: agent {} stopped; what it left could not be read: {e}",
            agent.id
        ),
    };
    call.record(Some(&agent.id), Some(agent.kind.clone()), None);
    if let Some(call_id) = &agent.tool_use_id {
        spawns::remove(&call.dir, call_id);
    }
    if let Ok(Some(left)) = &found
        && left.recorded
    {
        call.note(
            "recorded",
            Some(&agent.id),
            &format!("uncommitted work is commit {} of {}", left.tip, left.branch),
        );
    }
    if agent.can_write && call.config().settings.isolation.mode != Mode::Off {
        let parent = agent
            .parent
            .as_ref()
            .filter(|p| agents::active(&call.dir).contains(p));
        let heir = sessions::successor(&call.project.layout, &call.dir);
        let dir = heir.as_ref().filter(|_| parent.is_none());
        notices::leave(dir.unwrap_or(&call.dir), parent, &agent.id, &text)?;
    }
    tripwire::at_agent_stop(call, &agent);
    Ok(Answer::none())
}

fn look(call: &Call<'_>, agent: &Agent) -> Result<Option<Left>> {
    let settings = &call.config().settings;
    let commit =
        settings.worktree.on_stop == OnStop::Commit && settings.isolation.mode != Mode::Off;
    let _lock = agents::workspace_lock(&call.dir, &agent.id, STOP_LIMIT)?;
    left::look(&call.project, agent, commit)
}
