//! A tool ran or failed: recorded, a write checked again, a refusal explained,
//! places given back.

use super::call::Call;
use super::files;
use super::link;
use super::needs;
use super::pre_tool_use::shown_target;
use super::shell_result;
use super::tripwire;
use crate::error::Result;
use crate::protocol::{Answer, Fields, HookEvent, Tool};
use crate::session::{Agent, Event};
use crate::store::{agents, spawns};
use crate::workspace::landed::Landed;
use crate::workspace::redirect::{Allowed, Judge};

/// Answers the event.
pub(super) fn run<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let tool = Tool::from_name(call.tool());
    let agent = call.known_agent()?;
    if agent.is_none() {
        call.ensure_session()?;
    }
    let handle = agent.as_ref().map(|a| a.id.clone());
    let response = call
        .input
        .tool_response
        .and_then(|raw| Fields::parse(raw).ok());
    let fields = call
        .input
        .tool_input
        .and_then(|raw| Fields::parse(raw).ok());
    let mut event = Event {
        target: fields.as_ref().and_then(|f| shown_target(tool, f)),
        duration_ms: call.input.duration_ms,
        ..call.new_event(call.event.name(), handle.as_ref())
    };
    if tool == Tool::Bash && event.agent.is_none() {
        let command = fields.as_ref().and_then(|f| f.text("command"));
        let whole = command.as_ref() == event.target.as_ref();
        event.note = (!whole).then(|| tripwire::CUT.to_owned());
    }
    if tool == Tool::Agent {
        after_agent(call, response.as_ref(), &mut event);
    }
    call.append(event);
    let mut answer = Answer::none();
    if let Some(agent) = agent
        .as_ref()
        .filter(|_| files::handles(tool) && call.event == HookEvent::PostToolUse)
    {
        check_again(call, agent, fields.as_ref(), response.as_ref(), &mut answer);
    }
    if let Some(agent) = agent.as_ref().filter(|_| tool == Tool::Bash) {
        shell_result::explain(call, agent, fields.as_ref(), response.as_ref(), &mut answer);
    }
    // News for the main conversation are not for an agent that nobody knows yet.
    if handle.is_some() || call.agent_id.is_none() {
        call.add_notices(handle.as_ref(), &mut answer);
    }
    Ok(answer)
}

/// The call of an agent is over, or runs on in the background.
fn after_agent(call: &Call<'_>, response: Option<&Fields<'_>>, event: &mut Event) {
    let started = response.and_then(|r| r.text("agentId"));
    event.tokens = response
        .and_then(|r| r.raw("totalTokens"))
        .and_then(|raw| raw.get().parse().ok());
    if let Some(id) = &started {
        link::by_result(call, id);
    }
    let Some(tool_use_id) = call.input.tool_use_id.as_deref() else {
        return;
    };
    let launched = response.and_then(|r| r.text("status")).as_deref() == Some("async_launched");
    let seen = started.is_some_and(|id| call.dir.by_id(&crate::session::AgentId(id)).exists());
    // In the background the call is over before its agent was seen to start: the
    // place is kept for it, and its link is still wanted.
    if !launched || call.event == HookEvent::PostToolUseFailure {
        spawns::remove(&call.dir, tool_use_id);
    } else if seen && let Some(mut spawn) = spawns::get(&call.dir, tool_use_id) {
        spawn.started = true;
        if let Err(e) = spawns::put(&call.dir, &spawn) {
            call.note("error", None, &e.to_string());
        }
    }
}

/// Between the check and the write a directory may have become a link: what was
/// written where is looked at again, and told when it went elsewhere.
fn check_again(
    call: &Call<'_>,
    agent: &Agent,
    fields: Option<&Fields<'_>>,
    response: Option<&Fields<'_>>,
    answer: &mut Answer<'_>,
) {
    if needs::needs_workspace(agent) {
        return;
    }
    let written = response
        .and_then(|r| r.text("filePath"))
        .or_else(|| fields.and_then(|f| f.text("file_path").or_else(|| f.text("notebook_path"))));
    let Some(path) = written else { return };
    let landed = |below| {
        let allowed = Allowed {
            below,
            protect_settings: false,
        };
        let judge = Judge {
            project: &call.project,
            agent,
            cwd: &call.cwd,
            allowed: &allowed,
        };
        judge.landed(&path)
    };
    let mut found = landed(crate::config::places::scratch());
    if found == Landed::Elsewhere {
        // The configuration is read only where the usual places do not cover it.
        found = landed(files::allowed_places(call));
    }
    let own = agent.workspace.path.display();
    let text = match found {
        Landed::Here => return,
        Landed::Elsewhere => format!(
            "MAOS: the last write went to {path}, outside of the workspace {own}. The main checkout or another tree may have changed."
        ),
        Landed::Gone => format!(
            "MAOS: what was last written to {path}, in the workspace {own}, is not there. Where nobody removed it, a directory was \
             exchanged meanwhile and the main checkout or another tree may have changed."
        ),
    };
    call.note("breach", Some(&agent.id), &text);
    let _ = agents::log(&call.dir, &agent.id, &text);
    let _ = crate::store::notices::leave(&call.dir, None, &agent.id, &text);
    answer.add_context(&text);
}
