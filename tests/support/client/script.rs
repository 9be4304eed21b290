//! What the scripted model answers: per conversation a list of steps, each of which may wait for another.
//!
//! A conversation is known by a marker in its first user message (the longest marker that occurs there), a
//! step by the number of assistant messages so far. An agent that is resumed goes on counting.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::request::Request;

const WAIT: Duration = Duration::from_secs(30);

/// One block of an answer.
#[derive(Clone)]
pub enum Block {
    Text(String),
    Call { name: String, input: Value },
}

impl Block {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What must have happened before a step is answered.
#[derive(Clone)]
pub enum Condition {
    /// That conversation has asked for its step of this number or a later one.
    Reached(String, usize),
    /// That conversation has got this many answers without a tool call: it stopped that often.
    Stopped(String, usize),
    /// Something outside says so; polled. The text is for the failure message.
    Holds(String, Arc<dyn Fn() -> bool + Send + Sync>),
}

impl Condition {
    pub fn reached(marker: &str, step: usize) -> Self {
        Self::Reached(marker.to_owned(), step)
    }

    pub fn stopped(marker: &str) -> Self {
        Self::Stopped(marker.to_owned(), 1)
    }

    pub fn holds(what: &str, check: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self::Holds(what.to_owned(), Arc::new(check))
    }

    /// All of these conversations have begun: the barrier that makes agents work at the same time.
    pub fn all_begun(markers: &[&str]) -> Vec<Self> {
        markers
            .iter()
            .map(|marker| Self::reached(marker, 0))
            .collect()
    }

    pub(super) fn describe(&self) -> String {
        match self {
            Self::Reached(marker, step) => format!("\"{marker}\" to reach step {step}"),
            Self::Stopped(marker, times) => format!("\"{marker}\" to stop {times} time(s)"),
            Self::Holds(what, _) => what.clone(),
        }
    }
}

type Compute = Arc<dyn Fn(&Request) -> Vec<Block> + Send + Sync>;

#[derive(Clone)]
enum Reply {
    Fixed(Vec<Block>),
    Computed(Compute),
}

/// One answer of the model.
#[derive(Clone)]
pub struct Step {
    pub(super) waits: Vec<Condition>,
    pub(super) deadline: Duration,
    reply: Reply,
}

impl Step {
    /// Ends the turn with a text.
    pub fn say(text: &str) -> Self {
        Self::of(Reply::Fixed(vec![Block::text(text)]))
    }

    pub fn call(block: Block) -> Self {
        Self::calls(vec![block])
    }

    /// Several calls in one message.
    pub fn calls(blocks: Vec<Block>) -> Self {
        Self::of(Reply::Fixed(blocks))
    }

    /// An answer made from the request.
    pub fn compute(reply: impl Fn(&Request) -> Vec<Block> + Send + Sync + 'static) -> Self {
        Self::of(Reply::Computed(Arc::new(reply)))
    }

    #[must_use]
    pub fn after(mut self, condition: Condition) -> Self {
        self.waits.push(condition);
        self
    }

    #[must_use]
    pub fn after_all(mut self, conditions: Vec<Condition>) -> Self {
        self.waits.extend(conditions);
        self
    }

    /// How long this step may wait; a wait that takes longer is a problem of the script.
    #[must_use]
    pub fn within(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    fn of(reply: Reply) -> Self {
        Self {
            waits: Vec::new(),
            deadline: WAIT,
            reply,
        }
    }

    pub(super) fn answer(&self, request: &Request) -> Vec<Block> {
        match &self.reply {
            Reply::Fixed(blocks) => blocks.clone(),
            Reply::Computed(compute) => compute(request),
        }
    }
}

struct Conversation {
    marker: String,
    steps: Vec<Step>,
    rest: Step,
}

/// The whole script.
#[derive(Default)]
pub struct Script {
    conversations: Vec<Conversation>,
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    /// A conversation that says `done` when its steps have run out.
    #[must_use]
    pub fn conversation(self, marker: &str, steps: Vec<Step>) -> Self {
        self.conversation_with_rest(marker, steps, Step::say("done"))
    }

    /// A conversation that answers `rest` to every request after its steps: what the main conversation needs
    /// that is asked again at the end of each background agent.
    #[must_use]
    pub fn conversation_with_rest(mut self, marker: &str, steps: Vec<Step>, rest: Step) -> Self {
        self.conversations.push(Conversation {
            marker: marker.to_owned(),
            steps,
            rest,
        });
        self
    }

    pub(super) fn marker_in(&self, first_user_text: &str) -> Option<&str> {
        self.conversations
            .iter()
            .map(|conversation| conversation.marker.as_str())
            .filter(|marker| first_user_text.contains(marker))
            .max_by_key(|marker| marker.len())
    }

    pub(super) fn step(&self, marker: &str, number: usize) -> Option<&Step> {
        let conversation = self
            .conversations
            .iter()
            .find(|conversation| conversation.marker == marker)?;
        Some(conversation.steps.get(number).unwrap_or(&conversation.rest))
    }
}
