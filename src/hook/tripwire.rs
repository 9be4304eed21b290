//! The main checkout is looked at when a session starts, when an agent starts
//! while no other is at work, and when one stops: what changed since, and by no tool
//! of the main conversation, is told to it.
//!
//! Invariants: nothing here runs on a tool call, or under a lock; what can't be
//! looked at is noted and changes no answer. What a tool of the main conversation
//! did counts as its own, and a command that may have written as all that changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::call::Call;
use super::shell_command::judge;
use crate::config::Mode;
use crate::error::Result;
use crate::policy::command::Verdict;
use crate::protocol::Tool;
use crate::session::tripwire::MOST_FILES;
use crate::session::{Agent, Event, Found, Look, Open};
use crate::store::{agents, notices, sessions, timeline, tripwire};
use crate::workspace::tripwire::{Changes, compare, look};

/// Files that a notice names.
const MOST_NAMED: usize = 12;
/// A command's first line is kept up to here.
const LONGEST_TARGET: usize = 200;
/// Commands that are judged; more of them may have written.
const MOST_JUDGED: usize = 200;
/// Tools that write without naming a file, though they count as harmless for agents.
const RUNNING: [&str; 4] = ["Monitor", "EnterWorktree", "ExitWorktree", "Workflow"];

/// The note of an event whose command goes on behind its first line.
pub(super) const CUT: &str = "first line";

/// A session starts: what happened before is nobody's concern.
pub(super) fn at_session_start(call: &Call<'_>) {
    told(call, look_anew(call));
}

/// An agent starts. Where it is alone, what changed before is not an agent's doing.
pub(super) fn at_agent_start(call: &Call<'_>) {
    if agents::active(&call.dir).is_empty() && call.config().settings.isolation.mode != Mode::Off {
        told(call, look_anew(call));
    }
}

/// An agent stopped.
pub(super) fn at_agent_stop(call: &Call<'_>, agent: &Agent) {
    if call.config().settings.isolation.mode != Mode::Off {
        told(call, check(call, agent));
    }
}

fn told(call: &Call<'_>, result: Result<()>) {
    if let Err(e) = result {
        call.note(
            "error",
            None,
            &format!("the main checkout was not looked at: {e}"),
        );
    }
}

fn look_anew(call: &Call<'_>) -> Result<()> {
    let before = tripwire::load(&call.dir)?.and_then(|t| t.look);
    let end = timeline::end(&call.dir);
    let mut look = look(&call.project, &call.dir, before.as_ref())?.look;
    look.timeline = end;
    look.open = before
        .as_ref()
        .map(|b| own(call, b).open)
        .unwrap_or_default();
    tripwire::replace(
        &call.dir,
        before.as_ref().map(|b| b.at.as_str()),
        look,
        None,
    )
    .map(drop)
}

fn check(call: &Call<'_>, agent: &Agent) -> Result<()> {
    let Some(before) = tripwire::load(&call.dir)?.and_then(|t| t.look) else {
        return look_anew(call);
    };
    // What is appended from here on counts for this look and the next one.
    let end = timeline::end(&call.dir);
    let mut seen = look(&call.project, &call.dir, Some(&before))?;
    let own = own(call, &before);
    let mut changes = Changes::default();
    if !own.anything {
        changes = compare(&call.dir, &before, &seen);
        changes.files.retain(|file| !own.made(file));
    }
    seen.look.timeline = end;
    seen.look.open.clone_from(&own.open);
    let found = found(call, agent, &before, &seen.look, &own, changes);
    let first = tripwire::replace(&call.dir, Some(&before.at), seen.look, found.clone())?;
    if let Some(found) = found.filter(|_| first) {
        let text = tell(&found);
        call.note("tripwire", Some(&agent.id), &text);
        let heir = sessions::successor(&call.project.layout, &call.dir);
        notices::leave(heir.as_ref().unwrap_or(&call.dir), None, &agent.id, &text)?;
    }
    Ok(())
}

/// What the main conversation's tools did since a look.
#[derive(Default)]
struct Own {
    /// Something that may have changed any file.
    anything: bool,
    /// Paths as its tools were given them.
    files: BTreeSet<PathBuf>,
    /// Calls that are not over.
    open: Vec<Open>,
    /// Agents that did something meanwhile.
    agents: BTreeSet<String>,
}

impl Own {
    fn made(&self, file: &Path) -> bool {
        let real = |path: &Path| {
            let parent = path.parent()?.canonicalize().ok()?;
            Some(parent.join(path.file_name()?))
        };
        let is = |path: &PathBuf| {
            let shown = path.to_string_lossy();
            path == file
                || real(path).is_some_and(|path| path == file)
                || (shown.chars().count() >= LONGEST_TARGET
                    && file.to_string_lossy().starts_with(&*shown))
        };
        self.files.iter().any(is)
    }

