//! The tool calls that a script makes, in the form the client expects of its model.

use std::path::Path;

use serde_json::{Value, json};

use super::script::Block;

/// Any tool by name.
pub fn tool(name: &str, input: Value) -> Block {
    Block::Call {
        name: name.to_owned(),
        input,
    }
}

pub fn bash(command: &str) -> Block {
    tool(
        "Bash",
        json!({"command": command, "description": "work on it"}),
    )
}

pub fn read(path: &Path) -> Block {
    tool("Read", json!({"file_path": path}))
}

pub fn edit(path: &Path, old: &str, new: &str) -> Block {
    tool(
        "Edit",
        json!({"file_path": path, "old_string": old, "new_string": new}),
    )
}

pub fn write(path: &Path, content: &str) -> Block {
    tool("Write", json!({"file_path": path, "content": content}))
}

/// Starts a subagent; `prompt` holds the marker of its own conversation.
pub fn agent(prompt: &str, agent_type: &str, background: bool) -> Block {
    tool(
        "Agent",
        json!({
            "description": format!("{prompt} (description)"),
            "prompt": prompt,
            "subagent_type": agent_type,
            "run_in_background": background,
        }),
    )
}

/// Runs one agent per prompt at the same time, as agents of one Workflow script.
pub fn workflow(prompts: &[&str]) -> Block {
    let agents: Vec<String> = prompts
        .iter()
        .enumerate()
        .map(|(number, prompt)| {
            format!(
                "() => agent({}, {{label: 'agent {number}', phase: 'Work'}})",
                json!(prompt)
            )
        })
        .collect();
    let script = format!(
        "export const meta = {{name: 'work', description: 'agents at work', phases: [{{title: 'Work'}}]}}\n\
         phase('Work')\n\
         const results = await parallel([{}])\n\
         return {{results}}\n",
        agents.join(", ")
    );
    tool("Workflow", json!({"script": script}))
}

/// Loads a deferred tool: see [`super::Client::defers_tools`].
pub fn tool_search(name: &str) -> Block {
    tool(
        "ToolSearch",
        json!({"query": format!("select:{name}"), "max_results": 5}),
    )
}

/// Sends a message to an agent by its id; one that has stopped goes on.
pub fn send_message(agent_id: &str, message: &str) -> Block {
    tool(
        "SendMessage",
        json!({"to": agent_id, "summary": "please go on with it", "message": message}),
    )
}
