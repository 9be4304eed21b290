//! Shell commands of an agent.
//!
//! A command that provably only reads runs where it is until the agent has a
//! workspace. Every other one gets a trailing `# maos:<handle>`, by which
//! `maos-shell` finds the workspace; the text in front stays as it is, so that
//! the user's own permission rules see what the model wrote. An agent of a type
//! that only reads has no workspace: it runs where the agent that started it does,
//! and where a command may write, only behind walls that let it write nothing there.

use std::borrow::Cow;
use std::path::Path;

use super::needs::{self, needs_workspace, observing};
use super::pre_tool_use::{Ruling, ToolCall, shown_target};
use crate::config::{Sandbox, env};
use crate::error::Result;
use crate::policy::command::{self, Verdict};
use crate::session::AgentState;
use crate::shell;

/// Rules on one command.
pub(super) fn run<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let command = tool_call.fields.text("command").unwrap_or_default();
    let target = shown_target(tool_call.tool, &tool_call.fields);
    if command.trim().is_empty() || tool_call.agent.workspace.native || observing(tool_call) {
        return Ok(Ruling::keep(target));
    }
    let made = needs_workspace(&tool_call.agent);
    let mut parent = None;
    if made {
        let names_own = command.contains(tool_call.agent.id.as_str());
        let lazy = !needs::at_once(tool_call.call, &tool_call.agent);
        let reads = !tool_call.agent.can_write;
        match judge(&command) {
            Verdict::MayWrite { .. } if lazy && reads && confined(tool_call) => {
                remember_project(tool_call);
                let text = shell::marker::add(&command, &tool_call.agent.id);
                let mut fields = std::mem::take(&mut tool_call.fields);
                fields.set("command", &text);
                return Ok(Ruling::changed(fields, "confined", target));
            }
            Verdict::MayWrite { because } if lazy && reads => {
                let reason = format!(
                    "{} This command may write: {because}.",
                    needs::read_only(&tool_call.agent)
                );
                return Ok(Ruling::deny(reason, target));
            }
            _ if lazy && reads => match needs::seen_by(tool_call.call, &tool_call.agent) {
                // `maos-shell` runs nothing for one that has stopped.
                Cow::Owned(above) if above.status == AgentState::Active => parent = Some(above),
                _ => return Ok(Ruling::keep(target)),
            },
            Verdict::ReadOnly if lazy && !names_own => return Ok(Ruling::keep(target)),
            _ => tool_call.agent = needs::workspace(tool_call.call, &tool_call.agent)?,
        }
    }
    let runs_as = parent.as_ref().unwrap_or(&tool_call.agent);
    let place = tool_call.call.matching_place(&runs_as.workspace.path);
    let text = if shell::is_in_front(env::shell_prefix().as_deref()) {
        remember_project(tool_call);
        shell::marker::add(&command, &runs_as.id)
    } else if required(tool_call) {
        let reason = "MAOS: isolation.sandbox asks for a sandbox, and maos-shell does not run this command, so that there \
                      is none. `maos init` sets it up, `maos doctor` says more.";
        return Ok(Ruling::deny(reason.to_owned(), target));
    } else {
        // As with `maos-shell`: what git ignores is a place, too.
        let there = place.is_dir() || std::fs::create_dir_all(&place).is_ok();
        let top = runs_as.workspace.path.clone();
        moved(&command, if there { &place } else { &top })
    };
    let mut fields = std::mem::take(&mut tool_call.fields);
    fields.set("command", &text);
    let mut ruling = Ruling::changed(fields, "marked", target);
    if made && parent.is_none() {
        ruling.answer.add_context(&format!(
            "MAOS: your workspace {} is made; this command runs in it. Name files there from here on.",
            tool_call.agent.workspace.path.display()
        ));
    }
    Ok(ruling)
}

/// Judges a command; whatever the text, the hook answers before the client gives it
/// up, which would let the command run.
pub(super) fn judge(command: &str) -> Verdict {
    let text = command.to_owned();
    shell::bounded(move || command::judge(&text)).unwrap_or_else(|| Verdict::MayWrite {
        because: "it takes too long to be read".to_owned(),
    })
}

/// Whether `maos-shell` runs the command, and runs none of a reader's without
/// walls around it.
fn confined(tool_call: &ToolCall<'_, '_>) -> bool {
    shell::is_in_front(env::shell_prefix().as_deref())
        && tool_call.call.config().settings.isolation.sandbox != Sandbox::Off
}

fn required(tool_call: &ToolCall<'_, '_>) -> bool {
    let wanted = tool_call.call.config().settings.isolation.sandbox;
    matches!(wanted, Sandbox::Strict | Sandbox::Require)
}

/// `maos-shell` finds the project by its working directory; where that lies
/// elsewhere, by the session.
fn remember_project(tool_call: &ToolCall<'_, '_>) {
    let call = tool_call.call;
    let project = &call.project;
    if call.cwd.starts_with(project.main()) || call.cwd.starts_with(&project.start_root) {
        return;
    }
    if let Err(e) = shell::remember(&call.session_id, project.main()) {
        call.note("error", Some(&tool_call.agent.id), &e.to_string());
    }
}

/// Without `maos-shell`: the command itself goes to the workspace first.
fn moved(command: &str, place: &Path) -> String {
    let quoted = format!("'{}'", place.to_string_lossy().replace('\'', r"'\''"));
    if command::is_single_list(command) {
        format!("cd {quoted} && {command}")
    } else {
        format!("cd {quoted} && {{ {command}\n}}")
    }
}
