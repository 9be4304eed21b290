//! An agent of a session, driven through the hook as the client drives one: an
//! event before a tool call, the call itself on whatever path came back, an
//! event after it.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use super::event::SESSION;
use super::{Event, Run, Sandbox};

/// One agent, or the main conversation.
#[derive(Clone)]
pub struct Actor<'a> {
    pub sandbox: &'a Sandbox,
    id: Option<String>,
    kind: String,
    session: String,
    cwd: Option<PathBuf>,
}

impl<'a> Actor<'a> {
    /// An agent of the usual session.
    pub fn new(sandbox: &'a Sandbox, id: &str, kind: &str) -> Self {
        Self {
            id: Some(id.to_owned()),
            kind: kind.to_owned(),
            ..Self::main(sandbox)
        }
    }

    /// The main conversation of the usual session.
    pub fn main(sandbox: &'a Sandbox) -> Self {
        Self {
            sandbox,
            id: None,
            kind: String::new(),
            session: SESSION.to_owned(),
            cwd: None,
        }
    }

    pub fn session(mut self, id: &str) -> Self {
        id.clone_into(&mut self.session);
        self
    }

    /// Where the main conversation's shell stands.
    pub fn at(mut self, cwd: &Path) -> Self {
        self.cwd = Some(cwd.to_owned());
        self
    }

    pub fn event(&self, name: &str) -> Event {
        self.own(Event::new(name))
    }

    fn own(&self, event: Event) -> Event {
        let event = event.session(&self.session);
        let event = match &self.id {
            Some(id) => event.of(id, &self.kind),
            None => event,
        };
        match &self.cwd {
            Some(cwd) => event.with("cwd", json!(cwd)),
            None => event,
        }
    }

    #[track_caller]
    pub fn hook(&self, name: &str) -> Run {
        self.sandbox.hook(&self.event(name)).success()
    }

    #[track_caller]
    pub fn start(&self) -> Run {
        self.hook("SubagentStart")
    }

    #[track_caller]
    pub fn stop(&self) -> Run {
        self.hook("SubagentStop")
    }

    /// Before a tool call.
    pub fn pre(&self, tool: &str, input: Value) -> Run {
        self.sandbox.hook(&self.own(Event::pre(tool, input)))
    }

    /// After a tool call.
    #[track_caller]
    pub fn post(&self, tool: &str, input: Value, response: Value) -> Run {
        let event = Event::post(tool, input).with("tool_response", response);
        self.sandbox.hook(&self.own(event)).success()
    }

    /// Writes a file of the project and returns where it went.
    #[track_caller]
    pub fn write(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.sandbox.path(relative);
        let input = json!({"file_path": path, "content": text});
        let to = PathBuf::from(self.pre("Write", input).updated("file_path"));
        std::fs::create_dir_all(to.parent().expect("a parent")).expect("its directory");
        std::fs::write(&to, text).expect("the file");
        let input = json!({"file_path": to, "content": text});
        self.post("Write", input, json!({"filePath": to}));
        to
    }

    /// Where a Read of a file of the project goes.
    #[track_caller]
    pub fn reads(&self, relative: &str) -> PathBuf {
        let path = self.sandbox.path(relative);
        let run = self.pre("Read", json!({"file_path": path}));
        match run.specific("updatedInput") {
            Value::Null => path,
            input => PathBuf::from(input["file_path"].as_str().expect("a path")),
        }
    }

    /// What a command becomes.
    #[track_caller]
    pub fn command(&self, command: &str) -> String {
        let run = self.pre("Bash", json!({"command": command}));
        match run.specific("updatedInput") {
            Value::Null => command.to_owned(),
            input => input["command"].as_str().expect("a command").to_owned(),
        }
    }

    /// Runs a command as the client would, through `maos-shell` where that is
    /// registered.
    #[track_caller]
    pub fn bash(&self, command: &str) -> Output {
        let command = self.command(command);
        let mut run = self.shell(wrapped(&command));
        run.output().expect("the shell")
    }

    /// Runs a command through `maos-shell`, registered or not.
    #[track_caller]
    pub fn confined(&self, command: &str) -> Output {
        let marked = format!("{command}\n# maos:{}", self.handle());
        self.shell(wrapped(&marked)).output().expect("the shell")
    }

