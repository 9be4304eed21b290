//! Which Agent call started which agent: the client says it in a file beside
//! its transcript, and older ones in what the call returns.

use std::fs;
use std::path::{Path, PathBuf};

use super::call::Call;
use crate::config::env;
use crate::protocol::Meta;
use crate::session::{Agent, AgentId, Spawn};
use crate::store::{agents, spawns};

/// Links an agent at its tool call, where that is not done yet.
pub(super) fn at_tool_call(call: &Call<'_>, agent: Agent) -> Agent {
    if agent.linked {
        return agent;
    }
    match meta(call, &agent.agent_id, &agent.kind) {
        Some(meta) => apply(call, agent, meta),
        None => guess(call, agent),
    }
}

/// Links an agent by what the Agent call returned.
pub(super) fn by_result(call: &Call<'_>, agent_id: &str) {
    let id = AgentId(agent_id.to_owned());
    let Some(tool_use_id) = call.input.tool_use_id.clone() else {
        return;
    };
    if let Ok(Some(agent)) = agents::find(&call.dir, &id)
        && !agent.linked
    {
        let spawn = spawns::get(&call.dir, &tool_use_id);
        save(call, agent, |a| {
            a.linked = true;
            a.tool_use_id = Some(tool_use_id.into_owned());
            take_over(a, spawn.as_ref());
        });
    }
}

fn apply(call: &Call<'_>, agent: Agent, meta: Meta) -> Agent {
    let spawn = meta
        .tool_use_id
        .as_deref()
        .and_then(|id| spawns::get(&call.dir, id));
    let parent = meta
        .parent_agent_id
        .and_then(|id| agents::handle_of(&call.dir, &AgentId(id)));
    let description = meta.description.or(meta.workflow_phase);
    save(call, agent, |a| {
        a.linked = true;
        a.tool_use_id = meta.tool_use_id.or(a.tool_use_id.take());
        a.name = meta.name.or(a.name.take());
        a.description = description.or(a.description.take());
        a.parent = parent.or(a.parent.take());
        take_over(a, spawn.as_ref());
    })
}

/// Without the client's file: where all calls that could have started it agree.
/// What is guessed is kept, and gives way to what the client says later.
fn guess(call: &Call<'_>, agent: Agent) -> Agent {
    let calls = spawns::list(&call.dir).into_iter();
    let fits: Vec<Spawn> = calls.filter(|s| s.kind == agent.kind).collect();
    let mut guessed = agent.clone();
    if let [one] = fits.as_slice() {
        take_over(&mut guessed, Some(one));
    } else if let Some(first) = fits.first()
        && fits.iter().all(|s| s.parent == first.parent)
        && guessed.parent.is_none()
    {
        guessed.parent.clone_from(&first.parent);
    }
    if guessed == agent {
        return agent;
    }
    save(call, agent, |a| {
        a.description = guessed.description;
        a.name = guessed.name;
        a.parent = guessed.parent;
        a.base_on = guessed.base_on;
    })
}

fn take_over(agent: &mut Agent, spawn: Option<&Spawn>) {
    let Some(spawn) = spawn else { return };
    if agent.description.is_none() {
        agent.description.clone_from(&spawn.description);
    }
    if agent.name.is_none() {
        agent.name.clone_from(&spawn.name);
    }
    if agent.parent.is_none() {
        agent.parent.clone_from(&spawn.parent);
    }
    if agent.base_on.is_none() {
        agent.base_on.clone_from(&spawn.base_on);
    }
}

fn save(call: &Call<'_>, agent: Agent, change: impl FnOnce(&mut Agent)) -> Agent {
    let changed = agents::update(&call.dir, &agent.id, |a| {
        change(a);
        if a.current_task.is_none() {
            a.current_task.clone_from(&a.description);
        }
    });
    match changed {
        Ok(agent) => agent,
        Err(e) => {
            call.note("error", Some(&agent.id), &e.to_string());
            agent
        }
    }
}

fn meta(call: &Call<'_>, id: &AgentId, kind: &str) -> Option<Meta> {
    let dir = subagents(call)?;
    let name = format!("agent-{}.meta.json", id.plain()?);
    let mut paths = vec![dir.join(&name)];
    if kind == "workflow-subagent" {
        let runs = fs::read_dir(dir.join("workflows"))
            .ok()
            .into_iter()
            .flatten()
            .flatten();
        paths.extend(runs.map(|run| run.path().join(&name)));
    }
    paths
        .iter()
        .find_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok())
}

/// The agent's own transcript.
pub(super) fn transcript_of(call: &Call<'_>, id: &AgentId) -> Option<PathBuf> {
    Some(subagents(call)?.join(format!("agent-{}.jsonl", id.plain()?)))
}

/// The directory of the subagents' files beside a transcript that lies where the
/// client keeps its own; any other path is not looked at.
fn subagents(call: &Call<'_>) -> Option<PathBuf> {
    let transcript = transcript(call)?;
    Some(transcript.with_extension("").join("subagents"))
}

/// The main conversation's transcript, where it is the client's own.
pub(super) fn transcript(call: &Call<'_>) -> Option<PathBuf> {
    let path = Path::new(call.input.transcript_path.as_deref()?);
    if !path.is_absolute() || path.extension().is_none_or(|e| e != "jsonl") {
        return None;
    }
    let parent = fs::canonicalize(path.parent()?).ok()?;
    let homes = [env::client_dir(), env::home()].into_iter().flatten();
    let ours = homes
        .filter_map(|home| fs::canonicalize(home).ok())
        .any(|home| parent.starts_with(home));
    let path = parent.join(path.file_name()?);
    let plain = fs::symlink_metadata(&path).map_or(true, |m| m.is_file());
    (ours && plain).then_some(path)
}
