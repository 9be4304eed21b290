//! An agent starts, comes back, or is first seen at a tool call.

use std::io::{BufRead, BufReader, Read};

use super::call::{Call, client};
use super::{kinds, link, tripwire};
use crate::config::{Mode, env};
use crate::error::{Error, Result};
use crate::git::{self, read};
use crate::protocol::Answer;
use crate::session::{Agent, AgentId, AgentState, Handle, Workspace, WorkspaceState, id};
use crate::store::{agents, sessions, spawns};
use crate::workspace::{admin, private};

/// Answers the event.
pub(super) fn run<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    if call.agent_id.is_none() {
        return Ok(Answer::none());
    }
    tripwire::at_agent_start(call);
    let (agent, text) = adopt(call, false)?;
    call.record(Some(&agent.id), Some(agent.kind.clone()), None);
    let mut answer = Answer::none();
    if call.config().settings.isolation.mode != Mode::Off {
        answer.add_context(&text);
    }
    Ok(answer)
}

/// Records an agent that starts, or takes up one that comes back. Returns it
/// with what it has to know. `at_call` says that its start was not seen.
pub(super) fn adopt(call: &Call<'_>, at_call: bool) -> Result<(Agent, String)> {
    let Some(id) = call.agent_id.clone() else {
        return Err(Error::Usage("the event names no agent".to_owned()));
    };
    if at_call {
        refuse_stranger(call, &id)?;
    }
    let kind = call
        .input
        .agent_type
        .as_deref()
        .unwrap_or("agent")
        .to_owned();
    let (session, _) = call.open_session(|s| {
        if s.client.pid == 0 {
            s.client = client();
        }
    })?;
    let config = call.config();
    let prefix = config
        .settings
        .agents
        .get(&kind)
        .and_then(|a| a.branch_prefix.clone());
    let prefix = prefix.unwrap_or_else(|| kind.clone());
    let handles = (1..100_000).map(|nth| Handle::new(&prefix, nth, &session.short));
    let (agent, new) = agents::register(&call.dir, &id, handles, |handle| {
        make(call, handle, &id, &kind)
    })?;
    // In native mode its worktree, and with it its record, came before its start.
    let first =
        new || (agent.status == AgentState::Active && !agents::is_active(&call.dir, &agent.id));
    let agent = if new { agent } else { come_back(call, &agent)? };
    if first && let Err(e) = spawns::start_one(&call.dir, &agent.kind) {
        call.note("error", Some(&agent.id), &e.to_string());
    }
    agents::set_active(&call.dir, &agent.id, true)?;
    let word = if new { "started" } else { "goes on" };
    let _ = agents::log(&call.dir, &agent.id, word);
    sessions::enrol(&call.project.layout, &agent)?;
    let text = introduce(call, &agent);
    Ok((agent, text))
}

/// An id that another session knows is not adopted into this one.
fn refuse_stranger(call: &Call<'_>, id: &AgentId) -> Result<()> {
    if call.dir.by_id(id).exists() {
        return Ok(());
    }
    let elsewhere = call
        .project
        .layout
        .all_sessions()
        .into_iter()
        .find(|dir| dir.by_id(id).exists());
    match elsewhere {
        Some(_) => Err(Error::Refused {
            reason: format!("agent {} is not of this session", id::slug(&id.0)),
            help: "it belongs to another session of this repository".to_owned(),
        }),
        None => Ok(()),
    }
}

/// A new record; `None` where the handle's branch or admin directory is taken.
fn make(call: &Call<'_>, handle: &Handle, id: &AgentId, kind: &str) -> Result<Option<Agent>> {
    let common = &call.project.common_dir;
    let known_by_name = agents::handle_of(&call.dir, id).as_ref() == Some(handle);
    let registered = admin::registration(&call.project, handle);
    let native = native_workspace(call);
    if !known_by_name && native.is_none() {
        let taken = registered.exists()
            || read::tip(common, &format!("refs/heads/{}", handle.branch()))?.is_some();
        if taken {
            return Ok(None);
        }
    }
    let known = kinds::look(&call.project.start_root, &call.cwd, kind);
    let mut workspace = native.unwrap_or_else(|| Workspace {
        path: call.project.layout.workspace(handle),
        branch: handle.branch(),
        admin: private::admin(&call.project, handle),
        ..Workspace::default()
    });
    if known_by_name
        && workspace.path.join(".git").exists()
        && workspace.admin.join("HEAD").exists()
    {
        // Its record was lost and its workspace was not.
        workspace.state = WorkspaceState::Ready;
        workspace.pins = crate::workspace::pins::of(&workspace);
        let git = private::place(&call.project, handle);
        workspace.git = Some(git).filter(|git| git.exists());
    }
    let mut agent = call.new_agent(handle, id, kind);
    agent.can_write = known.can_write;
    agent.eager_reads = reads_come_first(call);
    agent.workspace = workspace;
    Ok(Some(agent))
}