    /// The client's call of its shell prefix with a line.
    pub fn shell(&self, line: impl AsRef<std::ffi::OsStr>) -> std::process::Command {
        let cwd = self.cwd.as_ref().unwrap_or(&self.sandbox.repo);
        let program = self.sandbox.shell_link();
        let mut started = self.sandbox.command(&program.to_string_lossy(), cwd);
        started
            .arg(line)
            .env("SHELL", "/bin/bash")
            .env("CLAUDE_CODE_SESSION_ID", &self.session);
        started
    }

    /// The record of this agent.
    #[track_caller]
    pub fn record(&self) -> Value {
        let dir = self.sandbox.session_dir(&self.session).join("agents");
        let records = std::fs::read_dir(&dir).expect("agents").flatten();
        let of = |path: PathBuf| -> Option<Value> {
            path.extension().filter(|e| *e == "json")?;
            serde_json::from_slice(&std::fs::read(path).ok()?).ok()
        };
        let mut found = records
            .filter_map(|e| of(e.path()))
            .filter(|r| r["agent_id"].as_str() == self.id.as_deref());
        let record = found.next().expect("a record");
        assert!(found.next().is_none(), "two records of one agent");
        record
    }

    #[track_caller]
    pub fn handle(&self) -> String {
        self.record()["id"].as_str().expect("a handle").to_owned()
    }

    /// Its workspace's directory, made or not.
    #[track_caller]
    pub fn workspace(&self) -> PathBuf {
        let record = self.record();
        PathBuf::from(record["workspace"]["path"].as_str().expect("a path"))
    }

    #[track_caller]
    pub fn branch(&self) -> String {
        format!("agent/{}", self.handle())
    }

    /// Git in its workspace.
    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        self.sandbox.git_in(&self.workspace(), args)
    }

    /// The file in which the client says which call started this agent.
    pub fn meta(&self, meta: &Value) {
        let id = self.id.as_deref().expect("an agent");
        let dir = self.sandbox.home.join(".claude/projects/p");
        let dir = dir.join(&self.session).join("subagents");
        std::fs::create_dir_all(&dir).expect("a directory");
        let path = dir.join(format!("agent-{id}.meta.json"));
        std::fs::write(path, meta.to_string()).expect("the file");
    }

    /// Calls the Agent tool.
    pub fn spawn(&self, tool_use_id: &str, input: Value) -> Run {
        let event = Event::pre("Agent", input).with("tool_use_id", json!(tool_use_id));
        self.sandbox.hook(&self.own(event))
    }

    /// The Agent tool is done, or goes on in the background.
    #[track_caller]
    pub fn spawned(&self, tool_use_id: &str, status: &str, agent: &Actor<'_>) -> Run {
        let event = Event::post("Agent", json!({"description": "d", "prompt": "p"}))
            .with("tool_use_id", json!(tool_use_id))
            .with(
                "tool_response",
                json!({"status": status, "agentId": agent.id}),
            );
        self.sandbox.hook(&self.own(event)).success()
    }
}

/// A command in the line that the client makes of it.
pub fn wrapped(command: &str) -> String {
    let quoted = command.replace('\'', r#"'"'"'"#);
    format!(
        "source /none/snapshot-bash-1.sh 2>/dev/null || true && {{ \\builtin shopt -u extglob || \\builtin setopt \
         NO_EXTENDED_GLOB; }} >/dev/null 2>&1 || true && {{ \\builtin unalias -- 'which'; \\builtin unset -f -- \
         'which'; }} >/dev/null 2>&1 || true && eval '{quoted}' < /dev/null && pwd -P >| /dev/null"
    )
}

impl Sandbox {
    /// With what the client tells its hooks of where it was started.
    pub fn started_in(self, relative: &str) -> Self {
        let dir = self.path(relative).to_string_lossy().into_owned();
        self.env("CLAUDE_PROJECT_DIR", dir.trim_end_matches('/'))
    }

    /// The state of a session.
    pub fn session_dir(&self, session: &str) -> PathBuf {
        self.path(".maos/sessions").join(session)
    }

    /// The events of the usual session.
    pub fn timeline(&self) -> Vec<Value> {
        let path = self.session_dir(SESSION).join("timeline.jsonl");
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}")))
            .collect()
    }

    /// Names of the agents' branches.
    pub fn agent_branches(&self) -> Vec<String> {
        let refs = self.git(&[
            "for-each-ref",
            "--format=%(refname:short)",
            "refs/heads/agent",
        ]);
        refs.lines().map(str::to_owned).collect()
    }

    /// Names of the directories below `worktrees/`.
    pub fn worktrees(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path("worktrees")) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|n| n != ".gitignore")
            .collect();
        names.sort();
        names
    }
}
