//! The client's tools: files, and shell lines by the shell prefix.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::client::text;
use super::scratch::Scratch;
use crate::error::Result;
use crate::process::Cmd;

/// The client's version, as it stands in its environment.
const VERSION: &str = "claude-code_2-1-328";

/// The fields of a tool's result that differ from the recorded one, or what went
/// wrong.
pub(super) type Outcome = std::result::Result<Value, String>;

/// A program as the client starts it: by its hooks (`harness`) or for its tools
/// (`agent`).
pub(super) fn program(scratch: &Scratch, program: &Path, part: &str) -> Cmd {
    scratch
        .program(program)
        .env("AI_AGENT", format!("{VERSION}_{part}"))
}

/// Does what a tool does.
pub(super) fn run(scratch: &Scratch, tool: &str, input: &Value, session: &str) -> Result<Outcome> {
    let path = Path::new(text(input, "file_path"));
    let done = match tool {
        "Read" => fs::read_to_string(path)
            .map(|content| json!({"file": {"filePath": path, "content": content}})),
        "Edit" => edit(path, input).map(|()| json!({"filePath": path})),
        "Write" => write(path, text(input, "content")).map(|()| json!({"filePath": path})),
        _ => return shell(scratch, text(input, "command"), session),
    };
    Ok(done.map_err(|e| e.to_string()))
}

fn edit(path: &Path, input: &Value) -> std::io::Result<()> {
    let before = fs::read_to_string(path)?;
    let (old, new) = (text(input, "old_string"), text(input, "new_string"));
    fs::write(path, before.replacen(old, new, 1))
}

/// Writes a file and makes the directories that it needs.
pub(super) fn write(path: &Path, content: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, content)
}

/// Runs a command by the shell prefix, in the words that the client wraps around
/// it.
fn shell(scratch: &Scratch, command: &str, session: &str) -> Result<Outcome> {
    let command = quoted(command);
    let place = scratch.place_file();
    // Of the last line; there may be none.
    let _ = fs::remove_file(&place);
    let place = word(&place);
    let output = program(scratch, &scratch.maos_shell(), "agent")
        .env("CLAUDE_CODE_SESSION_ID", session)
        .arg(format!("eval '{command}' < /dev/null && pwd -P >| {place}"))
        .output()?;
    Ok(if output.ok() {
        Ok(json!({"stdout": output.text(), "stderr": output.message()}))
    } else {
        let code = output.code.unwrap_or(1);
        Err(format!("exit code {code}: {}", output.message()))
    })
}

/// A path as one word of a shell line, in quotes where the client puts it in some.
fn word(path: &Path) -> String {
    let path = path.to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
    if path.chars().all(plain) {
        return path.into_owned();
    }
    format!("'{}'", quoted(&path))
}

/// A text as it stands between single quotes.
fn quoted(text: &str) -> String {
    text.replace('\'', r#"'"'"'"#)
}
