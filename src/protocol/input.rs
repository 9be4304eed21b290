//! What a hook reads on stdin.
//!
//! Limits: [`MAX_BYTES`] of input and [`MAX_DEPTH`] levels of nesting; what
//! goes past them is refused like input that is no JSON.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// The largest input that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// The deepest nesting that is accepted.
pub const MAX_DEPTH: usize = 128;

/// One event of the client.
#[derive(Debug, Deserialize)]
pub struct Input<'a> {
    /// The session.
    #[serde(borrow)]
    pub session_id: Cow<'a, str>,
    /// Where the main conversation's shell stands; an agent's worktree where
    /// the client isolates it itself.
    #[serde(borrow)]
    pub cwd: Cow<'a, str>,
    /// `PreToolUse` and so on.
    #[serde(borrow)]
    pub hook_event_name: Cow<'a, str>,
    /// The main conversation's transcript.
    #[serde(borrow, default)]
    pub transcript_path: Option<Cow<'a, str>>,
    /// The agent; absent in the main conversation.
    #[serde(borrow, default)]
    pub agent_id: Option<Cow<'a, str>>,
    /// The agent's type.
    #[serde(borrow, default)]
    pub agent_type: Option<Cow<'a, str>>,
    /// The tool.
    #[serde(borrow, default)]
    pub tool_name: Option<Cow<'a, str>>,
    /// The tool's input.
    #[serde(borrow, default)]
    pub tool_input: Option<&'a RawValue>,
    /// The tool's result.
    #[serde(borrow, default)]
    pub tool_response: Option<&'a RawValue>,
    /// The call.
    #[serde(borrow, default)]
    pub tool_use_id: Option<Cow<'a, str>>,
    /// Milliseconds that the tool took.
    #[serde(default)]
    pub duration_ms: Option<u64>,
    /// Why a tool failed.
    #[serde(borrow, default)]
    pub error: Option<Cow<'a, str>>,
    /// How a session starts: `startup`, `resume`, `clear`, `compact`.
    #[serde(borrow, default)]
    pub source: Option<Cow<'a, str>>,
    /// Why a session ends.
    #[serde(borrow, default)]
    pub reason: Option<Cow<'a, str>>,
    /// Whether a stop hook already made this stop go on.
    #[serde(default)]
    pub stop_hook_active: Option<bool>,
    /// What was said last.
    #[serde(borrow, default)]
    pub last_assistant_message: Option<Cow<'a, str>>,
    /// The name of a worktree that the client wants.
    #[serde(borrow, default)]
    pub name: Option<Cow<'a, str>>,
    /// The worktree that the client is done with.
    #[serde(borrow, default)]
    pub worktree_path: Option<Cow<'a, str>>,
}

/// Why an input can't be used.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// Not UTF-8.
    #[error("the input is not UTF-8 (byte {0})")]
    Encoding(usize),
    /// Nested too deep.
    #[error("the input is nested deeper than {MAX_DEPTH} levels")]
    Depth,
    /// Not JSON, or not of the right shape.
    #[error("the input can't be read: {0}")]
    Json(#[from] serde_json::Error),
}

/// Reads an event.
///
/// # Errors
/// See [`InputError`].
pub fn parse(bytes: &[u8]) -> Result<Input<'_>, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|e| InputError::Encoding(e.valid_up_to()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if depth(text.as_bytes()) > MAX_DEPTH {
        return Err(InputError::Depth);
    }
    Ok(serde_json::from_str(text)?)
}

/// The deepest nesting of arrays and objects. `serde_json` has no limit of its
/// own for the values that are kept as bytes.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0usize, 0usize);
    let (mut in_text, mut escaped) = (false, false);
    for byte in json {
        match (in_text, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (true, false, b'"') => in_text = false,
            (false, _, b'"') => in_text = true,
            (false, _, b'[' | b'{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, _, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// `agent-<id>.meta.json` beside the agent's transcript.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The Agent call that started it.
    pub tool_use_id: Option<String>,
    /// Its type.
    pub agent_type: Option<String>,
    /// The call's description.
    pub description: Option<String>,
    /// The name that the call gave it.
    pub name: Option<String>,
    /// The agent that started it.
    pub parent_agent_id: Option<String>,
    /// How deep it is.
    pub spawn_depth: Option<u32>,
    /// The phase of the workflow that it belongs to.
    pub workflow_phase: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"session_id":"s","cwd":"/p","hook_event_name":"Stop","new_field":[1]}"#;

    #[test]
    fn unknown_fields_and_a_mark_in_front_are_taken() {
        assert_eq!(parse(GOOD.as_bytes()).unwrap().cwd, "/p");
        assert_eq!(
            parse(format!("\u{feff}{GOOD}").as_bytes())
                .unwrap()
                .session_id,
            "s"
        );
    }

    #[test]
    fn what_is_no_event_is_refused() {
        let deep = format!(
            r#"{{"session_id":"s","cwd":"/","hook_event_name":"x","tool_input":{}{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        let twice = GOOD.replace("{\"session_id\"", "{\"cwd\":\"/x\",\"session_id\"");
        for bad in [
            "",
            "null",
            "[]",
            "\"x\"",
            "{}",
            "{\"session_id\":\"s\"",
            &deep,
            &twice,
            &format!("{GOOD}{{"),
            r#"{"session_id":"s","cwd":7,"hook_event_name":"x"}"#,
        ] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(matches!(
            parse(b"{\"a\":\"\xff\"}"),
            Err(InputError::Encoding(_))
        ));
    }
}
