//! One agent: who it is, what it works on, and its workspace.
//!
//! Written by that agent's own hooks only, one file per agent. Invariant: a
//! workspace that is `Ready` has its directory, its admin directory and its
//! branch; the record says so only after all three exist.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::id::{AgentId, Handle, SessionId};

/// The newest format of an agent's file.
pub const VERSION: u32 = 1;

/// What an agent is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AgentState {
    /// Between its start and its stop.
    Active,
    /// It stopped; it may come back.
    Stopped,
}

/// How far a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WorkspaceState {
    /// The agent has not written yet.
    #[default]
    None,
    /// Being made; a crash leaves this, and the next call goes on from it.
    Creating,
    /// There.
    Ready,
    /// Taken away, by MAOS or by hand.
    Removed,
}

/// What a workspace was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// The commit that the branch began at.
    pub commit: String,
    /// The commit that the spawner stood on, where `commit` is a snapshot of
    /// uncommitted work on top of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot_of: Option<String>,
    /// What it was taken from: `HEAD`, a ref, or an agent's handle.
    pub from: String,
    /// Files of the spawner that differ from the base (`worktree.base: head`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
}

/// An agent's worktree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// How far it is.
    pub state: WorkspaceState,
    /// Its directory, absolute.
    pub path: PathBuf,
    /// Its branch, without `refs/heads/`.
    pub branch: String,
    /// Its admin directory below the common git directory, absolute.
    #[serde(default)]
    pub admin: PathBuf,
    /// Its private git directory, absolute; `None` where it shares the
    /// repository's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<PathBuf>,
    /// What it was made from, fixed when it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Base>,
    /// The last tip of the branch that MAOS saw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<String>,
    /// Made by the client itself; MAOS redirects nothing and removes nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub native: bool,
    /// The content of its `.git` file, its `commondir` and its `gitdir`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
}

/// One agent's own record: `agents/<handle>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Format of this file.
    pub version: u32,
    /// The handle.
    pub id: Handle,
    /// The client's id.
    pub agent_id: AgentId,
    /// The session it belongs to.
    pub session_id: SessionId,
    /// Its type, as the client says it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Active or stopped.
    pub status: AgentState,
    /// Whether its type has a tool that writes.
    pub can_write: bool,
    /// Whether reads make the workspace already, because this client refuses
    /// to edit a path that was not read.
    #[serde(default)]
    pub eager_reads: bool,
    /// Whether the client asked for its worktree, and takes none with a private
    /// git directory.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shares_git: bool,
    /// RFC 3339.
    pub started_at: String,
    /// RFC 3339; of the last change of this record.
    pub last_update: String,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<String>,
    /// The top of the tree that the session was started in.
    pub start_root: PathBuf,
    /// Its workspace.
    pub workspace: Workspace,
    /// Whether the Agent call that started it was found.
    #[serde(default)]
    pub linked: bool,
    /// The Agent call that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_use_id: Option<String>,
    /// The call's description: its task in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The name that the call gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The agent that started it; `None` for the main conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Handle>,
    /// The agent whose work it is based on, by a `maos-base:` line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_on: Option<Handle>,
    /// How often it stopped.
    #[serde(default)]
    pub tasks_completed: u32,
    /// What it is at, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_task: Option<String>,
}

impl Agent {
    /// A new agent, active since `now` (RFC 3339), that can write and has no
    /// workspace.
    pub fn new(
        id: Handle,
        agent_id: AgentId,
        session_id: SessionId,
        kind: &str,
        start_root: &Path,
        now: String,
    ) -> Self {
        Self {
            version: VERSION,
            id,
            agent_id,
            session_id,
            kind: kind.to_owned(),
            status: AgentState::Active,
            can_write: true,
            eager_reads: false,
            shares_git: false,
            started_at: now.clone(),
            last_update: now,
            stopped_at: None,
            start_root: start_root.to_owned(),
            workspace: Workspace::default(),
            linked: false,
            tool_use_id: None,
            description: None,
            name: None,
            parent: None,
            base_on: None,
            tasks_completed: 0,
            current_task: None,
        }
    }

    /// Whether its paths are redirected into a workspace that is there.
    pub fn redirected(&self) -> bool {
        self.workspace.state == WorkspaceState::Ready && !self.workspace.native
    }

    /// The workspace's directory relative to the project, for people.
    pub fn shown_worktree(&self, project: &Path) -> String {
        let path = &self.workspace.path;
        path.strip_prefix(project)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// Its task in a few words, or its type.
    pub fn task(&self) -> &str {
        self.current_task
            .as_deref()
            .or(self.description.as_deref())
            .unwrap_or(&self.kind)
    }
}
