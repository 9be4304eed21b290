//! What the client reported: its exit status and the lines of its `stream-json` output.

use std::process::ExitStatus;

use serde_json::Value;

/// The end of one run of the client.
pub struct Outcome {
    /// None: the deadline passed.
    pub status: Option<ExitStatus>,
    /// One JSON object a line; a line that is none is kept as a string.
    pub lines: Vec<Value>,
    pub stderr: String,
}

impl Outcome {
    pub(super) fn new(status: Option<ExitStatus>, stdout: &str, stderr: String) -> Self {
        let lines = stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| Value::from(line)))
            .collect();
        Self {
            status,
            lines,
            stderr,
        }
    }

    /// Fails unless the client ended by itself, without an error.
    #[track_caller]
    pub fn assert_completed(&self) {
        let status = self
            .status
            .unwrap_or_else(|| panic!("the client took too long\n{}", self.tail()));
        assert!(
            status.success() && self.results().any(|line| line["is_error"] == false),
            "the client failed ({status})\n{}",
            self.tail()
        );
    }

    /// Id of the session, as the client's first line names it.
    #[track_caller]
    pub fn session_id(&self) -> &str {
        self.lines
            .iter()
            .find_map(|line| line["session_id"].as_str())
            .unwrap_or_else(|| panic!("no session id in the client's output\n{}", self.tail()))
    }

    /// Names of the tools whose calls were refused because somebody would have had to be asked, over all turns.
    pub fn permission_denials(&self) -> Vec<&str> {
        self.results()
            .filter_map(|line| line["permission_denials"].as_array())
            .flatten()
            .map(|denial| {
                denial["tool_name"]
                    .as_str()
                    .unwrap_or("a tool without name")
            })
            .collect()
    }

    /// One `result` line a turn: each background agent that ends gives the main conversation one more.
    fn results(&self) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(|line| line["type"] == "result")
    }

    fn tail(&self) -> String {
        let from = self.lines.len().saturating_sub(10);
        let lines: Vec<String> = self.lines[from..].iter().map(Value::to_string).collect();
        format!("stderr:\n{}\nstdout:\n{}", self.stderr, lines.join("\n"))
    }
}
