//! A session starts, is prompted, pauses and ends.

use super::call::{Call, client};
use super::tripwire;
use crate::clock;
use crate::config::{Mode, Sandbox, env, places};
use crate::error::{Error, Result};
use crate::git::{self, read};
use crate::process;
use crate::protocol::{Answer, Input};
use crate::register;
use crate::sandbox;
use crate::session::{AgentState, Event};
use crate::shell;
use crate::store::{agents, sessions, timeline};
use crate::workspace::{create, remove};

/// The session starts, resumes, or goes on after a compaction.
pub(super) fn start<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let source = call.input.source.as_deref().unwrap_or("startup");
    if let Ok(Some(before)) = sessions::load(&call.dir)
        && process::alive(&before.client) == Some(false)
    {
        // Its client died without a word, and its agents with it.
        stop_agents(call);
    }
    call.open_session(|s| {
        s.client = client();
        s.ended_at = None;
        s.end_reason = None;
        s.start_root.clone_from(&call.project.start_root);
    })?;
    call.record(None, Some(source.to_owned()), None);
    let mut answer = Answer {
        notice: call.config_problems(),
        ..Answer::default()
    };
    let mode = call.config().settings.isolation.mode;
    if mode == Mode::Off {
        answer.add_context(
            "MAOS only observes here (isolation.mode is off): agents write in the main checkout.",
        );
        return Ok(answer);
    }
    if let Some(place) = git::locate(&call.project.start_root)
        && let Err(e) = register::sync_twins(&place)
    {
        call.note("error", None, &e.to_string());
    }
    if source != "compact" {
        tripwire::at_session_start(call);
        answer.add_context(
            "MAOS: each subagent that writes works in a git worktree of its own, on branch agent/<handle>; this checkout \
             does not change while they work. You are told what each one left; `git merge <branch>` takes it over, and \
             `maos status` shows who works where. A line `maos-base: <handle>` in an Agent prompt starts that agent \
             from another agent's work.",
        );
    }
    if no_commit(call) {
        let text = "MAOS: this repository has no commit yet, so agents have nothing to base a workspace on: what they \
                    write is refused until there is one (git commit --allow-empty -m start).";
        say(&mut answer, text);
    }
    if let Some(text) = unconfined(call) {
        say(&mut answer, &text);
    }
    if let Some(obstacle) = create::obstacle(&call.project) {
        say(&mut answer, &refused(&obstacle));
    }
    call.add_notices(None, &mut answer);
    Ok(answer)
}

/// What keeps agents' shell commands from being confined, if anything does.
fn unconfined(call: &Call<'_>) -> Option<String> {
    let wanted = call.config().settings.isolation.sandbox;
    if wanted == Sandbox::Off {
        return None;
    }
    let why = if shell::is_in_front(env::shell_prefix().as_deref()) {
        let place = places::probe();
        sandbox::probe(wanted == Sandbox::Strict, &place).err()?
    } else {
        "maos-shell does not run their commands, `maos init` sets that up".to_owned()
    };
    let then = match wanted {
        Sandbox::Strict | Sandbox::Require => "are refused",
        _ => "run in their workspaces, but nothing keeps them from writing elsewhere",
    };
    Some(format!(
        "MAOS: there is no sandbox here ({why}): agents' shell commands {then}."
    ))
}

/// Says something to the user and to the model.
fn say(answer: &mut Answer<'_>, text: &str) {
    answer.add_context(text);
    answer.notice = Some(match answer.notice.take() {
        Some(notice) => format!("{notice}\n{text}"),
        None => text.to_owned(),
    });
}

fn refused(error: &Error) -> String {
    let help = error.help().map(|h| format!(" ({h})")).unwrap_or_default();
    format!("MAOS: {error}{help}. Until then what agents write is refused.")
}

/// The session can't be recorded: said at its start, never silent.
pub(super) fn failed<'a>(error: &Error) -> Answer<'a> {
    let mut answer = Answer::none();
    say(&mut answer, &refused(error));
    answer
}

fn no_commit(call: &Call<'_>) -> bool {
    let place = git::locate(&call.project.start_root);
    let git_dir = place.map_or_else(|| call.project.common_dir.clone(), |p| p.git_dir);
    let branch = read::head_ref(&git_dir);
    branch.is_some_and(|b| matches!(read::tip(&call.project.common_dir, &b), Ok(None)))
}

/// There is no repository around: said at the start, never silent.
pub(super) fn no_repository<'a>(input: &Input<'_>) -> Answer<'a> {
    let text = format!(
        "MAOS: {} is not in a git repository: agents are not isolated here.",
        input.cwd
    );
    Answer {
        notice: Some(text),
        ..Answer::default()
    }
}

/// The user sent a prompt: news that waited come with it.
pub(super) fn prompt<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    call.ensure_session()?;
    call.record(None, None, None);
    let mut answer = Answer {
        notice: call.config_problems(),
        ..Answer::default()
    };
    call.add_notices(None, &mut answer);
    Ok(answer)
}

/// The turn is over: a good time to count.
pub(super) fn stop<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    call.ensure_session()?;
    call.record(None, None, None);
    timeline::write_metrics(&call.dir)?;
    Ok(Answer::none())
}

/// The session ends; after `clear` its agents run on.
pub(super) fn end<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    if !call.dir.exists() {
        return Ok(Answer::none());
    }
    let reason = call.input.reason.as_deref().unwrap_or("other").to_owned();
    let runs_on = reason == "clear";
    call.record(None, Some(reason.clone()), None);
    sessions::update(&call.project.layout, &call.dir, |s| {
        s.ended_at = Some(clock::now_stamp());
        s.end_reason = Some(reason);
    })?;
    if !runs_on {
        stop_agents(call);
        if call.config().settings.orchestration.worktree_cleanup
            && call.config().settings.isolation.mode != Mode::Off
        {
            clean_up(call);
        }
    }
    timeline::write_metrics(&call.dir)?;
    Ok(Answer::none())
}

/// Agents end with their client, without a stop of their own: what they wrote
/// stays in their workspaces as it is.
fn stop_agents(call: &Call<'_>) {
    for handle in agents::active(&call.dir) {
        let stopped = agents::update(&call.dir, &handle, |a| {
            a.status = AgentState::Stopped;
            a.stopped_at = Some(clock::now_stamp());
        });
        if let Ok(agent) = stopped {
            let _ = agents::set_active(&call.dir, &handle, false);
            let _ = sessions::enrol(&call.project.layout, &agent);
        }
    }
}

/// Workspaces with nothing in them that is not merged go; all others stay.
fn clean_up(call: &Call<'_>) {
    let begin = std::time::Instant::now();
    for agent in agents::list(&call.dir).0 {
        if begin.elapsed() > std::time::Duration::from_secs(10) {
            break;
        }
        if agent.workspace.state != crate::session::WorkspaceState::Ready {
            continue;
        }
        if let Err(e) = remove::remove(&call.project, &call.dir, &agent, false, false, false) {
            call.append(Event {
                event: "error".to_owned(),
                agent: Some(agent.id.to_string()),
                note: Some(e.to_string()),
                ..Event::default()
            });
        }
    }
}
