//! The hook table: which events are registered, and how an entry looks.
//!
//! The one source for the settings files, the plugin's `hooks/hooks.json` and
//! `examples/settings.json`. Entries are in exec form: no shell is started for
//! them, and the shell prefix is not put in front of them.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::protocol::HookEvent;

/// The name that MAOS is installed under.
pub const PROGRAM: &str = "maos";

/// The second name of the binary, under which it is the shell prefix.
pub const SHELL_PROGRAM: &str = "maos-shell";

/// One registered event.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The event.
    pub event: HookEvent,
    /// Which tools it is about; `None` for events without tools.
    pub matcher: Option<&'static str>,
    /// Seconds until the client gives up on it.
    pub timeout: u32,
    /// Whether it is registered on request alone: a `WorktreeCreate` hook
    /// replaces the client's own worktrees.
    pub native: bool,
}

const fn row(event: HookEvent, matcher: Option<&'static str>, timeout: u32) -> Row {
    Row {
        event,
        matcher,
        timeout,
        native: false,
    }
}

/// Every event that MAOS registers.
pub const TABLE: [Row; 11] = [
    row(HookEvent::SessionStart, None, 15),
    row(HookEvent::UserPromptSubmit, None, 15),
    row(HookEvent::PreToolUse, Some("*"), 120),
    row(HookEvent::PostToolUse, Some("*"), 15),
    row(HookEvent::PostToolUseFailure, Some("*"), 15),
    row(HookEvent::SubagentStart, None, 15),
    row(HookEvent::SubagentStop, None, 60),
    row(HookEvent::Stop, None, 30),
    row(HookEvent::SessionEnd, None, 30),
    row(HookEvent::WorktreeRemove, None, 15),
    Row {
        event: HookEvent::WorktreeCreate,
        matcher: None,
        timeout: 120,
        native: true,
    },
];

/// The rows to register.
pub fn rows(native: bool) -> impl Iterator<Item = &'static Row> {
    TABLE.iter().filter(move |row| native || !row.native)
}

/// How the program is named in an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// By its bare name and without `onFailure`: the file is shared, and who
    /// has no MAOS must not be blocked by it.
    Shared,
    /// By its path, and a guard that fails blocks: the file is this machine's.
    Machine(PathBuf),
}

impl Form {
    /// The command of an entry.
    pub fn command(&self) -> String {
        match self {
            Self::Shared => PROGRAM.to_owned(),
            Self::Machine(path) => path.to_string_lossy().into_owned(),
        }
    }

    /// What a row's entry says when MAOS fails, if anything.
    pub fn on_failure(&self, row: &Row) -> Option<&'static str> {
        (*self != Self::Shared && row.event.is_guard()).then_some("block")
    }
}

/// A row's entry.
pub fn entry(row: &Row, form: &Form) -> Value {
    let mut entry = Map::new();
    entry.insert("type".into(), json!("command"));
    entry.insert("command".into(), json!(form.command()));
    entry.insert("args".into(), json!(["hook", row.event.command()]));
    entry.insert("timeout".into(), json!(row.timeout));
    if let Some(value) = form.on_failure(row) {
        entry.insert("onFailure".into(), json!(value));
    }
    Value::Object(entry)
}

/// A row's entry with its matcher, as it stands in an event's list.
pub fn group(row: &Row, form: &Form) -> Value {
    let mut group = Map::new();
    if let Some(matcher) = row.matcher {
        group.insert("matcher".into(), json!(matcher));
    }
    group.insert("hooks".into(), json!([entry(row, form)]));
    Value::Object(group)
}

/// All groups by event: the value of `hooks`.
pub fn all(form: &Form, native: bool) -> Value {
    rows(native)
        .map(|row| (row.event.name().to_owned(), json!([group(row, form)])))
        .collect::<Map<_, _>>()
        .into()
}

/// How a hook entry runs MAOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `command` and `args`.
    Exec,
    /// One line for a shell.
    Shell,
}

/// Whether a hook entry runs MAOS, and how.
pub fn ours(entry: &Value) -> Option<Kind> {
    let command = entry.get("command")?.as_str()?;
    if let Some(args) = entry.get("args").and_then(Value::as_array) {
        let first = args.first().and_then(Value::as_str)?;
        return (is_program(command) && is_subcommand(first)).then_some(Kind::Exec);
    }
    let words: Vec<&str> = command
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'']))
        .collect();
    words
        .windows(2)
        .any(|pair| is_program(pair[0]) && is_subcommand(pair[1]))
        .then_some(Kind::Shell)
}

fn is_program(command: &str) -> bool {
    named(command, PROGRAM)
}

/// Whether a command is a program of this name, wherever it lies.
pub fn named(command: &str, name: &str) -> bool {
    // A path of another system is still recognized.
    let file = command.rsplit(['/', '\\']).next().unwrap_or(command);
    file == name || file.strip_suffix(".exe") == Some(name)
}

fn is_subcommand(word: &str) -> bool {
    matches!(word, "hook" | "pre-tool-use" | "post-tool-use")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guards_block_on_this_machine_alone() {
        let machine = Form::Machine("/opt/maos".into());
        for row in &TABLE {
            assert_eq!(entry(row, &Form::Shared).get("onFailure"), None);
            let block = entry(row, &machine).get("onFailure").cloned();
            assert_eq!(block.is_some(), row.event.is_guard(), "{:?}", row.event);
        }
    }

    #[test]
    fn every_entry_is_recognized() {
        for form in [Form::Shared, Form::Machine("/a b/maos".into())] {
            for row in &TABLE {
                assert_eq!(ours(&entry(row, &form)), Some(Kind::Exec));
            }
        }
    }

    #[test]
    fn entries_of_others_are_not_ours() {
        let cases = [
            (
                json!({"command": "maos hook pre-tool-use"}),
                Some(Kind::Shell),
            ),
            (
                json!({"command": "\"/a b/maos\" hook stop"}),
                Some(Kind::Shell),
            ),
            (
                json!({"command": "FOO=1 /opt/maos pre-tool-use"}),
                Some(Kind::Shell),
            ),
            (
                json!({"command": "C:\\bin\\maos.exe", "args": ["hook", "stop"]}),
                Some(Kind::Exec),
            ),
            (
                json!({"command": "maos", "args": ["post-tool-use"]}),
                Some(Kind::Exec),
            ),
            (json!({"command": "maos", "args": ["doctor"]}), None),
            (json!({"command": "maos", "args": []}), None),
            (json!({"command": "maos doctor"}), None),
            (json!({"command": "maos2", "args": ["hook"]}), None),
            (json!({"command": "other", "args": ["maos", "hook"]}), None),
            (json!({"type": "prompt", "prompt": "maos hook"}), None),
            (json!("maos hook"), None),
        ];
        for (entry, expected) in cases {
            assert_eq!(ours(&entry), expected, "{entry}");
        }
    }
}
