//! The stand-in for the Messages API: plays a [`Script`] on loopback and keeps every request.
//!
//! Each request is answered in a thread of its own, so that a step can wait for another conversation. What
//! goes wrong in here (no such conversation, a wait that took too long) is kept as a problem, which
//! [`Api::assert_no_problems`] shows: a panic in a server thread would only look like a client that hangs.

use std::collections::{BTreeSet, HashMap};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::{HttpRequest, HttpResponse, HttpServer};
use super::request::{Request, ToolResult};
use super::script::{Block, Condition, Script, Step};
use super::sse;

const POLL: Duration = Duration::from_millis(20);

/// What became of one tool call, in a form that can be compared between two runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ToolOutcome {
    pub conversation: String,
    /// Step of the answer that made the call, and its place there.
    pub step: usize,
    pub place: usize,
    pub tool: String,
    pub is_error: bool,
}

/// A running stand-in; stops when dropped.
pub struct Api {
    server: HttpServer,
    shared: Arc<Shared>,
}

struct Shared {
    script: Script,
    log: Mutex<Log>,
    changed: Condvar,
}

#[derive(Default)]
struct Log {
    requests: Vec<Request>,
    stops: HashMap<String, usize>,
    problems: Vec<String>,
}

impl Api {
    /// Serves `script` on a free port of 127.0.0.1.
    pub fn start(script: Script) -> Self {
        let shared = Arc::new(Shared {
            script,
            log: Mutex::default(),
            changed: Condvar::new(),
        });
        let (answering, hearing) = (Arc::clone(&shared), Arc::clone(&shared));
        let server = HttpServer::start(
            move |request| answering.serve(request),
            move |sent| hearing.sent(sent),
        );
        Self { server, shared }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// All requests of one conversation, in order.
    pub fn requests_of(&self, marker: &str) -> Vec<Request> {
        let log = self.shared.log();
        log.requests
            .iter()
            .filter(|request| request.marker == marker)
            .cloned()
            .collect()
    }

    /// Ids of the agents that held a conversation: one, also when the agent was resumed.
    pub fn agent_ids(&self, marker: &str) -> BTreeSet<String> {
        let requests = self.requests_of(marker);
        requests
            .into_iter()
            .filter_map(|request| request.agent_id)
            .collect()
    }

    /// All tool results that a conversation got, in order.
    pub fn tool_results(&self, marker: &str) -> Vec<ToolResult> {
        self.requests_of(marker)
            .iter()
            .flat_map(Request::tool_results)
            .collect()
    }

    /// Everything that a conversation was told besides tool results.
    pub fn context_text(&self, marker: &str) -> String {
        let texts: Vec<String> = self
            .requests_of(marker)
            .iter()
            .map(Request::context_text)
            .collect();
        texts.join("\n")
    }

    /// What became of every tool call of every conversation, sorted.
    pub fn tool_outcomes(&self) -> Vec<ToolOutcome> {
        let log = self.shared.log();
        let mut outcomes: Vec<ToolOutcome> = log
            .requests
            .iter()
            .filter(|request| !request.marker.is_empty())
            .flat_map(|request| {
                let results = request.tool_results().into_iter().enumerate();
                results.map(|(place, result)| ToolOutcome {
                    conversation: request.marker.clone(),
                    step: request.step.saturating_sub(1),
                    place,
                    tool: result.tool,
                    is_error: result.is_error,
                })
            })
            .collect();
        outcomes.sort();
        outcomes.dedup();
        outcomes
    }

    /// All tool calls that failed or were refused, with what the model was told.
    pub fn tool_errors(&self) -> Vec<(String, ToolResult)> {
        let log = self.shared.log();
        log.requests
            .iter()
            .flat_map(|request| {
                let failed = request.tool_results().into_iter();
                failed
                    .filter(|result| result.is_error)
                    .map(|result| (request.marker.clone(), result))
            })
            .collect()
    }

    /// Fails when the script could not be played as written.
    #[track_caller]
    pub fn assert_no_problems(&self) {
        let problems = self.shared.log().problems.clone();
        assert!(
            problems.is_empty(),
            "the script could not be played:\n{}",
            problems.join("\n")
        );
    }
}

impl Shared {
    fn log(&self) -> MutexGuard<'_, Log> {
        self.log
            .lock()
            .expect("the log of the scripted API is poisoned: a server thread panicked")
    }

    /// The answer, and whose turn it ends.
    fn serve(&self, http: &HttpRequest) -> (HttpResponse, Option<String>) {
        let nothing = |status| HttpResponse {
            status,
            content_type: "text/plain",
            body: String::new(),
        };
        if http.method != "POST" || http.path != "/v1/messages" {
            return (nothing(404), None);
        }
        let body: Value = match serde_json::from_slice(&http.body) {
            Ok(body) => body,
            Err(error) => {
                self.problem(format!("a request is not JSON: {error}"));
                return (nothing(400), None);
            }
        };
        let model = body["model"].clone();
        let agent_id = http.header("x-claude-code-agent-id").map(str::to_owned);
        let (marker, blocks) = self.answer(Request::new(body, agent_id));
        let response = HttpResponse {
            status: 200,
            content_type: "text/event-stream",
            body: sse::stream(&model, &blocks),
        };
        (response, sse::ends_the_turn(&blocks).then_some(marker))
    }

    /// A client that has gone away meanwhile is no problem of the script.
    fn sent(&self, sent: io::Result<Option<String>>) {
        if let Ok(Some(marker)) = sent {
            *self.log().stops.entry(marker).or_default() += 1;
            self.changed.notify_all();
        }
    }

    fn answer(&self, mut request: Request) -> (String, Vec<Block>) {
        if request.is_side_job() {
            return (String::new(), vec![Block::text("a side job")]);
        }
        let first = request.first_user_text();
        let Some(marker) = self.script.marker_in(&first) else {
            self.problem(format!(
                "no conversation of the script has its marker in:\n{first}"
            ));
            return (String::new(), vec![Block::text("unknown conversation")]);
        };
        marker.clone_into(&mut request.marker);
        let step = self
            .script
            .step(marker, request.step)
            .expect("a marker of the script has a conversation");
        self.log().requests.push(request.clone());
        self.changed.notify_all();
        if let Err(late) = self.wait_for(step) {
            self.problem(format!("\"{marker}\" step {}: {late}", request.step));
        }
        (marker.to_owned(), step.answer(&request))
    }

    fn wait_for(&self, step: &Step) -> Result<(), String> {
        let end = Instant::now() + step.deadline;
        for condition in &step.waits {
            let mut log = self.log();
            while !log.fulfils(condition) {
                if Instant::now() >= end {
                    return Err(format!("waited too long for {}", condition.describe()));
                }
                log = self
                    .changed
                    .wait_timeout(log, POLL)
                    .expect("the log of the scripted API is poisoned: a server thread panicked")
                    .0;
            }
        }
        Ok(())
    }

    fn problem(&self, problem: String) {
        self.log().problems.push(problem);
    }
}

impl Log {
    fn fulfils(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Reached(marker, step) => self
                .requests
                .iter()
                .any(|request| request.marker == *marker && request.step >= *step),
            Condition::Stopped(marker, times) => {
                self.stops.get(marker).copied().unwrap_or(0) >= *times
            }
            Condition::Holds(_, check) => check(),
        }
    }
}
