//! A call that starts an agent: places are counted, a base is noted, and in
//! native mode the client is asked to isolate the agent itself.

use super::call::Call;
use super::kinds;
use super::pre_tool_use::{Ruling, shown_target};
use crate::clock;
use crate::config::Mode;
use crate::error::Result;
use crate::policy::limits::{self, Place, SILENT};
use crate::protocol::{Fields, Tool};
use crate::session::{Agent, Handle, Spawn};
use crate::store::{agents, spawns};

/// The type of agent that the client starts where none is named.
const DEFAULT_KIND: &str = "general-purpose";

/// Rules on one Agent call.
pub(super) fn run<'a>(
    call: &Call<'a>,
    mut fields: Fields<'a>,
    caller: Option<&Agent>,
) -> Result<Ruling<'a>> {
    let target = shown_target(Tool::Agent, &fields);
    let Some(tool_use_id) = call.input.tool_use_id.as_deref() else {
        return Ok(Ruling::keep(target));
    };
    let settings = &call.config().settings;
    if settings.isolation.mode == Mode::Off {
        return Ok(Ruling::keep(target));
    }
    let kind = fields
        .text("subagent_type")
        .unwrap_or_else(|| DEFAULT_KIND.to_owned());
    let known = kinds::look(&call.project.start_root, &call.cwd, &kind);
    let base_on = match base_line(&fields.text("prompt").unwrap_or_default()) {
        None => None,
        Some(named) => match base_agent(call, &named) {
            Some(handle) => Some(handle),
            None => return Ok(Ruling::deny(no_such_base(call, &named), target)),
        },
    };
    let isolates = settings.isolation.mode == Mode::Native
        && known.can_write
        && !fields.has("isolation")
        && !known.isolated;
    let spawn = Spawn {
        tool_use_id: tool_use_id.to_owned(),
        at: clock::now_stamp(),
        can_write: known.can_write,
        description: fields.text("description"),
        name: fields.text("name"),
        parent: caller.map(|a| a.id.clone()),
        base_on,
        isolated: isolates || known.isolated || fields.has("isolation"),
        started: false,
        kind,
    };
    if let Some(reason) = reserve(call, &spawn, settings.orchestration.max_parallel_agents)? {
        return Ok(Ruling::deny(reason, target));
    }
    if isolates {
        fields.set("isolation", "worktree");
        return Ok(Ruling::changed(fields, "isolated", target));
    }
    Ok(Ruling::keep(target))
}

/// Takes a place, or says why there is none.
fn reserve(call: &Call<'_>, spawn: &Spawn, limit: u32) -> Result<Option<String>> {
    let _lock = spawns::lock(&call.dir)?;
    if spawn.can_write
        && let Some(reason) = limits::refuse_spawn(limit, &taken(call))
    {
        return Ok(Some(reason));
    }
    spawns::put(&call.dir, spawn)?;
    Ok(None)
}

/// Who takes a place: agents that can write and gave a sign of life, and calls
/// whose agent has not started yet.
fn taken(call: &Call<'_>) -> Vec<Place> {
    let mut places = Vec::new();
    for handle in agents::active(&call.dir) {
        let Ok(Some(agent)) = agents::load(&call.dir, &handle) else {
            continue;
        };
        if agent.can_write && silent_for(call, &agent) < SILENT {
            places.push(Place {
                name: handle.to_string(),
                task: agent.task().to_owned(),
            });
        }
    }
    for spawn in spawns::list(&call.dir) {
        if spawn.can_write && spawns::waits(&spawn) {
            let task = spawn.description.unwrap_or_else(|| "starting".to_owned());
            places.push(Place {
                name: spawn.kind,
                task,
            });
        }
    }
    places
}

fn silent_for(call: &Call<'_>, agent: &Agent) -> u64 {
    let hooks = agents::silent_for(&call.dir, &agent.id);
    let transcript =
        super::link::transcript_of(call, &agent.agent_id).and_then(|p| agents::changed_ago(&p));
    [hooks, transcript]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(u64::MAX)
}

/// The handle in a line `maos-base: <handle>` of a prompt.
fn base_line(prompt: &str) -> Option<String> {
    let named = prompt
        .lines()
        .find_map(|line| line.trim().strip_prefix("maos-base:"))?;
    Some(named.trim().to_owned())
}

fn base_agent(call: &Call<'_>, named: &str) -> Option<Handle> {
    let handle = Handle::parse(named)?;
    agents::load(&call.dir, &handle)
        .ok()
        .flatten()
        .map(|a| a.id)
}

fn no_such_base(call: &Call<'_>, named: &str) -> String {
    let (known, _) = agents::list(&call.dir);
    let names: Vec<String> = known.iter().map(|a| a.id.to_string()).collect();
    let known = if names.is_empty() {
        "there is none yet".to_owned()
    } else {
        names.join(", ")
    };
    format!("MAOS: `maos-base: {named}` names no agent of this session; agents are: {known}.")
}
