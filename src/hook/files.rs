//! File tools of an agent: paths below the project are sent to its workspace.

use std::path::{Path, PathBuf};

use super::call::Call;
use super::needs::{
    at_once, needs_workspace, observing, read_only, seen_by, wants_workspaces, workspace,
};
use super::pre_tool_use::{Ruling, ToolCall, shown_target};
use crate::config::places;
use crate::error::{Error, Result};
use crate::policy::arguments;
use crate::protocol::{Fields, Tool};
use crate::workspace::redirect::{Allowed, Judge, Verdict};

/// A tool that reads one file.
pub(super) fn read<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let path = tool_call
        .tool
        .path_fields()
        .iter()
        .find_map(|name| tool_call.fields.text(name));
    let notebook = path
        .as_ref()
        .is_some_and(|p| p.to_ascii_lowercase().ends_with(".ipynb"));
    let agent = &tool_call.agent;
    // The client checks an edit against the path that the agent names before any
    // hook hears of it: a file of the workspace has to be there by then.
    let by_own_path = path
        .as_ref()
        .is_some_and(|p| Path::new(p).starts_with(&agent.workspace.path));
    let early = agent.can_write && (agent.eager_reads || notebook || by_own_path);
    if needs_workspace(agent) {
        let nothing = Allowed::default();
        let judge = judge(tool_call, &nothing);
        let below = || path.is_some_and(|p| matches!(judge.write(&p), Verdict::To(_)));
        let wanted = at_once(tool_call.call, agent) || (early && below());
        if wanted && wants_workspaces(tool_call.call) {
            tool_call.agent = workspace(tool_call.call, agent)?;
        }
    }
    redirect_reads(tool_call)
}

/// A tool that searches below a directory.
pub(super) fn search<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let agent = &tool_call.agent;
    if needs_workspace(agent) && at_once(tool_call.call, agent) && wants_workspaces(tool_call.call)
    {
        tool_call.agent = workspace(tool_call.call, agent)?;
    }
    let seen = seen_by(tool_call.call, &tool_call.agent);
    if !tool_call.fields.has("path") && seen.redirected() {
        let mut place = tool_call.call.matching_place(&seen.workspace.path);
        if !place.is_dir() {
            place.clone_from(&seen.workspace.path);
        }
        let mut fields = std::mem::take(&mut tool_call.fields);
        fields.set("path", &place.to_string_lossy());
        return Ok(Ruling::changed(
            fields,
            "redirected",
            Some(place.display().to_string()),
        ));
    }
    redirect_reads(tool_call)
}

fn redirect_reads<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let target = shown_target(tool_call.tool, &tool_call.fields);
    let mut changes: Vec<(&str, PathBuf)> = Vec::new();
    let (nothing, seen) = (
        Allowed::default(),
        seen_by(tool_call.call, &tool_call.agent),
    );
    let judge = Judge {
        agent: &seen,
        ..judge(tool_call, &nothing)
    };
    for name in tool_call.tool.path_fields() {
        let Some(path) = tool_call.fields.text(name) else {
            continue;
        };
        if let Verdict::To(to) = judge.read(&path) {
            changes.push((name, to));
        }
    }
    Ok(changed(tool_call, &changes, target))
}

fn changed<'a>(
    tool_call: &mut ToolCall<'a, '_>,
    changes: &[(&str, PathBuf)],
    target: Option<String>,
) -> Ruling<'a> {
    if changes.is_empty() {
        return Ruling::keep(target);
    }
    let mut fields = std::mem::take(&mut tool_call.fields);
    for (name, to) in changes {
        fields.set(name, &to.to_string_lossy());
    }
    let mut ruling = Ruling::changed(fields, "redirected", target);
    if tool_call.tool != Tool::Search
        && tool_call.agent.redirected()
        && let Some((_, to)) = changes.first()
    {
        ruling.answer.add_context(&format!(
            "MAOS: this file is {} now, in your workspace {}. Name files there from here on.",
            to.display(),
            tool_call.agent.workspace.path.display()
        ));
    }
    ruling
}

