//! The client, played: sends its recorded events and obeys the answers.
//!
//! What came back from a tool is told as it was this time, not as it was
//! recorded; a call that was refused has no event behind it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::scratch::{Scratch, this_binary};
use super::screen::Screen;
use super::tools::{self, Outcome};
use crate::error::{Error, Result, exit};
use crate::protocol::HookEvent;

/// One event a line, as Claude Code 2.1.328 sent them, with `{PROJECT}` and
/// `{HOME}` for its paths.
const EVENTS: &str = include_str!("../../../examples/demo/session.jsonl");

struct Client<'a> {
    scratch: &'a Scratch,
    screen: &'a Screen,
    binary: PathBuf,
    /// What became of the calls that were not refused.
    ran: BTreeMap<String, Ran>,
    /// Agent calls: type of agent and the call.
    spawned: Vec<(String, String)>,
    /// What did not go as it should.
    wrong: Vec<String>,
}

/// A tool that ran: its input, and what came back or what went wrong.
struct Ran {
    input: Value,
    outcome: Outcome,
}

/// What the hook answered.
#[derive(Default)]
struct Answer {
    input: Option<Value>,
    refused: Option<String>,
    context: String,
    notice: String,
}

/// Plays the whole session; returns what did not go as it should.
pub(super) fn play(scratch: &Scratch, screen: &Screen) -> Result<Vec<String>> {
    let mut client = Client {
        scratch,
        screen,
        binary: this_binary()?,
        ran: BTreeMap::new(),
        spawned: Vec::new(),
        wrong: Vec::new(),
    };
    let (project, home) = (in_json(&scratch.project()), in_json(&scratch.home()));
    for line in EVENTS.lines() {
        let line = line.replace("{PROJECT}", &project).replace("{HOME}", &home);
        let event = serde_json::from_str(&line).map_err(|e| Error::Corrupt {
            path: "examples/demo/session.jsonl".into(),
            reason: e.to_string(),
        })?;
        client.event(event)?;
    }
    Ok(client.wrong)
}

