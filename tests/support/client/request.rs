//! One request of the client to the model, and what it says to the model since the last answer.

use serde_json::Value;

/// What came back for one tool call.
#[derive(Clone, Debug)]
pub struct ToolResult {
    /// Name of the tool, as the model called it.
    pub tool: String,
    pub text: String,
    pub is_error: bool,
}

/// A recorded request.
#[derive(Clone)]
pub struct Request {
    /// Marker of the conversation; empty for side jobs and unknown conversations.
    pub marker: String,
    /// Number of assistant messages so far.
    pub step: usize,
    /// Header `x-claude-code-agent-id`; absent in the main conversation.
    pub agent_id: Option<String>,
    pub body: Value,
}

impl Request {
    pub(super) fn new(body: Value, agent_id: Option<String>) -> Self {
        let step = messages(&body)
            .iter()
            .filter(|message| message["role"] == "assistant")
            .count();
        Self {
            marker: String::new(),
            step,
            agent_id,
            body,
        }
    }

    /// Side jobs of the client (titles and the like) come without tools.
    pub fn is_side_job(&self) -> bool {
        self.body["tools"].as_array().is_none_or(Vec::is_empty)
    }

    pub fn first_user_text(&self) -> String {
        messages(&self.body)
            .iter()
            .find(|message| message["role"] == "user")
            .map(|message| text_of(&message["content"]))
            .unwrap_or_default()
    }

    /// Results of the calls in the last answer, in the order of the calls.
    pub fn tool_results(&self) -> Vec<ToolResult> {
        let messages = messages(&self.body);
        let since = self.since_last_answer();
        let Some(calls) = since
            .checked_sub(1)
            .and_then(|last| messages[last]["content"].as_array())
        else {
            return Vec::new();
        };
        let results: Vec<&Value> = messages[since..]
            .iter()
            .flat_map(|message| blocks(&message["content"]))
            .filter(|block| block["type"] == "tool_result")
            .collect();
        calls
            .iter()
            .filter(|block| block["type"] == "tool_use")
            .filter_map(|call| {
                let result = results
                    .iter()
                    .find(|result| result["tool_use_id"] == call["id"])?;
                Some(ToolResult {
                    tool: call["name"].as_str().unwrap_or_default().to_owned(),
                    text: text_of(&result["content"]),
                    is_error: result["is_error"] == true,
                })
            })
            .collect()
    }

    /// Everything that the model was told since its last answer and that is no tool result: the client's own
    /// notes, what hooks injected, notices of background agents, messages.
    pub fn context_text(&self) -> String {
        let texts: Vec<String> = messages(&self.body)[self.since_last_answer()..]
            .iter()
            .map(|message| text_of(&message["content"]))
            .filter(|text| !text.is_empty())
            .collect();
        texts.join("\n")
    }

    fn since_last_answer(&self) -> usize {
        messages(&self.body)
            .iter()
            .rposition(|message| message["role"] == "assistant")
            .map_or(0, |last| last + 1)
    }
}

fn messages(body: &Value) -> &[Value] {
    body["messages"].as_array().map_or(&[], Vec::as_slice)
}

fn blocks(content: &Value) -> &[Value] {
    content.as_array().map_or(&[], Vec::as_slice)
}

/// The plain text of a message's content or of a tool result's.
fn text_of(content: &Value) -> String {
    if let Some(text) = content.as_str() {
        return text.to_owned();
    }
    let texts: Vec<&str> = blocks(content)
        .iter()
        .filter(|block| block["type"] == "text")
        .filter_map(|block| block["text"].as_str())
        .collect();
    texts.join("\n")
}