/// A tool that writes one file.
pub(super) fn write<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let target = shown_target(tool_call.tool, &tool_call.fields);
    let mut paths: Vec<(&str, String)> = Vec::new();
    for name in tool_call.tool.path_fields() {
        if let Some(path) = tool_call.fields.text(name) {
            paths.push((name, path));
        }
    }
    let other = other_files(&tool_call.fields, paths.first().map(|p| p.1.as_str()));
    let wanted: Vec<String> = paths
        .iter()
        .map(|p| p.1.clone())
        .chain(other.clone())
        .collect();
    let needed = needs_workspace(&tool_call.agent);
    if needed && !wants_workspaces(tool_call.call) {
        return Ok(Ruling::keep(target));
    }
    let mut verdicts = judge_all(tool_call, &wanted);
    if let Some(reason) = refused(&verdicts) {
        return Ok(Ruling::deny(reason, target));
    }
    if needed && verdicts.iter().any(|v| matches!(v, Verdict::To(_))) {
        if !tool_call.agent.can_write {
            return Ok(Ruling::deny(read_only(&tool_call.agent), target));
        }
        tool_call.agent = workspace(tool_call.call, &tool_call.agent)?;
        verdicts = judge_all(tool_call, &wanted);
        if let Some(reason) = refused(&verdicts) {
            return Ok(Ruling::deny(reason, target));
        }
    }
    if verdicts
        .iter()
        .skip(paths.len())
        .any(|v| matches!(v, Verdict::To(_)))
    {
        let reason = format!(
            "MAOS: one of the edits names {}; give the path in {} instead.",
            other.join(", "),
            tool_call.agent.workspace.path.display()
        );
        return Ok(Ruling::deny(reason, target));
    }
    let named = paths.iter().zip(verdicts);
    let changes: Vec<(&str, PathBuf)> = named
        .filter_map(|((name, _), verdict)| match verdict {
            Verdict::To(to) => Some((*name, to)),
            _ => None,
        })
        .collect();
    Ok(changed(tool_call, &changes, target))
}

/// Paths that single edits name beside the call's own.
fn other_files(fields: &Fields<'_>, own: Option<&str>) -> Vec<String> {
    let edits: Option<Vec<serde_json::Value>> = fields
        .raw("edits")
        .and_then(|raw| serde_json::from_str(raw.get()).ok());
    let named = edits.into_iter().flatten();
    named
        .filter_map(|edit| {
            edit.get("file_path")
                .and_then(|p| p.as_str())
                .map(str::to_owned)
        })
        .filter(|path| Some(path.as_str()) != own)
        .collect()
}

/// Judged with what every agent may write; the configuration is read only where
/// that refuses.
fn judge_all(tool_call: &ToolCall<'_, '_>, paths: &[String]) -> Vec<Verdict> {
    let with = |allowed: &Allowed| {
        paths
            .iter()
            .map(|p| judge(tool_call, allowed).write(p))
            .collect::<Vec<_>>()
    };
    let verdicts = with(&Allowed {
        below: places::scratch(),
        protect_settings: true,
    });
    if refused(&verdicts).is_none() {
        return verdicts;
    }
    with(&Allowed {
        below: allowed_places(tool_call.call),
        protect_settings: tool_call.call.config().settings.isolation.protect_settings,
    })
}

fn refused(verdicts: &[Verdict]) -> Option<String> {
    verdicts.iter().find_map(|v| match v {
        Verdict::Deny(reason) => Some(reason.clone()),
        _ => None,
    })
}

/// The client's own places, and those that the configuration names.
pub(super) fn allowed_places(call: &Call<'_>) -> Vec<PathBuf> {
    let named = &call.config().settings.isolation.allow_write;
    let mut places = places::scratch();
    places.extend(places::named(named));
    places
}

/// A tool that MAOS does not know: refused where a text in its input names the
/// main checkout or another workspace. Best effort, and said so in the docs.
pub(super) fn unknown<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    let target = shown_target(tool_call.tool, &tool_call.fields);
    let input: serde_json::Value = match tool_call.call.input.tool_input {
        Some(raw) => serde_json::from_str(raw.get())
            .map_err(|e| Error::Usage(format!("the tool's input can't be read: {e}")))?,
        None => serde_json::Value::Null,
    };
    let texts = arguments::named(tool_call.call.tool(), &input);
    let nothing = Allowed::default();
    let judge = judge(tool_call, &nothing);
    let named = texts.iter().find_map(|text| judge.names_foreign(text));
    let Some(path) = named.filter(|_| !observing(tool_call)) else {
        return Ok(Ruling::keep(target));
    };
    let hint = if needs_workspace(&tool_call.agent) && tool_call.agent.can_write {
        tool_call.agent = workspace(tool_call.call, &tool_call.agent)?;
        String::new()
    } else {
        " MAOS can't tell whether this tool writes.".to_owned()
    };
    let own = tool_call.agent.workspace.path.display();
    Ok(Ruling::deny(
        format!(
            "MAOS: {} lies outside of the workspace of {}.{hint} Name the file below {own}.",
            path.display(),
            tool_call.agent.id
        ),
        target,
    ))
}

fn judge<'b>(tool_call: &'b ToolCall<'_, '_>, allowed: &'b Allowed) -> Judge<'b> {
    Judge {
        project: &tool_call.call.project,
        agent: &tool_call.agent,
        cwd: &tool_call.call.cwd,
        allowed,
    }
}

/// Whether a tool is one that this module handles.
pub(super) fn handles(tool: Tool) -> bool {
    matches!(tool, Tool::Write | Tool::Notebook)
}
