//! A tool is about to run: the only event that can refuse something.

use super::agent_start;
use super::call::Call;
use super::{deny, files, link, shell_command, spawn};
use crate::error::{Error, Result};
use crate::protocol::{Answer, Fields, Tool};
use crate::session::{Agent, AgentState};
use crate::store::agents;

/// One call of an agent's, with its fields.
pub(super) struct ToolCall<'a, 'b> {
    pub(super) call: &'b Call<'a>,
    pub(super) tool: Tool,
    pub(super) fields: Fields<'a>,
    pub(super) agent: Agent,
}

/// What becomes of the call, and the word for it in the timeline.
pub(super) struct Ruling<'a> {
    pub(super) answer: Answer<'a>,
    pub(super) word: Option<&'static str>,
    pub(super) target: Option<String>,
}

impl<'a> Ruling<'a> {
    /// The call goes on as it is.
    pub(super) fn keep(target: Option<String>) -> Self {
        Self {
            answer: Answer::none(),
            word: None,
            target,
        }
    }

    /// The call is refused.
    pub(super) fn deny(reason: impl Into<String>, target: Option<String>) -> Self {
        Self {
            answer: Answer::denied(reason),
            word: Some("denied"),
            target,
        }
    }

    /// The call goes on with other fields.
    pub(super) fn changed(fields: Fields<'a>, word: &'static str, target: Option<String>) -> Self {
        let answer = Answer {
            updated_input: Some(fields),
            ..Answer::default()
        };
        Self {
            answer,
            word: Some(word),
            target,
        }
    }
}

/// Answers the event.
pub(super) fn run<'a>(call: &Call<'a>) -> Result<Answer<'a>> {
    let tool = Tool::from_name(call.tool());
    if call.agent_id.is_none() {
        return main_conversation(call, tool);
    }
    let fields = fields(call, tool)?;
    let (agent, start) = who(call)?;
    let agent = link::at_tool_call(call, agent);
    let handle = agent.id.clone();
    let mut tool_call = ToolCall {
        call,
        tool,
        fields,
        agent,
    };
    let ruling = rule(&mut tool_call)?;
    let shown = ruling.target.as_deref().unwrap_or_default();
    let word = ruling.word.unwrap_or("as it is");
    let _ = agents::log(
        &call.dir,
        &handle,
        &format!("{} {shown}  [{word}]", call.tool()),
    );
    call.record(Some(&handle), ruling.target.clone(), ruling.word);
    let mut answer = ruling.answer;
    if let Some(start) = start {
        answer.add_context(&start);
    }
    call.add_notices(Some(&handle), &mut answer);
    Ok(answer)
}

fn rule<'a>(tool_call: &mut ToolCall<'a, '_>) -> Result<Ruling<'a>> {
    if let Some(refused) = deny::by_user_rule(tool_call) {
        return Ok(refused);
    }
    match tool_call.tool {
        Tool::Read => files::read(tool_call),
        Tool::Search => files::search(tool_call),
        Tool::Write | Tool::Notebook => files::write(tool_call),
        Tool::Bash => shell_command::run(tool_call),
        Tool::Agent => spawn::run(
            tool_call.call,
            std::mem::take(&mut tool_call.fields),
            Some(&tool_call.agent),
        ),
        Tool::Harmless => Ok(Ruling::keep(None)),
        Tool::Unknown => files::unknown(tool_call),
    }
}

/// The main conversation is never refused for an error of MAOS's own.
fn main_conversation<'a>(call: &Call<'a>, tool: Tool) -> Result<Answer<'a>> {
    call.ensure_session()?;
    let fields = call
        .input
        .tool_input
        .and_then(|raw| Fields::parse(raw).ok());
    let mut target = fields.as_ref().and_then(|f| shown_target(tool, f));
    let mut ruling = Ruling::keep(None);
    if tool == Tool::Agent
        && let Some(fields) = fields
    {
        ruling = spawn::run(call, fields, None)?;
        target = ruling.target.take().or(target);
    }
    call.record(None, target, ruling.word);
    let mut answer = ruling.answer;
    call.add_notices(None, &mut answer);
    Ok(answer)
}

/// The tool's fields, with those that it can't do without.
fn fields<'a>(call: &Call<'a>, tool: Tool) -> Result<Fields<'a>> {
    let unusable = |why: String| Error::Usage(format!("{} of agent: {why}", call.tool()));
    let fields = match call.input.tool_input {
        Some(raw) if raw.get().trim_start().starts_with('{') => Fields::parse(raw)
            .map_err(|e| unusable(format!("the tool's input can't be read: {e}")))?,
        _ if tool.required().is_some() => {
            return Err(unusable("the tool's input is no object".to_owned()));
        }
        _ => return Ok(Fields::default()),
    };
    if let Some(name) = tool.required() {
        let wanted = if tool == Tool::Notebook && !fields.has(name) {
            "file_path"
        } else {
            name
        };
        if fields.text(wanted).is_none() {
            return Err(unusable(format!("`{name}` is missing or no text")));
        }
    }
    for name in tool.path_fields() {
        if fields.has(name) && fields.text(name).is_none() {
            return Err(unusable(format!("`{name}` is no text")));
        }
    }
    Ok(fields)
}

/// The agent of this call; with what it has to know, where its start was not seen.
fn who(call: &Call<'_>) -> Result<(Agent, Option<String>)> {
    match call.known_agent() {
        Ok(Some(agent)) if agent.status == AgentState::Active => Ok((agent, None)),
        Ok(_) | Err(Error::Corrupt { .. }) => {
            let (agent, text) = agent_start::adopt(call, true)?;
            Ok((agent, Some(text)))
        }
        Err(e) => Err(e),
    }
}

/// What a call is about, in one line.
pub(super) fn shown_target(tool: Tool, fields: &Fields<'_>) -> Option<String> {
    let names: &[&str] = match tool {
        Tool::Bash => &["command"],
        Tool::Agent => &["description"],
        Tool::Harmless | Tool::Unknown => &["file_path", "path", "description", "query", "url"],
        _ => tool.path_fields(),
    };
    let text = names.iter().find_map(|name| fields.text(name))?;
    let line: String = text
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(200)
        .collect();
    (!line.is_empty()).then_some(line)
}
