//! A session and its roster: `session.json`, written at spawn and stop.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::agent::AgentState;
use super::id::{Handle, SessionId};

/// The newest format of `session.json`.
pub const VERSION: u32 = 1;

/// The client's process, so that a dead session is told from a silent one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// Process id; 0 where no process could be made out.
    pub pid: u32,
    /// Its start time in the system's own units, never compared across boots.
    pub started: u64,
    /// The boot that both belong to.
    pub boot: String,
    /// The client's version, where it said one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Client {
    /// Whether both are the same process, as far as one was made out.
    pub fn is_same(&self, other: &Self) -> bool {
        let key = |c: &Self| (c.pid, c.started, c.boot.clone());
        self.pid != 0 && key(self) == key(other)
    }
}

/// One agent, as the roster shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterEntry {
    /// The handle.
    pub id: Handle,
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Active or stopped.
    pub status: AgentState,
    /// The workspace, relative to the project; `None` while there is none.
    pub worktree: Option<String>,
}

/// One session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Format of this file.
    pub version: u32,
    /// The client's id.
    pub session_id: SessionId,
    /// `sess-` and as many hex digits as tell it from others.
    pub short: String,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339, when the client said that it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
    /// Why it ended, in the client's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    /// Who leads it.
    pub orchestrator: String,
    /// The top of the tree that it was started in.
    pub start_root: PathBuf,
    /// The client's process.
    #[serde(default)]
    pub client: Client,
    /// Its agents, in the order of their first start.
    pub agents: Vec<RosterEntry>,
}