/// The worktree that the client made for this agent: its working directory lies
/// in a linked one that is neither the session's nor a workspace of MAOS's.
fn native_workspace(call: &Call<'_>) -> Option<Workspace> {
    let place = git::locate(&call.cwd)?;
    let project = &call.project;
    let own = place.root.starts_with(project.layout.worktrees());
    let foreign = place.common_dir != project.common_dir;
    if own
        || foreign
        || !place.is_linked()
        || place.root == project.start_root
        || place.root == *project.main()
    {
        return None;
    }
    let head = read::head_ref(&place.git_dir).unwrap_or_default();
    let branch = head.strip_prefix("refs/heads/").unwrap_or_default();
    let branch = branch.to_owned();
    let mut workspace = Workspace {
        state: WorkspaceState::Ready,
        path: place.root,
        branch,
        admin: place.git_dir,
        native: true,
        ..Workspace::default()
    };
    workspace.pins = crate::workspace::pins::of(&workspace);
    Some(workspace)
}

fn come_back(call: &Call<'_>, agent: &Agent) -> Result<Agent> {
    let native = native_workspace(call);
    let kind = call.input.agent_type.as_deref();
    agents::update(&call.dir, &agent.id, |a| {
        a.status = AgentState::Active;
        a.stopped_at = None;
        if let Some(native) = native.filter(|_| a.workspace.state == WorkspaceState::None) {
            a.workspace = native;
        }
        // In native mode the worktree is asked for before the type is known.
        if let Some(kind) = kind.filter(|_| a.kind == super::worktree::UNKNOWN_KIND) {
            kind.clone_into(&mut a.kind);
        }
    })
}

/// Whether this client refuses to edit a path that was not read: all before
/// 2.1.328, as far as was seen.
fn reads_come_first(call: &Call<'_>) -> bool {
    let version =
        env::client_version().or_else(|| link::transcript(call).and_then(|p| version_in(&p)));
    version.is_some_and(|v| number(&v) < [2, 1, 328])
}

fn version_in(transcript: &std::path::Path) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Line {
        version: String,
    }
    let file = std::fs::File::open(transcript).ok()?;
    let lines = BufReader::new(file.take(1 << 18)).lines().take(20);
    lines
        .map_while(std::result::Result::ok)
        .find_map(|l| serde_json::from_str::<Line>(&l).ok())
        .map(|l| l.version)
}

fn number(version: &str) -> [u32; 3] {
    let mut parts = version.split(['.', '-']).map(|p| p.parse().unwrap_or(0));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// What an agent has to know at its start.
fn introduce(call: &Call<'_>, agent: &Agent) -> String {
    let project = &call.project;
    let mut text = if !agent.can_write {
        format!(
            "MAOS: you are {}, an agent that reads {}.",
            agent.id,
            project.start_root.display()
        )
    } else if agent.workspace.native {
        format!(
            "MAOS: you are {}. Your workspace is {} on branch {}. Your changes stay on that branch until they are merged.",
            agent.id,
            agent.workspace.path.display(),
            agent.workspace.branch
        )
    } else {
        let state = match agent.workspace.state {
            WorkspaceState::Ready => "is there with what you did before: name files below it",
            _ => {
                "is made at your first write: use the paths of the project until then, and name files below the workspace from then on"
            }
        };
        format!(
            "MAOS: you are {}. Your workspace is {} on branch {}; it {state}. Your shell commands run there. Paths below \
             {} mean the same files of your workspace. Your changes stay on your branch until they are merged; the main \
             checkout does not change.",
            agent.id,
            agent.workspace.path.display(),
            agent.workspace.branch,
            project.start_root.display(),
        )
    };
    let others = others(call, &agent.id);
    if !others.is_empty() {
        text.push_str(&format!(" Also at work: {}.", others.join(", ")));
    }
    text
}

fn others(call: &Call<'_>, own: &Handle) -> Vec<String> {
    let mut shown = Vec::new();
    for (dir, session) in sessions::list(&call.project.layout).0 {
        if session.ended_at.is_some() || crate::process::alive(&session.client) == Some(false) {
            continue;
        }
        for handle in agents::active(&dir)
            .into_iter()
            .filter(|h| h != own)
            .take(20)
        {
            if let Ok(Some(agent)) = agents::load(&dir, &handle) {
                shown.push(format!("{handle} ({})", agent.task()));
            }
        }
    }
    shown
}
