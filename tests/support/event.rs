//! Events as the client sends them.

use serde_json::{Value, json};

use super::Sandbox;

/// The session of most tests.
pub const SESSION: &str = "0283c709-5141-4772-a945-07b70096c622";

/// One event, to be given to a hook.
#[derive(Clone)]
pub struct Event(Value);

impl Event {
    pub fn new(name: &str) -> Self {
        Self(json!({"session_id": SESSION, "hook_event_name": name}))
    }

    pub fn pre(tool: &str, input: Value) -> Self {
        Self::new("PreToolUse").tool(tool, input)
    }

    pub fn post(tool: &str, input: Value) -> Self {
        Self::new("PostToolUse").tool(tool, input)
    }

    fn tool(self, tool: &str, input: Value) -> Self {
        self.with("tool_name", json!(tool))
            .with("tool_input", input)
            .with("tool_use_id", json!("toolu_01"))
    }

    /// The same session and directory, about to run a tool.
    pub fn asking(mut self, tool: &str, input: Value) -> Self {
        self.0["hook_event_name"] = json!("PreToolUse");
        self.tool(tool, input)
    }

    /// As seen inside of a subagent.
    pub fn of(self, agent_id: &str, kind: &str) -> Self {
        self.with("agent_id", json!(agent_id))
            .with("agent_type", json!(kind))
    }

    pub fn session(self, id: &str) -> Self {
        self.with("session_id", json!(id))
    }

    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0[name] = value;
        self
    }

    /// The input, with the working directory and transcript of a sandbox where
    /// the test names no others.
    pub fn json(&self, sandbox: &Sandbox) -> String {
        let mut value = self.0.clone();
        if value.get("cwd").is_none() {
            value["cwd"] = json!(sandbox.repo);
        }
        if value.get("transcript_path").is_none() {
            let session = value["session_id"].as_str().unwrap_or("none");
            value["transcript_path"] = json!(
                sandbox
                    .home
                    .join(".claude/projects/p")
                    .join(format!("{session}.jsonl"))
            );
        }
        value.to_string()
    }
}