impl Client<'_> {
    fn event(&mut self, event: Value) -> Result<()> {
        match text(&event, "hook_event_name") {
            "PreToolUse" => self.before(&event),
            "PostToolUse" if text(&event, "tool_name") == "Agent" => {
                let answer = self.ask(&event)?;
                self.screen.told(&answer.context)
            }
            "PostToolUse" => self.after(event),
            "SubagentStart" => {
                self.describe_agent(&event)?;
                let answer = self.ask(&event)?;
                self.screen.starts(who(&event), &answer.context)
            }
            "SubagentStop" => {
                self.ask(&event)?;
                self.screen.row(who(&event), "stops", "")
            }
            _ => {
                let answer = self.ask(&event)?;
                self.screen.told(&answer.notice)
            }
        }
    }

    /// A tool is about to run: it runs as the answer says.
    fn before(&mut self, event: &Value) -> Result<()> {
        let answer = self.ask(event)?;
        let (tool, call) = (text(event, "tool_name"), text(event, "tool_use_id"));
        let input = &event["tool_input"];
        let what = format!("{tool} {}", self.screen.target(input));
        if let Some(reason) = &answer.refused {
            return self
                .screen
                .row(who(event), &what, &format!("refused: {reason}"));
        }
        if tool == "Agent" {
            let kind = text(input, "subagent_type").to_owned();
            self.spawned.push((kind.clone(), call.to_owned()));
            let asked = format!("as it is: {kind}, {}", text(input, "description"));
            return self.screen.row(who(event), tool, &asked);
        }
        let used = answer.input.as_ref().unwrap_or(input);
        let outcome = tools::run(self.scratch, tool, used, text(event, "session_id"))?;
        let place = fs::read_to_string(self.scratch.place_file()).unwrap_or_default();
        let place = place.trim_end();
        if let Some(why) = outcome.as_ref().err().filter(|why| is_stopped(why)) {
            return self
                .screen
                .row(who(event), &what, &format!("stopped: {why}"));
        }
        self.screen.ran(who(event), &what, (input, used), place)?;
        let inside = Path::new(place).starts_with(self.scratch.project().join("worktrees"));
        if tool == "Bash" && used != input && !inside {
            self.wrong
                .push(format!("`{what}` ended in {place}, not in a workspace"));
        }
        let ran = Ran {
            input: used.clone(),
            outcome,
        };
        self.ran.insert(call.to_owned(), ran);
        Ok(())
    }

    /// A tool ran or failed.
    fn after(&mut self, mut event: Value) -> Result<()> {
        let Some(ran) = self.ran.remove(text(&event, "tool_use_id")) else {
            return Ok(());
        };
        event["tool_input"] = ran.input;
        match ran.outcome {
            Ok(found) => overwrite(&mut event["tool_response"], found),
            Err(why) => {
                event["hook_event_name"] = HookEvent::PostToolUseFailure.name().into();
                event["tool_response"].take();
                event["error"] = why.clone().into();
                self.screen
                    .row(who(&event), "", &format!("failed: {why}"))?;
                self.wrong.push(format!("a tool failed: {why}"));
            }
        }
        let answer = self.ask(&event)?;
        self.screen.told(&answer.context)
    }

    /// Sends one event to the hook, as the client does.
    fn ask(&self, event: &Value) -> Result<Answer> {
        let name = text(event, "hook_event_name");
        let command = HookEvent::from_name(name).map_or("", HookEvent::command);
        let failed = |message: String| Error::Process {
            program: format!("maos hook {command}"),
            message,
        };
        let output = tools::program(self.scratch, &self.binary, "harness")
            .args(["hook", command])
            .env("CLAUDE_PROJECT_DIR", self.scratch.project())
            .env("CLAUDE_CODE_SHELL_PREFIX", self.scratch.maos_shell())
            .input(event.to_string())
            .output()?;
        match output.code {
            Some(exit::OK) if output.stdout.is_empty() => Ok(Answer::default()),
            Some(exit::OK) => {
                let value: Value =
                    serde_json::from_slice(&output.stdout).map_err(|e| failed(e.to_string()))?;
                Ok(Answer::of(&value))
            }
            Some(exit::USAGE) => Ok(Answer {
                refused: Some(output.message()),
                ..Answer::default()
            }),
            code => Err(failed(format!(
                "it ended with {code:?}: {}",
                output.message()
            ))),
        }
    }

    /// The file by which the client says which call started which agent.
    fn describe_agent(&self, event: &Value) -> Result<()> {
        let kind = text(event, "agent_type");
        let call = self.spawned.iter().find(|(asked, _)| asked == kind);
        let path = Path::new(text(event, "transcript_path"))
            .with_extension("")
            .join("subagents")
            .join(format!("agent-{}.meta.json", text(event, "agent_id")));
        let meta = json!({"agentType": kind, "toolUseId": call.map(|(_, id)| id)});
        tools::write(&path, &meta.to_string()).map_err(|e| Error::io("write", path, e))
    }
}

impl Answer {
    fn of(value: &Value) -> Self {
        let specific = &value["hookSpecificOutput"];
        let denied = text(specific, "permissionDecision") == "deny";
        Self {
            input: specific.get("updatedInput").cloned(),
            refused: denied.then(|| text(specific, "permissionDecisionReason").to_owned()),
            context: text(specific, "additionalContext").to_owned(),
            notice: text(value, "systemMessage").to_owned(),
        }
    }
}

/// Whose event it is.
fn who(event: &Value) -> &str {
    match text(event, "agent_type") {
        "" => "main",
        kind => kind,
    }
}

/// A text field; empty where there is none.
pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap_or_default()
}

/// Puts the fields of one object into another.
fn overwrite(target: &mut Value, source: Value) {
    match (target, source) {
        (Value::Object(target), Value::Object(source)) => {
            for (key, value) in source {
                overwrite(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, source) => *target = source,
    }
}

/// A path as it stands between quotes of JSON.
fn in_json(path: &Path) -> String {
    let quoted = Value::from(path.to_string_lossy()).to_string();
    quoted.trim_matches('"').to_owned()
}

/// Whether walls kept a command from what it wanted, or it was not run for want
/// of them.
fn is_stopped(why: &str) -> bool {
    why.contains("Permission denied") || why.contains("there is no sandbox")
}