    /// Counts a call of the main conversation.
    fn count(&mut self, tool: &str, target: Option<&str>, whole: bool, judged: &mut usize) {
        match Tool::from_name(tool) {
            Tool::Write | Tool::Notebook => match target {
                Some(path) => drop(self.files.insert(PathBuf::from(path))),
                None => self.anything = true,
            },
            Tool::Bash if !self.anything => {
                *judged += 1;
                let text = target.unwrap_or_default();
                let reads = || whole && judge(text) == Verdict::ReadOnly;
                self.anything = *judged > MOST_JUDGED || text.is_empty() || !reads();
            }
            Tool::Unknown => self.anything = true,
            _ => self.anything |= RUNNING.contains(&tool),
        }
    }
}

fn own(call: &Call<'_>, before: &Look) -> Own {
    let events = timeline::since(&call.dir, before.timeline).0;
    let mut own = Own {
        agents: events.iter().filter_map(|e| e.agent.clone()).collect(),
        ..Own::default()
    };
    let mut judged = 0;
    let open = follow(&events, before.open.clone(), |event| {
        let tool = event.tool.as_deref().unwrap_or_default();
        let whole = event.note.as_deref() != Some(CUT);
        own.count(tool, event.target.as_deref(), whole, &mut judged);
    });
    for open in &open {
        // Its text is known in part only.
        own.count(&open.tool, open.target.as_deref(), false, &mut judged);
    }
    own.open = open;
    own
}

/// Goes through the calls of the main conversation: those that are over are handed
/// on, those that are not are returned.
fn follow(events: &[Event], mut open: Vec<Open>, mut over: impl FnMut(&Event)) -> Vec<Open> {
    for event in events.iter().filter(|event| event.agent.is_none()) {
        match event.event.as_str() {
            "PreToolUse" => open.extend(opened(event)),
            "PostToolUse" | "PostToolUseFailure" => {
                let id = event.tool_use_id.as_deref().unwrap_or_default();
                open.retain(|call| call.id != id);
                over(event);
            }
            // A turn begins or ends: what the user did not allow never ran.
            "UserPromptSubmit" | "Stop" => open.clear(),
            _ => {}
        }
    }
    open
}

fn opened(event: &Event) -> Option<Open> {
    let tool = event.tool.clone()?;
    let matters = matches!(
        Tool::from_name(&tool),
        Tool::Write | Tool::Notebook | Tool::Bash | Tool::Unknown
    );
    matters.then(|| Open {
        id: event.tool_use_id.clone().unwrap_or_default(),
        target: event.target.clone(),
        tool,
    })
}

fn found(
    call: &Call<'_>,
    agent: &Agent,
    before: &Look,
    now: &Look,
    own: &Own,
    changes: Changes,
) -> Option<Found> {
    if changes.files.is_empty() && changes.refs.is_empty() {
        return None;
    }
    // Of another tree than the main one the whole path is shown.
    let main = call.project.main();
    let other = now.trees.iter().filter(|tree| tree.root != main);
    let other: Vec<&PathBuf> = other.map(|tree| &tree.root).collect();
    let shown = |file: &PathBuf| match file.strip_prefix(main) {
        Ok(below) if !other.iter().any(|root| file.starts_with(root)) => {
            below.display().to_string()
        }
        _ => file.display().to_string(),
    };
    let mut agents = own.agents.clone();
    agents.insert(agent.id.to_string());
    Some(Found {
        at: now.at.clone(),
        since: before.at.clone(),
        agents: agents.into_iter().collect(),
        files: changes.files.iter().take(MOST_FILES).map(shown).collect(),
        more: changes.files.len().saturating_sub(MOST_FILES),
        refs: changes.refs,
        partial: changes.partial,
    })
}

fn tell(found: &Found) -> String {
    let who = format!("while agents ran ({})", found.agents.join(", "));
    let mut parts = Vec::new();
    if !found.files.is_empty() {
        let named = found.files.iter().take(MOST_NAMED).cloned();
        let named: Vec<String> = named.collect();
        let more = found.files.len() + found.more - named.len();
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        parts.push(format!(
            "these files of the main checkout changed {who} and no tool of this conversation changed them: {}{more}.",
            named.join(", ")
        ));
    }
    if !found.refs.is_empty() {
        parts.push(format!(
            "these refs moved {who} and no tool of this conversation moved them: {}.",
            found.refs.join(", ")
        ));
    }
    if found.partial {
        parts.push("only some of the files were looked at.".to_owned());
    }
    let lines: Vec<String> = parts.iter().map(|part| format!("MAOS: {part}")).collect();
    lines.join("\n")
}
