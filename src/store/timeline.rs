//! What happened in a session, and the counts made from it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::append;
use super::atomic::Durable;
use super::doc;
use super::layout::SessionDir;
use crate::clock;
use crate::error::Result;
use crate::session::Event;

/// Appends an event; its time is now.
///
/// # Errors
/// Where it can't be written.
pub fn append(dir: &SessionDir, mut event: Event) -> Result<()> {
    event.at = clock::now_stamp();
    append::json(&dir.timeline(), &event)
}

/// All events that can be read, and how many lines could not.
pub fn read(dir: &SessionDir) -> (Vec<Event>, usize) {
    append::read(&dir.timeline())
}

/// Events behind a place of the timeline, and the place that comes next.
pub fn since(dir: &SessionDir, place: u64) -> (Vec<Event>, u64) {
    append::read_from(&dir.timeline(), place)
}

/// The place behind all events that there are.
pub fn end(dir: &SessionDir) -> u64 {
    std::fs::metadata(dir.timeline()).map_or(0, |meta| meta.len())
}

/// Counts of one agent or of the main conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tool calls that were asked for.
    pub tool_calls: u64,
    /// Of those, refused by MAOS.
    pub denied: u64,
    /// Of those, sent to the workspace.
    pub redirected: u64,
    /// Tools that failed.
    pub failed: u64,
    /// Milliseconds spent in tools, as the client reports them.
    pub tool_ms: u64,
    /// Tokens, as the client reports them.
    pub tokens: u64,
}

/// `metrics.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// Format of this file.
    pub version: u32,
    /// RFC 3339.
    pub at: String,
    /// Events in the timeline.
    pub events: u64,
    /// Lines of it that could not be read.
    pub broken_lines: u64,
    /// Agents that started.
    pub agents_started: u64,
    /// Workspaces that were made.
    pub workspaces_created: u64,
    /// By handle; `main` is the main conversation.
    pub agents: BTreeMap<String, Counts>,
}

/// Counts a timeline.
pub fn metrics(dir: &SessionDir) -> Metrics {
    let (events, broken) = read(dir);
    let mut metrics = Metrics {
        version: 1,
        at: clock::now_stamp(),
        events: events.len() as u64,
        broken_lines: broken as u64,
        ..Metrics::default()
    };
    for event in &events {
        let counts = metrics
            .agents
            .entry(event.agent.clone().unwrap_or_else(|| "main".to_owned()))
            .or_default();
        if event.event.starts_with("PostToolUse") {
            counts.tool_ms += event.duration_ms.unwrap_or(0);
        }
        match event.event.as_str() {
            "PreToolUse" => counts.tool_calls += 1,
            "PostToolUseFailure" => counts.failed += 1,
            "SubagentStart" => metrics.agents_started += 1,
            "workspace-created" => metrics.workspaces_created += 1,
            _ => {}
        }
        match event.answer.as_deref() {
            Some("denied") => counts.denied += 1,
            Some("redirected" | "marked") => counts.redirected += 1,
            _ => {}
        }
        counts.tokens += event.tokens.unwrap_or(0);
    }
    metrics
}

/// Writes `metrics.json` from the timeline.
///
/// # Errors
/// Where it can't be written.
pub fn write_metrics(dir: &SessionDir) -> Result<()> {
    doc::save(&dir.metrics(), &metrics(dir), Durable::No)
}
